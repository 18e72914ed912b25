// Keys do what the commands say. Single keys never act while somebody types, composes with an input method, or reads a
// dialog; those with Ctrl (Command on a Mac) act everywhere but in a composition.
import { applies, commands, hasSingleKeys, hasSteps, provide, run, setSingleKeys } from "./commands.js";
import { write } from "./composer.js";
import { step } from "./list.js";
import { closeMenus } from "./menus.js";
import { desk, isComposing, isTyping, list, rows } from "./page.js";
import { openPalette } from "./palette.js";
import { show } from "./panes.js";
import { isPicking, unpick } from "./picks.js";
import { scrollToEnd } from "./timeline.js";
import { toast } from "./toasts.js";

const SEQUENCE_WITHIN = 1500;
const byKeys = new Map(commands.flatMap((one) => one.keys.map((keys) => [keys, one])));
const begins = new Set([...byKeys.keys()].filter((keys) => keys.includes(" ")).map((keys) => keys.split(" ")[0]));

const press = (selector) => document.querySelector(selector)?.click();
const hasComposer = () => document.getElementById("composer") !== null;
const hasRows = () => Boolean(rows()?.querySelector(".row > a"));

provide("next", () => step(1), hasRows);
provide("previous", () => step(-1), hasRows);
provide("open-next", () => open(1), hasRows);
provide("open-previous", () => open(-1), hasRows);
provide("reply", () => write("reply"), hasComposer);
provide("note", () => write("note"), hasComposer);
provide("take", () => assignToMe(), () => isPicking() || document.querySelector('[data-menu="assign"]') !== null);
provide("search", () => focusSearch(), () => document.getElementById("search") !== null);
provide("end", () => scrollToEnd(), () => document.getElementById("timeline") !== null);
provide("list", () => backToList(), () => list() !== null);
provide("palette", () => openPalette());
provide("keys", () => document.getElementById("keys").showModal());
provide("single-keys", () => {
  setSingleKeys(!hasSingleKeys());
  const said = document.getElementById("palette").dataset;
  toast(hasSingleKeys() ? said.on : said.off);
});

function open(direction) {
  step(direction, rows().querySelector("a[aria-current]"));
  if (rows().contains(document.activeElement)) document.activeElement.click();
}

async function assignToMe() {
  const bulk = document.querySelector('#bulk:not([hidden]) [data-menu="bulk-assign"] .menu-panel');
  const panel = bulk ?? document.querySelector('[data-menu="assign"] .menu-panel');
  await htmx.ajax("GET", panel.dataset.src, { source: panel, target: panel, swap: "innerHTML" });
  panel.querySelector('button[value="me"]')?.click();
}

function focusSearch() {
  show("list");
  document.getElementById("search").focus();
}

function backToList() {
  const back = document.querySelector("[data-back]");
  if (back?.checkVisibility()) return back.click();
  (rows()?.querySelector("a[aria-current]") ?? rows()?.querySelector(".row > a") ?? rows())?.focus();
}

function escape(event) {
  if (document.querySelector("dialog[open]")) return;
  if (document.querySelector("details.menu[open]")) closeMenus({ focus: true });
  else if (desk().dataset.rail === "open") desk().dataset.rail = "";
  else if (desk().dataset.contact === "shown") press("[data-hide-contact]");
  else if (isTyping(event.target)) event.target.blur();
  else if (isPicking()) unpick();
  else return;
  event.preventDefault();
}

// The key as the commands write it. A keyboard for another script is read by where the key lies.
function strokeOf(event) {
  const isLatin = event.key.length > 1 || event.key.charCodeAt(0) < 128;
  const lies = /^Key([A-Z])$/.exec(event.code);
  const key = (isLatin || !lies ? event.key : lies[1]).toLowerCase();
  const shift = event.shiftKey && /^[a-z]$/.test(key) ? "shift+" : "";
  return (event.ctrlKey || event.metaKey ? "mod+" : "") + shift + key;
}

let first = null;
let firstAt = 0;

function commandFor(event, stroke) {
  if (stroke.startsWith("mod+")) return event.altKey ? undefined : byKeys.get(stroke);
  const arrows = stroke.startsWith("arrow");
  if (arrows ? !rows()?.contains(event.target) : !hasSingleKeys()) return undefined;
  if (event.altKey || isTyping(event.target) || event.target.closest?.("details.menu[open]")) return undefined;
  const isSecond = first !== null && event.timeStamp - firstAt < SEQUENCE_WITHIN;
  const found = (isSecond && byKeys.get(`${first} ${stroke}`)) || byKeys.get(stroke);
  first = !isSecond && begins.has(stroke) ? stroke : null;
  firstAt = event.timeStamp;
  return found;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isComposing(event) || event.key === undefined) return;
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (event.key === "Escape") return escape(event);
  if (document.querySelector("dialog[open]")) return;
  const one = commandFor(event, strokeOf(event));
  if (!one || !applies(one)) return;
  event.preventDefault();
  if (hasSteps(one)) openPalette(one);
  else run(one);
});

document.addEventListener("change", (event) => {
  if (event.target.id === "single-keys") setSingleKeys(event.target.checked);
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-open-palette]")) openPalette();
});
setSingleKeys(hasSingleKeys());
