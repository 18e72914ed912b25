// What this device does with notifications. The browser is asked only when somebody presses the button.
import { canNotify, setPreview, showsPreview } from "./preferences.js";
import { say } from "./words.js";

const state = document.getElementById("browser-state");
const allow = document.getElementById("browser-allow");
const preview = document.getElementById("browser-preview");

function show() {
  const permission = canNotify() ? Notification.permission : "unsupported";
  state.textContent = say({ granted: "allowed", denied: "denied", default: "undecided" }[permission] ?? "unsupported");
  allow.hidden = permission !== "default";
}
allow.addEventListener("click", async () => {
  await Notification.requestPermission();
  show();
});
preview.checked = showsPreview();
preview.addEventListener("change", () => setPreview(preview.checked));
show();
