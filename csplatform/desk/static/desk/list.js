// The list of conversations: refreshed in place, never jumping under the pointer or the keys, focus kept.
import { desk, list, openId, openRow, rows } from "./page.js";
import { askForRows, refreshListSoon } from "./refresh.js";
import { morph, morphInside } from "./swaps.js";
import { say } from "./words.js";

// Rows whose place has changed, or that came or left, and that are not shown so yet.
const held = new Set();
// What the reader did is never held back.
const own = new Set();
const RESTING = 6000;
const OWN_FOR = 10000;
const TOLD_EVERY = 1500;
let moved = 0;
let isReleased = false;

const links = () => [...(rows()?.querySelectorAll(".row > a") ?? [])];
const each = (box) => [...box.children].filter((row) => row.classList.contains("row"));
const rowOf = (id) => rows()?.querySelector(`:scope > .row[data-id="${CSS.escape(id)}"]`) ?? null;
const hasMore = () => rows().querySelector("#row-more") !== null;

// Nothing moves under a pointer that moves over the rows, under the keys of somebody who walks them, or while they are
// scrolled. A pointer that rests holds nothing back for long.
function isHeld() {
  const box = rows();
  if (isReleased) return false;
  const isWalked = box.contains(document.activeElement) && document.activeElement.matches(":focus-visible");
  return isWalked || (box.matches(":hover") && Date.now() - moved < RESTING) || box.parentElement.scrollTop > 4;
}

// Take over a fresh list, or some rows of it. Returns what htmx has to look at.
export function applyRows(target, fragment) {
  const current = rows();
  if (!current) return [];
  const fresh = fragment.querySelector("#rows");
  const changed = fragment.querySelector("#changed");
  if (changed) applySome(changed);
  else if (fresh) applyAll(current, fresh, fragment.querySelector("#list-head"));
  markOpen();
  showPill();
  document.dispatchEvent(new CustomEvent("desk:rows"));
  return [current];
}

function applyAll(current, fresh, head) {
  const shown = document.getElementById("list-head");
  if (head && !shown.contains(document.activeElement)) morph(shown, head);
  const isSame = each(current).map((row) => row.id).join() === each(fresh).map((row) => row.id).join();
  if (isSame || !current.querySelector("[data-at]") || !isHeld()) return settle(current, fresh);
  const missing = new Set(each(current).map((row) => row.dataset.id));
  for (const row of each(fresh)) {
    missing.delete(row.dataset.id);
    place(row);
  }
  // Whoever may not see one any more must not go on seeing it here: each is asked for, where that is possible.
  if (current.dataset.byRow === undefined) missing.forEach(remove);
  else if (missing.size) askForRows(missing);
}

function applySome(changed) {
  const named = (list) => list.split(" ").filter(Boolean);
  for (const id of named(changed.dataset.gone)) remove(id);
  for (const id of named(changed.dataset.left)) {
    if (rowOf(id) && isHeld() && !own.has(id)) held.add(id);
    else remove(id);
  }
  for (const row of each(changed)) place(row);
}

function settle(current, fresh) {
  const focused = document.activeElement?.closest?.("#rows > li");
  const at = focused ? [...current.children].indexOf(focused) : -1;
  const fragment = document.createDocumentFragment();
  fragment.append(...fresh.childNodes);
  morphInside(current, fragment);
  if (fresh.dataset.place) current.dataset.place = fresh.dataset.place;
  held.clear();
  isReleased = false;
  if (focused && !focused.isConnected) links()[Math.min(at, links().length - 1)]?.focus({ preventScroll: true });
}

// Below zero where `one` comes before `other` in the list's order.
function compare(one, other) {
  const [some, others] = [one.split(" ").map(Number), other.split(" ").map(Number)];
  const differs = some.findIndex((number, index) => number !== others[index]);
  return differs < 0 ? 0 : some[differs] - others[differs];
}

// What a row says is shown at once; where it belongs, when nobody is in its way.
function place(row) {
  const { id, at } = row.dataset;
  const known = rowOf(id);
  const others = each(rows()).filter((one) => one !== known);
  const next = others.find((one) => compare(at, one.dataset.at) < 0) ?? null;
  const isThere = known && (nextRow(known) === next) && !(next === null && hasMore() && compare(at, known.dataset.at) > 0);
  if (isThere) {
    morph(known, row);
    held.delete(id);
  } else if (isHeld() && !own.has(id)) {
    if (known || next || !hasMore()) held.add(id);
    if (!known) return;
    row.dataset.at = known.dataset.at;
    morph(known, row);
  } else {
    move(row, known, next);
  }
}

