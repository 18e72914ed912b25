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

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node instanceof HTMLElement) setTimeout(() => node.remove(), SHOWN_FOR);
    }
  }
}).observe(document.getElementById("toasts") ?? document.body, { childList: true });

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".toast")?.remove();
});
