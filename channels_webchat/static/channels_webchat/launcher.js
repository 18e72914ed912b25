// The launcher: a button on the host's page, and the frame it opens. One script tag starts it:
//   <script src="https://desk.example/chat/widget.js" data-key="…" async></script>
// Optional attributes: data-lang, data-name, data-email, data-side="start", data-identity (a signed word of who it is).
// The event "csplatform-chat:expired" on window asks for a new signed word, by identify(token).
// csplatformChat.open(), .close(), .identify(token) and .signOut() are there once the script has run.
// Works under a policy that allows our origin in script-src and frame-src: styles go through the CSSOM, nothing is
// inline, and what the account shows comes as a second script instead of a connection.
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag || !tag.dataset.key || window.csplatformChat) return;
  const origin = new URL(tag.src).origin;
  const { key, lang, name, email, side } = tag.dataset;
  let { identity } = tag.dataset;
  const memory = `csplatform-chat:${key}`;

  const recall = (place) => {
    try { return JSON.parse(window[place].getItem(memory)) || {}; } catch { return {}; }
  };
  const remember = (place, facts) => {
    try { window[place].setItem(memory, JSON.stringify({ ...recall(place), ...facts })); } catch { /* storage is off */ }
  };

  const STYLE = `
    :host { all: initial; position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px;
      font: 600 12px/1 system-ui, sans-serif; }
    :host([data-side=start]) { inset-inline: 20px auto; }
    button { all: unset; box-sizing: border-box; inline-size: 60px; block-size: 60px; border-radius: 50%; cursor: pointer;
      display: grid; place-items: center; color: var(--ink); background: var(--color);
      box-shadow: 0 1px 4px rgb(0 0 0 / .16), 0 8px 28px rgb(0 0 0 / .22); transition: transform .18s ease; }
    .worded button { inline-size: auto; max-inline-size: calc(100vw - 40px); border-radius: 30px; padding-inline: 18px 24px;
      grid-auto-flow: column; justify-content: start; gap: 10px; font-size: 16px; }
    .worded svg { grid-row: 1; grid-column: 1; }
    .worded button span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.4; }
    button:hover { transform: scale(1.06); }
    button:active { transform: scale(.95); }
    button:focus-visible { outline: 3px solid var(--color); outline-offset: 3px; }
    svg { grid-area: 1 / 1; inline-size: 28px; block-size: 28px; fill: none; stroke: currentColor; stroke-width: 2;
      stroke-linecap: round; stroke-linejoin: round; transition: opacity .18s ease, transform .18s ease; }
    .down { opacity: 0; transform: rotate(-45deg) scale(.6); }
    .open .down { opacity: 1; transform: none; }
    .open .bubble { opacity: 0; transform: rotate(45deg) scale(.6); }
    .badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px;
      box-sizing: border-box; padding-inline: 6px; border-radius: 11px; display: grid; place-items: center;
      color: #fff; background: #c8102e; border: 2px solid #fff; }
    .badge[hidden] { display: none; }
    iframe { position: fixed; inset-block-end: 96px; inset-inline-end: 20px; inline-size: 400px;
      block-size: min(704px, calc(100dvh - 116px)); border: 0; border-radius: 20px; background: Canvas; color-scheme: var(--scheme);
      box-shadow: 0 0 0 1px rgb(128 128 128 / .18), 0 4px 16px rgb(0 0 0 / .12), 0 20px 60px rgb(0 0 0 / .24); transform-origin: bottom right;
      opacity: 0; visibility: hidden; transform: translateY(12px) scale(.97);
      transition: opacity .2s ease, transform .2s cubic-bezier(.2, .9, .3, 1.1), visibility 0s .2s; }
    :host([data-side=start]) iframe { inset-inline: 20px auto; transform-origin: bottom left; }
    .open iframe { opacity: 1; visibility: visible; transform: none; transition-delay: 0s; }
    @media (max-width: 480px) {
      iframe { inset: 0; inline-size: 100vw; block-size: 100dvh; border-radius: 0; }
      .open button { visibility: hidden; }
    }
    @media (prefers-reduced-motion: reduce) { button, svg, iframe { transition: none; } }
    @media print { :host { display: none; } }`;

  const ICONS = {
    "": "M12 3.5c-5 0-9 3.4-9 7.8 0 2.5 1.3 4.6 3.3 6L6 21l4-2.3c.7.1 1.3.2 2 .2 5 0 9-3.4 9-7.7s-4-7.7-9-7.7Z",
    question: "M8.5 9a3.5 3.5 0 1 1 5.4 3c-1.2.8-1.9 1.4-1.9 2.8M12 18.5h.01M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Z",
    heart: "M12 20.5S3.5 15.4 3.5 9.3A4.7 4.7 0 0 1 12 6.6a4.7 4.7 0 0 1 8.5 2.7c0 6.1-8.5 11.2-8.5 11.2Z",
  };
  const drawing = (kind, path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", kind);
    svg.setAttribute("aria-hidden", "true");
    svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
    return svg;
  };

  let facts, root, button, badge, frame;
  let isOpen = false;
  let isQuiet = false;
  let isReady = false;
  let mark = "";

  const post = (message) => isReady && frame.contentWindow.postMessage({ source: "csplatform-chat", ...message }, origin);

  function makeFrame() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = facts.labels.title;
    frame.allow = "clipboard-write";
    const language = recall("localStorage").language || lang || navigator.language;
    frame.src = `${origin}${facts.frame}?lang=${encodeURIComponent(language)}`;
    root.prepend(frame);
  }

  function show(open, { quietly = false } = {}) {
    isOpen = open;
    isQuiet = quietly;
    if (open) makeFrame();
    root.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    label();
    remember("sessionStorage", { open });
    post({ type: open ? "opened" : "closed", quietly });
    if (!quietly) (open ? frame : button).focus();
  }

  function label(count = 0) {
    const { labels } = facts;
    button.ariaLabel = isOpen ? labels.close : count ? `${labels.open} (${labels.unread}: ${count})` : labels.open;
  }

  function unread(count) {
    badge.hidden = !count;
    badge.textContent = count > 9 ? "9+" : String(count);
    titled(count);
    label(count);
  }

  /** The page's title counts too; only what we put there is taken away again. */
  function titled(count) {
    if (mark && document.title.startsWith(mark)) document.title = document.title.slice(mark.length);
    mark = count ? `(${count}) ` : "";
    document.title = mark + document.title;
  }

  function listen(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    const said = event.data;
    if (said?.source !== "csplatform-chat") return;
    if (said.type === "ready") {
      isReady = true;
      post({ type: "identify", name, email, identity });
      post({ type: isOpen ? "opened" : "closed", quietly: isQuiet });
    } else if (said.type === "close") show(false);
    else if (said.type === "unread") unread(said.count);
    else if (said.type === "expired") window.dispatchEvent(new Event("csplatform-chat:expired"));
    else if (said.type === "forgotten") remember("localStorage", { talked: false });
    else if (said.type === "talked") remember("localStorage", { talked: true });
    else if (said.type === "language") remember("localStorage", { language: said.language });
  }

  function build() {
    const host = document.createElement("div");
    if ((side ?? facts.side) === "start") host.dataset.side = "start";
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    root = shadow.appendChild(document.createElement("div"));
    root.style.setProperty("--color", facts.color);
    root.style.setProperty("--ink", facts.ink);
    root.style.setProperty("--scheme", facts.theme || "light dark");
    button = root.appendChild(document.createElement("button"));
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.append(
      drawing("bubble", ICONS[facts.icon] ?? ICONS[""]),
      drawing("down", "m6 9.5 6 6 6-6"),
    );
    if (facts.text) {
      root.className = "worded";
      button.appendChild(document.createElement("span")).textContent = facts.text;
    }
    badge = root.appendChild(document.createElement("span"));
    badge.className = "badge";
    badge.hidden = true;
    badge.ariaHidden = "true";
    label();
    button.addEventListener("click", () => show(!isOpen));
    window.addEventListener("message", listen);
    document.body.append(host);
  }

  window.csplatformChat = {
    start(given) {
      if (facts) return;
      facts = given;
      build();
      // Who has talked before is told of answers at once; everybody else loads the panel when they open it.
      if (recall("localStorage").talked) makeFrame();
      if (recall("sessionStorage").open && innerWidth > 480) show(true, { quietly: true });
    },
    open: () => facts && show(true),
    close: () => facts && show(false),
    identify(token) {
      identity = token;
      post({ type: "identify", name, email, identity });
    },
    signOut() {
      identity = undefined;
      post({ type: "sign-out" });
    },
  };

  const script = document.createElement("script");
  const language = lang || document.documentElement.lang || navigator.language;
  script.src = `${origin}/chat/${encodeURIComponent(key)}/start.js?lang=${encodeURIComponent(language)}`;
  document.head.append(script);
})();
