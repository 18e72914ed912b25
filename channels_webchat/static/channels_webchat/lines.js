// The list of messages. Keeps one element a message and moves nothing that stays, so that a screen reader announces
// only what is new, and the reader's place is kept.

import { writeMarkdown } from "./markdown.js";
import { fileSize, initials, writeText } from "./words.js";

// Messages of one side within this time form a group, with one name and one time under it.
const GROUP_GAP = 5 * 60 * 1000;
const DELIVERED = "m4 12.5 5 5L20 6.5";
const READ = "m2 12.5 5 5L17 7.5M12 17l.5.5L22 7.5";

export class Lines {
  #box;
  #strings;
  #title;
  #times;
  #language;
  #entries = new Map();
  #byMessage = new Map();
  #elements = new Map();

  /**
   * `onRetry(entry)` and `onDiscard(entry)` are called for messages that were not taken, `onCancel(entry)` for
   * a file on its way, `onChoice(words)` for a quick reply.
   */
  constructor(box, { strings, title, times, language, onRetry, onDiscard, onCancel, onChoice }) {
    this.#box = box;
    this.#strings = strings;
    this.#title = title;
    this.#times = times;
    this.#language = language;
    this.onRetry = onRetry;
    this.onDiscard = onDiscard;
    this.onCancel = onCancel;
    this.onChoice = onChoice;
  }

  /** Add or change entries; a stored line takes the place of the unsent message with its key. Returns the new ones. */
  put(entries) {
    const fresh = [];
    for (const entry of entries) {
      const name = entry.id ? this.#nameOf(entry) : `key-${entry.key}`;
      const old = this.#entries.get(name);
      if (!entry.id && old?.id) continue;
      if (!old) fresh.push(entry);
      this.#entries.set(name, entry.id ? entry : { ...old, ...entry });
    }
    this.#draw();
    return fresh;
  }

  clear() {
    this.#entries.clear();
    this.#byMessage.clear();
    this.#elements.clear();
    this.#draw();
  }

  remove(key) {
    this.#entries.delete(`key-${key}`);
    this.#draw();
  }

