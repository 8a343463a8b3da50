// The page of one alert.
import { actingKeys, wire } from "./act.js";
import { keys } from "./keys.js";
import { keepTimes, tellTimes } from "./times.js";

const panel = document.getElementById("panel");

async function again() {
  const answer = await fetch("panel/");
  if (!answer.ok) return;
  panel.innerHTML = await answer.text();
  tellTimes(panel);
}

wire(panel, again);
panel.addEventListener("silenced", again);
keys(actingKeys(() => panel.querySelector(".alert").dataset, again));
keepTimes();
