// Keeps the number of open alerts right on pages that show no list of them, and hands on what has changed.
import { showCount } from "./count.js";
import { connect } from "./live.js";

const PAUSE_MS = 1000; // with many changes a second the number is asked for less often
let asking = false, again = false;

async function count() {
  again = asking;
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch("/alerts/rows/?ids=");
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    if (answer.ok) showCount(Number(box.content.querySelector('[data-status="open"]').dataset.number));
  } catch { /* the connection comes back, and then it is asked again */ }
  await new Promise((later) => setTimeout(later, PAUSE_MS));
  asking = false;
  if (again) count();
}

showCount(Number(document.getElementById("open-count").textContent));
connect(null, {
  transitions(news) { document.dispatchEvent(new CustomEvent("transitions", { detail: news })); count(); },
  live: count,
  lost() {},
});