  /** Whether the visitor has said anything that the server has. */
  get hasSpoken() { return this.all.some((entry) => entry.id && entry.side === "customer"); }
  get isEmpty() { return ![...this.#entries.values()].some((entry) => entry.side !== "greeting"); }
  get all() { return [...this.#entries.values()]; }
  get oldestId() { return Math.min(...this.all.map((entry) => entry.id ?? Infinity)); }

  /** The element of an entry keeps its name when the message is stored: only then do we learn its id. */
  #nameOf(line) {
    if (!this.#byMessage.has(line.id)) this.#byMessage.set(line.id, line.key ? `key-${line.key}` : `id-${line.id}`);
    return this.#byMessage.get(line.id);
  }

  #draw() {
    const sorted = [...this.#entries].sort(([, one], [, other]) => order(one) - order(other));
    const wanted = [];
    const read = readUpTo(sorted);
    sorted.forEach(([name, entry], index) => {
      const previous = sorted[index - 1]?.[1];
      const next = sorted[index + 1]?.[1];
      if (entry.side !== "greeting" && isNewDay(previous, entry)) wanted.push(this.#dayRule(entry));
      const group = { starts: !isSameGroup(previous, entry), ends: !isSameGroup(entry, next) };
      const isRead = entry.id <= (read.get(entry.conversation) ?? 0);
      wanted.push(this.#row(name, entry, { ...group, isRead, isLast: !next }));
    });
    this.#arrange(wanted);
  }

  #arrange(wanted) {
    const keep = new Set(wanted);
    for (const child of [...this.#box.children]) if (!keep.has(child)) child.remove();
    let place = this.#box.firstElementChild;
    for (const element of wanted) {
      if (element === place) place = place.nextElementSibling;
      else this.#box.insertBefore(element, place);
    }
  }

  #dayRule(entry) {
    const day = this.#times.day(new Date(entry.at));
    const name = `day-${new Date(entry.at).toDateString()}`;
    const rule = this.#element(name, day, () => {
      const made = document.createElement("p");
      made.className = "day";
      return made;
    });
    if (rule.textContent !== day) rule.textContent = day;
    return rule;
  }

  #row(name, entry, group) {
    const facts = JSON.stringify([entry, group]);
    return this.#element(name, facts, () => document.createElement("div"), (row) => this.#fill(row, entry, group));
  }

  #element(name, facts, make, fill = () => {}) {
    const known = this.#elements.get(name);
    if (known?.facts === facts) return known.element;
    const element = known?.element ?? make();
    this.#elements.set(name, { element, facts });
    fill(element);
    return element;
  }

  #fill(row, entry, { starts, ends, isRead, isLast }) {
    const isOwn = entry.side === "customer";
    row.className = `row ${isOwn ? "own" : "theirs"}${starts ? " starts" : ""}${ends ? " ends" : ""}`;
    row.classList.toggle("pending", isOwn && !entry.id);
    row.classList.toggle("refused", Boolean(entry.refused));
    row.dataset.key = entry.key ?? "";
    row.replaceChildren();
    if (!isOwn) row.append(this.#avatar(entry, ends));
    const stack = part(row, "div", "stack");
    this.#content(stack, entry, isOwn);
    const hasMeta = entry.side !== "greeting" && (ends || entry.refused || entry.edited || (isOwn && !entry.id));
    row.classList.toggle("told", Boolean(hasMeta));
    if (hasMeta) stack.append(this.#meta(entry, isOwn, isRead));
    if (isLast && entry.choices?.length) stack.append(this.#choices(entry.choices));
  }

  #avatar(entry, ends) {
    const avatar = document.createElement("span");
    avatar.className = "avatar";
    avatar.ariaHidden = "true";
    if (ends) avatar.textContent = initials(entry.name || this.#title);
    else avatar.classList.add("blank");
    return avatar;
  }

  #content(stack, entry, isOwn) {
    const speaker = document.createElement("span");
    speaker.className = "sr";
    speaker.textContent = `${isOwn ? this.#strings.you : entry.name || this.#title}: `;
    stack.append(speaker);
    if (entry.deleted) {
      part(stack, "p", "bubble gone").textContent = this.#strings.deleted;
      return;
    }
    if (entry.text?.trim()) {
      const bubble = part(stack, "div", "bubble");
      bubble.dir = "auto";
      if (isOwn) writeText(bubble, entry.text);
      else writeMarkdown(bubble, entry.text);
    }
    for (const file of entry.files ?? []) stack.append(file.image && file.url ? this.#picture(file) : this.#file(file));
    if (entry.progress !== undefined) {
      const bar = part(stack, "progress", "progress");
      bar.max = 1;
      bar.value = entry.progress;
      bar.ariaLabel = this.#strings.sending;
    }
  }

  #picture(file) {
    const anchor = opener(file, "picture");
    const image = part(anchor, "img", "");
    image.src = file.url;
    image.alt = `${this.#strings.image}: ${file.name}`;
    image.loading = "lazy";
    return anchor;
  }

  #file(file) {
    const card = file.url ? opener(file, "file") : document.createElement("span");
    card.className = "file";
    const icon = part(card, "span", "file-icon");
    icon.ariaHidden = "true";
    icon.textContent = file.name.split(".").length > 1 ? file.name.split(".").at(-1).slice(0, 4).toUpperCase() : "…";
    const text = part(card, "span", "file-text");
    const name = part(text, "span", "file-name");
    name.dir = "auto";
    name.textContent = file.name;
    part(text, "span", "file-size").textContent = fileSize(file.size, this.#language);
    return card;
  }

  /** Answers that are one press away; they go when anything more is said. */
  #choices(choices) {
    const box = document.createElement("div");
    box.className = "choices";
    for (const words of choices) {
      const button = part(box, "button", "quick");
      button.type = "button";
      button.dir = "auto";
      button.textContent = words;
      button.addEventListener("click", () => this.onChoice(words));
    }
    return box;
  }

  #meta(entry, isOwn, isRead) {
    const meta = document.createElement("div");
    meta.className = "meta";
    if (entry.refused) {
      const why = this.#strings[`refused_${entry.refused}`] ?? this.#strings.failed;
      part(meta, "span", "why").textContent = `${this.#strings.failed} · ${why}`;
      this.#choice(meta, this.#strings.retry, () => this.onRetry(entry));
      this.#choice(meta, this.#strings.discard, () => this.onDiscard(entry));
      return meta;
    }
    const said = entry.name ? [entry.name] : entry.side === "automatic" ? [this.#strings.automatic] : [];
    if (entry.id) said.push(this.#times.clock(new Date(entry.at)));
    if (entry.edited) said.push(this.#strings.edited);
    if (isOwn) said.push(entry.id ? (isRead ? this.#strings.read : this.#strings.delivered) : entry.waits ? this.#strings.waiting : this.#strings.sending);
    said.forEach((words, index) => {
      if (index) meta.append(" · ");
      // Names and times keep their own direction beside each other.
      part(meta, "bdi", "").textContent = words;
    });
    if (entry.progress !== undefined) this.#choice(meta, this.#strings.cancel, () => this.onCancel(entry));
    if (isOwn) meta.prepend(mark(entry.id ? (isRead ? READ : DELIVERED) : "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z"));
    return meta;
  }

  #choice(meta, text, act) {
    const button = part(meta, "button", "choice");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", act);
  }
}

/** Stored lines in the server's order; what is unsent comes last, in the order it was written. */
function order(entry) {
  if (entry.side === "greeting") return -1;
  return entry.id ?? Number.MAX_SAFE_INTEGER - 1e15 + entry.order;
}

/** The newest line of each conversation that an agent has read, by id: whoever answers has read what was said before. */
function readUpTo(sorted) {
  const newest = new Map();
  for (const [, entry] of sorted) {
    const isRead = entry.side === "agent" || (entry.side === "customer" && entry.state === "read");
    if (isRead && entry.id) newest.set(entry.conversation, entry.id);
  }
  return newest;
}

function isNewDay(previous, entry) {
  const isFirst = !previous || previous.side === "greeting";
  return isFirst || new Date(previous.at).toDateString() !== new Date(entry.at).toDateString();
}

function isSameGroup(one, other) {
  if (!one || !other || one.side !== other.side || one.name !== other.name) return false;
  return !isNewDay(one, other) && Math.abs(new Date(other.at) - new Date(one.at)) < GROUP_GAP && !one.refused;
}

function part(parent, tag, className) {
  const element = parent.appendChild(document.createElement(tag));
  if (className) element.className = className;
  return element;
}

function opener(file, className) {
  const anchor = document.createElement("a");
  anchor.className = className;
  anchor.href = file.url;
  anchor.target = "_blank";
  anchor.rel = "noopener";
  return anchor;
}

function mark(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
  return svg;
}
