// Draws the system page again every five seconds; what is open stays open.
import { keys } from "./keys.js";
import { keepTimes, tellTimes } from "./times.js";

const place = document.getElementById("system");
const live = document.getElementById("live");
const EVERY_MS = 5000;
let lostAt = 0;

setInterval(async () => {
  if (document.hidden || place.querySelector("details[open]")) return;
  try {
    const answer = await fetch("/system/panel/");
    if (!answer.ok) throw new Error(answer.status);
    place.innerHTML = await answer.text();
    tellTimes(place);
    lostAt = 0;
    live.textContent = "live";
  } catch {
    lostAt ||= Date.now();
    live.textContent = `the server can't be reached, ${Math.round((Date.now() - lostAt) / 1000)} s`;
  }
  live.dataset.state = lostAt ? "reconnecting" : "live";
  document.body.classList.toggle("offline", Boolean(lostAt));
}, EVERY_MS);

keys();
keepTimes();
