// A form's preview: asks the server what the draft would do as it is written, and marks what is wrong with it.
const WAIT = 400;

// `preview` is the section that shows it; its data-url is asked, once the fields in `needed` hold something. It is put
// behind the fieldset of the field `beside`.
export function keepPreview(form, preview, needed, beside = needed[0]) {
  const field = (name) => form.querySelector(`[name="${name}"]`);
  let timer = 0, latest = 0;

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  }

  async function look() {
    const turn = ++latest;
    if (!needed.every((name) => field(name)?.value.trim())) return;
    preview.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(preview.dataset.url, { method: "POST", body: new FormData(form) });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const answer = await response.json();
      if (turn !== latest) return;
      showErrors(form, field, answer.errors);
      preview.querySelector(".rule-preview-body").innerHTML = answer.html; // escaped by the server's template
    } catch (error) {
      if (turn === latest) say(preview, `No preview: ${error.message}. The form itself still works.`);
    } finally {
      if (turn === latest) preview.setAttribute("aria-busy", "false");
    }
  }

  field(beside).closest("fieldset").after(preview); // beside what it answers to
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  look();
}

function say(preview, text) {
  const line = document.createElement("p");
  line.className = "rule-muted";
  line.textContent = text;
  preview.querySelector(".rule-preview-body").replaceChildren(line);
}

function showErrors(form, field, errors) {
  form.querySelectorAll(".rule-error").forEach((old) => old.remove());
  form.querySelectorAll("[data-rule-invalid]").forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    delete input.dataset.ruleInvalid;
  });
  for (const [name, error] of Object.entries(errors)) {
    const input = field(name);
    if (input) input.after(errorLine(input, error));
  }
}

function errorLine(input, error) {
  const line = document.createElement("div");
  line.className = "rule-error";
  line.id = `rule-error-${input.name}`;
  input.dataset.ruleInvalid = "";
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", line.id);
  if (error.length) line.append(marked([...input.value], error.position, error.length));
  line.append(document.createTextNode(error.message));
  return line;
}

// position and length count characters, so the text comes as a list of them
function marked(characters, position, length) {
  const code = document.createElement("code");
  const word = document.createElement("mark");
  word.textContent = characters.slice(position, position + length).join("");
  code.append(characters.slice(0, position).join(""), word, characters.slice(position + length).join(""));
  return code;
}
