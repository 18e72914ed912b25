// The open conversation's messages: in order, each once, without losing the reader's place.
import { timeline } from "./page.js";
import { morph } from "./swaps.js";

const NEAR_END = 120;
const numberOf = (element) => Number(element.dataset.seq);
const isNearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;

export function scrollToEnd(box = timeline()) {
  if (box) box.scrollTop = box.scrollHeight;
}

// Put lines where their numbers belong: replace the ones that are there, leave out changes to what is not loaded yet.
export function applyLines(box, fragment) {
  const stays = isNearEnd(box);
  const bottom = box.scrollHeight - box.scrollTop;
  const isEarlier = box.querySelector("#earlier.htmx-request, #earlier a.htmx-request") !== null;
  const first = box.querySelector("article");
  const touched = [];
  let added = 0;
  if (isEarlier) box.querySelector("#earlier")?.remove();
  for (const line of [...fragment.children]) {
    const known = line.id && document.getElementById(line.id);
    if (known) {
      morph(known, line);
      touched.push(document.getElementById(line.id));
    } else if (isEarlier || !first || numberOf(line) > numberOf(first) || !box.querySelector("#earlier")) {
      insert(box, line);
      touched.push(line);
      added += isEarlier ? 0 : 1;
    }
  }
  markDays(box);
  if (isEarlier) box.scrollTop = box.scrollHeight - bottom;
  else if (stays || touched.some((line) => line.classList.contains("own"))) requestAnimationFrame(() => scrollToEnd(box));
  else if (added) showMore(true);
  return touched;
}

function insert(box, line) {
  const lines = [...box.children];
  let place = lines.length;
  while (place > 0 && numberOf(lines[place - 1]) > numberOf(line)) place -= 1;
  box.insertBefore(line, lines[place] ?? null);
}

// A day's name stands above its first line only, and who wrote is said once for lines that follow each other.
export function markDays(box = timeline()) {
  let day = null;
  let by = null;
  for (const line of box?.querySelectorAll("article") ?? []) {
    line.querySelector(".day").hidden = line.dataset.day === day;
    line.classList.toggle("follows", Boolean(line.dataset.by) && line.dataset.by === by && line.dataset.day === day);
    day = line.dataset.day;
    by = line.dataset.by;
  }
}

function showMore(shown) {
  const button = document.getElementById("to-end");
  if (button) button.hidden = !shown;
}

document.addEventListener(
  "scroll",
  (event) => {
    if (event.target.id === "timeline" && isNearEnd(event.target)) showMore(false);
  },
  { capture: true, passive: true },
);
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#to-end")) return;
  showMore(false);
  scrollToEnd();
});

// Whether everything from `line` on fits the screen, so that the end shows it too.
const isShort = (box, line) => box.getBoundingClientRect().height > box.scrollHeight - line.offsetTop + box.offsetTop;

let opened = null;
export function conversationOpened() {
  const box = timeline();
  if (!box || box === opened) return false;
  opened = box;
  markDays(box);
  const unread = box.querySelector("#new-since");
  if (unread && !isShort(box, unread)) unread.scrollIntoView({ block: "start" });
  else scrollToEnd(box);
  showMore(!isNearEnd(box));
  // Pictures, mails and the composer change its height; whoever reads its end keeps reading its end.
  const stay = () => box.dataset.atEnd === "true" && scrollToEnd(box);
  box.addEventListener("load", stay, true);
  box.addEventListener("desk:grown", stay);
  new ResizeObserver(stay).observe(box);
  box.addEventListener("scroll", () => (box.dataset.atEnd = String(isNearEnd(box))), { passive: true });
  box.dataset.atEnd = String(isNearEnd(box));
  return true;
}
conversationOpened();
