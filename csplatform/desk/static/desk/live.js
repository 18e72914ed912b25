// The live wire. News only says that something changed; what changed is fetched, by revision, so that nothing is missed:
// after news, after a break, when the tab is looked at again, and every while in case news got lost.
import { listAddress } from "./list.js";
import { closeDialogs, closeMenus } from "./menus.js";
import { ANSWER_WITHIN, desk, openId, patience, rows, shownRevision, timeline } from "./page.js";
import { chime, hasSound } from "./preferences.js";
import { isStale } from "./swaps.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const HELLO_EVERY = 30000;
const POLL_EVERY = 10000;
const SLOWEST_RETRY = 15000;
const LIST_DELAY = 250;
const LIST_DELAY_MOST = 1000;
const TYPING_FOR = 6000;
const NOT_LOGGED_IN = 4401;

let socket = null;
let tries = 0;
let isLive = false;

// Asks for a fragment; leads to the login page where the session has ended. Null where the server cannot be reached.
async function ask(address) {
  try {
    const answer = await fetch(address, { signal: patience(), headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    if (answer.status === 401 && answer.headers.has("HX-Redirect")) location.href = answer.headers.get("HX-Redirect");
    return { status: answer.status, ok: answer.ok, headers: answer.headers, text: await answer.text() };
  } catch {
    return null;
  }
}

// Runs `work` once at a time; being asked meanwhile means running it once more.
function oneAtATime(work) {
  let running = null;
  let again = false;
  const run = async () => {
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = null;
    }
  };
  return () => {
    if (running) again = true;
    else running = run();
    return running;
  };
}

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

// A link is being followed: if it were taken from the page now, its answer would be lost.
const isLeaving = () => document.querySelector("a.htmx-request") !== null;

const refreshList = oneAtATime(async () => {
  if (!rows()) return;
  if (isLeaving()) return refreshListSoon();
  const asked = listAddress();
  const answer = await ask(asked);
  // This view is no longer for this agent: nothing of it may stay on the screen.
  if (answer?.status === 404) location.href = "/inbox/";
  if (!answer?.ok || !rows()) return;
  // Meanwhile the reader went elsewhere, or further down: this answer would take away what is on the screen.
  if (listAddress() !== asked || isLeaving()) {
    refreshListSoon();
    return;
  }
  await htmx.swap({ text: answer.text, target: "#list", swap: "rows", sourceElement: desk() });
});

let listTimer = null;
let listSince = 0;
export function refreshListSoon() {
  listSince ||= Date.now();
  clearTimeout(listTimer);
  const wait = Math.min(LIST_DELAY, Math.max(0, listSince + LIST_DELAY_MOST - Date.now()));
  listTimer = setTimeout(() => {
    listSince = 0;
    refreshList();
  }, wait);
}

export function catchUp() {
  catchUpConversation();
  refreshListSoon();
}

function hear(news) {
  document.dispatchEvent(new CustomEvent("desk:news", { detail: news }));
  if (news.kind === "conversation") {
    if (String(news.conversation) === openId() && news.revision > shownRevision()) catchUpConversation();
    refreshListSoon();
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
  if (ctx.request?.method === "POST" && ctx.response?.raw.ok) refreshListSoon();
  if (ctx.response?.headers.has("X-Merged")) toast(say("merged"));
});
document.addEventListener("desk:opened", catchUpConversation);
showWaiting();
connect();
