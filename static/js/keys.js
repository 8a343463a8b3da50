// Keys that work on every page; a page adds its own. Nothing is heard while somebody types.
export function keys(own = {}) {
  const dialog = document.getElementById("keys");
  const goes = { a: "/", l: "/search/", t: "/traces/", m: "/metrics-explorer/", s: "/system/" };
  let before = "";
  document.getElementById("show-keys")?.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.matches("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = event.key, after = before;
    before = key;
    if (after === "g" && goes[key]) location.href = goes[key];
    else if (key === "?") dialog.showModal();
    else own[key]?.(event);
  });
}
