// unfold's pages have no landmarks: whoever has them read aloud could not go straight to what they are about.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("main")?.setAttribute("role", "main");
});
