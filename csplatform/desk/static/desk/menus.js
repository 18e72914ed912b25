// Menus and dialogs: one open at a time, closed by Escape or a click beside them, their inside asked for when opened.
document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu") || !menu.open) return;
    const panel = menu.querySelector(".menu-panel[data-src]");
    if (panel) load(panel);
  },
  true,
);

// What was offered last time takes no clicks while it is asked for again: it is about to be replaced.
async function load(panel) {
  panel.inert = true;
  try {
    await htmx.ajax("GET", panel.dataset.src, { source: panel, target: panel, swap: "innerHTML" });
  } finally {
    panel.inert = false;
  }
  focusFirst(panel);
}

function focusFirst(panel) {
  if (panel.closest("details").open) panel.querySelector("input:not([type=hidden]), button, select, a")?.focus({ preventScroll: true });
}

export function closeMenus({ focus = false, but = null } = {}) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu === but) continue;
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (focus || held) menu.querySelector("summary").focus({ preventScroll: true });
  }
}

export const closeDialogs = () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
};

document.addEventListener("click", (event) => {
  const target = event.target;
  const own = target.closest?.("details.menu") ?? null;
  if (document.querySelector("details.menu[open]")) closeMenus({ but: own });
  if (target.closest?.("[data-close-dialog]") || target.matches?.("dialog")) target.closest("dialog").close();
  if (target.closest?.("[data-open-keys]")) {
    closeMenus();
    document.getElementById("keys").showModal();
  }
});

// An action of a menu was done: the menu has served.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.target?.id === "dialog-body") {
    closeMenus();
    const dialog = document.getElementById("dialog");
    if (!dialog.open) dialog.showModal();
    document.querySelector("#dialog-body input[type=search]")?.focus();
  } else if (ctx.request?.method === "POST" && ctx.response?.raw.ok) {
    if (ctx.sourceElement?.closest?.("details.menu") && !ctx.sourceElement.closest("[data-stays]")) closeMenus({ focus: true });
    if (ctx.sourceElement?.closest?.("dialog")) closeDialogs();
  }
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-filter]")) return;
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const item of event.target.closest(".menu-panel, .dialog-inner").querySelectorAll("[data-filtered]")) {
    item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
});
