// Calling colleagues in a note: "@" opens the list of those who may see the conversation.
import { setText } from "./composer.js";
import { composer, textField } from "./page.js";
import { suggestions } from "./suggestions.js";

// Written without spaces, a name may follow any character of these scripts.
const CALL = /(?:^|[\s(\[{（「『、，。：；！？]|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])@([^\n@]{0,30})$/;
const called = new Set();

function call() {
  const field = textField();
  if (!field || composer().elements.mode.value !== "note") return null;
  const before = field.value.slice(0, field.selectionStart);
  const match = CALL.exec(before);
  if (!match || [...called].some((name) => `@${match[1]}`.startsWith(name))) return null;
  return { query: match[1], start: before.length - match[1].length - 1, end: before.length };
}

suggestions({
  id: "mentions",
  find: call,
  address: (query) => `${composer().dataset.mentions}?${new URLSearchParams({ q: query.trim() })}`,
  insert(text, option) {
    called.add(option.dataset.text);
    const { person } = option.dataset;
    if (person && !composer().querySelector(`[name=mention][value="${person}"]`)) {
      composer().append(Object.assign(document.createElement("input"), { type: "hidden", name: "mention", value: person }));
    }
    setText(text);
  },
});
document.addEventListener("desk:opened", () => called.clear());
