// A log as a row, made of the page's own template; the server makes the same in templates/search/rows.html.
const template = document.getElementById("log-row");
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g, HIDDEN = /[\x80-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
const MESSAGE = 2000, CELL = 200;

// Control characters as their symbols, and what isn't seen by its number.
export function visible(text) {
  return String(text ?? "")
    .replace(CONTROL, (char) => String.fromCharCode(char === "\x7f" ? 0x2421 : 0x2400 + char.charCodeAt(0)))
    .replace(HIDDEN, (char) => `<U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);
}

function line(text, most) {
  const shown = visible(String(text ?? "").replaceAll("\r\n", "\n").replaceAll("\n", " ⏎ "));
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

// The scalars at a dotted path, however it is nested.
function leaves(value, path, at = "") {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, path, at));
  if (value === null || typeof value !== "object") return at === path && value !== null ? [value] : [];
  return Object.entries(value).flatMap(([key, item]) => {
    const below = at ? `${at}.${key}` : key;
    return below === path || path.startsWith(`${below}.`) ? leaves(item, path, below) : [];
  });
}

const cell = (log, name) => (name.startsWith("attrs.") ? leaves(log.attrs, name.slice(6)).join(", ") : log[name]);

export function row(log) {
  const made = template.content.firstElementChild.cloneNode(true), part = (name) => made.querySelector(name);
  made.classList.add(log.level);
  made.dataset.id = log.id;
  part("a").href = `/search/records/${encodeURIComponent(log.id)}/`;
  part("time").dateTime = log.timestamp;
  part(".severity").append(log.level);
  part(".service").textContent = visible(log.service);
  for (const extra of made.querySelectorAll(".extra")) extra.textContent = line(cell(log, extra.dataset.name), CELL);
  part(".message").textContent = line(log.message, MESSAGE);
  return made;
}
