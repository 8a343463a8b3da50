// What people do to an alert: a call of the API, and a toast that says how it went.
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1];
const csrf = () => cookie("csrftoken") ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const DONE = { acknowledge: "Acknowledged", resolve: "Resolved", reopen: "Reopened", comment: "Comment added" };
const TOAST_MS = 8000;

// What takes an action back; `status` is the one that the alert had before.
function undo(action, status) {
  if (action === "acknowledge") return ["reopen"];
  if (action === "resolve") return status === "acknowledged" ? ["reopen", "acknowledge"] : ["reopen"];
  if (action === "reopen") return [status === "resolved" ? "resolve" : "acknowledge"];
  return null;
}

async function call(id, action, body) {
  const answer = await fetch(`/api/v1/alerts/${id}/${action}/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify(body),
  });
  if (answer.ok) return "";
  const told = await answer.json().catch(() => ({}));
  return told.detail ?? `the server answered ${answer.status}`;
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
    if (await act(id, button.dataset.act, status)) done();
    button.disabled = false;
  });
  root.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-comment]")) return;
    event.preventDefault();
    const { id, status } = event.target.closest("[data-id]").dataset;
    const text = event.target.elements.text.value;
    event.target.reset(); // at once, because the form may be drawn anew before the answer is here
    if (await act(id, "comment", status, { text })) done();
    else root.querySelector("[data-comment] input").value = text;
  });
}
