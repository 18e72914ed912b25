// What is being written: kept on the server, the same on every screen of this agent. What the network did not take yet
// stays in this browser until it is saved.
import { catchUp } from "./live.js";
import { composer, desk, local, openId, patience, shownSeq, textField } from "./page.js";
import { refreshRowsSoon } from "./refresh.js";
import { say } from "./words.js";

const SAVE_AFTER = 700;
const RETRY_EVERY = 5000;
const MODES = ["reply", "note"];
const states = new Map();
const nameOf = (state) => `${state.conversation}:${state.mode}`;

// crypto.randomUUID exists on secure pages only; a desk on a plain-http intranet needs keys too.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// `other` is a text that another screen saved, or this device kept, while this one says something else.
function fresh(conversation, mode, data = {}) {
  const empty = { key: newKey(), version: 0, seen: null, text: "", letter: {}, files: [], held: "" };
  return { conversation, mode, ...empty, ...data, uploads: [], leaving: [], dirty: false, timer: null, busy: null, other: null };
}

export const mode = () => composer()?.elements.mode.value ?? "reply";
export const stateOf = (kind = mode()) => states.get(`${openId()}:${kind}`) ?? null;
export const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const isShown = (state) => composer() !== null && state === stateOf();
const isEmpty = (state) => !state.text.trim() && !Object.keys(state.letter).length && !state.files.length && !state.uploads.length;
const said = (state) => JSON.stringify([state.text, state.letter]);

export function tell(text) {
  const status = document.getElementById("composer-status");
  if (status && status.textContent !== text) status.textContent = text;
}

// What this browser holds for the server, by conversation and kind.
const unsavedName = () => `unsaved:${desk()?.dataset.user}`;
function unsaved() {
  try {
    return JSON.parse(local.get(unsavedName()) || "{}");
  } catch {
    return {};
  }
}
function holdUnsaved(name, value) {
  const all = unsaved();
  if (value) all[name] = value;
  else delete all[name];
  local.set(unsavedName(), Object.keys(all).length ? JSON.stringify(all) : "");
}

export function prepareDrafts() {
  const form = composer();
  if (!form || form.dataset.ready) return false;
  form.dataset.ready = "true";
  const found = JSON.parse(document.getElementById("drafts").textContent);
  for (const kind of MODES) {
    const state = fresh(form.dataset.conversation, kind, found[kind]);
    const known = states.get(nameOf(state));
    if (!known?.dirty && !known?.uploads.length) states.set(nameOf(state), state);
    bringBack(states.get(nameOf(state)));
  }
  const kind = isEmpty(stateOf("reply")) && !isEmpty(stateOf("note")) ? "note" : form.elements.mode.value;
  form.querySelector(`[name=mode][value=${kind}]`).checked = true;
  return true;
}

// Typed while the network was away, and never saved. The newer text is shown, the other one offered.
function bringBack(state) {
  const kept = unsaved()[nameOf(state)];
  if (!kept || state.dirty) return;
  if (said(kept) === said(state)) holdUnsaved(nameOf(state), null);
  else if (kept.version === state.version || isEmpty(state)) {
    Object.assign(state, { text: kept.text, letter: kept.letter, seen: kept.seen });
    plan(state, 0);
  } else state.other = { text: kept.text, letter: kept.letter, isHere: true, words: "unsaved" };
}

// Puts the present draft into the form; `initial` for a form that the server has just made.
export function showDraft({ initial = false } = {}) {
  const state = stateOf();
  const form = composer();
  if (!form || !state) return;
  form.dataset.mode = state.mode;
  if (textField().value !== state.text) textField().value = state.text;
  writeDown(state);
  showNotice(state);
  document.dispatchEvent(new CustomEvent("desk:draft", { detail: { state, initial } }));
}

function writeDown(state) {
  if (!isShown(state)) return;
  const { key, version, seen } = composer().elements;
  key.value = state.key;
  version.value = state.version;
  seen.value = state.seen ?? shownSeq();
}

function change(state, change) {
  if (isEmpty(state) || state.seen === null) state.seen = shownSeq();
  Object.assign(state, change);
  plan(state);
  writeDown(state);
}

export function typed() {
  const state = stateOf();
  if (state && state.text !== textField().value) change(state, { text: textField().value, held: "" });
}

