// Keeps "4 min ago" true.
export function keepAgo() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time[title]")) {
      const seconds = Math.max(Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000), 0);
      const [size, unit] = seconds >= 86400 ? [86400, "d"] : seconds >= 3600 ? [3600, "h"] : seconds >= 60 ? [60, "min"] : [1, "s"];
      const text = `${Math.floor(seconds / size)} ${unit} ago`;
      if (time.textContent !== text) time.textContent = text;
    }
  }, 5000);
}
