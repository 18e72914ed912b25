// One-letter commands. They never fire while somebody types, composes with an input method, or holds a modifier.
import { write } from "./composer.js";
import { step } from "./list.js";
import { closeMenus } from "./menus.js";
import { desk, isComposing, isTyping, rows } from "./page.js";
import { show } from "./panes.js";

const press = (selector) => document.querySelector(selector)?.click();

const COMMANDS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => write("reply"),
  n: () => write("note"),
  e: () => press("#resolve"),
  a: () => assignToMe(),
  "/": () => focusSearch(),
  "?": () => document.getElementById("keys").showModal(),
};

async function assignToMe() {
  const panel = document.querySelector('[data-menu="assign"] .menu-panel');
  if (!panel) return;
  await htmx.ajax("GET", panel.dataset.src, { source: panel, target: panel, swap: "innerHTML" });
  panel.querySelector('button[value="me"]')?.click();
}

function focusSearch() {
  show("list");
  document.getElementById("search")?.focus();
}

function escape(event) {
  if (document.querySelector("dialog[open]")) return;
  if (document.querySelector("details.menu[open]")) closeMenus({ focus: true });
  else if (desk().dataset.rail === "open") desk().dataset.rail = "";
  else if (desk().dataset.contact === "shown") press("[data-hide-contact]");
  else if (isTyping(event.target)) event.target.blur();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isComposing(event)) return;
  if (event.key === "Escape") return escape(event);
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (["ArrowDown", "ArrowUp"].includes(event.key) && rows()?.contains(event.target)) {
    event.preventDefault();
    return step(event.key === "ArrowDown" ? 1 : -1);
  }
  const command = COMMANDS[event.key.toLowerCase()];
  if (!command || event.target.closest?.("details.menu[open]")) return;
  event.preventDefault();
  command();
});
