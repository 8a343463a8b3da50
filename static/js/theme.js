// Sets the chosen theme before anything is drawn; "auto" follows the system. Not a module: those run too late.
(() => {
  const order = ["auto", "light", "dark"];
  const chosen = () => (order.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto");
  const apply = () => {
    if (chosen() === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen();
  };
  apply();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const show = () => {
      button.querySelector("span").textContent = `Theme: ${chosen()}`;
      button.title = `Theme: ${chosen()}`;
    };
    show();
    button.addEventListener("click", () => {
      localStorage.setItem("theme", order[(order.indexOf(chosen()) + 1) % order.length]);
      apply();
      show();
    });
  });
})();
