// Canned replies: "/" at the start of a line opens the list, typing narrows it, arrows choose, Enter or Tab inserts.
import { setText } from "./composer.js";
import { composer, isComposing, textField } from "./page.js";

const box = () => document.getElementById("canned");
const options = () => [...(box()?.querySelectorAll("[role=option]") ?? [])];
let request = null;
let typed = null;

// The slash and what follows it, up to the caret; null where the caret is not behind one.
function slash() {
  const field = textField();
  const before = field.value.slice(0, field.selectionStart);
  const match = /(?:^|\n)\/([^\n/]{0,40})$/.exec(before);
  return match ? { query: match[1].trim(), start: before.length - match[1].length - 1, end: before.length } : null;
}

async function open() {
  const found = slash();
  if (!found || composer().elements.mode.value !== "reply") return closeCanned();
  if (typed?.query === found.query && !box().hidden) {
    typed = found;
    return undefined;
  }
  typed = found;
  request?.abort();
  request = new AbortController();
  const address = `${composer().dataset.canned}?q=${encodeURIComponent(found.query)}`;
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: request.signal });
    if (!answer.ok || !slash()) return closeCanned();
    box().innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") closeCanned();
    return undefined;
  }
  box().hidden = false;
  choose(0);
  return undefined;
}

export function closeCanned() {
  request?.abort();
  typed = null;
  if (!box()) return;
  box().hidden = true;
  textField().removeAttribute("aria-activedescendant");
}

function choose(index) {
  const all = options();
  const wanted = all[(index + all.length) % all.length];
  for (const option of all) option.setAttribute("aria-selected", String(option === wanted));
  if (!wanted) return textField().removeAttribute("aria-activedescendant");
  textField().setAttribute("aria-activedescendant", wanted.id);
  wanted.scrollIntoView({ block: "nearest" });
  return undefined;
}

function insert(option) {
  const field = textField();
  const place = typed ?? { start: field.selectionStart, end: field.selectionEnd };
  const text = option.dataset.text;
  const caret = place.start + text.length;
  setText(field.value.slice(0, place.start) + text + field.value.slice(place.end));
  closeCanned();
  field.focus();
  field.setSelectionRange(caret, caret);
}

document.addEventListener("input", (event) => {
  if (event.target !== textField() || event.isComposing) return;
  if (slash()) open();
  else closeCanned();
});
document.addEventListener("compositionend", (event) => {
  if (event.target === textField() && slash()) open();
});

document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== textField() || !box() || box().hidden || isComposing(event)) return;
    const all = options();
    const current = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") closeCanned();
    else if (event.key === "ArrowDown" && all.length) choose(current + 1);
    else if (event.key === "ArrowUp" && all.length) choose(current - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && all[current]) insert(all[current]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.("#canned")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest?.("#canned [role=option]");
  if (option) return insert(option);
  if (event.target.closest?.("[data-open-canned]")) {
    const field = textField();
    const before = field.value.slice(0, field.selectionStart);
    field.focus();
    field.setRangeText(`${before && !before.endsWith("\n") ? "\n" : ""}/`, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (!event.target.closest?.("#canned") && event.target !== textField()) {
    closeCanned();
  }
  return undefined;
});
