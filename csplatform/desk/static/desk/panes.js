// Which pane a narrow screen shows, and what happens when a conversation is opened.
import { list, desk, rows } from "./page.js";
import { markOpen } from "./list.js";
import { conversationOpened } from "./timeline.js";

export function show(pane) {
  desk().dataset.pane = pane;
}

document.addEventListener("htmx:after:swap", () => {
  if (!conversationOpened()) return;
  markOpen();
  desk().dataset.contact = "";
  show("conversation");
  document.dispatchEvent(new CustomEvent("desk:opened"));
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "conversation" || !document.getElementById("delivery")) return;
  markOpen();
  show("conversation");
});

document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest?.(selector);
  if (hit("[data-back]") && rows()) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show("list");
    history.pushState({ htmx: true }, "", rows().dataset.place);
    (list().querySelector("a[aria-current]") ?? rows()).focus();
  } else if (hit("[data-show-contact]")) {
    const isShown = desk().dataset.contact === "shown";
    desk().dataset.contact = isShown ? "" : "shown";
    if (!isShown) document.querySelector("[data-hide-contact]")?.focus();
  } else if (hit("[data-hide-contact]")) {
    desk().dataset.contact = "";
    document.querySelector("[data-show-contact]")?.focus();
  } else if (hit("[data-rail]")) {
    desk().dataset.rail = hit("[data-rail]").dataset.rail;
  } else if (desk().dataset.rail === "open" && !hit("#rail")) {
    desk().dataset.rail = "";
  }
});
