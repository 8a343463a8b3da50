// The panel at the right: one alert, read from the server as a fragment; its address is ?alert=ID.
import { wire } from "./act.js";
import { keepCause, wireCause } from "./cause.js";
import { tellTimes } from "./times.js";

const panel = document.getElementById("panel");
const SKELETON_MS = 150;
let asked = 0;

export const opened = () => (panel.hidden ? null : panel.dataset.id);

// What somebody is writing, and where the focus is, outlive a new drawing of the same alert.
function put(html, keep = false) {
  const field = () => panel.querySelector("[data-comment] input");
  const writing = keep && panel.querySelector(".silence[open]");
  const typed = keep && field()?.value, focus = document.activeElement, inside = keep && panel.contains(focus);
  keepCause(panel, () => { panel.innerHTML = html; });
  tellTimes(panel);
  if (typed && field()) field().value = typed;
  if (writing) panel.querySelector(".silence")?.replaceWith(writing);
  if (inside && writing?.contains(focus)) focus.focus({ preventScroll: true });
  else if (inside) (focus.matches("[name=text]") && field() || panel.querySelector("header"))?.focus({ preventScroll: true });
}

function failed(id, why) {
  put('<p class="error" role="alert"></p><button type="button">Try again</button>');
  panel.querySelector("p").textContent = `The alert can't be shown: ${why}. The list still works.`;
  panel.querySelector("button").addEventListener("click", () => show(id));
}

export async function show(id) {
  const turn = ++asked, fresh = panel.hidden || panel.dataset.id !== id;
  panel.dataset.id = id;
  const late = setTimeout(() => { if (fresh) { put('<div class="skeleton"></div>'.repeat(4)); unfold(); } }, SKELETON_MS);
  try {
    const answer = await fetch(`/alerts/${id}/panel/`);
    const html = await answer.text();
    if (turn !== asked) return;
    if (answer.ok) put(html, !fresh);
    else if (fresh) failed(id, answer.status === 404 ? "there is no such alert" : `the server answered ${answer.status}`);
  } catch {
    if (turn === asked && fresh) failed(id, "the server can't be reached");
  } finally {
    clearTimeout(late);
  }
  if (turn === asked) unfold();
}

function unfold() {
  panel.hidden = false;
  document.body.classList.add("with-panel");
}

export function refreshPanel() {
  if (opened()) show(opened());
}

export function hide() {
  asked++;
  panel.hidden = true;
  panel.innerHTML = "";
  delete panel.dataset.id;
  document.body.classList.remove("with-panel");
}

export function focusPanel() {
  panel.querySelector("header")?.focus({ preventScroll: true });
}

export function remember(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("alert", id);
  else url.searchParams.delete("alert");
  history.pushState({}, "", url);
}

wire(panel, refreshPanel);
wireCause(panel);
panel.addEventListener("silenced", refreshPanel);
