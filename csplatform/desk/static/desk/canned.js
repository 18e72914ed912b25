// Canned replies: "/" at the start of a line opens the list; Alt with an arrow shows them in the next language.
import { setText } from "./composer.js";
import { composer, isComposing, textField } from "./page.js";
import { suggestions } from "./suggestions.js";

let language = "";

// The slash and what follows it, up to the caret; null where the caret is not behind one.
function slash() {
  const field = textField();
  if (!field || composer().elements.mode.value !== "reply") return null;
  const before = field.value.slice(0, field.selectionStart);
  const match = /(?:^|\n)\/([^\n/]{0,40})$/.exec(before);
  return match ? { query: match[1].trim(), start: before.length - match[1].length - 1, end: before.length } : null;
}

const list = suggestions({
  id: "canned",
  find: slash,
  address: (query) => `${composer().dataset.canned}?${new URLSearchParams({ q: query, language })}`,
  insert: (text) => setText(text),
});

function speak(tag) {
  language = tag;
  list.open({ again: true });
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== textField() || !list.isOpen() || isComposing(event) || !event.altKey) return;
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const all = [...document.querySelectorAll("#canned [data-language]")];
    if (!all.length) return;
    const shown = all.findIndex((button) => button.dataset.shown === "true");
    speak(all[(shown + (event.key === "ArrowRight" ? 1 : -1) + all.length) % all.length].dataset.language);
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("click", (event) => {
  const chosen = event.target.closest?.("#canned [data-language]");
  if (chosen) return speak(chosen.dataset.language);
  if (event.target.closest?.("[data-open-canned]")) {
    const field = textField();
    const before = field.value.slice(0, field.selectionStart);
    field.focus();
    field.setRangeText(`${before && !before.endsWith("\n") ? "\n" : ""}/`, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return undefined;
});
document.addEventListener("desk:opened", () => (language = ""));
