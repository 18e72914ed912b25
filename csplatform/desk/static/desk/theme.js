// Runs before the first paint, so that nobody is blinded at night. Kept apart from the modules for that reason.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // Storage is switched off: follow the system.
  }
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  document.documentElement.classList.add("js");
})();
