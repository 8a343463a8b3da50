// How the page looks to this reader: long lines, close lines, and the range from one time to another.
const KINDS = ["wrap", "dense"];
const on = (kind) => localStorage.getItem(kind) === "on";
const local = () => localStorage.getItem("clock") === "local";

function show() {
  for (const kind of KINDS) {
    document.body.classList.toggle(kind === "wrap" ? "wrapped" : kind, on(kind));
    document.getElementById(kind)?.setAttribute("aria-pressed", String(on(kind)));
  }
}

export function turn(kind) {
  localStorage.setItem(kind, on(kind) ? "off" : "on");
  show();
}

// What a field of the browser shows for a moment, in the zone that the reader has chosen, and back.
function written(moment) {
  const shifted = local() ? new Date(moment.getTime() - moment.getTimezoneOffset() * 60000) : moment;
  return shifted.toISOString().slice(0, 19);
}
const read = (text) => new Date(local() ? text : `${text}Z`);

function between(form) {
  const { from, to } = form.elements, since = read(from.value), until = read(to.value);
  form.querySelector(".error").hidden = since < until;
  if (!(since < until)) return;
  const url = new URL(location.href);
  for (const name of ["range", "live", "record"]) url.searchParams.delete(name);
  url.searchParams.set("from", `${since.toISOString().slice(0, 19)}Z`);
  url.searchParams.set("to", `${until.toISOString().slice(0, 19)}Z`);
  location.href = url;
}

export function look() {
  const menu = document.getElementById("between"), form = menu.querySelector("form");
  for (const kind of KINDS) document.getElementById(kind).addEventListener("click", () => turn(kind));
  menu.addEventListener("toggle", () => {
    if (!menu.open) return;
    form.elements.from.value = written(new Date(form.dataset.since));
    form.elements.to.value = written(new Date(form.dataset.until));
    form.elements.from.focus();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); between(form); });
  show();
}

// One menu at a time; a click elsewhere closes it.
export function menus() {
  const all = [...document.querySelectorAll(".menu")];
  for (const menu of all) {
    menu.addEventListener("toggle", () => { if (menu.open) for (const other of all) if (other !== menu) other.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  document.addEventListener("pointerdown", (event) => { for (const menu of all) if (!menu.contains(event.target)) menu.open = false; });
}
