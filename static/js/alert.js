// The page of one alert.
import { actingKeys, wire } from "./act.js";
import { keepCause, wireCause } from "./cause.js";
import { keys } from "./keys.js";
import { keepTimes, tellTimes } from "./times.js";

const panel = document.getElementById("panel");

async function again() {
  const answer = await fetch("panel/");
  if (!answer.ok) return;
  const html = await answer.text();
  keepCause(panel, () => { panel.innerHTML = html; });
  tellTimes(panel);
}

wire(panel, again);
wireCause(panel);
panel.querySelector("[data-cause]").open = true;
panel.addEventListener("silenced", again);
const writing = () => panel.querySelector(".silence[open], .actions select:focus") || panel.querySelector("[data-comment] input")?.value;
// told by rail.js; what somebody is writing or choosing here isn't drawn over
document.addEventListener("transitions", ({ detail }) => {
  const { id } = panel.querySelector(".alert").dataset;
  if (detail.some(({ alert }) => alert.id === id) && !writing()) again();
});
keys(actingKeys(() => panel.querySelector(".alert").dataset, again));
keepTimes();
