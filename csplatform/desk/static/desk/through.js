// The way an answer goes: another than the usual one reaches one person, so the mail's own fields rest meanwhile.
import { composer } from "./page.js";

function show() {
  const letter = document.getElementById("recipients");
  const chosen = composer()?.elements.through?.value ?? "";
  if (letter) letter.hidden = Boolean(chosen);
  const audience = document.getElementById("audience");
  if (audience && chosen) audience.hidden = true;
}

document.addEventListener("change", (event) => {
  if (event.target.id === "through") show();
});
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  const field = ctx.sourceElement?.elements?.through;
  if (!field || ctx.sourceElement.id !== "composer" || !ctx.response?.headers.has("X-Sent")) return;
  field.value = "";
  show();
});
