// The rule's form: shows the fields of the chosen type, and previews the rule before it is saved.
import { keepPreview } from "./preview.js";

const form = document.querySelector("#rule_form");
const preview = document.querySelector("#rule-preview");
const field = (name) => form?.querySelector(`[name="${name}"]`);

function showFieldsOfType() {
  const type = field("type").value;
  for (const input of form.querySelectorAll("[data-rule-type]")) {
    const row = input.closest(".field-line");
    if (row) row.hidden = input.dataset.ruleType !== type;
  }
}

if (form && preview && field("type")) {
  showFieldsOfType();
  field("type").addEventListener("change", showFieldsOfType);
  keepPreview(form, preview, ["query"]);
}
