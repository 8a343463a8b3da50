// The columns beside the message: on or off, in an order and as wide as one likes, remembered for the next search.
const KEPT_SECONDS = 365 * 86400, FIRST = 3; // before the chosen ones stand time, level and service
const STEP = 24, NARROWEST = 48, WIDEST = 1200; // px
const table = document.querySelector("table.logs");
const heads = () => [...table.querySelectorAll("th.extra")];
const names = () => heads().map((head) => head.dataset.name);
const chosen = () => (new URL(location.href).searchParams.get("cols") ?? "").split(",").filter(Boolean);
const say = (text) => { document.getElementById("said").textContent = text; };

// The server shows these where an address names none; one that names none on purpose says `cols=`.
function keep(columns) {
  document.cookie = `columns=${encodeURIComponent(columns.join(","))}; path=/search/; max-age=${KEPT_SECONDS}; samesite=lax`;
}

export function column(name) {
  const url = new URL(location.href), left = chosen().filter((one) => one !== name);
  if (left.length === chosen().length) left.push(name);
  url.searchParams.set("cols", left.join(","));
  location.href = url;
}

// The order stands in the address, and in all that leads to another one from here.
function remember() {
  const columns = names().join(","), url = new URL(location.href);
  url.searchParams.set("cols", columns);
  history.replaceState(history.state, "", url);
  for (const input of document.querySelectorAll('input[name="cols"]')) input.value = columns;
  for (const link of document.querySelectorAll('a[href*="cols="]')) {
    const there = new URL(link.href);
    there.searchParams.set("cols", columns);
    link.href = there;
  }
  keep(names());
}

function move(from, to) {
  const list = heads();
  if (from === to || !list[to]) return;
  const name = list[from].dataset.name, row = document.getElementById("log-row").content.firstElementChild;
  for (const { cells } of [...table.rows, row]) {
    const cell = cells[FIRST + from], there = cells[FIRST + to];
    if (cell && there) (to > from ? there.after(cell) : there.before(cell));
  }
  remember();
  widen();
  say(`${name} is column ${to + 1} of ${list.length}`);
}

const width = (name) => Number(localStorage.getItem(`width of ${name}`)) || 0;

// As wide as it was made; 0 for what the page would give it.
function widen() {
  names().forEach((name, at) => {
    const wanted = width(name);
    if (wanted) table.style.setProperty(`--wide-${at + 1}`, `${wanted}px`);
    else table.style.removeProperty(`--wide-${at + 1}`);
  });
}

function resize(name, wanted) {
  const fits = Math.round(Math.min(Math.max(wanted, NARROWEST), WIDEST));
  localStorage.setItem(`width of ${name}`, fits);
  widen();
  return fits;
}

function onKey(event) {
  const grip = event.target.closest(".grip"), by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!grip || !by) return;
  event.preventDefault();
  const head = grip.closest("th"), at = heads().indexOf(head);
  if (event.shiftKey) say(`${head.dataset.name} is ${resize(head.dataset.name, head.offsetWidth + by * STEP)} pixels wide`);
  else move(at, at + by);
  grip.focus();
}

// From pressing to letting go, by the pointer that pressed.
function follow(event, moving, done = () => {}) {
  const { target } = event, end = (up) => { target.removeEventListener("pointermove", moving); done(up); };
  event.preventDefault();
  target.setPointerCapture(event.pointerId);
  target.addEventListener("pointermove", moving);
  target.addEventListener("lostpointercapture", end, { once: true });
}

function onPress(event) {
  const head = event.target.closest("th.extra");
  if (!head || event.button) return;
  if (event.target.matches(".edge")) {
    const wide = head.offsetWidth - event.clientX;
    follow(event, (to) => resize(head.dataset.name, wide + to.clientX));
  } else if (event.target.closest(".grip")) drag(event, head);
}

function drag(event, head) {
  const grip = event.target, boxes = heads().map((one) => one.getBoundingClientRect());
  const over = ({ clientX }) => boxes.findIndex(({ left, right }) => clientX >= left && clientX < right);
  let to = -1;
  follow(event, (at) => {
    to = over(at);
    heads().forEach((one, number) => one.classList.toggle("over", number === to && one !== head));
  }, () => {
    heads().forEach((one) => one.classList.remove("over"));
    if (to >= 0) move(heads().indexOf(head), to);
    grip.focus();
  });
}

export function wireColumns() {
  if (new URL(location.href).searchParams.has("cols")) keep(chosen());
  if (!table) return;
  widen();
  table.addEventListener("keydown", onKey);
  table.addEventListener("pointerdown", onPress);
  table.addEventListener("dblclick", (event) => {
    const head = event.target.matches(".edge") && event.target.closest("th");
    if (!head) return;
    localStorage.removeItem(`width of ${head.dataset.name}`);
    widen();
  });
}
