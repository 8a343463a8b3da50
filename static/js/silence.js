// The form "Silence this" on an alert: says what it would mute before it does, and can be taken back.
import { send, toast } from "./act.js";

const WAIT_MS = 300;
let timer = 0, asked = 0;

async function ask(path, body = {}) {
  try {
    return await send(path, body);
  } catch {
    return { failed: "the server can't be reached" };
  }
}

const words = ({ failed, count }) => failed ?? (count ? `mutes ${count} of the alerts that fire now` : "mutes nothing that fires now");

async function preview(form) {
  const turn = ++asked, { query } = form.elements;
  const told = query.value.trim() ? await ask("silences/preview", { query: query.value }) : { count: 0 };
  if (turn !== asked) return;
  query.setAttribute("aria-invalid", String(Boolean(told.failed)));
  form.querySelector("output").textContent = words(told);
}

async function silence(form) {
  const { query, reason, minutes } = form.elements, button = form.querySelector("button");
  const ends = new Date(Date.now() + minutes.value * 60000).toISOString();
  button.disabled = true;
  const told = await ask("silences", { query: query.value, reason: reason.value, ends_at: ends });
  button.disabled = false;
  if (told.failed) { toast(`Not silenced: ${told.failed}.`); return; }
  form.closest("details").open = false;
  form.dispatchEvent(new CustomEvent("silenced", { bubbles: true }));
  toast("Silenced", { label: "Undo", run: () => end(told.id) });
}

async function end(id) {
  const { failed } = await ask(`silences/${id}/end`);
  toast(failed ? `Not undone: ${failed}.` : "Undone");
  if (!failed) document.getElementById("panel").dispatchEvent(new CustomEvent("silenced"));
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".silence[open]")) preview(event.target.querySelector("form"));
}, true);
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-silence]");
  if (!form || event.target.name !== "query") return;
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), WAIT_MS);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-silence]")) return;
  event.preventDefault();
  silence(event.target);
});
