// Who else has this conversation before them. Each page says so every few seconds while it is looked at; whoever is not
// heard of for a while has gone, whatever became of their line.
import { composer, isComposing, openId, textField } from "./page.js";
import { sendFrame } from "./live.js";
import { say } from "./words.js";

const SAY_EVERY = 4000;
const LOST_AFTER = 9000;
const WRITING_FOR = 5000;

const others = new Map();
let shown = null;
let written = 0;
let said = "";

const writing = () => (Date.now() - written < WRITING_FOR && textField()?.value.trim() ? (composer()?.elements.mode.value ?? "") : "");

function tell() {
  const id = document.hidden ? null : openId();
  const frame = { kind: "look", conversation: id ? Number(id) : null, writing: id ? writing() : "" };
  const key = JSON.stringify(frame);
  if (!id && key === said) return;
  if (sendFrame(frame)) said = key;
}

setInterval(() => {
  tell();
  draw();
}, SAY_EVERY);
document.addEventListener("visibilitychange", tell);
document.addEventListener("desk:live", tell);
document.addEventListener("desk:opened", tell);
document.addEventListener("input", (event) => {
  if (event.target !== textField() || isComposing(event)) return;
  const was = writing();
  written = Date.now();
  if (writing() !== was) tell();
});
document.addEventListener("change", (event) => event.target.name === "mode" && tell());

document.addEventListener("desk:news", ({ detail: news }) => {
  if (news.kind !== "looking" || String(news.conversation) !== openId()) return;
  if (news.left) others.delete(news.user);
  else others.set(news.user, { ...news, at: Date.now() });
  draw();
});
// Another conversation, or none: nobody is known to look at it yet. A fresh header has no place drawn yet.
document.addEventListener("htmx:after:swap", () => {
  if (openId() !== shown) {
    shown = openId();
    others.clear();
    tell();
  }
  draw();
});

function draw() {
  const place = document.getElementById("lookers");
  for (const [user, other] of others) if (Date.now() - other.at > LOST_AFTER) others.delete(user);
  if (!place) return;
  const there = [...others.values()].sort((one, two) => Boolean(two.writing) - Boolean(one.writing) || one.user - two.user);
  const state = there.map((other) => `${other.user}${other.writing}`).join();
  if ((place.dataset.state ?? "") === state && Boolean(place.firstChild) === Boolean(state)) return;
  place.dataset.state = state;
  place.classList.toggle("writing", there.some((other) => other.writing));
  place.replaceChildren(...there.slice(0, 4).map(circle), ...(there.length ? [sentence(there)] : []));
}

function circle(other) {
  const box = document.createElement("span");
  box.className = `avatar tiny hue-${other.hue}${other.writing ? " writing" : ""}`;
  box.textContent = other.initials;
  box.title = told(other);
  box.setAttribute("aria-hidden", "true");
  return box;
}

function sentence(there) {
  const text = document.createElement("span");
  const writers = there.filter((other) => other.writing);
  text.className = "lookers-text";
  text.setAttribute("role", "status");
  text.dir = "auto";
  text.textContent = (writers.length ? writers : there).map(told).join(" · ");
  return text;
}

const told = ({ name, writing: kind }) => say(kind === "reply" ? "writesReply" : kind === "note" ? "writesNote" : "looks", { name });
