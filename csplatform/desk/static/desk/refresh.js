// Keeps the list fresh: asks for the rows that have changed, or for all of it where many have or nobody knows which.
import { ask, oneAtATime } from "./asking.js";
import { listAddress } from "./list.js";
import { desk, openId, rows } from "./page.js";

const DELAY = 250;
const DELAY_MOST = 1000;
const MANY = 10;
// Counting costs more than the rows: while news come one after the other, it is done once in a while.
const COUNT_EVERY = 3000;

let timer = null;
let since = 0;
let all = false;
let some = new Set();
let countedAt = 0;
let counting = null;
let isDue = false;
let isExact = false;

export function refreshListSoon() {
  all = true;
  soon();
}

export function refreshRowsSoon(...ids) {
  for (const id of ids) some.add(String(id));
  soon();
}

// Asks for these rows, however many: for what a whole list did not say.
export function askForRows(ids) {
  isExact = true;
  refreshRowsSoon(...ids);
}

function soon() {
  since ||= Date.now();
  clearTimeout(timer);
  timer = setTimeout(() => {
    since = 0;
    refresh();
  }, Math.min(DELAY, Math.max(0, since + DELAY_MOST - Date.now())));
}

// A link is being followed: if it were taken from the page now, its answer would be lost.
const isLeaving = () => document.querySelector("a.htmx-request") !== null;

function isCounted() {
  const wait = countedAt + COUNT_EVERY - Date.now();
  if (isDue || wait <= 0) return true;
  counting ??= setTimeout(() => {
    isDue = true;
    refresh();
  }, wait);
  return false;
}

function wasCounted() {
  countedAt = Date.now();
  clearTimeout(counting);
  counting = null;
  isDue = false;
}

function rowsAddress(ids) {
  const url = new URL(rows().dataset.place, location.origin);
  url.searchParams.set("ids", ids.join("."));
  if (isCounted()) url.searchParams.set("counts", "1");
  if (openId()) url.searchParams.set("current", openId());
  return url.pathname + url.search;
}

const refresh = oneAtATime(async () => {
  if (!rows()) return;
  if (isLeaving()) return soon();
  const ids = [...some];
  const isWhole = all || (ids.length > MANY && !isExact) || rows().dataset.byRow === undefined;
  if (!isWhole && !ids.length && !isDue) return;
  [all, isExact, some] = [false, false, new Set()];
  const place = rows().dataset.place;
  const asked = isWhole ? listAddress() : rowsAddress(ids);
  if (isWhole || asked.includes("counts=1")) wasCounted();
  const answer = await ask(asked);
  // This view is no longer for this agent: nothing of it may stay on the screen.
  if (answer?.status === 404) location.href = "/inbox/";
  if (!answer?.ok || !rows()) return;
  // Meanwhile the reader went elsewhere, or further down: this answer would take away what is on the screen.
  if (isLeaving() || (isWhole ? listAddress() !== asked : rows().dataset.place !== place)) return refreshListSoon();
  await htmx.swap({ text: answer.text, target: "#list", swap: "rows", sourceElement: desk() });
});
