// What is kept on this device: appearance and sound.
import { local } from "./page.js";

const root = document.documentElement;

function showTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (root.dataset.theme ?? "auto")));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  if (choice === "auto") delete root.dataset.theme;
  else root.dataset.theme = choice;
  local.set("theme", choice === "auto" ? "" : choice);
  showTheme();
});

export const hasSound = () => local.get("sound") === "on";

document.addEventListener("change", (event) => {
  if (event.target.id !== "sound") return;
  local.set("sound", event.target.checked ? "on" : "");
  if (event.target.checked) chime();
});

// Browser notifications: whether they can be, may be, and show the text.
export const canNotify = () => "Notification" in window && window.isSecureContext;
export const browserAllowed = () => canNotify() && Notification.permission === "granted";
export const showsPreview = () => local.get("preview") === "on";
export const setPreview = (shown) => local.set("preview", shown ? "on" : "");

let audio = null;
let chimed = 0;
export function chime() {
  if (Date.now() - chimed < 3000) return; // one event may be heard of in two ways
  chimed = Date.now();
  audio ??= new AudioContext();
  const start = audio.currentTime;
  for (const [index, pitch] of [659, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = start + index * 0.12;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.45);
  }
}

const box = document.getElementById("sound");
if (box) box.checked = hasSound();
showTheme();
