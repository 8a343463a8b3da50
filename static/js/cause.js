// What may have caused an alert: read from the server once it is asked for, so that a slow search holds nothing up.
import { tellTimes } from "./times.js";

async function read(box, scope = "service") {
  const inside = box.querySelector(".inside");
  box.dataset.read = "";
  inside.setAttribute("aria-busy", "true");
  const late = setTimeout(() => { if (!inside.children.length) inside.innerHTML = '<div class="skeleton"></div>'.repeat(4); }, 150);
  try {
    const answer = await fetch(`/alerts/${box.dataset.cause}/cause/?scope=${scope}`);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    inside.innerHTML = await answer.text();
    tellTimes(inside);
  } catch (error) {
    inside.innerHTML = '<p class="error" role="alert"></p><button type="button" data-again>Try again</button>';
    const why = error instanceof TypeError ? "the server can't be reached" : error.message;
    inside.querySelector("p").textContent = `This can't be shown: ${why}. The rest of the alert still works.`;
  } finally {
    clearTimeout(late);
    inside.removeAttribute("aria-busy");
  }
}

// `open` doesn't bubble, so it is heard on its way down.
export function wireCause(root) {
  root.addEventListener("toggle", ({ target }) => {
    if (target.matches("[data-cause]") && target.open && !("read" in target.dataset)) read(target);
  }, true);
  root.addEventListener("click", ({ target }) => {
    const box = target.closest("[data-cause]"), button = target.closest("[data-scope], [data-again]");
    if (box && button) read(box, button.dataset.scope);
  });
}

// What was read stays when the alert around it is drawn again.
export function keepCause(root, draw) {
  const old = root.querySelector("[data-cause][data-read]");
  draw();
  const fresh = root.querySelector("[data-cause]");
  if (old && fresh?.dataset.cause === old.dataset.cause) fresh.replaceWith(old);
}
