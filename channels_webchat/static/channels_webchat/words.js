// Text and times, as people read them. All in the page's language.

const ADDRESS = /\bhttps?:\/\/[^\s<>"'，。；：！？、（）「」『』【】《》]+/gi;
const TRAILING = /[.,;:!?…'")\]}]+$/;

/** Put `text` into `element`, its web addresses as links. Nothing in it is ever read as mark-up. */
export function writeText(element, text) {
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    element.append(text.slice(done, match.index), link(address));
    done = match.index + address.length;
  }
  element.append(text.slice(done));
}

/** A sentence's full stop is not part of the address before it, a bracket only where one was opened. */
function trimmed(address) {
  let end = TRAILING.exec(address)?.index ?? address.length;
  if (address[end] === ")" && count(address.slice(0, end), "(") > count(address.slice(0, end), ")")) end += 1;
  return address.slice(0, end);
}

const count = (text, character) => text.split(character).length - 1;

/** A link to a web address; it opens elsewhere and tells nothing of where it stood. */
export function link(address, words = address) {
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer nofollow";
  anchor.textContent = words;
  return anchor;
}

export class Times {
  #clock;
  #day;
  #dayWithYear;
  #relative;

  constructor(language) {
    this.#clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
    this.#day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
    this.#dayWithYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  }

  clock(date) { return this.#clock.format(date); }

  /** "Today", "yesterday", or the day itself. */
  day(date) {
    const days = Math.round((startOfDay(date) - startOfDay(new Date())) / 86400000);
    if (days === 0 || days === -1) return capital(this.#relative.format(days, "day"));
    const isThisYear = date.getFullYear() === new Date().getFullYear();
    return (isThisYear ? this.#day : this.#dayWithYear).format(date);
  }
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** Up to two letters that stand for a name; one character where the script has no capitals. */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words.map((word) => [...word][0]);
  const letters = words.length > 1 ? [first[0], first.at(-1)] : first;
  const isCased = letters.every((letter) => letter.toLowerCase() !== letter.toUpperCase());
  return (isCased ? letters.join("") : letters[0] ?? "").toUpperCase();
}

/** A size as people compare files: in kilobytes up to a megabyte, never in bytes. */
export function fileSize(bytes, language) {
  const isLarge = bytes >= 1e6;
  const format = { style: "unit", unit: isLarge ? "megabyte" : "kilobyte", maximumFractionDigits: isLarge ? 1 : 0 };
  return new Intl.NumberFormat(language, format).format(isLarge ? bytes / 1e6 : Math.max(1, bytes / 1000));
}
