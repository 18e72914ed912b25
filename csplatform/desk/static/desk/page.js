// Finding the parts of the page that several modules speak of.
export const desk = () => document.getElementById("desk");
export const list = () => document.getElementById("list");
export const rows = () => document.getElementById("rows");
export const timeline = () => document.getElementById("timeline");
export const composer = () => document.getElementById("composer");
export const textField = () => document.getElementById("text");

export const openId = () => timeline()?.dataset.conversation ?? null;
// The row of what is open: a conversation, or a delivery in quarantine.
export const openRow = () => document.getElementById("delivery")?.dataset.row ?? openId();
// The number of the conversation's last line, as the page shows it.
export const shownSeq = () => Number(document.getElementById("revision")?.dataset.seq ?? 0);
export const shownRevision = () => Number(document.getElementById("revision")?.value ?? 0);

// An input method is composing: keys belong to it, and Enter picks a candidate. Safari says so by keyCode 229 alone.
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

export const isTyping = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"));

// On a dead network nothing fails: whatever is not answered within this (milliseconds) counts as lost.
export const ANSWER_WITHIN = 15000;
export function patience() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ANSWER_WITHIN);
  return controller.signal;
}

export function storage(area) {
  // Storage may be forbidden or full; a draft that cannot be kept must not break the composer.
  return {
    get(key) {
      try {
        return area().getItem(key);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value) area().setItem(key, value);
        else area().removeItem(key);
      } catch {
        // Nothing to be done: the text stays in its field.
      }
    },
  };
}
export const session = storage(() => sessionStorage);
export const local = storage(() => localStorage);
