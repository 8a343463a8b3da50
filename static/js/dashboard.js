// The dashboard: what comes over the WebSocket becomes rows that the server draws.
import { actingKeys } from "./act.js";
import { pick, unpick } from "./bulk.js";
import { showCount } from "./count.js";
import { drawSoon } from "./histogram.js";
import { keys } from "./keys.js";
import { connect } from "./live.js";
import { notify } from "./notify.js";
import { focusPanel, hide, opened, refreshPanel, remember, show } from "./panel.js";
import { all, current, relist, select, take, tell } from "./rows.js";
import { keepTimes, tellTimes } from "./times.js";

const list = document.getElementById("rows");
const live = document.getElementById("live");
const AT_ONCE = 100, MANY = 300, GREY_AFTER = 2, AGAIN_MS = 5000, HISTOGRAM_MS = 60000;
const changed = new Set(), loud = new Set();
const BEGINS = new Set(["opened", "reopened"]);
let fetching = false, paused = false, connected = false, lost = null;

connect(Number(list.dataset.seq), {
  transitions(news) {
    for (const { kind, alert } of news) {
      changed.add(alert.id);
      if (BEGINS.has(kind)) drawSoon();
      if ((BEGINS.has(kind) || kind === "unmuted") && alert.severity === "error" && !alert.muted_by) loud.add(alert.id);
    }
    tellState();
    refresh();
  },
  live() { connected = true; lost = null; tellState(); refresh(); },
  lost(seconds) { connected = false; lost = seconds; tellState(); },
});

function tellState() {
  const behind = changed.size;
  const state = connected ? (paused ? "paused" : "live") : lost === null ? "connecting" : "reconnecting";
  const words = {
    live: behind > AT_ONCE ? `${behind} behind` : "live",
    paused: behind ? `paused, ${behind} behind` : "paused",
    reconnecting: `reconnecting, ${lost} s`,
  };
  live.dataset.state = state;
  live.textContent = words[state] ?? state;
  document.body.classList.toggle("offline", !connected && lost > GREY_AFTER);
}

async function refresh() {
  if (fetching || paused) return;
  fetching = true;
  try {
    while (changed.size) {
      const ids = [...changed].slice(0, AT_ONCE), place = new URLSearchParams(location.search);
      const many = changed.size > MANY; // somebody has acted on very many at once: the list is read anew
      if (many) changed.clear();
      for (const id of ids) changed.delete(id);
      if (!many) place.set("ids", ids.join(","));
      try {
        const answer = await fetch(`/alerts/rows/?${place}`);
        if (!answer.ok) throw new Error(answer.status);
        draw(many ? null : ids, await answer.text());
      } catch {
        for (const id of ids) changed.add(id); // the connection says that something is wrong; it is tried again
        break;
      }
    }
  } finally {
    fetching = false;
    tellState();
  }
}

function draw(ids, html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  for (const count of box.content.querySelectorAll("#counts [data-status]")) {
    const { status, number } = count.dataset;
    for (const place of document.querySelectorAll(`[data-count="${status}"]`)) place.textContent = count.textContent;
    if (status === "open") showCount(Number(number));
  }
  tellTimes(box.content);
  if (!ids) relist(box.content);
  else {
    tell(take(ids, box.content));
    sound(ids, box.content);
  }
  if (!ids || ids.includes(opened())) refreshPanel();
}

// A notification for the errors that have just begun and that this page shows.
function sound(ids, drawn) {
  const heard = ids.filter((id) => loud.delete(id)).map((id) => drawn.getElementById(`a-${id}`) ?? document.getElementById(`a-${id}`));
  const rows = heard.filter((row) => row && !("off" in row.dataset));
  if (!rows.length) return;
  const part = (name) => rows[0].querySelector(name).textContent.trim();
  const one = `${part(".code")}, ${part(".service")}: ${part(".message")}`;
  notify(rows.length > 1 ? `${one}, and ${rows.length - 1} more` : one);
}

// Counts grow between the announced steps too: what is on the screen is read again now and then.
setInterval(() => {
  if (document.hidden || !connected || paused) return;
  for (const row of all().slice(0, AT_ONCE / 2)) if (row.dataset.status !== "resolved") changed.add(row.dataset.id);
  refresh();
}, AGAIN_MS);
setInterval(() => { if (!document.hidden && connected && !paused) drawSoon(); }, HISTOGRAM_MS);

function pause() {
  paused = !paused;
  tellState();
  refresh();
}

async function open(row) {
  select(row);
  remember(row.dataset.id);
  await show(row.dataset.id);
}

function close() {
  if (opened()) { hide(); remember(null); select(current()); } else if (!unpick()) select(null);
}

function step(by) {
  return (event) => {
    const rows = all(), at = rows.indexOf(current());
    if (!rows.length) return;
    event.preventDefault();
    select(rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)]);
    if (opened()) show(current().dataset.id);
  };
}

const target = () => {
  const id = opened() ?? current()?.dataset.id;
  return id && (document.getElementById(`a-${id}`) ?? document.querySelector(".alert")).dataset;
};

keys({
  j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1), Escape: close, ".": pause,
  ...actingKeys(target), x: () => pick(current()),
  "/"(event) { event.preventDefault(); document.getElementById("q").focus(); },
  Enter(event) {
    const row = current();
    if (!row || event.target.closest("button, a:not(.row a), summary")) return;
    event.preventDefault();
    open(row).then(focusPanel);
  },
});

list.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(row);
});
document.getElementById("panel").addEventListener("click", (event) => { if (event.target.closest("[data-close]")) close(); });
live.addEventListener("click", pause);

function openFromAddress() {
  const id = new URLSearchParams(location.search).get("alert");
  if (!id) { hide(); return; }
  const row = document.getElementById(`a-${id}`);
  if (row) select(row);
  show(id);
}
window.addEventListener("popstate", openFromAddress);
keepTimes();
openFromAddress();
showCount(Number(document.querySelector('[data-count="open"]').textContent.replaceAll(",", "")));