function nextRow(row) {
  const next = row.nextElementSibling;
  return next?.classList.contains("row") ? next : null;
}

function move(row, known, next) {
  const box = rows();
  // It belongs beyond what is loaded.
  if (!next && hasMore()) return remove(row.dataset.id);
  const before = next ?? box.querySelector("#row-more");
  held.delete(row.dataset.id);
  box.querySelector("#row-none")?.remove();
  if (!known) return box.insertBefore(row, before);
  const focused = known.contains(document.activeElement) ? document.activeElement : null;
  morph(known, row);
  box.insertBefore(known, before);
  return focused?.focus({ preventScroll: true });
}

function remove(id) {
  const row = rowOf(id);
  held.delete(id);
  if (!row) return;
  const near = row.contains(document.activeElement) ? (nextRow(row) ?? row.previousElementSibling) : null;
  row.remove();
  near?.querySelector("a")?.focus({ preventScroll: true });
  if (!links().length) refreshListSoon();
}

let telling = null;
let resting = null;
function showPill() {
  const pill = document.getElementById("rows-pill");
  if (!pill) return;
  const said = held.size ? say("changes", { count: held.size }) : "";
  if (!held.size && pill === document.activeElement) links()[0]?.focus({ preventScroll: true });
  pill.hidden = !held.size;
  if (pill.textContent !== said) pill.textContent = said;
  // Read out once in a while, not with every change.
  telling ??= setTimeout(() => {
    telling = null;
    const news = document.getElementById("rows-news");
    const now = document.getElementById("rows-pill")?.textContent ?? "";
    if (news && news.textContent !== now) news.textContent = now;
  }, TOLD_EVERY);
  clearTimeout(resting);
  if (held.size) resting = setTimeout(showWhenFree, RESTING);
}

// Nobody is in the way any more: all of it may be shown.
function showWhenFree() {
  if (held.size && rows() && !isHeld()) refreshListSoon();
}

function release() {
  isReleased = true;
  rows().parentElement.scrollTop = 0;
  refreshListSoon();
}

document.addEventListener("pointermove", () => (moved = Date.now()), { passive: true });
document.addEventListener("pointerout", (event) => {
  if (event.target.closest?.("#rows") && !event.relatedTarget?.closest?.("#rows")) showWhenFree();
});
document.addEventListener("focusout", (event) => event.target.closest?.("#rows") && setTimeout(showWhenFree));
document.addEventListener("scrollend", (event) => event.target.id === "rows-scroll" && showWhenFree(), true);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#rows-pill")) release();
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request?.method !== "POST" || !ctx.response?.raw.ok) return;
  for (const id of [openId(), ...(ctx.response.headers.get("X-Changed")?.split(" ") ?? [])].filter(Boolean)) {
    own.add(id);
    setTimeout(() => own.delete(id), OWN_FOR);
  }
});

// The row of the open conversation is marked here: the server's copy may be older than the last click.
export function markOpen() {
  const id = openRow();
  for (const link of links()) {
    if (link.parentElement.dataset.id === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

export function listAddress() {
  const url = new URL(rows().dataset.place, location.origin);
  url.searchParams.set("rows", String(Math.max(links().length, 1)));
  if (openId()) url.searchParams.set("current", openId());
  return url.pathname + url.search;
}

export function step(direction, from = null) {
  const all = links();
  if (!all.length) return;
  const here = document.activeElement?.closest?.("#rows > .row")?.querySelector(":scope > a");
  const focused = here ?? rows().querySelector("a[aria-current]");
  const current = from ?? focused;
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(current) + direction))] ?? all[0];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("desk:stepped", { detail: all[all.indexOf(next) + direction] ?? null }));
}

// A row that moved up while the next page was on its way comes twice; the first place is the newer one.
document.addEventListener("htmx:after:swap", (event) => {
  if (!event.detail.ctx.sourceElement?.closest?.("#row-more") && event.detail.ctx.target?.id !== "row-more") return;
  const seen = new Set();
  for (const row of rows().querySelectorAll(".row")) {
    if (seen.has(row.id)) row.remove();
    seen.add(row.id);
  }
  markOpen();
});

// Opening another view abandons what was held back, and shows its top.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.target !== list() || ctx.swap === "rows") return;
  held.clear();
  isReleased = false;
  desk().dataset.rail = "";
  desk().dataset.pane = "list";
  markOpen();
});
