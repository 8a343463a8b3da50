// Drag over a histogram to choose a range, which becomes the page's.
export function chooseRange(figure) {
  let from = null;
  const svg = () => figure.querySelector("svg");
  const share = (event) => {
    const box = svg().getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };

  figure.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("svg") || event.button) return;
    from = share(event);
    svg().setPointerCapture(event.pointerId);
  });
  figure.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = share(event), width = svg().viewBox.baseVal.width, drawn = svg().querySelector(".drawn");
    drawn.setAttribute("x", Math.min(from, to) * width);
    drawn.setAttribute("width", Math.abs(to - from) * width);
  });
  figure.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const [start, end] = [from, share(event)].sort((a, b) => a - b);
    from = null;
    if (end - start < 0.005) { svg().querySelector(".drawn").setAttribute("width", 0); return; }
    const since = Number(svg().dataset.since), all = Number(svg().dataset.until) - since;
    const url = new URL(location.href), at = (part) => new Date((since + part * all) * 1000).toISOString().slice(0, 19) + "Z";
    url.searchParams.delete("range");
    url.searchParams.set("from", at(start));
    url.searchParams.set("to", at(end));
    location.href = url;
  });
  figure.addEventListener("pointercancel", () => { from = null; });
  return () => from !== null; // whether somebody drags
}
