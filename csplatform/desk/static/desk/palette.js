// The command palette: everything that can be done now, found by a few letters; what needs a choice asks for it next.
import { applies, command, commands, hasSteps, run, steps } from "./commands.js";
import { fit, folded } from "./fuzzy.js";
import { closeMenus } from "./menus.js";
import { desk, isComposing, local, rows } from "./page.js";

const MOST_RECENT = 6;
const MOST_FOUND = 6;
const MOST_SHOWN = 60;
const SEARCH_AFTER = 220;

const dialog = () => document.getElementById("palette");
const input = () => document.getElementById("palette-input");
const box = () => document.getElementById("palette-list");
const said = (name, values) => dialog().dataset[name].replace(/%\((\w+)\)s/, (_, key) => values[key]);

let offered = []; // what the present step offers, before anything is typed
let shown = []; // what is in the list, in order
let at = 0;
let step = null; // the command whose choice is asked for
let asked = 0; // answers to older questions come too late
let found = [];
let before = null; // where the focus goes back to

export async function openPalette(one = null) {
  if (!dialog() || dialog().open) return;
  closeMenus();
  before = document.activeElement;
  input().value = "";
  found = [];
  begin();
  dialog().showModal();
  input().focus();
  if (one) await ask(one);
}

function begin() {
  asked += 1;
  step = null;
  offered = [...recent(), ...commands.filter((one) => one.kind !== "nothing" && one.name !== "palette" && applies(one)).map(optionOf), ...views()];
  showStep();
  show();
}

const optionOf = (one) => ({
  id: one.name,
  label: one.label,
  also: one.also,
  group: one.group,
  caps: one.caps,
  choose: () => run(one),
  next: hasSteps(one) ? one : null,
});

// The views of the inbox, saved ones too: whatever the navigation leads to.
function views() {
  return [...document.querySelectorAll("#views a.view")].map((link) => ({
    id: `view:${link.getAttribute("href")}`,
    label: (link.querySelector(".view-name") ?? link).textContent.trim(),
    group: dialog().dataset.views,
    isCurrent: link.hasAttribute("aria-current"),
    choose: () => link.click(),
  }));
}

const RECENT = () => `palette-recent:${desk()?.dataset.user ?? ""}`;
const recentNames = () => JSON.parse(local.get(RECENT()) ?? "[]");

function recent() {
  const known = [...commands.filter(applies).map(optionOf), ...views()];
  const chosen = recentNames().map((name) => known.find((option) => option.id === name));
  return chosen.filter(Boolean).map((option) => ({ ...option, group: dialog().dataset.recent, isRecent: true }));
}

function remember(option) {
  if (!option.id || step) return;
  const names = [option.id, ...recentNames().filter((name) => name !== option.id)];
  local.set(RECENT(), JSON.stringify(names.slice(0, MOST_RECENT)));
}

// What fits what is typed; without anything typed, all of it, what was chosen lately first.
function fitting(typed) {
  if (!typed) {
    const lately = new Set(offered.filter((option) => option.isRecent).map((option) => option.id));
    return offered.filter((option) => option.label && (option.isRecent || !lately.has(option.id)));
  }
  const scored = offered
    .filter((option) => option.label && !option.isRecent)
    .map((option) => [Math.max(fit(option.label, typed), option.also ? fit(option.also, typed) - 1 : 0), option]);
  return scored.filter(([score]) => score > 0).sort(([one], [other]) => other - one).map(([, option]) => option);
}

// Beside the commands: a conversation by its number, what the inbox finds, and a search for everything.
function beside(typed) {
  if (step || !typed) return [];
  const options = [...found];
  const number = /^#?(\d{1,18})$/.exec(typed)?.[1];
  if (number) options.unshift({ label: said("number", { number }), group: dialog().dataset.found, choose: () => go(`/inbox/c/${number}/`) });
  if (document.getElementById("search")) options.push({ label: said("search", { text: typed }), group: dialog().dataset.found, choose: () => search(typed) });
  return options;
}

function made(typed) {
  const form = offered.find((option) => option.takesText);
  if (!form || !typed || offered.some((option) => option.label && folded(option.label) === folded(typed))) return [];
  return [{ label: said("make", { text: typed }), choose: () => form.choose(typed) }];
}

