/* The cells of the sheet: what each holds, how it looks and what it is called.

   A cell knows what is stored (as the program last said), the wishes on their way, what is being
   typed, and what was refused or met another person's change. It shows the newest of these, so a
   key is seen before the finger leaves it. */

const TOTALS = 4;
const AVERAGES = 2; // the first of them

export class Cell {
  constructor(sheet, element, key) {
    this.sheet = sheet;
    this.element = element;
    this.key = key;
    const known = element?.dataset.cell;
    this.stored = known ? JSON.parse(known) : {};
    this.wishes = []; // the first may be on its way
    this.typing = null; // text that is not finished
    this.refused = null; // {text, message}
    this.conflict = null; // {wish, by}: mine, while `stored` is theirs
  }

  /* What stands there as far as the program knows; a save has to say it. */
  get seen() {
    const { value = null, presence = null, reason = null } = this.stored;
    return { mark: value, presence, reason };
  }

  get state() {
    if (this.typing !== null) return "typing";
    if (this.conflict || this.refused) return "refused";
    if (this.wishes.length > 0) return "saving";
    return this.stored.state ?? "server";
  }

  /* Mark and sign as they are to be shown, wishes and typing included. */
  get shown() {
    const shown = pick(this.stored, ["mark", "mark_name", "dots", "weight", "sign", "sign_name"]);
    for (const wish of this.wishes) put(shown, wish.shows);
    if (this.refused) put(shown, { raw: this.refused.text });
    if (this.typing !== null) put(shown, this.sheet.resolved(this) ?? { raw: this.typing });
    return shown;
  }

  get isEmpty() {
    const { mark, sign, raw } = this.shown;
    return !mark && !sign && !raw;
  }

  render() {
    if (!this.element) return;
    const { element } = this;
    element.replaceChildren(...this.#content());
    const state = this.state;
    setData(element, "state", state === "server" ? null : state);
    setData(element, "sign", this.stored.comment ? "comment" : null);
    element.classList.toggle("is-disputed", Boolean(this.stored.disputed));
    element.classList.toggle("is-conflict", Boolean(this.conflict));
    element.toggleAttribute("aria-invalid", false);
    if (this.refused || this.conflict || this.stored.state === "refused") element.setAttribute("aria-invalid", "true");
    if (element.tabIndex === 0) this.describe();
  }

  /* Give the element its name; done when somebody comes to the cell, for all others nobody asks. */
  describe() {
    this.element.setAttribute("aria-label", this.name);
    if (this.closedBecause) this.element.setAttribute("aria-readonly", "true");
  }

  get closedBecause() {
    return this.sheet.closedBecause(this.element);
  }

  /* «Ёлкин Пётр, 5 сентября, отметка 4, на сервере» */
  get name() {
    const { words } = this.sheet;
    const parts = [this.sheet.nameOfRow(this.element), this.sheet.nameOfColumn(this.element), this.value];
    if (this.stored.comment) parts.push(words.commented);
    if (this.stored.disputed) parts.push(words.disputed);
    if (this.state !== "server" || !this.isEmpty) parts.push(words[this.state]);
    if (this.closedBecause) parts.push(words.closed);
    return parts.join(", ");
  }

  /* What the cell says, in words. */
  get value() {
    const { words } = this.sheet;
    if (this.conflict) return fill(words.conflict_name, { theirs: plain(this.stored) || words.nothing, mine: this.mine });
    const { mark, mark_name: markName, sign, sign_name: signName, weight, raw } = this.shown;
    const parts = [];
    if (raw) parts.push(raw);
    if (sign) parts.push(signName);
    if (mark) parts.push(markName);
    if (mark && weight > 1) parts.push(fill(words.weight, { weight }));
    return parts.join(", ") || words.empty;
  }

  /* What this person wanted where somebody else was faster. */
  get mine() {
    const shown = pick(this.stored, ["mark", "sign"]);
    put(shown, this.conflict.wish.shows);
    return plain(shown) || this.sheet.words.nothing;
  }

  #content() {
    if (this.conflict) {
      const { words } = this.sheet;
      return [plain(this.stored) || words.nothing[0], tag("i", "≠"), tag("ins", this.mine)];
    }
    const { mark, sign, dots, raw } = this.shown;
    const content = [];
    if (raw) content.push(raw);
    if (sign) content.push(tag("b", sign));
    if (sign && mark) content.push(tag("i", "/"));
    if (mark) content.push(tag("span", mark));
    if (dots) content.push(tag("sup", dots));
    return content;
  }
}

