// The search page: its parts are read one by one; what is chosen stands in the address.
import { completeQuery } from "./complete.js";
import { chooseRange } from "./drag.js";
import { keys } from "./keys.js";
import { look, menus, turn } from "./look.js";
import { savedSearches } from "./saved.js";
import { pause, tail, toggle } from "./tail.js";
import { keepTimes, tellTimes } from "./times.js";

const rows = document.getElementById("rows");
const panel = document.getElementById("panel");
const more = document.getElementById("more");
const figure = document.getElementById("histogram");
const address = () => new URL(location.href);
let asked = 0; // an answer that comes after the panel was closed, or asked for another log, is not shown

async function read(path) {
  try {
    const answer = await fetch(path);
    return { ok: answer.ok, gone: answer.status === 404, html: await answer.text() };
  } catch {
    return { ok: false, html: "" };
  }
}

function trouble(place, again, text) {
  place.innerHTML = '<p class="error" role="alert"></p><button type="button" data-again>Try again</button>';
  place.firstElementChild.textContent = text;
  place.querySelector("[data-again]").addEventListener("click", again);
}

async function fill(place) {
  const { ok, html } = await read(`/search/${place.dataset.part}/${location.search}`);
  place.removeAttribute("aria-busy");
  if (html) place.innerHTML = html;
  else trouble(place, () => fill(place), "The server can't be reached.");
  if (!ok) place.querySelector("[data-again]")?.addEventListener("click", () => fill(place));
  tellTimes(place);
  const counted = place.querySelector("#counted");
  if (counted) document.getElementById("total").textContent = `${counted.textContent} logs ·`;
}

// What is below the last row: read on from where the server said.
async function readOn() {
  const next = document.getElementById("next");
  if (!next || more.disabled) return;
  more.disabled = true;
  const url = address();
  url.searchParams.set("cursor", next.dataset.cursor);
  const { ok, html } = await read(`/search/rows/${url.search}`);
  more.disabled = false;
  more.textContent = ok ? "Show more" : "It can't be read now: try again";
  if (!ok) return;
  next.remove();
  rows.insertAdjacentHTML("beforeend", html);
  tellTimes(rows);
  more.hidden = !document.getElementById("next");
}

const all = () => [...rows.querySelectorAll(".log")];
const current = () => rows?.querySelector(".log.selected");

function select(row) {
  current()?.classList.remove("selected");
  row?.classList.add("selected");
  row?.querySelector("a").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
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
  else trouble(panel, () => show(id, focus), gone ? "This log is no longer kept." : "The log can't be shown now. The list still works.");
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

function step(by) {
  return (event) => {
    if (!rows) return;
    const list = all(), at = list.indexOf(current());
    if (!list.length) return;
    event.preventDefault();
    pause();
    if (at + by >= list.length - 1) readOn();
    select(list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)]);
    if (!panel.hidden) open(current().dataset.id);
  };
}

function column(name) {
  const url = address(), chosen = (url.searchParams.get("cols") ?? "").split(",").filter(Boolean);
  const left = chosen.filter((one) => one !== name);
  if (left.length === chosen.length) left.push(name);
  if (left.length) url.searchParams.set("cols", left.join(","));
  else url.searchParams.delete("cols");
  location.href = url;
}

function ask(query) {
  const url = address();
  url.searchParams.set("q", query);
  url.searchParams.delete("record");
  location.href = url;
}

// The address with its range as moments, so that it shows the same tomorrow.
function pinned() {
  const url = address(), svg = document.querySelector("#histogram svg");
  if (svg && !url.searchParams.has("from")) {
    const at = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19) + "Z";
    url.searchParams.delete("range");
    url.searchParams.set("from", at(svg.dataset.since));
    url.searchParams.set("to", at(svg.dataset.until));
  }
  return url;
}

function api(path) {
  const from = pinned().searchParams, url = new URL(path, location.href);
  url.searchParams.set("q", from.get("q") ?? "");
  for (const [ours, theirs] of [["from", "since"], ["to", "until"]]) if (from.has(ours)) url.searchParams.set(theirs, from.get(ours));
  return url;
}

async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
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
  else if (button?.dataset.copy) copy(button.dataset.copy, button);
  else if (button?.dataset.copyFrom) copy(panel.querySelector(`.${button.dataset.copyFrom}`).textContent, button);
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
  j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1), Escape: close, ".": toggle,
  w: () => turn("wrap"), c: () => turn("dense"), s: menu("saved"), d: menu("between"), p: menu("patterns-view"),
  "/"(event) { event.preventDefault(); document.getElementById("q").focus(); },
  Enter(event) {
    if (!current() || event.target.closest("button, summary, a:not(.log a)")) return;
    event.preventDefault();
    open(current().dataset.id, true);
  },
});
document.getElementById("copy-link").addEventListener("click", (event) => copy(pinned().href, event.currentTarget));
document.getElementById("copy-curl").addEventListener("click", (event) =>
  copy(`curl -H "Authorization: Bearer $STACKLENS_TOKEN" '${String(api("/api/v1/logs/")).replaceAll("'", "%27")}'`, event.currentTarget));
document.getElementById("export").addEventListener("click", (event) => { event.currentTarget.href = api("/api/v1/logs/export/"); });
look();
menus();
savedSearches();
completeQuery();
keepTimes();
for (const place of document.querySelectorAll("main [data-part]")) fill(place);
document.querySelector(".found > .trouble [data-again]")?.addEventListener("click", () => location.reload());
const dragged = figure && chooseRange(figure);
if (rows) {
  more.addEventListener("click", readOn);
  tail(
    async () => { const { ok, html } = await read(`/search/rows/${location.search}`); return ok ? html : ""; },
    () => { if (!dragged() && !figure.querySelector("details[open]")) fill(figure); },
  );
  window.addEventListener("popstate", openFromAddress);
  openFromAddress();
}
