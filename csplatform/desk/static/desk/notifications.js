// The bell: what is open before somebody's eyes is seen at once; the rest may be shown by the browser, from one tab only.
import { closeMenus } from "./menus.js";
import { browserAllowed, chime, hasSound, showsPreview } from "./preferences.js";
import { desk, openId } from "./page.js";
import { refreshListSoon, refreshRowsSoon } from "./refresh.js";
import { say } from "./words.js";

const isBeforeEyes = () => !document.hidden && document.hasFocus();
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

// Holds a lock as long as this page lives: of all tabs, the one that has it speaks. Without locks each speaks for itself.
let speaks = !navigator.locks;
navigator.locks?.request("desk-notifications", () => {
  speaks = true;
  return new Promise(() => {});
});

let marking = false;
async function markSeen() {
  const follow = document.getElementById("follow");
  if (marking || !follow || !("news" in follow.dataset) || !isBeforeEyes()) return;
  marking = true;
  try {
    const body = new URLSearchParams({ conversation: openId() });
    const answer = await fetch("/me/notifications/seen/", { method: "POST", body, headers: { "X-CSRFToken": token() } });
    if (answer.ok) document.getElementById("follow")?.removeAttribute("data-news");
  } catch {
    // It is tried again when something changes next.
  } finally {
    marking = false;
  }
}
document.addEventListener("htmx:after:swap", markSeen);
document.addEventListener("visibilitychange", markSeen);
window.addEventListener("focus", markSeen);
markSeen();

document.addEventListener("desk:news", ({ detail: news }) => {
  if (news.kind !== "notified") return;
  if (news.conversation) refreshRowsSoon(news.conversation);
  else refreshListSoon();
  if (!news.conversation) return;
  if (String(news.conversation) === openId() && isBeforeEyes()) {
    document.getElementById("follow")?.setAttribute("data-news", "");
    markSeen();
    return;
  }
  document.getElementById("bell-status").textContent = say("news");
  if (speaks) speak();
});

// Several news of one moment are one look; what was shown already is not shown again.
let timer = null;
const told = new Map();
function speak() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (hasSound()) chime();
    if (!browserAllowed()) return;
    const answer = await fetch(`/me/notifications/latest/${showsPreview() ? "?preview=1" : ""}`).catch(() => null);
    if (!answer?.ok) return;
    for (const item of (await answer.json()).items) {
      const isOpen = String(item.conversation) === openId() && isBeforeEyes();
      if (isOpen || told.get(item.tag) === item.at) continue;
      told.set(item.tag, item.at);
      show(item);
    }
  }, 400);
}

function show(item) {
  const icon = document.querySelector("link[rel=icon]").href;
  let notification = null;
  try {
    notification = new Notification(item.title, { body: item.body, tag: item.tag, icon });
  } catch {
    return; // phones show only what a service worker asks for
  }
  notification.addEventListener("click", () => {
    window.focus();
    notification.close();
    open(item.url);
  });
}

function open(url) {
  const link = Object.assign(document.createElement("a"), { href: url, hidden: true });
  for (const [name, value] of Object.entries({ get: url, target: "#conversation", swap: "innerHTML", "push-url": "true" })) {
    link.setAttribute(`hx-${name}`, value);
  }
  desk().append(link);
  htmx.process(link);
  link.click();
  setTimeout(() => link.remove(), 10000);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#bell [data-open-notice]")) return;
  closeMenus();
  desk().dataset.rail = "";
});
