/* Keys and small helps of the desk; every page works without them.

   1 … 9            choose that version: of the question with the focus, else of the first one
   Ctrl + Enter     decide
   A filter applies when it is changed. The offered reason belongs to the suggestion: choosing
   something else empties it, choosing the suggestion again brings it back, unless somebody typed. */

for (const form of document.querySelectorAll("form[data-filters]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
}

for (const all of document.querySelectorAll("input[data-all]")) {
  const lines = [...all.closest("table").querySelectorAll("tbody input[type=checkbox]")];
  const look = () => {
    const chosen = lines.filter((line) => line.checked).length;
    all.checked = chosen === lines.length;
    all.indeterminate = chosen > 0 && chosen < lines.length;
  };
  all.addEventListener("change", () => {
    for (const line of lines) line.checked = all.checked;
  });
  for (const line of lines) line.addEventListener("change", look);
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const verdict = document.querySelector("form[data-verdict]");

if (verdict) {
  const reason = verdict.querySelector("textarea[name=reason]");
  const offered = verdict.dataset.offeredReason;
  if (reason && offered) followSuggestion(verdict, reason, offered);
  // Whoever types another value means it.
  for (const other of verdict.querySelectorAll(".other")) {
    other.addEventListener("input", (event) => {
      if (!event.target.matches("input[type=radio]")) choose(other.querySelector("input[type=radio]"));
    });
  }
  document.addEventListener("keydown", (event) => takeKey(event, verdict));
}

// Last: whoever waits for this class finds the keys working.
document.documentElement.classList.add("has-script");

function followSuggestion(form, reason, offered) {
  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=radio]")) return;
    const radios = [...form.querySelectorAll("[data-suggested] input[type=radio]")];
    const followed = radios.length > 0 && radios.every((radio) => radio.checked);
    if (!followed && reason.value === offered) reason.value = "";
    if (followed && reason.value === "") reason.value = offered;
  });
}

function takeKey(event, form) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.querySelector("button.button-primary")?.click();
    return;
  }
  const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
  const unit = event.target.closest("[data-unit]") ?? form.querySelector("[data-unit]");
  const side = unit?.querySelectorAll(".side input[type=radio]")[Number(event.key) - 1];
  if (side && !side.disabled) {
    event.preventDefault();
    choose(side);
    side.focus();
  }
}

function choose(radio) {
  if (radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}
