// How answers enter the page: two ways of swapping of our own, what morphing must leave alone, and answers that come too late.
import { applyRows } from "./list.js";
import { openId, shownRevision } from "./page.js";
import { applyLines } from "./timeline.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

let api = null;

export const morph = (element, replacement) => {
  const fragment = document.createDocumentFragment();
  fragment.append(replacement);
  api.morph(element, fragment, false);
};
export const morphInside = (element, fragment) => api.morph(element, fragment, true);

htmx.registerExtension("desk", {
  init(internals) {
    api = internals;
  },
  handle_swap(style, target, fragment) {
    if (style === "timeline") return applyLines(target, fragment);
    if (style === "rows") return applyRows(target, fragment);
    return false;
  },
  // What the reader opened stays open, and a frame keeps its size and its pictures.
  htmx_before_morph_attr(element, { attrName }) {
    if (element.tagName === "DETAILS" && attrName === "open") return false;
    return !(element.tagName === "IFRAME" && ["style", "src", "height"].includes(attrName));
  },
});

// True for an answer about another conversation, or about an older state than the page shows already.
export function isStale(headers) {
  const conversation = headers.get("X-Conversation");
  if (!conversation) return false;
  return conversation !== openId() || Number(headers.get("X-Revision")) < shownRevision();
}

document.addEventListener("htmx:before:response", (event) => {
  const { response } = event.detail.ctx;
  if (response.status < 400 || response.headers.has("HX-Reswap") || response.headers.has("HX-Redirect")) return;
  if (response.status === 422) return;
  event.preventDefault();
  toast(say("failed"), "error");
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.response && ctx.swap === "timeline" && isStale(ctx.response.headers)) event.preventDefault();
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.error?.name === "AbortError") return;
  const form = event.target.closest?.("#composer");
  toast(say(form ? "notSent" : "failed"), "error");
});
