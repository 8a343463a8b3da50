// The rule's form: plays the draft over stored history beside the running version, shows how far it is, and stops it.
const form = document.querySelector("#rule_form");
const section = document.querySelector("#rule-replay");
const body = section?.querySelector(".rule-replay-body");
const stop = section?.querySelector("[data-stop]");
const EVERY = 500;
let job = "", stopping = false; // it may be stopped before the server has said what it is called

function token() {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  return data;
}

function say(text) {
  const line = document.createElement("p");
  line.className = "rule-muted";
  line.textContent = text;
  body.replaceChildren(line);
}

async function start(range) {
  const data = new FormData(form);
  data.set("range", range);
  data.set("rule", section.dataset.rule);
  [job, stopping] = ["", false];
  busy(true);
  say("Starting…");
  try {
    const response = await fetch(section.dataset.url, { method: "POST", body: data });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    job = answer.url;
    if (stopping) await halt();
    await follow(job);
  } catch (error) {
    say(`No replay: ${error.message}`);
  }
  busy(false);
}

async function follow(url) {
  for (;;) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const answer = await response.json();
    body.innerHTML = answer.html; // escaped by the server's template
    if (answer.state !== "running") return;
    await new Promise((later) => setTimeout(later, EVERY));
  }
}

async function halt() {
  stopping = true;
  if (job) await fetch(job, { method: "POST", body: token() });
}

function busy(on) {
  section.setAttribute("aria-busy", String(on));
  stop.hidden = !on;
  for (const button of section.querySelectorAll("[data-range]")) button.disabled = on;
}

if (form && section) {
  const preview = document.querySelector("#rule-preview");
  queueMicrotask(() => preview?.after(section)); // beside what it goes on from
  for (const button of section.querySelectorAll("[data-range]")) {
    button.addEventListener("click", () => start(button.dataset.range));
  }
  stop.addEventListener("click", halt);
}
