/* One field of the lesson: what stands in it, what stood there, its sign and its words.

   `was` is what the program last said of it: the text, and what a save must have seen. The state of
   the sign is the program's (here, server, refused) unless something typed is not saved yet. */

const SIGNS = { typing: "saving", waiting: "saving", sending: "saving" };

export class Field {
  constructor(place, words) {
    this.name = place.dataset.field;
    this.place = place;
    this.words = words;
    this.input = place.querySelector("[data-kind]");
    this.sign = place.querySelector(".save-state");
    this.message = place.querySelector("[data-message]");
    this.was = JSON.parse(place.querySelector('input[name^="was."]').value);
    this.state = this.sign.hidden ? "" : this.sign.dataset.state;
    this.note = "";
  }

  get kind() {
    return this.input?.dataset.kind ?? "";
  }

  get text() {
    return this.input.value.trim();
  }

  get isChanged() {
    return this.input !== null && this.text !== this.was.text.trim();
  }

  /* Take what the program says of the field; what is being typed there is left alone. */
  take(told, { keepText = false } = {}) {
    this.was = { text: told.text, seen: told.seen };
    this.state = told.state;
    this.note = told.note || (told.disputed ? this.words.disputed : "");
    this.place.classList.toggle("is-disputed", told.disputed);
    if (this.input !== null && !keepText) this.input.value = told.text;
    if (!keepText) this.#invalid(false);
    this.#show(this.state, this.note);
  }

  /* Show a wish that is on its way, or was refused with an error. */
  showWish(wish) {
    const refused = wish.state === "refused";
    this.#invalid(refused);
    const word = wish.state === "typing" ? this.words.typing : undefined;
    this.#show(SIGNS[wish.state] ?? wish.state, refused ? sentence(wish.error) : "", word);
  }

  /* Go back to what the program said last. */
  reset() {
    if (this.input !== null) this.input.value = this.was.text;
    this.#invalid(false);
    this.#show(this.state, this.note);
  }

  say(text) {
    this.#show("refused", text);
    this.#invalid(true);
  }

  #show(state, note, word = this.words[state] ?? "") {
    this.sign.hidden = state === "";
    this.sign.dataset.state = state;
    this.sign.title = word;
    this.sign.setAttribute("aria-label", word);
    if (this.message) {
      this.message.textContent = note;
      this.message.hidden = note === "";
    } else if (this.input !== null) {
      this.input.title = note;
    }
  }

  #invalid(yes) {
    if (this.input === null) return;
    if (yes) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}

export function sentence(error) {
  return [error?.message, error?.next_step].filter(Boolean).join(" ");
}

export function fieldsOf(form, words) {
  const found = new Map();
  for (const place of form.querySelectorAll("[data-field]")) {
    const field = new Field(place, words);
    found.set(field.name, field);
  }
  return found;
}
