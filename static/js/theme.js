// Sets the chosen theme before anything is drawn; "auto" follows the system.
const chosen = localStorage.getItem("theme") || "auto";
if (chosen !== "auto") document.documentElement.dataset.theme = chosen;
document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  if (!button) return;
  const show = (theme) => { button.textContent = `Theme: ${theme}`; };
  show(chosen);
  button.addEventListener("click", () => {
    const order = ["auto", "light", "dark"];
    const next = order[(order.indexOf(localStorage.getItem("theme") || "auto") + 1) % 3];
    localStorage.setItem("theme", next);
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    show(next);
  });
});
