// The live tail: new logs above the others, as many as the page can bear; whoever scrolls or reads stops it.
import { row } from "./log.js";
import { tellTimes } from "./times.js";

const ROWS = 200, FIRST_WAIT = 500, SLOWEST = 5000, WRONG_QUERY = 4400, NOT_SIGNED_IN = 4401, SCROLLED = 60;
const button = document.getElementById("live");
const bar = document.getElementById("tail");
const rows = document.getElementById("rows");
const number = (count) => count.toLocaleString("en");

let socket = null, on = false, paused = false, wait = FIRST_WAIT, timer = 0, lastScroll = 0;
let waiting = [], shown = 0, dropped = 0, held = 0, filled = false, refill = async () => "";

export const tailing = () => on && !paused;

function tell(state, text = state) {
  button.dataset.state = state;
  button.textContent = text;
  button.setAttribute("aria-pressed", String(on));
  bar.hidden = !on;
  bar.querySelector("#pause").textContent = paused ? "Resume" : "Pause";
  count();
}

function count() {
  const parts = [`${number(shown)} shown`];
  if (dropped) parts.push(`${number(dropped)} dropped`);
  if (paused) parts.unshift(`${number(waiting.length + held)} waiting`);
  bar.querySelector("#tail-count").textContent = parts.join(" · ");
}

// Newest on top; what is beyond the page's measure goes at the bottom.
function put(logs) {
  const there = new Set([...rows.children].slice(0, ROWS).map((one) => one.dataset.id));
  const fresh = logs.filter((log) => !there.has(log.id)).slice(-ROWS);
  const made = document.createDocumentFragment();
  for (const log of fresh.reverse()) made.append(row(log));
  tellTimes(made);
  rows.prepend(made);
  while (rows.children.length > ROWS) rows.lastElementChild.remove();
  shown += fresh.length;
}

function take(message) {
  dropped += message.dropped;
  if (paused || !filled) {
    waiting.push(...message.records);
    if (waiting.length > ROWS) held += waiting.splice(0, waiting.length - ROWS).length;
    count();
    socket.send("seen");
    return;
  }
  put(message.records);
  count();
  const now = socket;
  requestAnimationFrame(() => { if (now.readyState === WebSocket.OPEN) now.send("seen"); });
}

function release() {
  dropped += held;
  held = 0;
  put(waiting);
  waiting = [];
}

function open() {
  const scheme = location.protocol === "https:" ? "wss" : "ws", query = new URL(location.href).searchParams.get("q") ?? "";
  socket = new WebSocket(`${scheme}://${location.host}/ws/logs/?q=${encodeURIComponent(query)}`);
  socket.onopen = async () => {
    wait = FIRST_WAIT;
    tell(paused ? "paused" : "live");
    filled = false;
    const html = await refill(); // what came while nobody listened
    if (html && !paused) rows.innerHTML = html;
    tellTimes(rows);
    filled = true;
    if (!paused) { release(); count(); }
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "records") take(message);
    else tell("reconnecting", message.detail);
  };
  socket.onclose = (event) => {
    if (!on) return;
    if (event.code === NOT_SIGNED_IN) { location.reload(); return; }
    if (event.code === WRONG_QUERY) { stop(); return; }
    tell("reconnecting", "reconnecting");
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, SLOWEST);
  };
}

function remember() {
  const url = new URL(location.href);
  if (on) url.searchParams.set("live", "1");
  else url.searchParams.delete("live");
  history.replaceState(history.state, "", url);
}

function start() {
  on = true;
  [waiting, shown, dropped, held, paused] = [[], 0, 0, 0, false];
  lastScroll = scrollY;
  document.getElementById("more").hidden = true;
  document.querySelector(".empty")?.remove();
  document.body.classList.add("tailing");
  tell("connecting");
  open();
  remember();
}

function stop() {
  on = false;
  clearTimeout(timer);
  socket?.close();
  document.body.classList.remove("tailing");
  tell("off", "Live");
  remember();
}

export function pause() {
  if (!tailing()) return;
  paused = true;
  tell("paused");
}

function resume() {
  paused = false;
  release();
  scrollTo({ top: 0 });
  lastScroll = 0;
  tell(socket.readyState === WebSocket.OPEN ? "live" : "reconnecting");
}

export function toggle() {
  if (button) (on ? stop : start)();
}

// `fill` gives the rows that there are now.
export function tail(fill) {
  if (!button) return;
  refill = fill;
  button.addEventListener("click", toggle);
  bar.querySelector("#pause").addEventListener("click", () => (paused ? resume() : pause()));
  bar.querySelector("#clear").addEventListener("click", () => { rows.replaceChildren(); [waiting, shown, dropped, held] = [[], 0, 0, 0]; count(); });
  addEventListener("scroll", () => {
    if (scrollY > SCROLLED && scrollY > lastScroll) pause();
    lastScroll = scrollY;
  }, { passive: true });
  if (new URL(location.href).searchParams.has("live")) start();
}
