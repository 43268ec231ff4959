/* The class list by keyboard: arrows, Home, End, Enter down; one Tab stop.

   A digit of a mark and the letter of an absence are saved at once; longer signs («зач», «оп 10»)
   when the cell is left or Enter is pressed. Letters of presence typed into the column of marks go
   to the presence, as on paper; in the Latin layout the same keys are understood. */

const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю";

export function inCyrillic(text) {
  return Array.from(text.toLowerCase(), (sign) => {
    const place = LATIN.indexOf(sign);
    return place < 0 ? sign : CYRILLIC[place];
  }).join("");
}

export class ClassList {
  /* act: {saveNow(field), changed(field), giveUp(field), leave()} */
  constructor(table, fields, { absenceLetters, markTexts, act }) {
    this.fields = fields;
    this.act = act;
    this.letters = new Set(absenceLetters.map((letter) => letter.toLowerCase()));
    this.absent = absenceLetters[0];
    this.complete = new Set([...markTexts.filter((text) => /^\d$/.test(text)), this.absent.toLowerCase()]);
    this.rows = [...table.tBodies[0].rows].map((row) =>
      [...row.querySelectorAll(".cell [data-kind=cell]")],
    );
    for (const [number, row] of this.rows.entries()) {
      for (const [column, input] of row.entries()) this.#wire(input, number, column);
    }
    for (const button of table.querySelectorAll("[data-absent]")) this.#wireSwitch(button);
    this.#stopAt(this.rows[0]?.[0]);
  }

  focusFirst() {
    const input = this.rows.flat().find((one) => one.tabIndex === 0) ?? this.rows[0]?.[0];
    input?.focus();
  }

  showPresence(field) {
    const button = field.place.querySelector("[data-absent]");
    button?.setAttribute("aria-pressed", String(field.was.seen.presence === "absent"));
  }

  #wire(input, number, column) {
    const field = this.fields.get(input.name);
    input.tabIndex = -1;
    input.addEventListener("focus", () => {
      this.#stopAt(input);
      input.select();
    });
    input.addEventListener("input", () => this.#typed(input, field, number));
    input.addEventListener("blur", () => this.act.saveNow(field));
    input.addEventListener("keydown", (event) => this.#key(event, input, field, number, column));
  }

  #wireSwitch(button) {
    const field = this.fields.get(button.closest("[data-field]").dataset.field);
    button.addEventListener("click", () => {
      field.input.value = field.was.seen.presence === "absent" ? "" : this.absent;
      this.act.changed(field);
      this.act.saveNow(field);
    });
  }

  #typed(input, field, number) {
    const typed = input.value.trim().toLowerCase();
    const meant = this.letters.has(typed) ? typed : inCyrillic(typed);
    const isPresence = field.name.startsWith("presence:");
    // «осв» is a mark as well as a letter of presence: in the column of marks it stays a mark.
    if (!isPresence && meant === this.absent.toLowerCase()) {
      this.#absentInstead(field, number);
      return;
    }
    this.act.changed(field);
    if (this.complete.has(typed) || (isPresence && this.complete.has(meant))) {
      this.act.saveNow(field);
      input.select();
    }
  }

  #absentInstead(field, number) {
    const presence = this.fields.get(this.rows[number][0].name);
    this.act.giveUp(field);
    presence.input.value = this.absent;
    this.act.changed(presence);
    this.act.saveNow(presence);
    field.input.select();
  }

  #key(event, input, field, number, column) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const caretFree = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const moves = {
      ArrowUp: [number - 1, column],
      ArrowDown: [number + 1, column],
      Enter: [number + (event.shiftKey ? -1 : 1), column],
      ArrowLeft: caretFree && [number, column - 1],
      ArrowRight: caretFree && [number, column + 1],
      Home: caretFree && [0, column],
      End: caretFree && [this.rows.length - 1, column],
      PageUp: [Math.max(0, number - 10), column],
      PageDown: [Math.min(this.rows.length - 1, number + 10), column],
    };
    if (event.key === "Escape") {
      event.preventDefault();
      if (!this.act.giveUp(field)) this.act.leave();
    } else if (event.key === "Delete" && caretFree) {
      event.preventDefault();
      input.value = "";
      this.act.changed(field);
      this.act.saveNow(field);
    } else if (event.key === "Enter" && this.act.confirm(field)) {
      event.preventDefault();
    } else if (moves[event.key]) {
      event.preventDefault();
      const [row, place] = moves[event.key];
      this.rows[row]?.[place]?.focus();
      if (!this.rows[row]?.[place]) this.act.saveNow(field);
    }
  }

  #stopAt(input) {
    for (const one of this.rows.flat()) one.tabIndex = one === input ? 0 : -1;
  }
}
