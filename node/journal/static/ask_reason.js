/* Asks why a value that was decided is changed. A dialog, because nothing can be saved without it:
   Enter keeps with the reason, Esc leaves the value as it was decided. */

/* Returns the reason, or null if the person gave up. words: {reason_title, reason_label, ...}. */
export function askReason(words, what) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask-reason";
  dialog.setAttribute("aria-labelledby", "ask-reason-head");
  const form = add(dialog, "form", { method: "dialog" });
  add(form, "h2", { id: "ask-reason-head" }, words.reason_title);
  add(form, "p", {}, what);
  const label = add(form, "label", { for: "ask-reason-text" }, words.reason_label);
  const field = add(form, "input", { id: "ask-reason-text", maxlength: "500", required: "", autocomplete: "off" });
  label.after(field);
  const actions = add(form, "p", { class: "form-actions" });
  add(actions, "button", { class: "button button-primary", value: "keep" }, words.reason_keep);
  const leave = add(actions, "button", { class: "button", type: "button" }, words.reason_leave);
  leave.addEventListener("click", () => dialog.close("leave"));
  // A reason of spaces is none.
  field.addEventListener("input", () => field.setCustomValidity(field.value.trim() ? "" : words.reason_label));
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const reason = field.value.trim();
      dialog.remove();
      before?.focus({ preventScroll: true });
      resolve(dialog.returnValue === "keep" && reason ? reason : null);
    });
  });
}

function add(parent, name, attributes, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  parent.append(element);
  return element;
}
