// How many alerts are open: beside "Alerts" in the rail, in the title, and on the favicon.
const icon = document.getElementById("favicon");
const plain = icon.href;

const badge = (text) => "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#d92d20"/>' +
  `<text x="12" y="18" font-size="${text.length > 2 ? 11 : 15}" font-family="sans-serif" font-weight="700" text-anchor="middle" fill="#fff">${text}</text></svg>`);

export function showCount(number) {
  document.getElementById("open-count").textContent = number || "";
  document.title = `${number ? `(${number}) ` : ""}${document.title.replace(/^\(\d+\) /, "")}`;
  icon.href = number ? badge(number > 99 ? "99+" : String(number)) : plain;
}
