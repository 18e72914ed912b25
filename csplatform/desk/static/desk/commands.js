// What can be done by keyboard: the commands that csplatform/desk/commands.py lists, and how each is done.
import { closeMenus } from "./menus.js";
import { local } from "./page.js";

export const commands = JSON.parse(document.getElementById("commands")?.textContent ?? "[]");
export const command = (name) => commands.find((one) => one.name === name);

const functions = new Map();

// A script that can do something nobody can click: `applies` tells whether it can at this moment.
export function provide(name, run, applies = () => true) {
  functions.set(name, { run, applies });
}

// What is on the page, though perhaps inside a closed menu: a click reaches it there all the same.
const found = (selector) => [...document.querySelectorAll(selector)].find((one) => !one.disabled && !one.closest("[hidden]"));
const panelOf = (menu) => menu?.querySelector(".menu-panel");

export function applies(one) {
  if (one.kind === "call") return functions.get(one.what)?.applies() ?? false;
  if (one.kind === "menu") return Boolean(panelOf(found(one.what)));
  return one.kind !== "nothing" && Boolean(found(one.what));
}

export const hasSteps = (one) => one.kind === "menu" || one.kind === "select";

// Does a command that has no steps.
export function run(one) {
  if (!applies(one)) return;
  closeMenus();
  if (one.kind === "call") functions.get(one.what).run();
  else found(one.what).click();
}

// What a command with steps offers, as {label, note, choose}. A menu's inside is the one that a click on it shows.
export async function steps(one) {
  return one.kind === "select" ? optionsOf(found(one.what)) : itemsOf(found(one.what), one.only);
}

function optionsOf(field) {
  return [...field.options].map((option) => ({
    label: option.textContent.trim(),
    lang: option.lang,
    isCurrent: option.selected,
    choose() {
      field.value = option.value;
      field.form.requestSubmit();
    },
  }));
}

async function itemsOf(menu, only) {
  const panel = panelOf(menu);
  if (panel.dataset.src) await htmx.ajax("GET", panel.dataset.src, { source: panel, target: panel, swap: "innerHTML" });
  const items = [...panel.querySelectorAll(only || ".item, .segment")].filter((item) => !item.disabled);
  const offered = items.map((item) => ({
    label: (item.querySelector("[dir]") ?? withoutKeys(item)).textContent.trim().replace(/\s+/g, " "),
    note: item.querySelector(".quiet")?.textContent.trim() ?? "",
    isCurrent: item.getAttribute("aria-pressed") === "true" || item.hasAttribute("aria-current"),
    choose: () => item.click(),
  }));
  return only ? offered : [...offered, ...formsOf(menu, panel)];
}

function withoutKeys(item) {
  const copy = item.cloneNode(true);
  for (const part of copy.querySelectorAll("kbd, .quiet, [aria-hidden=true]")) part.remove();
  return copy;
}

// A form that takes what is typed is offered what is typed in the palette; any other is opened where it stands.
function formsOf(menu, panel) {
  return [...panel.querySelectorAll("form.menu-form")].map((form) => {
    const field = form.querySelector("input[type=text]");
    if (!field) return { isForm: true, choose: () => openAt(menu, form) };
    return {
      takesText: true,
      choose(text) {
        field.value = text;
        form.requestSubmit();
      },
    };
  });
}

function openAt(menu, form) {
  // Opening asks for the inside anew, and focuses its first field; ours is the one to fill in.
  const name = form.querySelector("input:not([type=hidden]), select")?.id;
  menu.open = true;
  document.addEventListener("htmx:after:swap", () => requestAnimationFrame(() => document.getElementById(name)?.focus()), { once: true });
}

// Single keys can be switched off (WCAG 2.1.4), for each person on this device.
const SWITCH = `single-keys:${document.getElementById("desk")?.dataset.user ?? ""}`;
export const hasSingleKeys = () => local.get(SWITCH) !== "off";
export function setSingleKeys(on) {
  local.set(SWITCH, on ? "" : "off");
  const box = document.getElementById("single-keys");
  if (box) box.checked = on;
}
