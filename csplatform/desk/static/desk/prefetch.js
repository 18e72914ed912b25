// Switching conversations feels instant: what the reader is about to open is asked for a moment before.
// Kept in memory only, few at a time and not for long; whatever the live wire speaks of is forgotten at once, everything
// once it is silent or the reader may see other things than before. Each copy is used once: its form has a key of its own.
import { openId } from "./page.js";

const REST = 90; // ms that a pointer or the focus rests on a row
const MOST = 8;
const KEPT_FOR = 20000;

const kept = new Map(); // conversation: {address, at, answer}
const isLive = () => document.getElementById("wire")?.dataset.state === "live";
const saves = () => navigator.connection?.saveData === true;
const linkOf = (target) => target.closest?.("#rows > .row[data-id] > a[hx-get]") ?? null;
const idOf = (link) => link.parentElement.dataset.id;

function fresh(id, address) {
  const one = kept.get(id);
  return one && one.address === address && Date.now() - one.at < KEPT_FOR ? one : null;
}

function fetchSoon(link) {
  const [id, address] = [idOf(link), link.getAttribute("hx-get")];
  if (!isLive() || saves() || document.hidden || id === openId() || fresh(id, address)) return;
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  const one = { address, at: Date.now(), answer: fetch(address, { headers }).then((answer) => (answer.ok ? answer : null)) };
  one.answer = one.answer.catch(() => null);
  kept.delete(id);
  kept.set(id, one);
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
}

let timer = null;
function aim(target) {
  clearTimeout(timer);
  const link = linkOf(target);
  if (link) timer = setTimeout(() => link.isConnected && fetchSoon(link), REST);
}
document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && aim(event.target), { passive: true });
document.addEventListener("focusin", (event) => aim(event.target));
// Whoever walks the list by keys is likely to open the row after the one that they are on.
let ahead = null;
document.addEventListener("desk:stepped", ({ detail: link }) => {
  clearTimeout(ahead);
  if (link) ahead = setTimeout(() => link.isConnected && fetchSoon(link), 3 * REST);
});
// A finger gives no hint but its touch, which comes a tenth of a second before the click.
document.addEventListener("touchstart", (event) => linkOf(event.target) && fetchSoon(linkOf(event.target)), { passive: true });

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const link = linkOf(ctx.sourceElement);
  if (!link || ctx.sourceElement !== link) return;
  const one = fresh(idOf(link), link.getAttribute("hx-get"));
  kept.delete(idOf(link));
  if (one) ctx.fetch = async (address, request) => (await one.answer) ?? fetch(address, request);
});

document.addEventListener("desk:news", ({ detail: news }) => {
  if (news.kind === "typing") return;
  if (news.conversation) kept.delete(String(news.conversation));
  else kept.clear();
});
// What is done here may change more than what is open.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request?.method === "POST") kept.clear();
});
new MutationObserver(() => isLive() || kept.clear()).observe(document.getElementById("wire") ?? document.body, {
  attributeFilter: ["data-state"],
});
