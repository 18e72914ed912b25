// Beside the messages: what somebody is typing into is not overwritten by news, pictures open in place, and what an
// agent has before them counts as read.
import { openId, timeline } from "./page.js";

// An update must not take away what is being typed, nor the place where.
document.addEventListener("focusin", (event) => event.target.closest?.("[data-typing]")?.setAttribute("hx-morph-skip", ""));
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("[data-typing]");
  if (form && !form.contains(event.relatedTarget)) form.removeAttribute("hx-morph-skip");
});
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement?.matches?.("[data-clear]") && ctx.response?.raw?.ok) ctx.sourceElement.reset();
});

document.addEventListener("click", (event) => {
  const thumb = event.target.closest?.("[data-lightbox]");
  const box = document.getElementById("lightbox");
  if (!thumb || !box || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const picture = box.querySelector("img");
  picture.src = thumb.href;
  picture.alt = thumb.querySelector("img").alt;
  box.querySelector("a").href = thumb.href;
  box.showModal();
});

const READ_AFTER = 700;
let told = "";
let timer = null;

function tellSoon() {
  clearTimeout(timer);
  timer = setTimeout(tell, READ_AFTER);
}

async function tell() {
  const box = timeline();
  if (!box || document.hidden || box.dataset.atEnd !== "true") return;
  const last = [...box.querySelectorAll("article")].at(-1)?.dataset.seq;
  const what = `${openId()}/${last}`;
  if (!last || what === told) return;
  told = what;
  const csrf = document.querySelector("#acts [name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(`/inbox/c/${openId()}/seen/${last}/`, { method: "POST", headers: { "X-CSRFToken": csrf } });
    if (!answer.ok) told = "";
  } catch {
    told = ""; // said again with the next message
  }
}

for (const name of ["desk:opened", "htmx:after:swap", "visibilitychange"]) document.addEventListener(name, tellSoon);
document.addEventListener("scroll", (event) => event.target.id === "timeline" && tellSoon(), { capture: true, passive: true });
tellSoon();
