// Writing: the field grows, drafts are kept per conversation and kind, a submission is sent once whatever the network does.
import { closeCanned } from "./canned.js";
import { clearFiles, hasFiles } from "./files.js";
import { composer, isComposing, openId, session, textField } from "./page.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const mode = () => composer()?.elements.mode.value ?? "reply";
const draftKey = (kind = mode()) => `draft:${openId()}:${kind}`;

// crypto.randomUUID exists on secure pages only; a desk on a plain-http intranet needs keys too.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function grow() {
  const field = textField();
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, window.innerHeight * 0.4)}px`;
}

function tell(text) {
  const status = document.getElementById("composer-status");
  if (status) status.textContent = text;
}

export function keepDraft() {
  if (composer()) session.set(draftKey(), textField().value);
}

export function setText(text) {
  textField().value = text;
  grow();
  keepDraft();
}

export function write(kind) {
  if (!composer()) return;
  const radio = composer().querySelector(`[name=mode][value=${kind}]`);
  if (!radio.checked) {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  textField().focus();
}

function prepare() {
  const form = composer();
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "true";
  const kind = session.get(draftKey("reply")) || !session.get(draftKey("note")) ? "reply" : "note";
  form.querySelector(`[name=mode][value=${kind}]`).checked = true;
  showMode();
}

function showMode() {
  const form = composer();
  form.dataset.mode = mode();
  textField().placeholder = textField().dataset[mode()];
  textField().value = session.get(draftKey()) ?? "";
  grow();
}

document.addEventListener("change", (event) => {
  if (event.target.name === "mode" && event.target.form === composer()) {
    closeCanned();
    showMode();
    textField().focus();
  }
});

document.addEventListener("input", (event) => {
  if (event.target !== textField()) return;
  grow();
  keepDraft();
  tell("");
});

document.addEventListener("keydown", (event) => {
  if (event.target !== textField() || isComposing(event)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    composer().requestSubmit(document.getElementById("send"));
  }
});

// An empty submission is no submission; files alone are one.
document.addEventListener("submit", (event) => {
  if (event.target !== composer() || textField().value.trim() || hasFiles()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  textField().focus();
}, true);

const isOurs = (event) => event.detail.ctx?.sourceElement?.id === "composer";

document.addEventListener("htmx:before:request", (event) => {
  if (!isOurs(event)) return;
  composer().classList.add("busy");
  textField().readOnly = true;
  tell(say("sending"));
});

document.addEventListener("htmx:finally:request", (event) => {
  if (!isOurs(event)) return;
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  const key = form.elements.key;
  form.classList.remove("busy");
  form.elements.text.readOnly = false;
  if (form === composer()) tell("");
  if (ctx.response?.headers.get("X-Sent") !== key.value) return;
  session.set(`draft:${form.dataset.conversation}:${form.elements.mode.value}`, "");
  key.value = newKey();
  if (form !== composer()) return;
  textField().value = "";
  clearFiles();
  grow();
  textField().focus();
});

document.addEventListener("desk:opened", prepare);
window.addEventListener("offline", () => composer() && toast(say("offline")));
prepare();
