// A mail's fields: the line that says who gets it, one or all, their drafts, complaints where they belong.
import { write } from "./composer.js";
import { setLetter, stateOf } from "./drafts.js";
import { closeMenus } from "./menus.js";
import { composer, session } from "./page.js";
import { say } from "./words.js";

const ADDRESSES = ["to", "cc", "bcc"];
const NAMES = [...ADDRESSES, "subject"];
const letter = () => (composer()?.elements.to ? composer() : null);

// The field's own cleaning (spaces around commas) must not look like a change by the author.
function cleaned(field, text) {
  const probe = field.cloneNode();
  probe.value = text;
  return probe.value;
}

const usual = (form, name) => cleaned(form.elements[name], document.getElementById("answered")?.dataset[name] ?? "");

function prepare() {
  const form = letter();
  if (!form || form.dataset.letter) return;
  form.dataset.letter = "true";
  for (const name of NAMES) form.elements[name].dataset.usual = usual(form, name);
  restore(form);
  show(form);
}

function restore(form) {
  const kept = stateOf("reply")?.letter ?? {};
  for (const name of NAMES) {
    const field = form.elements[name];
    if (name in kept && field.value === field.dataset.usual) field.value = cleaned(field, kept[name]);
  }
  if (kept.quote) form.elements.quote.checked = true;
}

function keep(form) {
  const changed = NAMES.map((name) => form.elements[name]).filter((field) => field.value !== field.dataset.usual);
  const kept = Object.fromEntries(changed.map((field) => [field.name, field.value]));
  if (form.elements.quote.checked) kept.quote = "1";
  if (form.elements.through?.value) kept.through = form.elements.through.value;
  setLetter(kept);
}

// Another draft came into the form: its own fields with it, the usual ones where it has none.
document.addEventListener("desk:draft", ({ detail: { initial } }) => {
  const form = letter();
  if (!form?.dataset.letter || initial) return;
  const kept = stateOf("reply")?.letter ?? {};
  for (const name of NAMES) form.elements[name].value = cleaned(form.elements[name], kept[name] ?? form.elements[name].dataset.usual);
  form.elements.quote.checked = kept.quote === "1";
  show(form);
});

// The server knows better by now who would be answered: fields that nobody changed follow.
function follow() {
  const form = letter();
  if (!form?.dataset.letter) return;
  for (const name of NAMES) {
    const field = form.elements[name];
    const fresh = usual(form, name);
    if (field.value === field.dataset.usual) field.value = fresh;
    field.dataset.usual = fresh;
  }
  form.elements.subject_shown.value = form.elements.subject.dataset.usual;
  show(form);
}

function show(form) {
  const names = new Map([...form.querySelectorAll("datalist option")].map((known) => [known.value.toLowerCase(), known.label]));
  const parts = ADDRESSES.flatMap((name) => {
    const addresses = form.elements[name].value.split(",").filter(Boolean);
    if (!addresses.length && name !== "to") return [];
    const label = Object.assign(document.createElement("b"), { textContent: say(name) });
    const text = addresses.map((address) => names.get(address.toLowerCase()) || address).join(", ");
    return [label, " ", Object.assign(document.createElement("span"), { textContent: text, dir: "auto" }), " "];
  });
  document.getElementById("recipients-line").replaceChildren(...parts);
  showAudience(form);
}

function showAudience(form) {
  const { to, cc, bcc } = form.elements;
  const box = document.getElementById("audience");
  box.hidden = !cc.dataset.usual;
  const isUsual = to.value === to.dataset.usual && !bcc.value;
  const current = isUsual && cc.value === cc.dataset.usual ? "all" : isUsual && !cc.value ? "one" : "";
  for (const button of box.children) button.setAttribute("aria-pressed", String(button.dataset.audience === current));
}

function address(form, to, cc) {
  form.elements.to.value = to;
  form.elements.cc.value = cc;
  form.elements.bcc.value = "";
  for (const name of ADDRESSES) complain(form.elements[name], "");
  keep(form);
  show(form);
}

document.addEventListener("click", (event) => {
  const form = letter();
  const audience = event.target.closest?.("[data-audience]")?.dataset.audience;
  const one = event.target.closest?.("[data-answer]");
  if (!form || !(audience || one) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const { to, cc } = form.elements;
  if (one) address(form, one.dataset.answer, "");
  else address(form, to.dataset.usual, audience === "all" ? cc.dataset.usual : "");
  closeMenus();
  write("reply");
});

document.addEventListener("input", (event) => {
  if (event.target.closest?.(".letter-field")) complain(event.target, "");
  if (!letter() || event.target.form !== letter() || ![...NAMES, "quote"].includes(event.target.name)) return;
  keep(letter());
  show(letter());
});

// What is refused stands at its field, which is opened and gets the focus.
function complain(field, text) {
  const line = document.getElementById(field.getAttribute("aria-describedby"));
  if (!line) return;
  line.textContent = text;
  field.removeAttribute("aria-invalid");
}

function showComplaints(form) {
  const line = [...form.querySelectorAll(".field-error")].find((error) => error.textContent.trim());
  if (!line) return;
  const field = form.querySelector(`[aria-describedby="${line.id}"]`);
  if (field.closest("details")) field.closest("details").open = true;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (!form?.elements?.to) return;
  showComplaints(form);
  if (form.id === "forward" && ctx.response?.headers.has("X-Sent")) session.set(form.dataset.draft, "");
  if (form.id === "composer" && ctx.response?.headers.has("X-Sent")) document.getElementById("recipients").open = false;
});
document.addEventListener("htmx:after:swap", follow);

// A forward in its dialog: what was typed is there again when the dialog is opened again.
const forwarding = () => document.getElementById("forward");
const FORWARDED = [...ADDRESSES, "text"];

document.addEventListener("input", (event) => {
  const form = forwarding();
  if (!form || event.target.form !== form) return;
  const typed = FORWARDED.filter((name) => form.elements[name].value).map((name) => [name, form.elements[name].value]);
  session.set(form.dataset.draft, typed.length ? JSON.stringify(Object.fromEntries(typed)) : "");
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "dialog-body" || !forwarding()) return;
  const kept = JSON.parse(session.get(forwarding().dataset.draft) || "{}");
  for (const name of FORWARDED) forwarding().elements[name].value = kept[name] ?? "";
  forwarding().elements.to.focus();
});
document.addEventListener("desk:opened", prepare);
prepare();
