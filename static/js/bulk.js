// Many alerts at once: those picked with x, or all that match the page's filter.
import { DONE, post, snoozed, toast } from "./act.js";

const bar = document.getElementById("bulk");
const list = document.getElementById("rows");
const filter = JSON.parse(bar?.dataset.filter ?? "{}");
let matching = null; // how many, while all that match are meant

const picked = () => [...list.querySelectorAll(".row.picked")];
const number = () => matching ?? picked().length;

export function pick(row) {
  if (!bar || !row) return;
  matching = null;
  row.classList.toggle("picked");
  show();
}

// Whether there was something picked.
export function unpick() {
  if (!bar || bar.hidden) return false;
  matching = null;
  for (const row of picked()) row.classList.remove("picked");
  show();
  return true;
}

async function count() {
  const place = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) for (const one of [value].flat()) place.append(name, one);
  const answer = await fetch(`/api/v1/alerts/count/?${place}`);
  return answer.ok ? (await answer.json()).count : 0;
}

async function pickAll() {
  matching = await count();
  for (const row of list.children) row.classList.toggle("picked", !row.classList.contains("resolved") || filter.status?.includes("resolved"));
  show();
}

function show() {
  bar.hidden = number() === 0;
  bar.querySelector("output").textContent = matching === null ? `${number()} selected` : `all ${number().toLocaleString("en")} that match`;
  bar.querySelector("[data-all]").hidden = matching !== null;
}

async function doAll(action, body) {
  const words = (DONE[action] ?? action).toLowerCase();
  if (matching !== null && !confirm(`${matching.toLocaleString("en")} ${matching === 1 ? "alert" : "alerts"} will be ${words}.`)) return;
  const chosen = matching === null ? { ids: picked().map((row) => row.dataset.id) } : { filter };
  for (const button of bar.querySelectorAll("button")) button.disabled = true;
  try {
    const told = await post("bulk", { action, ...body, ...chosen });
    if (told.failed) toast(`Not done: ${told.failed}.`);
    else {
      const rest = told.refused ? `; ${told.refused.toLocaleString("en")} ${told.refused === 1 ? "was" : "were"} not in a state for it` : "";
      toast(`${DONE[action]}: ${told.done.toLocaleString("en")}${rest}`);
      unpick();
    }
  } catch {
    toast("The server can't be reached; nothing was changed.");
  }
  for (const button of bar.querySelectorAll("button")) button.disabled = false;
}

bar?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { all, clear, bulk, snooze } = button.dataset;
  if (all !== undefined) pickAll();
  else if (clear !== undefined) unpick();
  else if (bulk) doAll(bulk, snooze ? snoozed(snooze) : JSON.parse(button.dataset.with ?? "{}"));
});
document.getElementById("pick-all")?.addEventListener("click", pickAll);
