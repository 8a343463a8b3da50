// Parts of a page, read from the server as HTML one by one; what can't be read says so in its place.
import { tellTimes } from "./times.js";

export async function read(path) {
  try {
    const answer = await fetch(path);
    return { ok: answer.ok, gone: answer.status === 404, html: await answer.text() };
  } catch {
    return { ok: false, html: "" };
  }
}

export function trouble(place, text, again) {
  place.innerHTML = '<p class="error" role="alert"></p><button type="button" data-again>Try again</button>';
  place.firstElementChild.textContent = text;
  place.querySelector("[data-again]").addEventListener("click", again);
}

export async function fill(place, path) {
  const { ok, html } = await read(path);
  const again = () => fill(place, path);
  place.removeAttribute("aria-busy");
  if (html || ok) place.innerHTML = html;
  else trouble(place, "The server can't be reached.", again);
  if (!ok) place.querySelector("[data-again]")?.addEventListener("click", again);
  tellTimes(place);
}
