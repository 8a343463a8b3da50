// The live list: rows change in place, new ones wait behind a button unless one is at the top and reads nothing.
import { act, wire } from "./act.js";
import { keepAgo } from "./ago.js";
import { connect } from "./live.js";

const rows = document.getElementById("rows");
const panel = document.getElementById("panel");
const fresh = document.getElementById("fresh");
const live = document.getElementById("live");
const empty = document.getElementById("empty");
const waiting = new Map();
let changed = new Set(), fetching = false;

const current = () => rows.querySelector(".row.selected");
const atTop = () => window.scrollY < 80 && !current() && !rows.matches(":hover");

connect(rows.dataset.seq, (transitions) => {
  for (const transition of transitions) changed.add(transition.alert.id);
  refresh();
}, (state, seconds) => {
  live.dataset.state = state;
  live.textContent = state === "live" ? "live" : `reconnecting, ${seconds} s`;
  document.body.classList.toggle("offline", state !== "live" && seconds > 2);
});

// Counts grow between announced steps too: what is on the screen is read again now and then.
setInterval(() => {
  if (document.hidden || live.dataset.state !== "live") return;
  for (const row of [...rows.children].slice(0, 50)) if (!row.classList.contains("resolved")) changed.add(row.dataset.id);
  if (changed.size) refresh();
}, 5000);

async function refresh() {
  if (fetching) return;
  fetching = true;
  try {
    while (changed.size) {
      const ids = [...changed].slice(0, 100);
      const known = new URLSearchParams(location.search);
      known.set("ids", ids.join(","));
      const answer = await fetch(`/alerts/rows/?${known}`);
      if (!answer.ok) break;
      for (const id of ids) changed.delete(id);
      take(ids, await answer.text());
    }
  } catch { /* the connection says so itself, and tries again */ }
  fetching = false;
}

function take(ids, html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  for (const count of box.content.querySelectorAll("#counts [data-status]")) {
    for (const place of document.querySelectorAll(`[data-count="${count.dataset.status}"]`)) place.textContent = count.textContent;
    if (count.dataset.status === "open") openCount(Number(count.textContent));
  }
  for (const id of ids) {
    const made = box.content.getElementById(`a-${id}`), old = document.getElementById(`a-${id}`);
    if (!made) { old?.remove(); waiting.delete(id); continue; }
    if (old) {
      made.classList.toggle("selected", old.classList.contains("selected"));
      old.replaceWith(made);
      if (!panel.hidden && panel.dataset.id === id) show(id);
    } else waiting.set(id, made);
  }
  if (atTop()) insert();
  else announce();
  empty.hidden = rows.children.length > 0 || waiting.size > 0;
}

function insert() {
  for (const row of waiting.values()) {
    row.classList.add("new");
    rows.prepend(row);
  }
  waiting.clear();
  announce();
}

function announce() {
  fresh.hidden = waiting.size === 0;
  fresh.textContent = `${waiting.size} new ↑`;
}

function openCount(number) {
  document.getElementById("open-count").textContent = number || "";
  document.title = `${number ? `(${number}) ` : ""}Alerts · StackLens`;
}

fresh.addEventListener("click", () => { insert(); window.scrollTo(0, 0); });

function select(row) {
  current()?.classList.remove("selected");
  row?.classList.add("selected");
  row?.querySelector("a").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

async function show(id) {
  const typed = panel.querySelector("[data-comment] input")?.value;
  if (panel.dataset.id === id && typed) return; // somebody is writing
  const answer = await fetch(`/alerts/${id}/panel/`);
  if (!answer.ok) return;
  panel.innerHTML = await answer.text();
  panel.dataset.id = id;
  panel.hidden = false;
  document.body.classList.add("with-panel");
}

function address(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("alert", id);
  else url.searchParams.delete("alert");
  history.pushState({}, "", url);
}

function close() {
  panel.hidden = true;
  panel.innerHTML = "";
  delete panel.dataset.id;
  document.body.classList.remove("with-panel");
}

function openFromAddress() {
  const id = new URLSearchParams(location.search).get("alert");
  if (!id) { close(); return; }
  select(document.getElementById(`a-${id}`));
  show(id);
}

rows.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  select(row);
  address(row.dataset.id);
  show(row.dataset.id);
});
window.addEventListener("popstate", openFromAddress);
wire(panel, () => panel.dataset.id && show(panel.dataset.id));

let before = "";
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, textarea") || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const all = [...rows.children], at = all.indexOf(current());
  const id = current()?.dataset.id;
  const steps = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };
  if (before === "g" && event.key === "a") location.href = "/";
  else if (before === "g" && event.key === "s") location.href = "/system/";
  else if (event.key in steps && all.length) {
    event.preventDefault();
    select(all[Math.min(Math.max(at + steps[event.key], 0), all.length - 1)]);
    if (!panel.hidden) show(current().dataset.id);
  } else if (event.key === "Enter" && id && !event.target.closest("button")) {
    event.preventDefault();
    address(id);
    show(id);
  } else if (event.key === "Escape") {
    if (panel.hidden) select(null);
    else { close(); address(null); }
  } else if (event.key === "a" && id) act(id, "acknowledge");
  else if (event.key === "r" && id) act(id, "resolve");
  else if (event.key === "/") { event.preventDefault(); document.getElementById("q").focus(); }
  else if (event.key === "?") document.getElementById("keys").showModal();
  before = event.key;
});

keepAgo();
openFromAddress();
