/* Who types another value means it: its choice is made with the first letter. Enter keeps. */

for (const field of document.querySelectorAll("[data-other]")) {
  const choice = document.getElementById(`${field.dataset.other}-other`);
  field.addEventListener("input", () => {
    choice.checked = field.value.trim() !== "" || choice.checked;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.form.requestSubmit();
  });
}

document.querySelector(".settling input[type=radio]")?.focus();
