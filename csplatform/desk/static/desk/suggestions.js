// Lists that open while somebody types: arrows choose, Enter or Tab inserts, Escape closes. An input method owns its keys.
import { composer, isComposing, textField } from "./page.js";

const lists = [];
export const closeSuggestions = () => lists.forEach((list) => list.close());

// `find` returns what was typed so far ({query, start, end}), null where this list has no business; `address` where to
// ask for options, `insert` what to do with a chosen one.
export function suggestions({ id, find, address, insert }) {
  const box = () => document.getElementById(id);
  const options = () => [...(box()?.querySelectorAll("[role=option]") ?? [])];
  const isOpen = () => Boolean(box() && !box().hidden);
  let request = null;
  let typed = null;

  async function open({ again = false } = {}) {
    const found = find();
    if (!found) return close();
    if (!again && typed?.query === found.query && isOpen()) {
      typed = found;
      return undefined;
    }
    typed = found;
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(address(found.query), { headers: { "HX-Request": "true" }, signal: request.signal });
      const text = await answer.text();
      if (!answer.ok || !find()) return close();
      box().innerHTML = text;
    } catch (error) {
      if (error.name !== "AbortError") close();
      return undefined;
    }
    if (!options().length && /\s/.test(found.query)) return close();
    box().hidden = false;
    textField().setAttribute("aria-controls", id);
    choose(0);
    return undefined;
  }

  function close() {
    request?.abort();
    typed = null;
    if (!isOpen()) return;
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

  function take(option) {
    const field = textField();
    const place = typed ?? { start: field.selectionStart, end: field.selectionEnd };
    const { text } = option.dataset;
    insert(field.value.slice(0, place.start) + text + field.value.slice(place.end), option);
    close();
    field.focus();
    field.setSelectionRange(place.start + text.length, place.start + text.length);
  }

  document.addEventListener("input", (event) => {
    if (event.target !== textField() || event.isComposing) return;
    if (find()) open();
    else close();
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target === textField() && find()) open();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.target !== textField() || !isOpen() || isComposing(event)) return;
      const all = options();
      const current = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key === "Escape") close();
      else if (event.key === "ArrowDown" && isPlain && all.length) choose(current + 1);
      else if (event.key === "ArrowUp" && isPlain && all.length) choose(current - 1);
      else if ((event.key === "Enter" || event.key === "Tab") && isPlain && all[current]) take(all[current]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("mousedown", (event) => {
    if (box()?.contains(event.target)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!composer()) return;
    const option = event.target.closest?.("[role=option]");
    if (option && box()?.contains(option)) take(option);
    else if (!event.target.closest?.(`#${id}, [data-opens="${id}"]`) && event.target !== textField()) close();
  });

  const list = { open, close, isOpen };
  lists.push(list);
  return list;
}
