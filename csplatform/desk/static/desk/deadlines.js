// Why is this due then? While the panel is open it follows the conversation: a deadline may move, or be met.
const panel = () => document.querySelector("dialog[open] #deadlines");

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.swap !== "timeline" || !panel()) return;
  htmx.ajax("GET", panel().dataset.src, { source: panel(), target: panel(), swap: "outerMorph" });
});