/* The table: rows, columns, the words of the page, and the cells by key. */
export class Sheet {
  constructor(table, vocabulary) {
    this.table = table;
    this.words = JSON.parse(table.dataset.words);
    this.vocabulary = vocabulary;
    this.vocabularyOfWorks = vocabulary.withoutSigns();
    this.heads = [...table.tHead.querySelectorAll("th[data-key]")];
    this.rows = [...table.tBodies[0].rows];
    this.columns = this.heads.length;
    this.width = this.columns + TOTALS;
    this.byKey = new Map();
    this.byElement = new WeakMap();
    this.rowOfStudent = new Map(this.rows.map((row) => [row.dataset.student, row]));
    this.columnOfKey = new Map(this.heads.map((head, index) => [head.dataset.key, index]));
  }

  /* The element at a place; row -1 has the heads, which are links to the lessons. */
  elementAt(row, column) {
    if (row === -1) return this.heads[column]?.querySelector("a");
    return this.rows[row]?.cells[column + 2];
  }

  /* {row, column} of an element of the grid; null for names and numbers. */
  placeOf(element) {
    const head = element.closest("th[data-key]");
    if (head) return { row: -1, column: this.heads.indexOf(head) };
    const cell = element.closest("td");
    const column = cell ? cell.cellIndex - 2 : -1;
    return column < 0 ? null : { row: cell.parentElement.sectionRowIndex, column };
  }

  /* The cell of an element; null for heads, names and figures. */
  cellOf(element) {
    if (!element || element.tagName !== "TD") return null;
    const known = this.byElement.get(element);
    if (known) return known;
    const head = this.heads[element.cellIndex - 2];
    if (!head) return null;
    const cell = new Cell(this, element, `${head.dataset.key}:${element.parentElement.dataset.student}`);
    this.byElement.set(element, cell);
    this.byKey.set(cell.key, cell);
    return cell;
  }

  cellAt(row, column) {
    return column < this.columns && row >= 0 ? this.cellOf(this.elementAt(row, column)) : null;
  }

  /* The cell of a key, also of one that is not on this page: its saves go on all the same. */
  cellOfKey(key) {
    const known = this.byKey.get(key);
    if (known) return known;
    const [day, ordinal, column, student] = key.split(":");
    const row = this.rowOfStudent.get(student);
    const index = this.columnOfKey.get(`${day}:${ordinal}:${column}`);
    if (row && index !== undefined) return this.cellOf(row.cells[index + 2]);
    const absent = new Cell(this, null, key);
    this.byKey.set(key, absent);
    return absent;
  }

  headOf(element) {
    return this.heads[element.cellIndex - 2];
  }

  nameOfRow(element) {
    return element.parentElement.querySelector("th").textContent;
  }

  nameOfColumn(element) {
    return this.headOf(element).dataset.name;
  }

  closedBecause(element) {
    if (element.hasAttribute("data-shut")) return this.table.dataset.shut;
    return this.headOf(element).dataset.closed ?? "";
  }

  vocabularyOf(cell) {
    return cell.element && this.headOf(cell.element).hasAttribute("data-work") ? this.vocabularyOfWorks : this.vocabulary;
  }

  /* What the unfinished text of a cell already means; null: nothing yet. */
  resolved(cell) {
    const meant = this.vocabularyOf(cell).resolve(cell.typing);
    return meant && shows(meant);
  }

  showTotals(student, figures) {
    const row = this.rowOfStudent.get(student);
    if (!row) return;
    const [note] = figures.slice(TOTALS);
    figures.slice(0, TOTALS).forEach((figure, index) => {
      const cell = row.cells[row.cells.length - TOTALS + index];
      if (cell.textContent !== figure) cell.textContent = figure;
      if (index >= AVERAGES) return;
      // A mark that is being settled makes the averages uncertain, and says so.
      cell.classList.toggle("is-disputed", note !== undefined);
      cell.title = note ?? "";
    });
  }
}

/* What resolved tokens put into the places of a cell. */
export function shows({ mark, sign }) {
  const shown = {};
  if (mark) Object.assign(shown, { mark: mark.shown, mark_name: mark.name });
  if (sign) Object.assign(shown, { sign: sign.shown, sign_name: sign.name });
  return shown;
}

export function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

/* The texts of a cell in one line. */
export function plain({ mark, sign, raw }) {
  return raw || [sign, mark].filter(Boolean).join("/");
}

function put(shown, wish) {
  if ("raw" in wish) {
    shown.raw = wish.raw;
    shown.mark = shown.sign = shown.dots = "";
    return;
  }
  // The weight of what was typed is the column's; it comes back with the answer.
  if ("mark" in wish) Object.assign(shown, { mark: wish.mark, mark_name: wish.mark_name, dots: "", weight: 0 });
  if ("sign" in wish) Object.assign(shown, { sign: wish.sign, sign_name: wish.sign_name });
  shown.raw = "";
}

function pick(source, names) {
  return Object.fromEntries(names.map((name) => [name, source[name] ?? ""]));
}

function tag(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function setData(element, name, value) {
  if (value === null) delete element.dataset[name];
  else element.dataset[name] = value;
}
