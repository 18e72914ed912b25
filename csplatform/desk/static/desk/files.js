// Files to send: picked, dropped or pasted; each can be taken out again.
import { composer, textField } from "./page.js";
import { say } from "./words.js";

const input = () => document.getElementById("files");
export const hasFiles = () => Boolean(input()?.files.length);

function setFiles(files) {
  const bag = new DataTransfer();
  for (const file of files) bag.items.add(file);
  input().files = bag.files;
  draw();
}

export const clearFiles = () => input() && setFiles([]);
let before = [];
const add = (files) => setFiles([...input().files, ...files]);

function draw() {
  const shown = document.getElementById("picked");
  before = [...input().files];
  shown.hidden = before.length === 0;
  shown.replaceChildren(...before.map((file, index) => row(file, index)));
}

function row(file, index) {
  const item = document.createElement("li");
  const name = Object.assign(document.createElement("span"), { className: "file-name", textContent: file.name, dir: "auto" });
  const size = Object.assign(document.createElement("span"), { className: "quiet", textContent: sizeOf(file.size) });
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "chip-x", textContent: "×" });
  remove.setAttribute("aria-label", say("remove", { name: file.name }));
  remove.addEventListener("click", () => {
    setFiles(before.filter((_, place) => place !== index));
    textField().focus();
  });
  item.append(name, size, remove);
  return item;
}

function sizeOf(bytes) {
  const [number, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kilobyte"] : [bytes / 1e6, "megabyte"];
  const language = document.documentElement.lang || "en";
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(number);
}

// A second pick adds to the first, which the browser by itself would forget.
document.addEventListener("change", (event) => {
  if (event.target !== input()) return;
  const known = before.map((file) => `${file.name}/${file.size}/${file.lastModified}`);
  const fresh = [...input().files].filter((file) => !known.includes(`${file.name}/${file.size}/${file.lastModified}`));
  setFiles([...before, ...fresh]);
  textField().focus();
});

document.addEventListener("paste", (event) => {
  if (event.target !== textField() || !event.clipboardData.files.length) return;
  event.preventDefault();
  add(event.clipboardData.files);
});

const carriesFiles = (event) => composer() && event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  composer().classList.add("drop");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) composer()?.classList.remove("drop");
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  composer().classList.remove("drop");
  if (event.target.closest("#conversation")) add(event.dataTransfer.files);
});
document.addEventListener("desk:opened", () => (before = []));
