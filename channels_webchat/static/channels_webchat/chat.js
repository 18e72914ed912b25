// The chat page: puts the store, the line and the list of messages together.

import { Form } from "./form.js";
import { Guide } from "./guide.js";
import { Link, Refused } from "./link.js";
import { Lines } from "./lines.js";
import { Menu } from "./menu.js";
import { Session } from "./session.js";
import { chime } from "./sound.js";
import { newKey, Store } from "./store.js";
import { Tabs } from "./tabs.js";
import { Uploads } from "./uploads.js";
import { initials, Times } from "./words.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const { strings } = facts;
const tag = document.documentElement.lang;
const store = new Store(facts.key);
const $ = (id) => document.getElementById(id);
const log = $("log");
const text = $("text");
const details = $("details");
const isFramed = window.parent !== window;
const TYPING_EVERY = 3000;
const TYPING_SHOWN = 6000;

const session = new Session(facts, store);
const link = new Link(facts, session);
const lines = new Lines($("lines"), {
  strings,
  title: facts.title,
  language: tag,
  times: new Times(tag),
  onRetry: retry,
  onDiscard: discard,
  onCancel: ({ key }) => {
    uploads.cancel(key);
    lines.remove(key);
  },
  onChoice: begins,
});
const tabs = new Tabs(store, facts.key);
const form = new Form({ facts: facts.form, store, introduce });
const guide = facts.guide && new Guide({ facts, session, store, onTalk: () => text.focus() });

// --- Where the reader is --------------------------------------------------------------------------------------

let isOpen = !isFramed;
let unread = 0;
let more = false;
let sticks = true;
const isWatched = () => isOpen && !document.hidden;

function follow() {
  if (sticks) log.scrollTop = log.scrollHeight;
}

let lastTop = 0;

log.addEventListener("scroll", () => {
  // Only the reader scrolls up. Being far from the end may just mean that more came since we followed.
  if (log.scrollHeight - log.scrollTop - log.clientHeight < 60) sticks = true;
  else if (log.scrollTop < lastTop) sticks = false;
  lastTop = log.scrollTop;
  if (sticks) $("jump").hidden = true;
  if (log.scrollTop < 80 && more) loadOlder();
  acknowledge();
}, { passive: true });
new ResizeObserver(follow).observe(log);
new ResizeObserver(follow).observe($("lines"));
$("jump").addEventListener("click", () => {
  sticks = true;
  follow();
});

async function loadOlder() {
  more = false;
  log.ariaBusy = "true";
  const height = log.scrollHeight;
  try {
    const page = await link.older(lines.oldestId);
    lines.put(page.lines);
    log.scrollTop += log.scrollHeight - height;
    more = page.more;
  } catch {
    more = true;
  }
  log.ariaBusy = "false";
}

// --- What comes in --------------------------------------------------------------------------------------------

link.onLines = (given, { isFirst, more: hasMore }) => {
  if (isFirst) more = hasMore;
  log.ariaBusy = String(isFirst);
  for (const line of given) if (line.key) store.forget(line.key);
  const fresh = lines.put(given).filter((line) => line.side !== "customer");
  log.ariaBusy = "false";
  if (fresh.length) {
    hideTyping();
    if (fresh.some((line) => line.side === "agent")) showWaiting(null);
  }
  if (!isFirst && fresh.length) {
    if (!sticks) $("jump").hidden = false;
    const newest = Math.max(...fresh.map((line) => line.id));
    if (isWatched()) tabs.seen(newest);
    else if (!store.isSilent) tabs.call(newest, chime);
  }
  // Another tab, or another device, may have shown them already.
  if (!isWatched()) setUnread(lines.all.filter((line) => line.receipts?.length && line.state !== "read").length);
  if (!lines.isEmpty) talked();
  follow();
  acknowledge();
};

/** Tell the server what arrived here, and what was seen. Its own record keeps this from being said twice. */
const acknowledged = new Map();

function acknowledge() {
  const state = isWatched() && sticks ? "read" : "delivered";
  for (const line of lines.all) {
    if (!line.receipts?.length || line.state === "read" || line.state === state) continue;
    if (acknowledged.get(line.id) === state || acknowledged.get(line.id) === "read") continue;
    acknowledged.set(line.id, state);
    for (const receipt of line.receipts) link.signal("receipt", { receipt, state });
  }
  if (state === "read") setUnread(0);
}

/** Begin as somebody whom nobody has met: the history was erased, here or elsewhere. */
async function beginAnew() {
  link.stop();
  session.forget();
  lines.clear();
  acknowledged.clear();
  setUnread(0);
  more = false;
  document.body.classList.remove("talked");
  tell({ type: "forgotten" });
  await begin();
}
session.onExpired = () => {
  tell({ type: "expired" });
  menu.say(strings.refused_session);
};
link.onErased = () => menu.isErasing || beginAnew();

