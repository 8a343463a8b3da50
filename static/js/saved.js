// Saved searches: a list, a form that keeps the one at hand, and a way to forget.
import { send, toast } from "./act.js";

const menu = document.getElementById("saved");
const part = menu.querySelector("[data-part]");

async function list() {
  try {
    const answer = await fetch("/search/saved/");
    if (!answer.ok) throw new Error(answer.status);
    part.innerHTML = await answer.text();
  } catch {
    part.innerHTML = '<p class="error" role="alert">The list can\'t be read now.</p>';
  }
}

const own = (name) => [...part.querySelectorAll("[data-own]")].find((one) => one.dataset.name === name);

function tellButton(form) {
  const there = own(form.elements.name.value.trim());
  form.querySelector("button").textContent = there ? "Replace it" : "Save this search";
}

async function save(form) {
  const place = new URL(location.href).searchParams, name = form.elements.name.value.trim(), there = own(name);
  const search = {
    name, query: place.get("q") ?? "", columns: place.get("cols") ?? "", range: place.get("range") || "1h",
    shared: Boolean(form.elements.shared?.checked),
  };
  const told = await send(there ? `saved-searches/${there.dataset.id}` : "saved-searches", search, there ? "PUT" : "POST")
    .catch(() => ({ failed: "the server can't be reached" }));
  const error = form.querySelector(".error");
  error.hidden = !told.failed;
  error.textContent = told.failed ? `Not saved: ${told.failed}.` : "";
  if (told.failed) return;
  toast(`Saved as ${name}`);
  await list();
}

async function forget(id) {
  const told = await send(`saved-searches/${id}`, undefined, "DELETE").catch(() => ({ failed: "the server can't be reached" }));
  toast(told.failed ? `Not forgotten: ${told.failed}` : "Forgotten");
  await list();
}

export function savedSearches() {
  menu.addEventListener("toggle", async () => {
    if (!menu.open) return;
    await list();
    part.querySelector("input[name=name]")?.focus();
  });
  part.addEventListener("input", (event) => { if (event.target.form) tellButton(event.target.form); });
  part.addEventListener("submit", (event) => { event.preventDefault(); save(event.target); });
  part.addEventListener("click", (event) => {
    const button = event.target.closest("[data-forget]");
    if (!button) return;
    if (button.dataset.sure) { forget(button.dataset.forget); return; }
    button.dataset.sure = "yes"; // asked once, in words
    button.textContent = "Forget it?";
  });
}
