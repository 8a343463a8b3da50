// A destination's form: what would be sent as it stands, before it is saved, and which fields the other side asks for.
import { keepPreview } from "./preview.js";

const form = document.querySelector("#destination_form");
const preview = document.querySelector("#destination-preview");
const offers = document.querySelector("#destination-offers");
const settings = form?.querySelectorAll('[name^="set_"]') ?? [];
const filled = form?.querySelector('[name="set_fields"]'); // of kinds that have fields of their own to be filled

if (preview && settings.length) keepPreview(form, preview, [], settings[settings.length - 1].name);
if (offers && filled) {
  filled.after(offers);
  offers.hidden = false;
  offers.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.line) add(button.dataset.line);
    else if (button) ask(button);
  });
}

async function ask(button) {
  const list = offers.querySelector(".offers");
  button.disabled = true;
  try {
    const answer = await fetch(offers.dataset.url, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    list.innerHTML = await answer.text(); // escaped by the server's template
  } catch (error) {
    list.textContent = `Not asked: ${error.message}.`;
  } finally {
    button.disabled = false;
  }
}

function add(line) {
  const name = line.slice(0, line.indexOf(":"));
  const lines = filled.value.split("\n").filter((one) => one.trim());
  if (!lines.some((one) => one.startsWith(`${name}:`))) filled.value = [...lines, line].join("\n");
  filled.dispatchEvent(new Event("input", { bubbles: true }));
  filled.focus();
}