const menu = new Menu({
  strings,
  store,
  download: (as) => link.history(as),
  erase: () => link.erase(),
  onErased: () => {
    store.forgetUnsent();
    text.value = "";
    grow();
    return beginAnew();
  },
});

let typingTimer;
link.onTyping = (name) => {
  $("typing-who").textContent = initials(name || facts.title);
  $("typing-text").textContent = strings.typing.replace("%(name)s", () => name || facts.title);
  $("typing").hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(hideTyping, TYPING_SHOWN);
  follow();
};

function hideTyping() {
  $("typing").hidden = true;
}

/** How long it may take until somebody answers; null once somebody has. */
function showWaiting(waiting) {
  $("waiting").hidden = !waiting;
  if (!waiting) return;
  const { place, minutes } = waiting;
  const words = [place === 1 ? strings.next : strings.place.replace("%(place)s", place)];
  if (minutes) words.push(minutes <= 5 ? strings.soon : minutes > 60 ? strings.hour : about(minutes));
  $("waiting").textContent = words.join(" ");
  follow();
}
link.onWaiting = showWaiting;

/** Nobody can tell to the minute: the next five. */
const about = (minutes) => strings.minutes.replace("%(minutes)s", Math.ceil(minutes / 5) * 5);

link.onState = (state) => {
  $("status").textContent = state === "online" ? "" : strings[state];
  document.body.dataset.line = state;
  if (state === "online") {
    acknowledged.clear();
    acknowledge();
    pump();
  } else showUnsent();
};

// --- What goes out --------------------------------------------------------------------------------------------

let isPumping = false;

/** Say something, once what has to be asked before the first message is answered. */
function begins(words) {
  before(() => say(words));
}

function before(then) {
  // While the line is down nobody can tell whether they have spoken before: nothing is asked then.
  if (!link.isUp || lines.hasSpoken || store.outbox.length) then();
  else form.before(visitor, then);
}

/** What was answered goes along with the first message. */
function takeAnswers() {
  const { answers } = store;
  store.answers = null;
  return answers ?? undefined;
}

function say(words) {
  const message = { key: newKey(), text: words, at: new Date().toISOString(), order: Date.now(), answers: takeAnswers() };
  store.keep(message);
  sticks = true;
  lines.put([pending(message)]);
  talked();
  follow();
  pump();
}

const pending = (message) => ({ ...message, side: "customer", name: "", waits: !link.isUp });

function showUnsent() {
  lines.put(store.outbox.map(pending));
}

/** Hand over the outbox, one after the other: the order is the writer's, whatever the line does meanwhile. */
async function pump() {
  if (isPumping) return;
  isPumping = true;
  try {
    for (let next = nextUnsent(); next && link.isUp; next = nextUnsent()) {
      lines.put([pending(next)]);
      await hand(next);
    }
  } catch {
    // The line broke: `onState` starts the pump again. The message stays in the outbox.
    setTimeout(() => link.isUp && pump(), 2000);
  } finally {
    isPumping = false;
  }
}

const nextUnsent = () => store.outbox.find((message) => !message.refused);

async function hand(message) {
  const { key, text: words, at, answers } = message;
  try {
    const line = await link.send({ key, text: words, at, answers });
    store.forget(key);
    lines.put([line]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    store.keep({ ...message, refused: error.reason });
    lines.put([{ ...pending(message), refused: error.reason }]);
  }
}

function retry(entry) {
  if (entry.file) {
    uploads.send(entry.file, entry.key);
    return;
  }
  const { refused, ...message } = store.outbox.find((kept) => kept.key === entry.key) ?? {};
  if (!message.key) return;
  store.keep(message);
  lines.put([{ ...pending(message), refused: undefined }]);
  pump();
}

function discard(entry) {
  store.forget(entry.key);
  lines.remove(entry.key);
  text.focus();
}

const uploads = new Uploads({
  facts,
  link,
  before,
  takeAnswers,
  say: (words) => menu.say(words),
  show: (entry) => {
    if (!entry.id && entry.progress === 0) sticks = true;
    lines.put([entry]);
    talked();
  },
});

store.onOutboxElsewhere((message) => lines.put([{ ...pending(message), refused: message.refused }]));

// --- Writing --------------------------------------------------------------------------------------------------

let lastTyping = 0;

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
  $("send").disabled = !text.value.trim();
}

text.addEventListener("input", () => {
  grow();
  store.draft = text.value;
  if (text.value.trim() && Date.now() - lastTyping > TYPING_EVERY) {
    lastTyping = Date.now();
    link.signal("typing", { typing: true });
  }
});

text.addEventListener("keydown", (event) => {
  // While an input method composes, Enter picks a candidate. Safari ends the composition before this event: 229.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!text.value.trim()) return;
  before(() => {
    say(text.value.trim());
    text.value = "";
    store.draft = "";
    lastTyping = 0;
    grow();
    text.focus();
  });
});

