// What one takes along from a search: a link whose range stays, the call of the API, the download, a text.

// The address with its range as moments, so that it shows the same tomorrow.
function pinned() {
  const url = new URL(location.href), svg = document.querySelector("#histogram svg");
  if (svg && !url.searchParams.has("from")) {
    const at = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19) + "Z";
    url.searchParams.delete("range");
    url.searchParams.set("from", at(svg.dataset.since));
    url.searchParams.set("to", at(svg.dataset.until));
  }
  return url;
}

function api(path) {
  const from = pinned().searchParams, url = new URL(path, location.href);
  url.searchParams.set("q", from.get("q") ?? "");
  for (const [ours, theirs] of [["from", "since"], ["to", "until"]]) if (from.has(ours)) url.searchParams.set(theirs, from.get(ours));
  return url;
}

const curl = () => `curl -H "Authorization: Bearer $STACKLENS_TOKEN" '${String(api("/api/v1/logs/")).replaceAll("'", "%27")}'`;

export async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}

export function takeAlong() {
  const on = (id, act) => document.getElementById(id).addEventListener("click", ({ currentTarget }) => act(currentTarget));
  on("copy-link", (button) => copy(pinned().href, button));
  on("copy-curl", (button) => copy(curl(), button));
  on("export", (link) => { link.href = api("/api/v1/logs/export/"); });
}
