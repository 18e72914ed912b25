// Files that go along: picked, dropped or pasted, uploaded at once, each with its progress; each can be taken out again.
import { mode, stateOf, tell, token } from "./drafts.js";
import { composer, shownSeq, textField } from "./page.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const input = () => document.getElementById("files");
// A file may take its time, as long as it moves.
const MOVES_WITHIN = 30000;
const make = (tag, fields) => Object.assign(document.createElement(tag), fields);

function add(files) {
  const state = stateOf();
  if (!state) return;
  const most = Number(composer().dataset.mostBytes);
  if (!most && mode() === "reply") return toast(say("takesNone"), "error");
  for (const file of files) {
    const entry = { file, progress: 0, error: "", canRetry: true, done: null };
    state.uploads.push(entry);
    if (!file.size) refuse(entry, say("emptyFile"));
    else if (mode() === "reply" && file.size > most) refuse(entry, say("tooLarge", { most: sizeOf(most) }));
    else upload(state, entry);
  }
  draw();
  textField().focus();
  return undefined;
}

function refuse(entry, error) {
  Object.assign(entry, { error, canRetry: false, done: Promise.resolve() });
}

// XMLHttpRequest, since fetch says nothing about the progress of an upload.
function upload(state, entry) {
  Object.assign(entry, { error: "", progress: 0, isSent: false });
  const { promise, resolve } = withResolver();
  entry.done = promise;
  const request = new XMLHttpRequest();
  entry.request = request;
  request.open("POST", composer().dataset.files);
  request.setRequestHeader("HX-Request", "true");
  request.responseType = "json";
  let timer = null;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), MOVES_WITHIN);
  };
  wait();
  request.upload.addEventListener("progress", (event) => {
    wait();
    entry.progress = event.total ? event.loaded / event.total : 0;
    entry.bar?.style.setProperty("--done", entry.progress);
  });
  request.upload.addEventListener("load", () => (entry.isSent = true));
  request.addEventListener("loadend", async () => {
    clearTimeout(timer);
    await arrived(state, entry, request);
    resolve();
  });
  const data = new FormData();
  const fields = { csrfmiddlewaretoken: token(), mode: state.mode, key: state.key, seen: state.seen ?? shownSeq(), file: entry.file };
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  request.send(data);
}

function withResolver() {
  let resolve = null;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

async function arrived(state, entry, request) {
  if (!state.uploads.includes(entry)) return;
  if (entry.isUnwanted) {
    if (request.status === 200) await takeOut(state, request.response.file);
    drop(state, entry);
  } else if (request.status === 200) {
    const { file, key, version } = request.response;
    drop(state, entry);
    state.files = [...state.files.filter((one) => one.key !== file.key), file];
    if (!state.version) Object.assign(state, { key, version, seen: state.seen ?? shownSeq() });
  } else {
    entry.error = request.response?.error || say("uploadFailed");
    entry.canRetry = !request.response?.error;
    tell("");
  }
  const form = composer();
  if (form && state === stateOf()) {
    form.elements.key.value = state.key;
    form.elements.version.value = state.version;
  }
  draw();
}

function drop(state, entry) {
  state.uploads = state.uploads.filter((one) => one !== entry);
}

// Sending waits until it is out.
function letGo(state, file) {
  const leaving = takeOut(state, file).finally(() => (state.leaving = state.leaving.filter((one) => one !== leaving)));
  state.leaving.push(leaving);
}

async function takeOut(state, file) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token());
  const answer = await fetch(file.url, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer || (!answer.ok && answer.status !== 404)) return toast(say("failed"), "error");
  state.files = state.files.filter((one) => one !== file);
  if (answer.ok && !(await answer.json()).version) {
    state.version = 0;
    if (composer() && state === stateOf()) composer().elements.version.value = 0;
  }
  draw();
  textField()?.focus();
  return undefined;
}

function draw() {
  const shown = document.getElementById("picked");
  const state = stateOf();
  if (!shown || !state) return;
  const uploads = state.uploads.filter((entry) => !entry.isUnwanted);
  shown.hidden = !state.files.length && !uploads.length;
  shown.replaceChildren(...state.files.map((file) => kept(state, file)), ...uploads.map((entry) => underWay(state, entry)));
}

function kept(state, file) {
  const item = document.createElement("li");
  if (file.image) item.append(make("img", { src: file.url, alt: "", className: "picked-image", width: 28, height: 28 }));
  const name = make("a", { className: "file-name", textContent: file.name, dir: "auto", href: file.url, target: "_blank", rel: "noopener" });
  item.append(name, make("span", { className: "quiet", textContent: file.size }), cross(file.name, () => letGo(state, file)));
  return item;
}

function underWay(state, entry) {
  const { name, size } = entry.file;
  const item = make("li", { className: entry.error ? "failed" : "uploading" });
  entry.bar = item;
  item.style.setProperty("--done", entry.progress);
  item.append(make("span", { className: "file-name", textContent: name, dir: "auto" }));
  item.append(make("span", { className: entry.error ? "file-error" : "quiet", textContent: entry.error || sizeOf(size) }));
  if (entry.error && entry.canRetry) {
    const retry = make("button", { type: "button", className: "button small", textContent: say("retryFile", { name: "" }).replace(/[:：]\s*$/, "") });
    retry.setAttribute("aria-label", say("retryFile", { name }));
    retry.addEventListener("click", () => {
      upload(state, entry);
      draw();
    });
    item.append(retry);
  }
  const stop = () => {
    if (entry.isSent && !entry.error) entry.isUnwanted = true; // the server has it: it is taken out there
    else {
      drop(state, entry);
      entry.request?.abort();
    }
    draw();
    textField().focus();
  };
  item.append(cross(name, stop));
  return item;
}

function cross(name, act) {
  const button = make("button", { type: "button", className: "chip-x", textContent: "×" });
  button.setAttribute("aria-label", say("remove", { name }));
  button.addEventListener("click", act);
  return button;
}

function sizeOf(bytes) {
  const [number, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kilobyte"] : [bytes / 1e6, "megabyte"];
  const language = document.documentElement.lang || "en";
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(number);
}

// The field is emptied at once: what it held is on its way, and must not go along with the form as well.
document.addEventListener("change", (event) => {
  if (event.target !== input()) return;
  add([...input().files]);
  input().value = "";
});

document.addEventListener("paste", (event) => {
  if (event.target !== textField() || !event.clipboardData.files.length) return;
  event.preventDefault();
  add([...event.clipboardData.files]);
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
  if (event.target.closest("#conversation")) add([...event.dataTransfer.files]);
});
document.addEventListener("desk:draft", draw);
draw();
