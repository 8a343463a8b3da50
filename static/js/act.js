// What people do to an alert: a call of the API, and a toast that says how it went.
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1];
const csrf = () => cookie("csrftoken") ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
export const DONE = {
  acknowledge: "Acknowledged", resolve: "Resolved", reopen: "Reopened", comment: "Comment added",
  assign: "Assigned", snooze: "Snoozed", verdict: "Judged", merge: "Merged", ticket: "The ticket is there",
  "action/ask": "Asked for", "action/approve": "Approved", "action/reject": "Rejected",
};
export const VERDICTS = { 1: "real", 2: "noise", 3: "known" };
const TOAST_MS = 8000;

// What takes an action back; `status` is the one that the alert had before.
function undo(action, status) {
  if (action === "acknowledge" || action === "merge") return ["reopen"];
  if (action === "resolve" || action === "snooze") return status === "acknowledged" ? ["reopen", "acknowledge"] : ["reopen"];
  if (action === "reopen") return [status === "resolved" ? "resolve" : "acknowledge"];
  return null;
}

// Gives what the server answered, or in `failed` why it did not.
export async function send(path, body, method = "POST") {
  const answer = await fetch(`/api/v1/${path}/`, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  return answer.ok ? told : { failed: told.detail ?? `the server answered ${answer.status}` };
}

export const post = (path, body) => send(`alerts/${path}`, body);
const call = async (id, action, body) => (await post(`${id}/${action}`, body)).failed ?? "";
const inMinutes = (number) => new Date(Date.now() + number * 60000).toISOString();

// What a snooze says: `minutes:60` or `more:10`.
export function snoozed(text) {
  const [kind, number] = text.split(":");
  return kind === "more" ? { more: Number(number) } : { until: inMinutes(Number(number)) };
}

export async function act(id, action, status, body = {}) {
  try {
    const failed = await call(id, action, body);
    if (failed) { toast(`Not done: ${failed}.`); return false; }
    const back = undo(action, status);
    toast(DONE[action], back && { label: "Undo", run: () => takeBack(id, back) });
    return true;
  } catch {
    toast("The server can't be reached; nothing was changed.");
    return false;
  }
}

async function takeBack(id, actions) {
  try {
    for (const action of actions) {
      const failed = await call(id, action, { reason: "undone" });
      if (failed) { toast(`Not undone: ${failed}.`); return; }
    }
    toast("Undone");
  } catch {
    toast("The server can't be reached; it was not undone.");
  }
}

export function toast(text, action) {
  const box = document.createElement("p");
  box.append(text);
  if (action) {
    const button = document.createElement("button");
    button.textContent = action.label;
    button.addEventListener("click", () => { box.remove(); action.run(); });
    box.append(" ", button);
  }
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), TOAST_MS);
}

// Makes the buttons and the comment form inside `root` work; `done` is called after each success.
export function wire(root, done) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const { id, status } = button.closest("[data-id]").dataset;
    button.disabled = true;
    if (await act(id, button.dataset.act, status, JSON.parse(button.dataset.with ?? "{}"))) done();
    button.disabled = false;
  });
  root.addEventListener("change", async (event) => {
    const chosen = event.target, { id, status } = chosen.closest("[data-id]").dataset;
    if (!chosen.matches("[data-snooze], [data-merge]") || !chosen.value) return;
    const snooze = "snooze" in chosen.dataset, body = snooze ? snoozed(chosen.value) : { into: chosen.value };
    chosen.disabled = true;
    if (await act(id, snooze ? "snooze" : "merge", status, body)) done();
    else chosen.value = "";
    chosen.disabled = false;
  });
  root.addEventListener("submit", async (event) => {
    if (event.target.matches("[data-ticket]")) return link(event, done);
    if (!event.target.matches("[data-comment]")) return;
    event.preventDefault();
    const { id, status } = event.target.closest("[data-id]").dataset;
    const text = event.target.elements.text.value;
    event.target.reset(); // at once, because the form may be drawn anew before the answer is here
    if (await act(id, "comment", status, { text })) done();
    else root.querySelector("[data-comment] input").value = text;
  });
}

// Where a ticket is made by its key: at the first of those that there are buttons for.
function tracker() {
  return JSON.parse(document.querySelector('[data-act="ticket"]')?.dataset.with ?? "{}");
}

async function link(event, done) {
  event.preventDefault();
  const { id, status } = event.target.closest("[data-id]").dataset;
  const body = { destination: event.target.dataset.destination, key: event.target.elements.key.value };
  if (await act(id, "ticket", status, body)) done();
}

// The keys that act on one alert; `target()` gives its element's data, or nothing; `done` is called after each success.
export function actingKeys(target, done = () => {}) {
  const on = (action, body = () => ({})) => async () => {
    const one = target();
    if (one && await act(one.id, action, one.status, body(one))) done();
  };
  const mine = ({ assignee }) => ({ assignee: document.body.dataset.user, instead_of: assignee || null });
  const verdicts = Object.entries(VERDICTS).map(([key, verdict]) => [key, on("verdict", () => ({ verdict }))]);
  return {
    a: on("acknowledge"), r: on("resolve"), z: on("snooze", () => snoozed("minutes:60")), m: on("assign", mine), t: on("ticket", tracker),
    ...Object.fromEntries(verdicts),
  };
}
