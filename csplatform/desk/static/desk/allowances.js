// How long the chosen way may still be used: counts down, says when it is over, and offers no sending that would fail.
import { left } from "./clock.js";
import { mode, tell } from "./drafts.js";
import { composer } from "./page.js";
import { say } from "./words.js";

const LITTLE = 3600; // seconds
const all = () => [...document.querySelectorAll("#allowances [data-allowance]")];
const chosen = () => composer()?.elements.through?.value ?? "";

function freedomOf(element, now) {
  if ("usedUp" in element.dataset) return "closed";
  const { closes, late } = element.dataset;
  if (!closes || now <= Date.parse(closes)) return "open";
  return late && now <= Date.parse(late) ? "late" : "closed";
}

function turn(element, now) {
  const freedom = freedomOf(element, now);
  element.dataset.freedom = freedom;
  for (const part of element.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(freedom);
  const until = freedom === "late" ? element.dataset.late : element.dataset.closes;
  const text = element.querySelector("[data-left]");
  if (!text || freedom === "closed") return;
  const seconds = Math.max(0, Math.round((Date.parse(until) - now) / 1000));
  const words = say("windowLeft", { time: left(seconds) });
  if (text.textContent !== words) text.textContent = words;
  text.parentElement.classList.toggle("little", seconds < LITTLE);
}

// Why the answer in the composer cannot be sent at present; empty where it can.
export function refusal() {
  if (!composer() || mode() !== "reply") return "";
  const shown = all().find((element) => !element.hidden);
  return shown?.dataset.freedom === "closed" ? shown.querySelector("[data-reason]").textContent : "";
}

function offer(reason) {
  for (const button of composer().elements) {
    if (button.type !== "submit") continue;
    button.dataset.title ??= button.title;
    button.disabled = Boolean(reason);
    button.title = reason || button.dataset.title;
  }
}

let said = "";
function announce() {
  const shown = all().find((element) => !element.hidden && element.dataset.freedom !== "open");
  const words = mode() === "reply" ? (shown?.querySelector(`.allowance-said > [data-when="${shown.dataset.freedom}"]`)?.textContent.trim() ?? "") : "";
  const line = document.getElementById("allowance-news");
  if (line && said !== words) line.textContent = said = words;
}

function show() {
  if (!composer()) return;
  const now = Date.now();
  for (const element of all()) {
    element.hidden = element.dataset.allowance !== chosen();
    turn(element, now);
  }
  offer(refusal());
  announce();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-answer-through]");
  const through = composer()?.elements.through;
  if (!button || !through) return;
  through.value = button.dataset.answerThrough;
  through.dispatchEvent(new Event("change", { bubbles: true }));
  through.focus();
});

// Whatever way it was asked for: by a key, by a button that had the focus.
document.addEventListener(
  "submit",
  (event) => {
    const reason = event.target === composer() ? refusal() : "";
    if (!reason) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    tell(reason);
  },
  true,
);

for (const name of ["change", "desk:draft", "desk:opened", "htmx:after:swap", "htmx:finally:request"]) document.addEventListener(name, show);
setInterval(show, 1000);
show();

// A template's text fills in while its places are typed.
document.addEventListener("input", (event) => {
  const { place } = event.target.dataset ?? {};
  if (place === undefined) return;
  for (const mark of event.target.form.querySelectorAll(`[data-filled="${place}"]`)) mark.textContent = event.target.value || mark.dataset.empty;
});
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id === "dialog-body") document.querySelector("#template-form input[type=text]")?.focus();
});
