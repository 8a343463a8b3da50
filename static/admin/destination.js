// A destination's form: what would be sent, as the settings and templates stand, before they are saved.
import { keepPreview } from "./preview.js";

const form = document.querySelector("#destination_form");
const preview = document.querySelector("#destination-preview");
const settings = form?.querySelectorAll('[name^="set_"]') ?? [];

if (preview && settings.length) keepPreview(form, preview, [], settings[settings.length - 1].name);
