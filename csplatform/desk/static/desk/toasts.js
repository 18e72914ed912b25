// Short messages at the edge of the screen.
import { say } from "./words.js";

const SHOWN_FOR = 7000;

export function toast(text, tone = "info") {
  const box = document.createElement("div");
  box.className = `toast ${tone}`;
  if (tone === "error") box.setAttribute("role", "alert");
  box.append(Object.assign(document.createElement("span"), { textContent: text, dir: "auto" }));
  const dismiss = Object.assign(document.createElement("button"), { type: "button", className: "chip-x", textContent: "×" });
  dismiss.dataset.dismiss = "";
  dismiss.setAttribute("aria-label", say("dismiss"));
  box.append(dismiss);
  document.getElementById("toasts")?.append(box);
}

// One that somebody is about to use stays until they are done.
function leave(box) {
  if (box.matches(":hover, :focus-within")) setTimeout(() => leave(box), 1000);
  else box.remove();
}

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node instanceof HTMLElement) setTimeout(() => leave(node), Number(node.dataset.shownFor ?? SHOWN_FOR));
    }
  }
}).observe(document.getElementById("toasts") ?? document.body, { childList: true });

// What was undone is no longer offered.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request?.method === "POST" && ctx.response?.raw.ok) ctx.sourceElement?.closest?.(".toast")?.remove();
});
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".toast")?.remove();
});
