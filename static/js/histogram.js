// The histogram: drag to choose a range; drawn again by the server when alerts open.
import { chooseRange } from "./drag.js";
import { tellTimes } from "./times.js";

const figure = document.getElementById("histogram");
const SOON_MS = 1000;
const dragged = chooseRange(figure);
let due = 0;

async function draw() {
  due = 0;
  if (dragged() || figure.querySelector("details[open]")) return;
  const answer = await fetch(`/alerts/histogram/${location.search}`).catch(() => null);
  if (!answer?.ok || dragged()) return;
  figure.innerHTML = await answer.text();
  tellTimes(figure);
}

export function drawSoon() {
  due ||= setTimeout(draw, SOON_MS);
}
