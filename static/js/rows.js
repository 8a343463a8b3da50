// The list: rows change in place, new ones come in at the top only while nobody reads further down.
import { tellTimes } from "./times.js";

const rows = document.getElementById("rows");
const fresh = document.getElementById("fresh");
const empty = document.getElementById("empty");
const news = document.getElementById("news");
const MOST = 400; // rows kept on the page
const waiting = new Map();

export const all = () => [...rows.children];
export const current = () => rows.querySelector(".row.selected");
const reading = () => window.scrollY > 80 || current() || rows.matches(":hover, :focus-within");

export function select(row, focus = true) {
  const before = current();
  before?.classList.remove("selected");
  before?.querySelector("a").removeAttribute("aria-current");
  row?.classList.add("selected");
  row?.querySelector("a").setAttribute("aria-current", "true");
  if (row && focus) row.querySelector("a").focus({ preventScroll: true });
  else if (!row && rows.contains(document.activeElement)) document.activeElement.blur();
  row?.scrollIntoView({ block: "nearest" });
}

// Puts what the server drew of these alerts in its place; gives the alerts that are new here.
export function take(ids, drawn) {
  const brandNew = [];
  for (const id of ids) {
    const made = drawn.getElementById(`a-${id}`), old = document.getElementById(`a-${id}`);
    if (!made) { old?.remove(); waiting.delete(id); continue; }
    if (old) replace(old, made);
    else if ("off" in made.dataset) waiting.delete(id);
    else {
      if (!waiting.has(id)) brandNew.push(made);
      waiting.set(id, made);
    }
  }
  if (!reading()) insert();
  announce();
  empty.hidden = rows.children.length > 0 || waiting.size > 0;
  return brandNew;
}

function replace(old, made) {
  const chosen = old.classList.contains("selected"), focused = old.contains(document.activeElement);
  made.classList.toggle("picked", old.classList.contains("picked"));
  made.classList.toggle("off", "off" in made.dataset); // stays until the page is read anew, so that nothing jumps
  old.replaceWith(made);
  if (chosen) select(made, focused);
  else if (focused) made.querySelector("a").focus({ preventScroll: true });
}

// The whole list as the server drew it.
export function relist(drawn) {
  const chosen = current()?.dataset.id;
  waiting.clear();
  rows.replaceChildren(...drawn.querySelectorAll(".row"));
  const row = chosen && document.getElementById(`a-${chosen}`);
  if (row) select(row, false);
  announce();
  empty.hidden = rows.children.length > 0;
}

export function insert() {
  for (const row of waiting.values()) {
    row.classList.add("new");
    rows.prepend(row);
  }
  waiting.clear();
  while (rows.children.length > MOST && rows.lastElementChild !== current()) {
    rows.lastElementChild.remove();
    document.getElementById("more").hidden = false;
  }
  tellTimes(rows);
  announce();
}

function announce() {
  fresh.hidden = waiting.size === 0;
  fresh.textContent = `${waiting.size} new ↑`;
}

export function tell(made) {
  if (!made.length) return;
  const first = made.at(-1), part = (name) => first.querySelector(name).textContent.trim();
  const one = `New alert: ${part(".severity")} ${part(".code")}, ${part(".service")}, ${part(".message")}`;
  news.textContent = made.length > 1 ? `${one}, and ${made.length - 1} more` : one;
}

fresh.addEventListener("click", () => {
  insert();
  window.scrollTo(0, 0);
});
