// The page of one alert.
import { act, wire } from "./act.js";
import { keys } from "./keys.js";
import { keepTimes, tellTimes } from "./times.js";

const panel = document.getElementById("panel");

async function again() {
  const answer = await fetch("panel/");
  if (!answer.ok) return;
  panel.innerHTML = await answer.text();
  tellTimes(panel);
}

async function acting(action) {
  const { id, status } = panel.querySelector(".alert").dataset;
  if (await act(id, action, status)) again();
}

wire(panel, again);
keys({ a: () => acting("acknowledge"), r: () => acting("resolve") });
keepTimes();
