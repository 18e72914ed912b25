// What the page keeps in this origin's storage: the visitor's token, what is not stored on the server yet, the draft.
// Each unsent message has an entry of its own, so that two tabs never overwrite each other's.

/** What stands in where a browser blocks storage in frames of other sites: the visit then lasts as long as the page. */
class PageStorage extends Map {
  getItem(key) { return this.get(key) ?? null; }
  setItem(key, value) { this.set(key, value); }
  removeItem(key) { this.delete(key); }
  key(index) { return [...this.keys()][index]; }
  get length() { return this.size; }
}

function place(name) {
  try {
    window[name].setItem("csplatform-probe", "1");
    window[name].removeItem("csplatform-probe");
    return window[name];
  } catch {
    return new PageStorage();
  }
}

export class Store {
  #place = place("localStorage");
  // A draft is of one tab: two that are written at once must not overwrite each other.
  #tab = place("sessionStorage");
  #base;
  #prefix;

  /** Whether other tabs see what is kept here. */
  get isShared() { return !(this.#place instanceof PageStorage); }

  constructor(widgetKey) {
    this.#base = `csplatform-chat:${widgetKey}:`;
    this.#prefix = this.#base;
  }

  /** Keep what follows for one signed-in person, apart from everybody else's on this browser. */
  belongsTo(person) {
    this.#prefix = `${this.#base}@${encodeURIComponent(person)}:`;
  }

  /** Nobody is signed in here: what would let the next one be somebody else goes. */
  dropSignedIn() {
    for (const name of this.#names(`${this.#base}@`)) if (name.endsWith(":token")) this.#place.removeItem(name);
    for (const name of this.#names(`${this.#base}@`, this.#tab)) this.#tab.removeItem(name);
  }

  /** Forget all that this person has written here and not sent. */
  forgetUnsent() {
    for (const message of this.outbox) this.forget(message.key);
    this.draft = "";
    this.answers = null;
    this.formAsked = false;
  }

  get token() { return this.#read("token"); }
  set token(value) { this.#write("token", value); }

  get draft() { return this.#read("draft", this.#tab) ?? ""; }
  set draft(value) { this.#write("draft", value || null, this.#tab); }

  /** What was answered before the first message, until it goes along with that message; null for nothing. */
  get answers() { return JSON.parse(this.#read("answers")); }
  set answers(value) { this.#write("answers", value && JSON.stringify(value)); }

  get formAsked() { return this.#read("form") === "1"; }
  set formAsked(value) { this.#write("form", value ? "1" : null); }

  /** The newest message that somebody was called for, by sound. */
  get heard() { return Number(this.#read("heard")); }
  set heard(id) { this.#write("heard", String(id)); }

  /** Articles that the visitor has said a word on. */
  get judged() { return JSON.parse(this.#read("judged")) ?? []; }
  set judged(slugs) { this.#write("judged", JSON.stringify(slugs)); }

  get isSilent() { return this.#read("silent") === "1"; }
  set isSilent(value) { this.#write("silent", value ? "1" : null); }

  get detailsAsked() { return this.#read("details") === "1"; }
  set detailsAsked(value) { this.#write("details", value ? "1" : null); }

  /** Messages that no server has acknowledged, oldest first: {key, text, at, refused?}. */
  get outbox() {
    const found = this.#names(`${this.#prefix}out:`).map((name) => JSON.parse(this.#place.getItem(name)));
    return found.sort((one, other) => one.order - other.order);
  }

  #names(start, place = this.#place) {
    const all = Array.from({ length: place.length }, (_, index) => place.key(index));
    return all.filter((name) => name.startsWith(start));
  }

  keep(message) { this.#write(`out:${message.key}`, JSON.stringify(message)); }
  forget(key) { this.#write(`out:${key}`, null); }

  /** Call `back` with every message that another tab has put into the outbox. */
  onOutboxElsewhere(back) {
    addEventListener("storage", (event) => {
      if (event.newValue && event.key?.startsWith(`${this.#prefix}out:`)) back(JSON.parse(event.newValue));
    });
  }

  #read(name, place = this.#place) { return place.getItem(this.#prefix + name); }

  #write(name, value, place = this.#place) {
    try {
      if (value === null || value === undefined) place.removeItem(this.#prefix + name);
      else place.setItem(this.#prefix + name, value);
    } catch {
      // The quota is used up: the message is still on its way from this page, only not over a reload.
    }
  }
}

/** A fresh UUID, also on plain http where `randomUUID` does not exist. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
