// The metrics page: what is picked is asked for at once; typing narrows the list of names.
import { keys } from "./keys.js";
import { keepTimes } from "./times.js";

const picked = document.getElementById("picked");
const find = document.getElementById("find");

picked?.addEventListener("change", (event) => { if (event.target.id !== "q") picked.requestSubmit(); });
find?.addEventListener("input", () => {
  const wanted = find.value.toLowerCase();
  for (const row of document.getElementById("rows").rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
});

keys({
  "/"(event) { event.preventDefault(); (find ?? document.getElementById("q"))?.focus(); },
});
keepTimes();
