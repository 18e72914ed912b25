// Times that move: how long ago, how long until a deadline, what time it is where the customer is.
import { say } from "./words.js";

const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "always" });
const units = new Map();
const amount = (number, unit) => {
  if (!units.has(unit)) units.set(unit, new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" }));
  return units.get(unit).format(number);
};
const STEPS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function ago(seconds) {
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return relative.format(-Math.floor(seconds / size), unit);
}

// Two units at most, and seconds only in the last five minutes: a list of clocks that all tick is no calm place.
export function left(seconds) {
  if (seconds >= 2 * 86400) return amount(Math.floor(seconds / 86400), "day");
  if (seconds >= 3600) return `${amount(Math.floor(seconds / 3600), "hour")} ${amount(Math.floor((seconds % 3600) / 60), "minute")}`;
  if (seconds >= 300) return amount(Math.floor(seconds / 60), "minute");
  const clock = [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, "0"));
  return clock.join(":");
}

const write = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};

function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-deadline]")) {
    const seconds = Math.round((Date.parse(element.dataset.deadline) - now) / 1000);
    element.classList.toggle("overdue", seconds <= 0);
    element.classList.toggle("soon", seconds > 0 && seconds < 900);
    write(element.querySelector("[data-deadline-word]"), say(seconds <= 0 ? "overdueBy" : "dueIn"));
    write(element.querySelector("[data-deadline-text]"), (seconds <= 0 ? "−" : "") + left(Math.abs(seconds)));
  }
}

function turn() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-ago]")) {
    write(element, ago(Math.max(0, Math.floor((now - Date.parse(element.dateTime)) / 1000))));
  }
  for (const element of document.querySelectorAll("time[data-zone]")) {
    write(element, new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone: element.dataset.zone }).format(now));
  }
}

function all() {
  tick();
  turn();
}
all();
setInterval(tick, 1000);
setInterval(turn, 20000);
document.addEventListener("htmx:after:swap", all);
