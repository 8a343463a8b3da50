// Draws the system page again every five seconds; what is open stays open.
const place = document.getElementById("system");
const live = document.getElementById("live");
setInterval(async () => {
  if (document.hidden || place.querySelector("details[open]")) return;
  try {
    const answer = await fetch("/system/panel/");
    if (!answer.ok) throw new Error(answer.status);
    place.innerHTML = await answer.text();
    live.dataset.state = "live";
    live.textContent = "refreshes every 5 s";
  } catch {
    live.dataset.state = "reconnecting";
    live.textContent = "the server can't be reached";
  }
}, 5000);
