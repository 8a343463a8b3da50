// What people do to an alert: a call of the API, and a toast that says how it went.
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1];
const csrf = () => cookie("csrftoken") ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const DONE = { acknowledge: "Acknowledged", resolve: "Resolved", reopen: "Reopened", comment: "Comment added" };
const UNDO = { acknowledge: "reopen", resolve: "reopen", reopen: "acknowledge" };

export async function act(id, action, body = {}) {
  try {
    const answer = await fetch(`/api/v1/alerts/${id}/${action}/`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify(body),
    });
    if (answer.ok) {
      const back = UNDO[action];
      toast(DONE[action], back && { label: "Undo", run: () => act(id, back) });
      return true;
    }
    const told = await answer.json().catch(() => ({}));
    toast(answer.status === 409 ? `Not done: ${told.detail}` : `Failed: ${told.detail ?? answer.status}`);
  } catch {
    toast("The server can't be reached; nothing was changed.");
  }
  return false;
}

export function toast(text, action) {
  const box = document.createElement("p");
  box.textContent = text;
  if (action) {
    const button = document.createElement("button");
    button.textContent = action.label;
    button.addEventListener("click", () => { box.remove(); action.run(); });
    box.append(" ", button);
  }
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 6000);
}

// Makes the buttons and the comment form inside `root` work; `done` is called after each success.
export function wire(root, done) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (button && await act(button.closest("[data-id]").dataset.id, button.dataset.act)) done();
  });
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-comment]");
    if (!form) return;
    event.preventDefault();
    if (await act(form.closest("[data-id]").dataset.id, "comment", { text: form.elements.text.value })) done();
  });
}
