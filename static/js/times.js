// Keeps "4 min ago" true, and shows clock times in UTC or in the reader's own zone, as chosen and remembered.
const SIZES = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const two = (number) => String(number).padStart(2, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const local = () => localStorage.getItem("clock") === "local";

function ago(time) {
  const seconds = Math.max(Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000), 0);
  const [size, unit] = SIZES.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

function clock(time) {
  const utc = new Date(time.dateTime);
  const at = local() ? utc : new Date(utc.getTime() + utc.getTimezoneOffset() * 60000);
  const format = time.dataset.format;
  let text = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (format.includes("s")) text += `:${two(at.getSeconds())}`;
  if (format.includes("u")) text += `.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return format.startsWith("j") ? `${at.getDate()} ${MONTHS[at.getMonth()]} ${text}` : text;
}

export function tellTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const text = time.classList.contains("clock") ? clock(time) : ago(time);
    if (time.textContent !== text) time.textContent = text;
  }
  for (const zone of root.querySelectorAll(".zone")) zone.textContent = local() ? "local time" : "UTC";
}

export function keepTimes() {
  const toggle = document.querySelector(".clock-toggle");
  const show = () => { if (toggle) toggle.textContent = local() ? "Local" : "UTC"; };
  toggle?.addEventListener("click", () => {
    localStorage.setItem("clock", local() ? "utc" : "local");
    show();
    tellTimes();
  });
  show();
  tellTimes();
  setInterval(tellTimes, 1000);
}
