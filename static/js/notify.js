// Tells of new alerts beyond the page: the title, the favicon, and, for those who want it, a notification and a sound.
const icon = document.getElementById("favicon");
const button = document.getElementById("notify");
const plain = icon.href;

const badge = (text) => "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#d92d20"/>' +
  `<text x="12" y="18" font-size="${text.length > 2 ? 11 : 15}" font-family="sans-serif" font-weight="700" text-anchor="middle" fill="#fff">${text}</text></svg>`);

export function showCount(number) {
  document.getElementById("open-count").textContent = number || "";
  document.title = `${number ? `(${number}) ` : ""}Alerts · StackLens`;
  icon.href = number ? badge(number > 99 ? "99+" : String(number)) : plain;
}

const wanted = () => localStorage.getItem("notify") === "on" && Notification.permission === "granted";
const show = () => button.setAttribute("aria-pressed", String(wanted()));

if ("Notification" in window && window.isSecureContext) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (wanted()) localStorage.setItem("notify", "off");
    else if (await Notification.requestPermission() === "granted") localStorage.setItem("notify", "on");
    show();
  });
  show();
}

export function notify(text) {
  if (!("Notification" in window) || !wanted()) return;
  beep();
  if (document.hidden) new Notification("StackLens", { body: text, tag: "stacklens" }).onclick = () => window.focus();
}

function beep() {
  const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
  volume.gain.value = 0.05;
  tone.frequency.value = 880;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.15);
  tone.onended = () => audio.close();
}
