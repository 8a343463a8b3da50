// The page of a trace: the span that its address names is opened.
import { keys } from "./keys.js";
import { keepTimes } from "./times.js";

function open() {
  const span = document.getElementById(location.hash.slice(1));
  if (!span) return;
  span.classList.add("this");
  span.querySelector("details")?.setAttribute("open", "");
  span.scrollIntoView({ block: "center" });
}

window.addEventListener("hashchange", open);
keys();
keepTimes();
open();
