// The list of conversations: refreshed in place, never jumping under the pointer, keyboard focus kept.
import { desk, list, openId, openRow, rows } from "./page.js";
import { morph, morphInside } from "./swaps.js";
import { say } from "./words.js";

let waiting = null;
let moved = 0;
const RESTING = 6000;

// Take over a fresh list. While the pointer moves over the rows only their content changes; order follows when it has left.
export function applyRows(target, fragment) {
  const fresh = fragment.querySelector("#rows");
  const head = fragment.querySelector("#list-head");
  const current = rows();
  if (!fresh || !current) return [];
  if (head && !document.getElementById("list-head").contains(document.activeElement)) morph(document.getElementById("list-head"), head);
  if (isHeld(current) && !sameOrder(current, fresh)) {
    waiting = fresh;
    for (const row of [...fresh.children]) {
      const known = row.id !== "row-more" && document.getElementById(row.id);
      if (known && current.contains(known)) morph(known, row.cloneNode(true));
    }
    showPill(true);
    setTimeout(releaseWhenFree, RESTING);
  } else {
    settle(fresh);
  }
  return [current];
}

function settle(fresh) {
  const current = rows();
  const focused = document.activeElement?.closest?.("#rows > li");
  const place = focused ? [...current.children].indexOf(focused) : -1;
  waiting = null;
  showPill(false);
  const fragment = document.createDocumentFragment();
  fragment.append(...fresh.childNodes);
  morphInside(current, fragment);
  if (fresh.dataset.place) current.dataset.place = fresh.dataset.place;
  markOpen();
  if (focused && !focused.isConnected) links()[Math.min(place, links().length - 1)]?.focus({ preventScroll: true });
}

const links = () => [...(rows()?.querySelectorAll(".row > a") ?? [])];
const isHeld = (box) => box.matches(":hover") && Date.now() - moved < RESTING;
const ids = (box) => [...box.children].filter((row) => row.classList.contains("row")).map((row) => row.id);
const sameOrder = (one, other) => ids(one).join() === ids(other).join();

function showPill(shown) {
  let pill = document.getElementById("rows-pill");
  if (!shown) {
    pill?.remove();
  } else if (!pill) {
    pill = Object.assign(document.createElement("button"), { id: "rows-pill", type: "button", textContent: say("updates") });
    document.getElementById("rows-scroll")?.prepend(pill);
  }
}

function release() {
  if (!waiting) return;
  settle(waiting);
  htmx.process(rows());
}

// A pointer that rests holds nothing back for long; one that moves on does.
function releaseWhenFree() {
  if (!waiting) return;
  if (isHeld(rows())) setTimeout(releaseWhenFree, RESTING);
  else release();
}

// Choosing all rows at once, where rows can be chosen.
function showSelectAll() {
  for (const label of document.querySelectorAll("[data-select-all]")) label.hidden = false;
}
document.addEventListener("change", (event) => {
  const all = event.target.closest?.("[data-select-all]");
  for (const box of all ? rows().querySelectorAll('input[name="ids"]') : []) box.checked = event.target.checked;
});
document.addEventListener("htmx:after:swap", showSelectAll);
showSelectAll();

document.addEventListener("pointermove", () => (moved = Date.now()), { passive: true });
document.addEventListener("pointerout", (event) => {
  if (waiting && event.target.closest?.("#rows") && !event.relatedTarget?.closest?.("#rows")) release();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#rows-pill")) release();
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
  url.searchParams.set("rows", String(Math.max(ids(rows()).length, 1)));
  if (openId()) url.searchParams.set("current", openId());
  return url.pathname + url.search;
}

export function step(direction, from = null) {
  const all = links();
  if (!all.length) return;
  const focused = all.includes(document.activeElement) ? document.activeElement : rows().querySelector("a[aria-current]");
  const current = from ?? focused;
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(current) + direction))] ?? all[0];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
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
  waiting = null;
  desk().dataset.rail = "";
  desk().dataset.pane = "list";
  markOpen();
});