// The fields above the text, as far as their author changed them; they belong to the answer.
export function setLetter(letter) {
  const state = stateOf("reply");
  if (state && JSON.stringify(letter) !== JSON.stringify(state.letter)) change(state, { letter });
}

function plan(state, wait = SAVE_AFTER) {
  state.dirty = true;
  const { text, letter, version, seen, key } = state;
  holdUnsaved(nameOf(state), { text, letter, version, seen, key });
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(state), wait);
}

function asForm(state) {
  const data = new FormData();
  const fields = { csrfmiddlewaretoken: token(), mode: state.mode, key: state.key, version: state.version, seen: state.seen ?? 0, text: state.text };
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  for (const [name, value] of Object.entries(state.letter)) data.set(`letter_${name}`, value);
  return data;
}

const addressOf = (state) => `/inbox/c/${state.conversation}/draft/`;
const ask = (address, options = {}) => fetch(address, { headers: { "HX-Request": "true" }, signal: patience(), ...options });

// Saves once at a time; what is typed meanwhile is saved after it. `leaving` pages may not wait for the answer.
export function save(state, { leaving = false } = {}) {
  clearTimeout(state.timer);
  if (state.busy) return state.busy;
  if (!state.dirty || (state.other && !state.other.isHere)) return Promise.resolve();
  const [key, text] = [state.key, said(state)];
  state.busy = ask(addressOf(state), { method: "POST", body: asForm(state), keepalive: leaving })
    .then(async (answer) => ({ status: answer.status, data: answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {} }))
    .catch(() => ({ status: 0, data: {} }))
    .then(({ status, data }) => {
      state.busy = null;
      if (state.key === key) heard(state, status, data, text);
    });
  return state.busy;
}

function heard(state, status, data, text) {
  if (status === 200) {
    state.version = data.version;
    state.key = data.key ?? state.key;
    if (said(state) === text) settled(state);
    else plan(state);
  } else if (status === 409 && data.version) {
    state.other = { ...data, words: "elsewhere" };
  } else if (status === 409) {
    state.version = 0;
    plan(state, 0);
  } else if (status === 410) {
    Object.assign(state, { key: newKey(), version: 0 });
    plan(state, 0);
  } else if (status === 0 || status >= 500) {
    state.timer = setTimeout(() => save(state), RETRY_EVERY);
    if (isShown(state)) tell(say("keptHere"));
  } else {
    state.dirty = false; // it cannot be kept there: no longer ours to see, or too long
  }
  writeDown(state);
  if (isShown(state)) showNotice(state);
}

function settled(state) {
  state.dirty = false;
  holdUnsaved(nameOf(state), null);
  if (isShown(state)) tell(isEmpty(state) ? "" : say("saved"));
}

// Looks what the server has, for what nobody is changing here.
export async function look(conversation) {
  const answer = await ask(`/inbox/c/${conversation}/draft/`).catch(() => null);
  if (!answer?.ok) return;
  const found = await answer.json();
  for (const kind of MODES) {
    const state = states.get(`${conversation}:${kind}`);
    const data = found[kind] ?? {};
    if (!state || state.dirty || state.busy || isSame(state, data)) continue;
    Object.assign(state, fresh(conversation, kind, data), { uploads: state.uploads, leaving: state.leaving });
    if (isShown(state)) showDraft();
  }
}

const isSame = (state, data) =>
  (data.version ?? 0) === state.version && JSON.stringify((data.files ?? []).map(({ key }) => key)) === JSON.stringify(state.files.map(({ key }) => key));

// It is on its way: nothing of it is a draft any more, and the next text begins.
export function forget(key) {
  for (const state of states.values()) {
    if (state.key !== key) continue;
    clearTimeout(state.timer);
    holdUnsaved(nameOf(state), null);
    Object.assign(state, fresh(state.conversation, state.mode), { busy: state.busy });
    if (isShown(state)) showDraft();
  }
}

export function renew(key) {
  for (const state of states.values()) if (state.key === key) Object.assign(state, { key: newKey(), version: 0 });
  if (stateOf()) writeDown(stateOf());
}

// Nothing is under way for this draft. False where a file did not arrive.
export async function quiet(state) {
  clearTimeout(state.timer);
  while (state.busy) await state.busy;
  await Promise.allSettled([...state.uploads.map(({ done }) => done), ...state.leaving]);
  while (state.busy) await state.busy;
  return !state.uploads.some(({ error }) => error);
}
export const isUnderWay = (state) => Boolean(state.busy) || state.uploads.length + state.leaving.length > 0;

