// The forms of silences, maintenance windows and inhibitions: what they would mute now, before they are saved.
import { keepPreview } from "./preview.js";

const preview = document.querySelector("#mute-preview");
const form = preview?.closest("form");
const needed = preview?.dataset.needs.split(" ") ?? [];

if (form && needed.every((name) => form.querySelector(`[name="${name}"]`))) keepPreview(form, preview, needed);
