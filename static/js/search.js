// The search page: its parts are read one by one; what is chosen stands in the address.
import { column, wireColumns } from "./columns.js";
import { completeQuery } from "./complete.js";
import { chooseRange } from "./drag.js";
import { keys } from "./keys.js";
import { all, current, rows, select, step } from "./list.js";
import { visible } from "./log.js";
import { look, menus, turn } from "./look.js";
import { fill, read, trouble } from "./parts.js";
import { savedSearches } from "./saved.js";
import { pause, tail, toggle } from "./tail.js";
import { copy, takeAlong } from "./take.js";
import { keepTimes, tellTimes } from "./times.js";

const panel = document.getElementById("panel");
const figure = document.getElementById("histogram");
const address = () => new URL(location.href);
let asked = 0; // an answer that comes after the panel was closed, or asked for another log, is not shown

async function part(place) {
  await fill(place, `/search/${place.dataset.part}/${location.search}`);
  const counted = place.querySelector("#counted");
  if (counted) document.getElementById("total").textContent = `${counted.textContent} logs ·`;
}

// What the rules say of the record in the panel; the rest of it doesn't wait for them.
async function rules() {
  const part = document.getElementById("rules");
  if (!part) return;
  const { ok, html } = await read(`/logs/${encodeURIComponent(part.dataset.of)}/rules/`);
  part.removeAttribute("aria-busy");
  if (ok) part.lastElementChild.innerHTML = html;
  else part.lastElementChild.textContent = "The rules can't be asked now.";
}

async function show(id, focus) {
  const turn = ++asked;
  const { ok, gone, html } = await read(`/search/records/${encodeURIComponent(id)}/${location.search}`);
  if (turn !== asked) return;
  if (ok) panel.innerHTML = html;
  else trouble(panel, gone ? "This log is no longer kept." : "The log can't be shown now. The list still works.", () => show(id, focus));
  tellTimes(panel);
  panel.hidden = false;
  document.body.classList.add("with-panel");
  rules();
  if (focus) panel.querySelector("header")?.focus({ preventScroll: true });
}

function remember(id) {
  const url = address();
  if (id) url.searchParams.set("record", id);
  else url.searchParams.delete("record");
  history.pushState({}, "", url);
}

function open(id, focus = false) {
  pause(); // nothing moves under somebody who reads
  remember(id);
  show(id, focus);
}

function hide() {
  asked++;
  panel.hidden = true;
  panel.innerHTML = "";
  document.body.classList.remove("with-panel");
}

function close() {
  if (panel.hidden && !address().searchParams.has("record")) { select(null); return; }
  hide();
  remember(null);
  current()?.querySelector("a").focus({ preventScroll: true });
}

// Nothing moves under somebody who reads; the panel goes along.
const walk = (by) => step(by, (row) => { pause(); if (!panel.hidden) open(row.dataset.id); });

function ask(query) {
  const url = address();
  url.searchParams.set("q", query);
  url.searchParams.delete("record");
  location.href = url;
}

const json = () => panel.querySelector(".json").textContent;
const line = () => visible(JSON.parse(json()).message); // of a long one, only the beginning is shown

// Drawn as one comes to them: all of a long odd text at once would take the browser seconds.
function pieces(text) {
  return (text.match(/[^]{1,4000}/g) ?? []).map((part) => {
    const made = document.createElement("span");
    made.textContent = part;
    return made;
  });
}

// Opened by its key, or the link that it is.
function menu(id) {
  return (event) => {
    event.preventDefault();
    const there = document.getElementById(id);
    if (there.matches("a")) there.click();
    else there.open = !there.open;
  };
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = at("a[data-q]"), row = at(".log, .lines [data-id]"), button = at("button");
  if (link) {
    event.preventDefault();
    const out = event.altKey && link.parentElement.querySelector(".out");
    ask((out || link).dataset.q);
  } else if (button?.dataset.column) column(button.dataset.column);
  else if (button?.dataset.copy) copy(button.dataset.copy === "json" ? json() : line(), button);
  else if (button && "whole" in button.dataset) {
    panel.querySelector(".text").replaceChildren(...pieces(line()));
    button.remove();
  }
  else if (at("[data-close]")) close();
  else if (row && !button && !String(getSelection())) {
    event.preventDefault();
    if (row.matches(".log")) select(row);
    open(row.dataset.id);
  }
});

function openFromAddress() {
  const id = address().searchParams.get("record");
  if (!id) { hide(); return; }
  const row = all().find((one) => one.dataset.id === id);
  if (row) select(row);
  show(id);
}

keys({
  j: walk(1), k: walk(-1), ArrowDown: walk(1), ArrowUp: walk(-1), Escape: close, ".": toggle,
  w: () => turn("wrap"), c: () => turn("dense"), s: menu("saved"), d: menu("between"), p: menu("patterns-view"),
  "/"(event) { event.preventDefault(); document.getElementById("q").focus(); },
  Enter(event) {
    if (!current() || event.target.closest("button, summary, a:not(.log a)")) return;
    event.preventDefault();
    open(current().dataset.id, true);
  },
});
look();
wireColumns();
takeAlong();
menus();
savedSearches();
completeQuery();
keepTimes();
for (const place of document.querySelectorAll("main [data-part]")) part(place);
document.querySelector(".found > .trouble [data-again]")?.addEventListener("click", () => location.reload());
const dragged = figure && chooseRange(figure);
if (rows) {
  tail(
    async () => { const { ok, html } = await read(`/search/rows/${location.search}`); return ok ? html : ""; },
    () => { if (!dragged() && !figure.querySelector("details[open]")) part(figure); },
  );
  window.addEventListener("popstate", openFromAddress);
  openFromAddress();
}
