// The query bar: offers what may be typed next, and says under the word what is wrong, once nobody types any more.
import { visible } from "./log.js";

const field = document.getElementById("q");
const list = document.getElementById("offers");
const typing = document.getElementById("typing");
const SOON_MS = 120, WRONG_MS = 900;
let options = [], span = [0, 0], active = -1, asked = 0, timer = 0, wrongTimer = 0;

const open = () => !list.hidden;

function close() {
  list.hidden = true;
  active = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function mark(at) {
  active = at;
  for (const [number, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(number === at));
  if (at < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `offer-${at}`);
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

function draw() {
  if (!options.length) { close(); return; }
  list.replaceChildren(...options.map((option, number) => {
    const item = document.createElement("li"), hint = document.createElement("small");
    item.id = `offer-${number}`;
    item.setAttribute("role", "option");
    hint.textContent = visible(option.hint);
    item.append(visible(option.label), " ", hint);
    return item;
  }));
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  mark(-1);
}

function tellWrong(error) {
  clearTimeout(wrongTimer);
  typing.hidden = true;
  field.removeAttribute("aria-invalid");
  if (!error) return;
  wrongTimer = setTimeout(() => {
    const text = field.value, end = error.position + Math.max(error.length, 1), marked = document.createElement("mark");
    marked.textContent = visible(text.slice(error.position, end)) || " ";
    typing.querySelector(".error").textContent = `${error.detail} (at character ${error.position + 1})`;
    typing.querySelector(".where").replaceChildren(visible(text.slice(0, error.position)), marked, visible(text.slice(end)));
    document.getElementById("told")?.remove();
    typing.hidden = false;
    field.setAttribute("aria-invalid", "true");
  }, WRONG_MS);
}

async function offer() {
  const turn = ++asked, place = new URLSearchParams(location.search);
  place.set("q", field.value);
  place.set("at", field.selectionStart);
  try {
    const answer = await fetch(`/search/suggestions/?${place}`);
    if (!answer.ok || turn !== asked || document.activeElement !== field) return;
    const found = await answer.json();
    [options, span] = [found.options, [found.start, found.end]];
    draw();
    tellWrong(found.error);
  } catch {
    close(); // typing goes on without
  }
}

function take(option) {
  const text = field.value;
  field.value = text.slice(0, span[0]) + option.text + text.slice(span[1]).replace(/^ /, option.text.endsWith(" ") ? "" : " ");
  const at = span[0] + option.text.length;
  field.setSelectionRange(at, at);
  close();
  soon();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(offer, SOON_MS);
}

function pressed(event) {
  const { key } = event, last = options.length - 1;
  if (key === "ArrowDown" && !open()) { offer(); event.preventDefault(); return; }
  if (!open()) return;
  if (key === "ArrowDown") mark(active >= last ? 0 : active + 1);
  else if (key === "ArrowUp") mark(active <= 0 ? last : active - 1);
  else if ((key === "Enter" || key === "Tab") && active >= 0) take(options[active]);
  else if (key === "Escape") { event.stopPropagation(); close(); }
  else return;
  event.preventDefault();
}

export function completeQuery() {
  field.addEventListener("input", soon);
  field.addEventListener("keydown", pressed);
  field.addEventListener("blur", () => { clearTimeout(timer); asked++; close(); });
  list.addEventListener("pointerdown", (event) => { // before the field loses its focus
    event.preventDefault();
    const at = [...list.children].indexOf(event.target.closest("li"));
    if (at >= 0) take(options[at]);
  });
}
