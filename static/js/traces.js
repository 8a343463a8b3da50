// The list of traces; a click anywhere on one opens it.
import { keys } from "./keys.js";
import { rows, step } from "./list.js";
import { fill } from "./parts.js";
import { keepTimes } from "./times.js";

keys({
  j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1),
  "/"(event) { event.preventDefault(); document.getElementById("q").focus(); },
});
keepTimes();
if (rows) {
  for (const place of document.querySelectorAll("[data-part]")) fill(place, `/traces/list/${place.dataset.part}/${location.search}`);
  rows.addEventListener("click", (event) => {
    if (event.target.closest("a") || event.ctrlKey || event.metaKey || String(getSelection())) return;
    event.target.closest(".trace")?.querySelector("a").click();
  });
  document.querySelector(".trouble [data-again]")?.addEventListener("click", () => location.reload());
}
