// The list of traces: rows are read on from where the server said; Enter opens one.
import { keys } from "./keys.js";
import { fill, read } from "./parts.js";
import { keepTimes, tellTimes } from "./times.js";

const rows = document.getElementById("rows");
const more = document.getElementById("more");

async function readOn() {
  const next = document.getElementById("next");
  if (!next || more.disabled) return;
  more.disabled = true;
  const url = new URL(location.href);
  url.searchParams.set("cursor", next.dataset.cursor);
  const { ok, html } = await read(`/traces/list/rows/${url.search}`);
  more.disabled = false;
  more.textContent = ok ? "Show more" : "They can't be read now: try again";
  if (!ok) return;
  next.remove();
  rows.insertAdjacentHTML("beforeend", html);
  tellTimes(rows);
  more.hidden = !document.getElementById("next");
}

function select(row) {
  rows.querySelector(".selected")?.classList.remove("selected");
  row.classList.add("selected");
  row.querySelector("a").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  return (event) => {
    const list = [...rows.querySelectorAll(".trace")], at = list.indexOf(rows.querySelector(".selected"));
    if (!list.length) return;
    event.preventDefault();
    if (at + by >= list.length - 1) readOn();
    select(list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)]);
  };
}

keys({
  j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1),
  "/"(event) { event.preventDefault(); document.getElementById("q").focus(); },
});
keepTimes();
if (rows) {
  for (const place of document.querySelectorAll("[data-part]")) fill(place, `/traces/list/${place.dataset.part}/${location.search}`);
  more.addEventListener("click", readOn);
  rows.addEventListener("click", (event) => {
    if (event.target.closest("a") || event.ctrlKey || event.metaKey || String(getSelection())) return;
    event.target.closest(".trace")?.querySelector("a").click();
  });
  document.querySelector(".trouble [data-again]")?.addEventListener("click", () => location.reload());
}
