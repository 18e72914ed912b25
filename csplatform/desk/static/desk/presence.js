// Tells the server that somebody is here, and for how long nothing was touched. The first touch after a rest is told at once.
import { sendFrame } from "./live.js";

const RESTED = 60000;

let touched = Date.now();

const hello = () => sendFrame({ kind: "hello", idle: Math.floor((Date.now() - touched) / 1000) });

function touch() {
  const rested = Date.now() - touched > RESTED;
  touched = Date.now();
  if (rested) hello();
}
for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  document.addEventListener(kind, touch, { passive: true, capture: true });
}
document.addEventListener("desk:hello", hello);
document.addEventListener("desk:live", hello);
document.addEventListener("desk:news", ({ detail: news }) => {
  const place = document.getElementById("presence");
  if (news.kind === "presence" && place) htmx.ajax("GET", "/me/presence/", { source: place, target: place, swap: "outerMorph" });
});
