// Choosing rows of the list, by mouse and by keys, to do one thing with all of them.
import { provide } from "./commands.js";
import { rows } from "./page.js";
import { say } from "./words.js";

let last = null; // the row that was chosen last, from which a range reaches

const boxes = () => [...(rows()?.querySelectorAll('input[name="ids"]') ?? [])];
const picked = () => boxes().filter((box) => box.checked);
const bar = () => document.getElementById("bulk");
const here = () => document.activeElement?.closest?.("#rows > .row") ?? rows()?.querySelector(".row:has(> a[aria-current])");
const boxOf = (row) => row?.querySelector('input[name="ids"]') ?? null;

export const isPicking = () => bar() !== null && picked().length > 0;

function show() {
  const number = picked().length;
  for (const all of document.querySelectorAll("[data-select-all]")) {
    all.hidden = false;
    const box = all.querySelector("input");
    box.checked = number > 0 && number === boxes().length;
    box.indeterminate = number > 0 && !box.checked;
  }
  if (!bar()) return;
  // What the bar did last has its focus: that goes back to the list rather than nowhere.
  if (number === 0 && bar().contains(document.activeElement)) (here() ?? rows()).querySelector("a")?.focus({ preventScroll: true });
  bar().hidden = number === 0;
  rows().toggleAttribute("data-picking", number > 0);
  const said = number ? say("picked", { count: number }) : "";
  const line = document.getElementById("pick-count");
  if (line.textContent !== said) line.textContent = said;
}

function set(box, on) {
  box.checked = on;
  last = box.value;
}

// From the row that was chosen last to this one, all are as that one is.
function reach(box, on) {
  const all = boxes();
  const from = all.findIndex((one) => one.value === last);
  const to = all.indexOf(box);
  if (from < 0) return set(box, on);
  for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = on;
  last = box.value;
}

export function unpick() {
  for (const box of picked()) box.checked = false;
  last = null;
  show();
}

const can = () => bar() !== null && boxOf(here()) !== null;
provide("pick", () => {
  set(boxOf(here()), !boxOf(here()).checked);
  show();
}, can);
provide("pick-range", () => {
  reach(boxOf(here()), true);
  show();
}, can);
provide("pick-all", () => {
  const all = picked().length < boxes().length;
  for (const box of boxes()) box.checked = all;
  show();
}, () => bar() !== null && boxes().length > 0);

let shifted = false;
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-unpick]")) unpick();
  shifted = event.shiftKey;
}, true);
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.closest?.("[data-select-all]")) for (const box of boxes()) box.checked = target.checked;
  else if (!target.matches?.('#rows input[name="ids"]')) return;
  else if (shifted) reach(target, target.checked);
  else last = target.value;
  show();
});

// What was done with them is done; what came to the list, or left it, counts anew.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request?.method === "POST" && ctx.response?.raw.ok && ctx.sourceElement?.closest?.("#bulk")) unpick();
  else show();
});
document.addEventListener("desk:rows", show);
show();