$("emoji").addEventListener("click", async () => {
  if (!$("emoji-box").childElementCount) {
    const { fill } = await import("./emoji.js");
    fill($("emoji-box"), (emoji) => {
      $("emoji-box").hidePopover();
      text.focus();
      text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input"));
    });
  }
  $("emoji-box").togglePopover();
});

// --- Who is it ------------------------------------------------------------------------------------------------

function talked() {
  document.body.classList.add("talked");
  if (details) details.hidden = store.detailsAsked || Boolean(visitor.name);
  tell({ type: "talked" });
}

let visitor = { name: "", email: "" };

details?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = Object.fromEntries(new FormData(details));
  closeDetails();
  await introduce(said);
});
$("details-later")?.addEventListener("click", closeDetails);

function closeDetails() {
  store.detailsAsked = true;
  details.hidden = true;
  text.focus();
}

$("language").addEventListener("change", (event) => {
  tell({ type: "language", language: event.target.value });
  const address = new URL(location.href);
  address.searchParams.set("lang", event.target.value);
  location.replace(address);
});

// --- The host's page ------------------------------------------------------------------------------------------

/** The count is all that a site learns of the conversation. */
function tell(message) {
  if (isFramed) window.parent.postMessage({ source: "csplatform-chat", ...message }, "*");
}

function setUnread(count) {
  if (count === unread) return;
  unread = count;
  tell({ type: "unread", count });
}

const close = () => tell({ type: "close" });
$("close").hidden = !isFramed;
$("close").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || menu.isOpen || document.querySelector(":popover-open")) return;
  if (guide?.isReading) guide.close();
  else if (isFramed) close();
});
document.addEventListener("visibilitychange", acknowledge);

let introduced;
let identity;
let hasBegun = false;

/** The visitor, or the site for them, says who they are; that proves nothing. */
async function introduce(said) {
  introduced = said;
  if (!hasBegun) return;
  try {
    visitor = await session.open(said);
    link.greet();
  } catch {
    // Without a connection the name stays unsaid; the message they came to write goes out all the same.
  }
}

addEventListener("message", (event) => {
  if (event.source !== window.parent || event.data?.source !== "csplatform-chat") return;
  const said = event.data;
  if (said.type === "opened") {
    isOpen = true;
    follow();
    acknowledge();
    if (!said.quietly) text.focus();
  } else if (said.type === "closed") isOpen = false;
  else if (said.type === "identify") meet(said);
  else if (said.type === "sign-out") {
    store.draft = "";
    location.reload();
  }
});

/** The site's first word says who is there; a later one about somebody else begins anew. */
function meet(said) {
  if (hasBegun && (said.identity ?? "") !== (identity ?? "")) {
    location.reload();
    return;
  }
  identity = said.identity;
  if (hasBegun && (said.name || said.email)) introduce({ name: said.name, email: said.email });
  else if (!hasBegun) {
    introduced = { name: said.name, email: said.email };
    begin();
  }
}

// --- Begin ----------------------------------------------------------------------------------------------------

async function begin() {
  try {
    hasBegun = true;
    if (!identity) store.dropSignedIn();
    visitor = identity && !session.isSignedIn ? await session.signIn(identity) : await session.open(introduced);
  } catch (error) {
    if (error.status === 401) {
      // A site's mistake must not keep a customer from asking: they go on without a name.
      identity = undefined;
      menu.say(strings.refused_identity);
      begin();
      return;
    }
    link.onState(navigator.onLine === false ? "offline" : "connecting");
    setTimeout(begin, 3000);
    return;
  }
  showOpening(visitor.opensAt);
  guide?.begin();
  text.value ||= store.draft;
  grow();
  showUnsent();
  if (!lines.isEmpty) talked();
  if (visitor.greeting) {
    lines.put([{ key: "greeting", side: "greeting", name: "", text: visitor.greeting, choices: visitor.choices, at: new Date(0).toISOString() }]);
  }
  link.start();
}

/** Nobody is there until `opensAt`, null while somebody is. */
function showOpening(opensAt) {
  form.isAway = Boolean(opensAt);
  if (!opensAt) return;
  menu.say(`${strings.closed.replace("%(moment)s", () => moment(opensAt))} ${visitor.email ? strings.away : ""}`.trim());
  const left = new Date(opensAt) - Date.now();
  if (left < 86400000) setTimeout(() => {
    form.isAway = false;
    menu.say("");
  }, left);
}

/** A moment in the visitor's own time zone. */
function moment(at) {
  const shown = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(tag, shown).format(new Date(at));
}

// Somebody may have begun to write before this ran.
grow();
tell({ type: "ready" });
// The launcher answers at once; a page that frames us otherwise says nothing.
if (isFramed) setTimeout(() => hasBegun || begin(), 1500);
else begin();
