// The page of a trace: a span opens in the panel and stands in the address; more rows are read as one comes near them.
import { keys } from "./keys.js";
import { fill, read, trouble } from "./parts.js";
import { keepTimes, tellTimes } from "./times.js";

const list = document.getElementById("spans");
const panel = document.getElementById("panel");
const here = location.pathname;
const all = () => [...list.querySelectorAll(".span")];
const current = () => list.querySelector(".span.selected");

function select(row, focus = true) {
  current()?.classList.remove("selected");
  row?.classList.add("selected");
  if (focus) row?.querySelector("a").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

async function show(id, focus = false) {
  const { ok, html } = await read(`${here}spans/${encodeURIComponent(id)}/`);
  if (ok) panel.innerHTML = html;
  else trouble(panel, "The span can't be shown now. The waterfall still works.", () => show(id, focus));
  tellTimes(panel);
  panel.hidden = false;
  document.body.classList.add("with-panel");
  if (focus) panel.querySelector("header")?.focus({ preventScroll: true });
}

function remember(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("span", id);
  else url.searchParams.delete("span");
  history.pushState({}, "", url);
}

function open(row, focus = false) {
  select(row, !focus);
  remember(row.dataset.span);
  show(row.dataset.span, focus);
}

function hide() {
  panel.hidden = true;
  panel.innerHTML = "";
  document.body.classList.remove("with-panel");
}

function close() {
  if (panel.hidden) { select(null); return; }
  hide();
  remember(null);
  current()?.querySelector("a").focus({ preventScroll: true });
}

// What follows the last row that is there.
async function readOn() {
  const next = document.getElementById("next"), button = next?.querySelector("button");
  if (!next || button.disabled) return;
  button.disabled = true;
  const { ok, html } = await read(`${here}rows/?from=${next.dataset.from}`);
  button.disabled = false;
  if (!ok) { button.textContent = "They can't be read now: try again"; return; }
  next.remove();
  list.insertAdjacentHTML("beforeend", html);
  tellTimes(list);
  watch();
}

const near = new IntersectionObserver((entries) => { if (entries.some((one) => one.isIntersecting)) readOn(); }, { rootMargin: "600px" });

function watch() {
  const next = document.getElementById("next");
  near.disconnect();
  if (!next) return;
  near.observe(next);
  next.querySelector("button").addEventListener("click", readOn);
}

function step(by) {
  return (event) => {
    const rows = all(), at = rows.indexOf(current());
    event.preventDefault();
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!row) return;
    if (panel.hidden) select(row);
    else open(row);
  };
}

function nextError() {
  const rows = all(), at = rows.indexOf(current());
  const row = [...rows.slice(at + 1), ...rows.slice(0, at + 1)].find((one) => "error" in one.dataset);
  if (row && panel.hidden) select(row);
  else if (row) open(row);
}

function fromAddress() {
  const id = new URL(location.href).searchParams.get("span");
  const row = id && all().find((one) => one.dataset.span === id);
  if (!row) { hide(); return; }
  select(row, false);
  row.scrollIntoView({ block: "center" });
  show(id);
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("[data-close]")) { close(); return; }
  const link = event.target.closest(".span > a");
  if (!link) return;
  event.preventDefault();
  open(link.parentElement);
});

if (list) {
  keys({
    j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1), Escape: close, e: nextError,
    Enter(event) {
      if (!current() || event.target.closest("button, summary, a:not(.span > a)")) return;
      event.preventDefault();
      open(current(), true);
    },
  });
  window.addEventListener("popstate", fromAddress);
  watch();
  fromAddress();
  const alerts = document.getElementById("alerts");
  fill(alerts, alerts.dataset.from);
} else keys();
keepTimes();
