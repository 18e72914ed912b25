// The live wire. News only says that something changed; what changed is fetched, by revision, so that nothing is missed:
// after news, after a break, when the tab is looked at again, and every while in case news got lost.
import { ask, oneAtATime } from "./asking.js";
import { closeDialogs, closeMenus } from "./menus.js";
import { ANSWER_WITHIN, desk, openId, shownRevision, timeline } from "./page.js";
import { chime, hasSound } from "./preferences.js";
import { refreshListSoon, refreshRowsSoon } from "./refresh.js";
import { isStale } from "./swaps.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const HELLO_EVERY = 30000;
const POLL_EVERY = 10000;
const SLOWEST_RETRY = 15000;
const TYPING_FOR = 6000;
const NOT_LOGGED_IN = 4401;

let socket = null;
let tries = 0;
let isLive = false;

const catchUpConversation = oneAtATime(async () => {
  const id = openId();
  if (!id) return;
  const answer = await ask(`/inbox/c/${id}/since/${shownRevision()}/`);
  if (!answer || answer.status === 204 || id !== openId()) return;
  const { text } = answer;
  if (answer.headers.has("X-Gone")) {
    await htmx.swap({ text, target: "#conversation", swap: "innerHTML", sourceElement: desk() });
  } else if (answer.ok && !isStale(answer.headers)) {
    await htmx.swap({ text, target: "#timeline", swap: "timeline", sourceElement: timeline() });
  }
});

export function catchUp() {
  catchUpConversation();
  refreshListSoon();
}

function hear(news) {
  document.dispatchEvent(new CustomEvent("desk:news", { detail: news }));
  if (news.kind === "conversation") {
    if (String(news.conversation) === openId() && news.revision > shownRevision()) catchUpConversation();
    refreshRowsSoon(news.conversation);
  } else if (news.kind === "typing" && news.is_customer && String(news.conversation) === openId()) {
    showTyping(news.name);
  } else if (news.kind === "access") {
    closeMenus();
    closeDialogs();
    catchUp();
  }
}

// Says something on the wire; returns whether there is one.
export function sendFrame(frame) {
  if (!isLive || socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

let typingTimer = null;
function showTyping(name) {
  const line = document.getElementById("typing");
  if (!line) return;
  line.textContent = say("isTyping", { name });
  line.hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => (line.hidden = true), TYPING_FOR);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = new WebSocket(`${scheme}//${location.host}/ws/desk/`);
  socket = mine;
  listenFor(mine);
  mine.addEventListener("message", (event) => {
    if (socket !== mine) return;
    clearTimeout(deafTimer);
    const news = JSON.parse(event.data);
    if (news.kind !== "hello") return hear(news);
    tries = 0;
    isLive = true;
    showWire();
    document.dispatchEvent(new CustomEvent("desk:live"));
    return catchUp();
  });
  mine.addEventListener("close", (event) => closed(mine, event.code));
}

function closed(mine, code) {
  if (socket !== mine) return;
  clearTimeout(deafTimer);
  isLive = false;
  socket = null;
  showWire();
  if (code === NOT_LOGGED_IN) catchUp(); // which leads to the login page
  const wait = Math.min(SLOWEST_RETRY, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
  tries += 1;
  retryTimer = setTimeout(connect, wait);
}

// A socket on a dead network may take minutes to notice: one that says nothing when spoken to is given up.
let deafTimer = null;
function listenFor(mine) {
  clearTimeout(deafTimer);
  deafTimer = setTimeout(() => {
    mine.close();
    closed(mine);
  }, ANSWER_WITHIN);
}

let retryTimer = null;
function reconnectNow() {
  if (socket) return;
  clearTimeout(retryTimer);
  connect();
}

function showWire() {
  const wire = document.getElementById("wire");
  if (!wire) return;
  const state = isLive ? "live" : navigator.onLine === false ? "offline" : tries < 2 ? "connecting" : "polling";
  if (wire.dataset.state === state) return;
  wire.dataset.state = state;
  wire.querySelector(".wire-text").textContent = say(state);
  wire.title = say(state);
}

setInterval(() => {
  if (!isLive) return;
  document.dispatchEvent(new CustomEvent("desk:hello"));
  listenFor(socket);
  catchUp();
}, HELLO_EVERY);
setInterval(() => {
  showWire();
  if (!isLive) catchUp();
}, POLL_EVERY);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  reconnectNow();
  catchUp();
});
window.addEventListener("online", () => {
  reconnectNow();
  catchUp();
});
window.addEventListener("offline", showWire);
// A page that the browser had put aside may show what is no longer for anybody here.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

// The title counts the customers who wait; a new one may be heard.
let waiting = null;
function showWaiting() {
  const count = Number(document.getElementById("waiting")?.dataset.count ?? 0);
  const bare = document.title.replace(/^\(\d+\+?\) /, "");
  const title = count ? `(${count > 99 ? "99+" : count}) ${bare}` : bare;
  if (document.title !== title) document.title = title;
  if (waiting !== null && count > waiting && hasSound()) chime();
  waiting = count;
}
document.addEventListener("htmx:after:swap", (event) => {
  // htmx sets the title of an opened conversation after this event.
  queueMicrotask(showWaiting);
  const { ctx } = event.detail;
  if (ctx.request?.method === "POST" && ctx.response?.raw.ok) {
    // An answer changes one row; what else is done may change several.
    if (ctx.sourceElement?.closest?.("#composer")) refreshRowsSoon(openId());
    else refreshListSoon();
  }
  if (ctx.response?.headers.has("X-Merged")) toast(say("merged"));
});
document.addEventListener("desk:opened", catchUpConversation);
showWaiting();
connect();