function show() {
  const typed = input().value.trim();
  const forms = offered.filter((option) => option.isForm).map((option) => ({ ...option, label: said("form", {}) }));
  const options = [...fitting(typed), ...(typed ? [] : forms), ...made(typed)];
  const extra = beside(typed);
  // A number is meant as one; otherwise commands come before what the inbox holds.
  shown = (/^#?\d+$/.test(typed) ? [...extra, ...options] : [...options, ...extra]).slice(0, MOST_SHOWN);
  at = Math.max(0, typed || !step ? 0 : shown.findIndex((option) => option.isCurrent));
  draw(typed);
}

function draw(typed) {
  box().replaceChildren();
  let group = null;
  let part = box();
  shown.forEach((option, index) => {
    if (option.group !== group) {
      group = option.group;
      part = heading(group);
    }
    part.append(line(option, index));
  });
  document.getElementById("palette-none").hidden = shown.length > 0;
  document.getElementById("palette-status").textContent = typed ? said("count", { count: shown.length }) : "";
  point(at);
}

function heading(text) {
  if (!text) return box();
  const part = Object.assign(document.createElement("div"), { className: "palette-group" });
  part.setAttribute("role", "group");
  part.setAttribute("aria-label", text);
  const title = Object.assign(document.createElement("p"), { className: "palette-title", textContent: text });
  title.setAttribute("aria-hidden", "true");
  part.append(title);
  box().append(part);
  return part;
}

function line(option, index) {
  const row = Object.assign(document.createElement("div"), { className: "palette-option", id: `palette-${index}` });
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  if (option.lang) row.lang = option.lang;
  row.append(Object.assign(document.createElement("span"), { className: "palette-label", textContent: option.label, dir: "auto" }));
  if (option.note) row.append(Object.assign(document.createElement("span"), { className: "palette-note", textContent: option.note, dir: "auto" }));
  if (option.isCurrent) row.append(Object.assign(document.createElement("span"), { className: "palette-note", textContent: "✓" }));
  const keys = option.caps?.[0] ?? [];
  if (keys.length) {
    const caps = Object.assign(document.createElement("span"), { className: "caps" });
    caps.setAttribute("aria-hidden", "true");
    caps.append(...keys.map((cap) => Object.assign(document.createElement("kbd"), { textContent: cap })));
    row.append(caps);
  }
  return row;
}

function point(index) {
  document.getElementById(`palette-${at}`)?.setAttribute("aria-selected", "false");
  at = shown.length ? (index + shown.length) % shown.length : 0;
  const row = document.getElementById(`palette-${at}`);
  row?.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
  if (row) input().setAttribute("aria-activedescendant", row.id);
  else input().removeAttribute("aria-activedescendant");
}

async function choose(option) {
  if (!option) return;
  remember(option);
  if (option.next) return ask(option.next);
  before = null; // what is done now says where the focus belongs
  dialog().close();
  option.choose();
}

async function ask(one) {
  const question = (asked += 1);
  const options = await steps(one);
  if (question !== asked || !dialog().open) return;
  step = one;
  offered = options;
  input().value = "";
  showStep();
  show();
}

function showStep() {
  const chip = document.getElementById("palette-step");
  chip.hidden = !step;
  chip.textContent = step?.label ?? "";
  input().setAttribute("aria-description", step?.label ?? "");
}

let timer = null;
function look(typed) {
  clearTimeout(timer);
  found = [];
  const isEnough = typed.length > 1 || /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(typed);
  if (step || !isEnough || !rows()) return;
  timer = setTimeout(() => find(typed), SEARCH_AFTER);
}

// The inbox's own search answers; its rows are read as they stand.
async function find(typed) {
  const question = asked;
  let answer = null;
  try {
    answer = await fetch(`/inbox/?q=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } });
  } catch {
    return; // offline: the commands are there all the same
  }
  if (!answer.ok || question !== asked || input().value.trim() !== typed) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  found = [...page.querySelectorAll(".row[data-id] > a")].slice(0, MOST_FOUND).map((link) => ({
    label: link.querySelector(".row-name")?.textContent.trim() ?? "",
    note: link.querySelector(".row-preview")?.textContent.trim().replace(/\s+/g, " ") ?? "",
    group: dialog().dataset.found,
    choose: () => go(`/inbox/c/${link.parentElement.dataset.id}/`),
  }));
  if (found.length && dialog().open) show();
}

function go(address) {
  htmx.ajax("GET", address, { target: "#conversation", swap: "innerHTML", source: rows() ?? desk(), push: address });
}

function search(text) {
  const field = document.getElementById("search");
  field.value = text;
  field.form.requestSubmit();
}

const MOVES = { ArrowDown: () => at + 1, ArrowUp: () => at - 1, PageDown: () => Math.min(at + 8, shown.length - 1), PageUp: () => Math.max(at - 8, 0) };

document.addEventListener("keydown", (event) => {
  if (!dialog()?.open || isComposing(event)) return;
  if (event.key in MOVES) point(MOVES[event.key]());
  else if (event.key === "Enter" && event.target === input()) choose(shown[at]);
  else if (event.key === "Escape" && step) begin();
  else if (event.key === "Backspace" && step && !input().value) begin();
  else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") dialog().close();
  else return;
  event.preventDefault();
});

document.addEventListener("input", (event) => {
  if (event.target !== input()) return;
  look(input().value.trim());
  show();
});

// Under the pointer counts only once it moves: the list moves by itself too.
document.addEventListener("pointermove", (event) => {
  const row = dialog()?.open && event.target.closest?.(".palette-option");
  if (row) point(Number(row.id.slice("palette-".length)));
});
document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".palette-option");
  if (row) choose(shown[Number(row.id.slice("palette-".length))]);
});

dialog()?.addEventListener("close", () => {
  asked += 1;
  clearTimeout(timer);
  if (before?.isConnected) before.focus();
});
