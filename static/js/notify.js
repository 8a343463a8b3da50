// Tells of new errors beyond the page: a notification and a sound, for those who want them.
const button = document.getElementById("notify");

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
