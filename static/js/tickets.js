// The page of tickets: settling a difference takes it off the list.
import { send, toast } from "./act.js";
import { keys } from "./keys.js";
import { keepTimes } from "./times.js";

document.getElementById("tickets").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-side]");
  if (!button) return;
  const row = button.closest("[data-ticket]"), { ticket, what } = row.dataset;
  button.disabled = true;
  try {
    const { failed } = await send(`tickets/${ticket}/settle`, { what, side: button.dataset.side });
    if (!failed) { row.remove(); toast("They say the same now"); return; }
    toast(`Not done: ${failed}.`);
  } catch {
    toast("The server can't be reached; nothing was changed.");
  }
  button.disabled = false;
});
keys();
keepTimes();
