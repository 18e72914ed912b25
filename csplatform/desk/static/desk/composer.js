// Writing: the field grows, Ctrl+Enter sends, a submission is sent once whatever the network does.
import { closeSuggestions } from "./suggestions.js";
import { forget, isUnderWay, mode, prepareDrafts, quiet, renew, setLetter, showDraft, stateOf, tell, typed } from "./drafts.js";
import { closeMenus } from "./menus.js";
import { composer, isComposing, textField, timeline } from "./page.js";
import { scrollToEnd } from "./timeline.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

export function grow() {
  const field = textField();
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, window.innerHeight * 0.4)}px`;
}

export function setText(text) {
  textField().value = text;
  grow();
  typed();
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
  if (prepareDrafts()) showDraft({ initial: true });
}

document.addEventListener("desk:draft", ({ detail: { state } }) => {
  textField().placeholder = textField().dataset[state.mode];
  const { through } = composer().elements;
  const way = stateOf("reply")?.letter.through ?? "";
  if (through && through.value !== way) {
    through.value = way;
    through.dispatchEvent(new Event("change", { bubbles: true }));
  }
  grow();
});

document.addEventListener("change", (event) => {
  if (!composer() || event.target.form !== composer()) return;
  if (event.target.name === "mode") {
    closeSuggestions();
    tell("");
    showDraft();
    textField().focus();
  } else if (event.target.name === "through") {
    const { through: _former, ...letter } = stateOf("reply").letter;
    setLetter(event.target.value ? { ...letter, through: event.target.value } : letter);
  }
});

document.addEventListener("input", (event) => {
  if (event.target !== textField()) return;
  grow();
  tell("");
  typed();
});

document.addEventListener("keydown", (event) => {
  if (!composer() || event.target.form !== composer() || event.key !== "Enter" || isComposing(event)) return;
  if (event.target === textField()) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    composer().requestSubmit(document.getElementById("send"));
  } else if (event.target.matches("input:not([type=checkbox], [type=radio])")) {
    event.preventDefault(); // a field above the text is no button
    if (event.target.name === "at_own") event.target.parentElement.querySelector("button").click();
  }
});

// An empty submission is no submission; files alone are one. What is under way is waited for.
document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const state = stateOf();
    if (form !== composer() || !state) return;
    const { submitter } = event;
    const isNothing = !textField().value.trim() && !state.files.length && !state.uploads.length;
    if (!isNothing && !isUnderWay(state)) {
      clearTimeout(state.timer);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isNothing) return textField().focus();
    if (form.classList.contains("waiting")) return;
    form.classList.add("waiting");
    if (state.uploads.length) tell(say("uploading"));
    const isReady = await quiet(state);
    form.classList.remove("waiting");
    if (!isReady) return tell(say("filesFailed"));
    if (form === composer() && state === stateOf()) form.requestSubmit(submitter?.isConnected ? submitter : document.getElementById("send"));
  },
  true,
);

const isOurs = (event) => event.detail.ctx?.sourceElement?.id === "composer";

document.addEventListener("htmx:before:request", (event) => {
  if (!isOurs(event)) return;
  composer().classList.add("busy");
  textField().readOnly = true;
  closeMenus();
  tell(say("sending"));
});

document.addEventListener("htmx:finally:request", (event) => {
  if (!isOurs(event)) return;
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  const key = form.elements.key.value;
  form.classList.remove("busy");
  form.elements.text.readOnly = false;
  if (form === composer()) tell("");
  if (ctx.response?.headers.has("X-New-Key")) renew(key);
  if (ctx.response?.headers.get("X-Sent") !== key) return;
  for (const mention of form.querySelectorAll("[name=mention]")) mention.remove();
  for (const field of form.querySelectorAll("[name=at_own], [name=later_then]")) field.value = "";
  for (const box of form.querySelectorAll("[name=unless]")) box.checked = false;
  form.querySelector("#overtaken").replaceChildren();
  forget(key);
  if (form === composer()) textField().focus();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-look]")) return;
  document.getElementById("overtaken").replaceChildren();
  scrollToEnd();
  timeline().focus();
});

// Where a translation service is installed.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-translate]");
  if (!button || !textField().value.trim()) return;
  const body = new FormData(composer());
  button.disabled = true;
  const answer = await fetch(button.dataset.translate, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  button.disabled = false;
  if (answer?.ok) setText((await answer.json()).text);
  else toast(say("failed"), "error");
});

document.addEventListener("desk:opened", prepare);
window.addEventListener("offline", () => composer() && toast(say("offline")));
prepare();
