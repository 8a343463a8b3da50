// A list in #rows that keys walk through, and that is read on from where the server said.
import { read } from "./parts.js";
import { tellTimes } from "./times.js";

export const rows = document.getElementById("rows");
const more = document.getElementById("more");

export const all = () => [...(rows?.querySelectorAll("[data-id]") ?? [])];
export const current = () => rows?.querySelector(".selected");

export async function readOn() {
  const next = document.getElementById("next");
  if (!next || more.disabled) return;
  more.disabled = true;
  const url = new URL(location.href);
  url.searchParams.set("cursor", next.dataset.cursor);
  const { ok, html } = await read(rows.dataset.from + url.search);
  more.disabled = false;
  more.textContent = ok ? "Show more" : "They can't be read now: try again";
  if (!ok) return;
  next.remove();
  rows.insertAdjacentHTML("beforeend", html);
  tellTimes(rows);
  more.hidden = !document.getElementById("next");
}

export function select(row) {
  current()?.classList.remove("selected");
  row?.classList.add("selected");
  row?.querySelector("a").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

// What a key does: the selection goes on by so many; `moved` is told.
export function step(by, moved = () => {}) {
  return (event) => {
    const list = all(), at = list.indexOf(current());
    if (!list.length) return;
    event.preventDefault();
    if (at + by >= list.length - 1) readOn();
    select(list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)]);
    moved(current());
  };
}

more?.addEventListener("click", readOn);
