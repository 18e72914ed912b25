// Mails in frames: as high as their content, remote pictures only after a click.
const HIGHEST = 4000;

function fit(frame) {
  const inner = frame.contentDocument;
  if (!inner?.body) return;
  frame.style.height = `${Math.min(inner.body.scrollHeight + 4, HIGHEST)}px`;
  frame.dispatchEvent(new CustomEvent("desk:grown", { bubbles: true }));
}

function loaded(frame) {
  fit(frame);
  const inner = frame.contentDocument;
  const blocked = Number(inner?.getElementById("blocked")?.dataset.count ?? 0);
  const button = frame.closest("[data-mail]")?.querySelector("[data-show-images]");
  if (button) button.hidden = blocked === 0;
  for (const picture of inner?.images ?? []) picture.addEventListener("load", () => fit(frame), { once: true });
  if (inner?.body) new ResizeObserver(() => fit(frame)).observe(inner.body);
}

document.addEventListener(
  "load",
  (event) => {
    if (event.target.matches?.("iframe.mail-frame")) loaded(event.target);
  },
  true,
);
for (const frame of document.querySelectorAll("iframe.mail-frame")) {
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.body?.childElementCount) loaded(frame);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-show-images]");
  const frame = button?.closest("[data-mail]").querySelector("iframe");
  if (!frame) return;
  frame.src = `${frame.getAttribute("src").split("?")[0]}?images=1`;
  button.hidden = true;
});

document.addEventListener(
  "toggle",
  (event) => {
    const fold = event.target;
    if (!fold.matches?.("details[data-mail-lazy]") || !fold.open || fold.querySelector("iframe")) return;
    const frame = document.createElement("iframe");
    frame.className = "mail-frame";
    frame.title = fold.dataset.mailTitle;
    frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    frame.referrerPolicy = "no-referrer";
    frame.src = fold.dataset.mailLazy;
    fold.querySelector("[data-mail]").prepend(frame);
  },
  true,
);
