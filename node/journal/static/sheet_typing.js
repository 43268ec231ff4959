/* What a key means in the sheet, and what the keys typed so far add up to. Pure: no page in here.

   Letters are those of the school («н», «оп», «зач») and come with the page as its vocabulary:
   [{typed, shown, place: "mark" | "sign", name}]. They are found by the place of the key on the
   keyboard, so that a Latin layout types them, too. */

const KEYS_OF_RUSSIAN_LAYOUT = {
  Backquote: "ё", KeyQ: "й", KeyW: "ц", KeyE: "у", KeyR: "к", KeyT: "е", KeyY: "н", KeyU: "г", KeyI: "ш",
  KeyO: "щ", KeyP: "з", BracketLeft: "х", BracketRight: "ъ", KeyA: "ф", KeyS: "ы", KeyD: "в", KeyF: "а",
  KeyG: "п", KeyH: "р", KeyJ: "о", KeyK: "л", KeyL: "д", Semicolon: "ж", Quote: "э", KeyZ: "я", KeyX: "ч",
  KeyC: "с", KeyV: "м", KeyB: "и", KeyN: "т", KeyM: "ь", Comma: "б", Slash: ".",
};

/* The character a key stands for in the sheet, or null for a key that types nothing here. */
export function characterOf({ key, code }) {
  if (code === "NumpadDecimal") return ".";
  if (key.length !== 1) return null;
  if (/[0-9а-яё]/i.test(key)) return key.toLowerCase();
  if (key === ".") return ".";
  // With Shift the key of the point types a comma in the Russian layout.
  if (key === "," && code === "Slash") return ".";
  if (key === "/" && code === "NumpadDivide") return "/";
  return KEYS_OF_RUSSIAN_LAYOUT[code] ?? null;
}

export class Vocabulary {
  constructor(tokens) {
    this.tokens = tokens;
  }

  /* The part of the vocabulary for a column that holds no absence signs. */
  withoutSigns() {
    return new Vocabulary(this.tokens.filter((token) => token.place === "mark"));
  }

  /* Everything that may be typed, as it is shown, for a message. */
  get allowed() {
    return [...new Set(this.tokens.map((token) => token.shown))].join(" ");
  }

  /* What a text puts into the places of a cell: {mark?: token, sign?: token}; null: nothing known.
     A beginning that only one word has stands for the word: «з» for «зач». */
  resolve(text) {
    const whole = this.#token(text);
    if (whole) return { [whole.place]: whole };
    const [left, right, more] = text.split("/");
    if (right === undefined || more !== undefined) return null;
    const parts = [this.#token(left), this.#token(right)];
    if (!parts[0] || !parts[1] || parts[0].place === parts[1].place) return null;
    return { [parts[0].place]: parts[0], [parts[1].place]: parts[1] };
  }

  /* The text with one more character, or null if it cannot go on like that. A character that does
     not continue what was typed begins anew: «4» after «5» is a correction; «4» after «о» is the
     other place of the cell. */
  extended(text, character) {
    const [, last] = text.match(/([^/]*)$/);
    if (last !== "" && character === "/") return this.#token(last) ? `${text}/` : null;
    if (this.#begins(last + character)) return text + character;
    if (!this.#begins(character)) return null;
    const before = this.#token(last);
    const places = new Set(this.#beginning(character).map((token) => token.place));
    const beside = before && !text.includes("/") && !places.has(before.place);
    return beside ? `${text}/${character}` : character;
  }

  #token(text) {
    if (text === "") return null;
    const exact = this.tokens.find((token) => token.typed === text);
    if (exact) return exact;
    const begun = this.#beginning(text);
    const shown = new Set(begun.map((token) => token.shown));
    return shown.size === 1 ? begun[0] : null;
  }

  #begins(text) {
    return this.#beginning(text).length > 0;
  }

  #beginning(text) {
    return this.tokens.filter((token) => token.typed.startsWith(text));
  }
}

/* The texts of a block of cells as a spreadsheet puts it on the clipboard, row by row. */
export function cellsOfBlock(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.split("\t").map((cell) => cell.replace(/^"(.*)"$/s, "$1").trim()));
}
