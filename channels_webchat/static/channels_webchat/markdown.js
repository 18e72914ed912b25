// A little Markdown, as answers use it: paragraphs, lists, **bold**, *italic*, `code`, [links](https://…) and bare addresses.
// It builds elements and never reads mark-up: whatever it does not know stays the text it was.

import { link, writeText } from "./words.js";

const ITEM = /^\s{0,3}(?:([-*•])|(\d{1,4})[.)])\s+(.*)$/;
// Emphasis touches its words on the inside; `snake_case` and `2 * 3 * 4` stay what they are.
const INLINE = /`([^`\n]+)`|\*\*(?=\S)([^\n]+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])|\[([^\]\n]{1,300})\]\((https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)\)/g;

/** Put `text` into `element`. */
export function writeMarkdown(element, text) {
  let list = null;
  let words = [];
  const flush = () => {
    const said = words.join("\n").replace(/^\n+|\n+$/g, "");
    if (said) writeInline(element.appendChild(document.createElement("p")), said);
    words = [];
  };
  for (const line of text.split("\n")) {
    const [, bullet, number, item] = ITEM.exec(line) ?? [];
    if (item === undefined) {
      list = null;
      if (!line.trim()) flush();
      else words.push(line);
      continue;
    }
    flush();
    const tag = bullet ? "UL" : "OL";
    if (list?.tagName !== tag) {
      list = element.appendChild(document.createElement(tag));
      if (number) list.start = Number(number);
    }
    writeInline(list.appendChild(document.createElement("li")), item);
  }
  flush();
}

/** Put one paragraph into `element`. */
export function writeInline(element, text) {
  let done = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, italic, words, address] = match;
    writeText(element, text.slice(done, match.index));
    done = match.index + whole.length;
    if (address) element.append(link(address, words));
    else if (code) element.appendChild(document.createElement("code")).textContent = code;
    else writeInline(element.appendChild(document.createElement(bold ? "strong" : "em")), bold ?? italic);
  }
  writeText(element, text.slice(done));
}
