// The dialogs in which filters are chosen and views are saved.
import { closeDialogs } from "./menus.js";

// Applying filters loads the list behind the dialog.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "list" && ctx.sourceElement?.closest?.("dialog")) closeDialogs();
  if (ctx.target?.id === "dialog-body") prepare();
});

function prepare() {
  const chosen = document.querySelector("#dialog-body .choice[data-chosen]");
  if (chosen) chosen.open = true;
  showTeam();
}

// A view that is not for a team needs none.
function showTeam() {
  const team = document.querySelector("[data-for-team]");
  if (team) team.hidden = document.getElementById("saved-audience").value !== "team";
}

document.addEventListener("change", (event) => {
  if (event.target.id === "saved-audience") showTeam();
  // Days that are named, and a span that is ready made, are two answers to one question.
  const choice = event.target.closest?.(".choice:has(.choice-days)");
  if (!choice) return;
  if (event.target.type === "radio") for (const day of choice.querySelectorAll("input[type=date]")) day.value = "";
  else choice.querySelector("input[type=radio][value='']").checked = true;
});

// What is chosen stays in sight, so that nothing applies unseen.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-narrow]")) return;
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const option of event.target.parentElement.querySelectorAll(".choice-options > .check")) {
    option.hidden = !option.textContent.toLocaleLowerCase().includes(wanted) && !option.querySelector(":checked");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-narrow]")) event.preventDefault();
});