function showNotice(state) {
  const box = document.getElementById("draft-notice");
  if (!box) return;
  const lines = [];
  if (state.held) lines.push(notice(say("heldBack", { reason: state.held })));
  if (state.other) {
    const text = state.other.text.length > 120 ? `${state.other.text.slice(0, 119)}…` : state.other.text;
    const line = notice(say(state.other.words, { text }));
    for (const act of ["useIt", "leaveIt"]) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: say(act) });
      button.dataset.draftAct = act;
      line.append(button);
    }
    lines.push(line);
  }
  if (box.textContent !== lines.map((line) => line.textContent).join("")) box.replaceChildren(...lines);
}

function notice(text) {
  const line = Object.assign(document.createElement("div"), { className: "hint draft-hint" });
  line.append(Object.assign(document.createElement("p"), { textContent: text, dir: "auto" }));
  return line;
}

document.addEventListener("click", (event) => {
  const act = event.target.closest?.("[data-draft-act]")?.dataset.draftAct;
  const state = act && stateOf();
  if (!state?.other) return;
  const { other } = state;
  state.other = null;
  if (act === "useIt") {
    const mine = { text: state.text, letter: state.letter, isHere: true, words: "unsaved" };
    Object.assign(state, { text: other.text, letter: other.letter ?? {}, files: other.files ?? state.files });
    if (mine.text.trim()) state.other = mine;
  }
  if (!other.isHere) Object.assign(state, { version: other.version, key: other.key });
  if (act === "useIt" && !other.isHere) settled(state);
  else plan(state, 0);
  showDraft();
  textField().focus();
});

// Another screen of this agent wrote, sent or emptied a draft.
document.addEventListener("desk:news", ({ detail: news }) => {
  if (news.kind !== "draft") return;
  const row = document.getElementById(`row-${news.conversation}`);
  if (row && Boolean(row.querySelector(".chip.draft")) !== news.version > 0) refreshRowsSoon(news.conversation);
  const state = states.get(`${news.conversation}:${news.mode}`);
  if (!state || state.busy || state.dirty) return;
  if (state.version !== news.version || (news.files !== null && news.files !== state.files.length)) look(String(news.conversation));
});

const saveAll = (options) => [...states.values()].filter((state) => state.dirty).map((state) => save(state, options));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) saveAll({ leaving: true });
  else if (openId()) look(openId());
});
window.addEventListener("pagehide", () => saveAll({ leaving: true }));
window.addEventListener("online", () => {
  saveAll();
  saveLeftovers();
});

// What an earlier page of this browser could not save, in conversations that are not open.
async function saveLeftovers() {
  for (const [name, kept] of Object.entries(unsaved())) {
    if (states.has(name)) continue;
    const [conversation, kind] = name.split(":");
    const body = asForm({ ...kept, conversation, mode: kind });
    const answer = await ask(`/inbox/c/${conversation}/draft/`, { method: "POST", body }).catch(() => null);
    if (answer && (answer.ok || [404, 410, 422].includes(answer.status))) holdUnsaved(name, null);
  }
}
document.addEventListener("desk:opened", () => saveAll());
saveLeftovers();

// Undoing: what was typed meanwhile is saved first, so that both come back together.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-undo]");
  if (!button) return;
  event.preventDefault();
  await Promise.allSettled(saveAll());
  htmx.trigger(button, "undo");
});
document.addEventListener("htmx:finally:request", async (event) => {
  const kind = event.detail.ctx.response?.headers.get("X-Draft");
  if (!kind || !composer()) return;
  await look(openId());
  const radio = composer().querySelector(`[name=mode][value=${kind}]`);
  if (!radio.checked) {
    radio.checked = true;
    showDraft();
  }
  tell(say("backAgain"));
  textField().focus();
});

// The seconds in which sending can be undone run down on the screen; then the screen looks what became of it.
setInterval(() => {
  for (const left of document.querySelectorAll("#planned [data-seconds]")) {
    left.dataset.seconds = Number(left.dataset.seconds) - 1;
    left.textContent = Math.max(0, left.dataset.seconds);
    if (Number(left.dataset.seconds) === -2) catchUp();
  }
}, 1000);
