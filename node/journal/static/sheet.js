/* The journal sheet as a grid to type into: one Tab stop, everything by keyboard, saved cell by cell.

   A key is shown at once. What is typed is saved when the cell is left, or after a short rest; Esc
   before that takes it back. See sheet_typing.js for what keys mean, sheet_cells.js for how cells
   look and sound, sheet_saving.js for how they are kept. */

import { askReason } from "./ask_reason.js";
import { Sheet, fill, plain, shows } from "./sheet_cells.js";
import { Detail } from "./sheet_detail.js";
import { Saving } from "./sheet_saving.js";
import { Vocabulary, cellsOfBlock, characterOf } from "./sheet_typing.js";
import { printInParts } from "./sheet_print.js";

const REST_MS = 1_500;
const ROWS_OF_A_PAGE = 10;

const table = document.getElementById("sheet");
const frame = document.getElementById("sheet-frame");
const where = document.getElementById("sheet-where");
const line = document.getElementById("sheet-say");
const list = document.getElementById("sheet-list");

const sheet = new Sheet(table, new Vocabulary(JSON.parse(table.dataset.vocabulary)));
const { words } = sheet;
const saving = new Saving(sheet, { changed, refused, met, trouble });
const detail = new Detail(document.getElementById("sheet-detail"), { url: table.dataset.cellUrl, choose, back });

let here = { row: 0, column: 0 };
let rest = 0;
let pasted = 0; // cells of the last block that were not refused

// ------------------------------------------------------------------------------------ where one is

function current() {
  return sheet.cellAt(here.row, here.column);
}

function go(row, column) {
  const last = row === -1 ? sheet.columns - 1 : sheet.width - 1;
  const place = {
    row: Math.max(-1, Math.min(row, sheet.rows.length - 1)),
    column: Math.max(0, Math.min(column, last)),
  };
  finish();
  const element = sheet.elementAt(place.row, place.column);
  settle(place, element);
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/* Make an element the one that Tab leads to. */
function settle(place, element) {
  const before = sheet.elementAt(here.row, here.column);
  before.tabIndex = -1;
  mark(before, false);
  here = place;
  element.tabIndex = 0;
  sheet.cellOf(element)?.describe();
  mark(element, true);
  showWhere();
}

/* Light up the name and the date that belong to an element. */
function mark(element, on) {
  const { row, column } = sheet.placeOf(element);
  sheet.rows[row]?.querySelector("th").classList.toggle("is-here", on);
  sheet.heads[column]?.classList.toggle("is-here", on);
}

function showWhere() {
  const cell = current();
  where.textContent = cell ? cell.name : "";
  if (!cell) return;
  const problem = problemOf(cell);
  if (problem) say(problem);
}

function problemOf(cell) {
  if (cell.conflict) {
    const { by = words.nobody } = cell.conflict;
    return fill(words.conflict, { by, theirs: plain(cell.stored) || words.nothing, mine: cell.mine });
  }
  if (cell.refused) return `${cell.refused.message} ${words.kept_for_correction}`;
  return cell.stored.note ?? "";
}

function say(text) {
  line.textContent = text;
}

function back() {
  go(here.row, here.column);
}

// -------------------------------------------------------------------------------------------- typing

function type(character) {
  const cell = current();
  if (!cell) return;
  if (cell.closedBecause) {
    say(cell.closedBecause);
    return;
  }
  const text = sheet.vocabularyOf(cell).extended(cell.typing ?? "", character);
  if (text === null) {
    say(fill(words.not_a_mark, { typed: (cell.typing ?? "") + character, allowed: sheet.vocabularyOf(cell).allowed }));
    return;
  }
  cell.typing = text;
  cell.render();
  where.textContent = cell.name;
  say("");
  clearTimeout(rest);
  rest = setTimeout(() => sheet.resolved(cell) && finish(), REST_MS);
}

/* Save what is being typed in the present cell. */
function finish() {
  clearTimeout(rest);
  const cell = current();
  if (!cell || cell.typing === null) return;
  const text = cell.typing;
  const meant = sheet.vocabularyOf(cell).resolve(text);
  cell.typing = null;
  if (meant) {
    save(cell, { typed: Object.values(meant).map((token) => token.typed).join("/") }, shows(meant));
    return;
  }
  const { allowed } = sheet.vocabularyOf(cell);
  cell.refused = { text, message: fill(words.not_a_mark, { typed: text, allowed }) };
  changed(cell);
}

function save(cell, body, looks, more) {
  cell.refused = null;
  cell.conflict = null;
  saving.add(cell, body, looks, more);
}

function choose(cell, body, looks, more) {
  save(cell, body, looks, more);
}

function cancel() {
  const cell = current();
  clearTimeout(rest);
  if (!cell || (cell.typing === null && !cell.refused && !cell.conflict)) return;
  if (cell.typing !== null) cell.typing = null;
  else cell.refused = cell.conflict = null;
  say("");
  changed(cell);
}

/* Take back both places of a cell, or (`one`) the last letter typed, else the mark, else the sign. */
function takeBack(one) {
  const cell = current();
  if (!cell) return;
  if (cell.closedBecause) {
    say(cell.closedBecause);
    return;
  }
  if (one && cell.typing) {
    cell.typing = cell.typing.slice(0, -1).replace(/\/$/, "") || null;
    changed(cell);
    return;
  }
  cell.typing = cell.refused = cell.conflict = null;
  const { mark: hasMark, sign: hasSign } = cell.shown;
  if (!hasMark && !hasSign) changed(cell);
  else if (one && hasMark) save(cell, { wish: { mark: null } }, { mark: "" });
  else if (one || !hasMark) save(cell, { wish: { absence: null } }, { sign: "" });
  else save(cell, { typed: "" }, { mark: "", sign: "" });
}

// --------------------------------------------------------------------------------- what became of it

function changed(cell) {
  cell.render();
  if (cell === current()) {
    where.textContent = cell.name;
    if (cell.stored.mark && cell.stored.presence === "absent" && cell.state === "here") say(words.both);
  }
}

function refused(cell, wish, error) {
  if (error.code === "reason_needed" && !wish.pasted) {
    askWhy(cell, wish);
    return;
  }
  const message = [error.message, error.next_step].filter(Boolean).join(" ");
  if (wish.pasted) {
    leaveOut(cell, wish.pasted, error.message);
    tellPasted(-1);
  } else if (!cell.wishes.length && cell.typing === null) {
    cell.refused = { text: plain(wish.shows) || words.nothing, message };
    say(`${problemOf(cell)} (${sheet.nameOfRow(cell.element)}, ${sheet.nameOfColumn(cell.element)})`);
  }
  changed(cell);
}

/* The value was decided: it is changed with a reason, or not at all. */
async function askWhy(cell, wish) {
  changed(cell);
  const mine = plain(wish.shows) || words.nothing;
  const name = cell.element ? `${sheet.nameOfRow(cell.element)}, ${sheet.nameOfColumn(cell.element)}: ${mine}` : mine;
  const reason = await askReason(words, name);
  if (reason !== null) save(cell, { ...wish.body, reason }, wish.shows);
}

function met(cell, wish, { by }) {
  cell.conflict = { wish, by };
  changed(cell);
  if (cell.element) say(`${sheet.nameOfRow(cell.element)}: ${problemOf(cell)}`);
}

function trouble(isThere) {
  say(isThere ? `${words.no_answer} ${fill(words.unsaved, { count: saving.unsaved })}` : "");
}

/* Enter on a cell that somebody else has changed: mine shall stand, knowing theirs. */
function insist(cell) {
  const { body, shows: looks } = cell.conflict.wish;
  save(cell, body, looks);
}

// ---------------------------------------------------------------------------------------------- keys

const MOVES = {
  ArrowUp: () => [here.row - 1, here.column],
  ArrowDown: () => [here.row + 1, here.column],
  ArrowLeft: () => [here.row, here.column - 1],
  ArrowRight: () => [here.row, here.column + 1],
  Home: (event) => [event.ctrlKey ? 0 : here.row, 0],
  End: (event) => [event.ctrlKey ? sheet.rows.length - 1 : here.row, sheet.width - 1],
  PageUp: () => [Math.max(0, here.row - ROWS_OF_A_PAGE), here.column],
  PageDown: () => [here.row + ROWS_OF_A_PAGE, here.column],
};

const ACTIONS = {
  Enter: (event) => {
    const cell = current();
    if (cell?.conflict && cell.typing === null) insist(cell);
    go(Math.max(0, here.row + (event.shiftKey ? -1 : 1)), here.column);
  },
  Escape: cancel,
  Delete: () => takeBack(false),
  Backspace: () => takeBack(true),
  F2: openDetail,
  " ": openDetail,
};

function openDetail() {
  finish();
  const cell = current();
  if (cell) detail.open(cell);
}

function press(event) {
  const move = MOVES[event.key];
  if (move && !event.shiftKey && !event.altKey && !event.metaKey) {
    go(...move(event));
    return true;
  }
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  // On a head Enter follows the link to the lesson, as everywhere.
  if (here.row === -1 && event.key !== "Escape") return false;
  const action = ACTIONS[event.key];
  if (action) {
    action(event);
    return true;
  }
  const character = characterOf(event);
  if (character === null) return false;
  type(character);
  return true;
}

table.addEventListener("keydown", (event) => {
  if (!event.isComposing && press(event)) event.preventDefault();
});

table.addEventListener("click", (event) => {
  const place = event.target.closest("a") ? null : sheet.placeOf(event.target);
  if (place) go(place.row, place.column);
});

table.addEventListener("dblclick", (event) => {
  if (sheet.placeOf(event.target)) openDetail();
});

// A head that was clicked or reached in another way becomes the place that Tab leads to.
table.addEventListener("focusin", (event) => {
  const place = sheet.placeOf(event.target);
  if (place && (place.row !== here.row || place.column !== here.column)) {
    finish();
    settle(place, sheet.elementAt(place.row, place.column));
  }
});

table.addEventListener("focusout", finish);
addEventListener("pagehide", finish, { capture: true });
document.addEventListener("shell:leaving", finish);

// Names of cells are made when somebody asks: with the pointer as well.
table.addEventListener("pointerover", (event) => {
  const cell = sheet.cellOf(event.target.closest("td"));
  if (cell) cell.element.title = [cell.name, problemOf(cell)].filter(Boolean).join(". ");
});

// ------------------------------------------------------------------------------------------ clipboard

document.addEventListener("copy", (event) => {
  const cell = current();
  if (!cell || document.activeElement !== cell.element) return;
  event.clipboardData.setData("text/plain", plain(cell.shown));
  event.preventDefault();
});

document.addEventListener("paste", (event) => {
  if (!table.contains(document.activeElement) || here.row < 0) return;
  event.preventDefault();
  finish();
  list.hidden = true;
  list.querySelector("ul").replaceChildren();
  pasted = 0;
  let count = 0;
  cellsOfBlock(event.clipboardData.getData("text/plain")).forEach((texts, down) => {
    texts.forEach((text, right) => {
      if (text !== "" && putIn(here.row + down, here.column + right, text)) count += 1;
    });
  });
  tellPasted(count);
});

function tellPasted(more) {
  pasted += more;
  say(fill(words.pasted, { count: pasted }));
}

/* Put one text of the clipboard into its cell; false if that cannot be. */
function putIn(row, column, text) {
  const cell = row < sheet.rows.length ? sheet.cellAt(row, column) : null;
  const typed = text.slice(0, 40);
  if (!cell) {
    listLeftOut(fill(words.outside, { typed }));
    return false;
  }
  if (cell.closedBecause) {
    leaveOut(cell, typed, cell.closedBecause);
    return false;
  }
  const meant = sheet.vocabularyOf(cell).resolve(typed.toLowerCase());
  save(cell, { typed }, meant ? shows(meant) : { raw: typed }, { pasted: typed });
  return true;
}

function leaveOut(cell, typed, reason) {
  const { element } = cell;
  if (!element) return;
  listLeftOut(fill(words.left_out_one, { name: sheet.nameOfRow(element), column: sheet.nameOfColumn(element), typed, reason }));
}

function listLeftOut(text) {
  const item = document.createElement("li");
  item.textContent = text;
  list.querySelector("ul").append(item);
  list.querySelector("p").textContent = words.left_out;
  list.hidden = false;
}

list.querySelector("[data-dismiss]").addEventListener("click", () => {
  list.hidden = true;
  back();
});

// ---------------------------------------------------------------------------- keypad, print, beginning

const keypad = document.getElementById("sheet-keypad");

// A tap must not take the focus out of the cell.
keypad.addEventListener("pointerdown", (event) => event.preventDefault());
keypad.addEventListener("click", (event) => {
  const { type: character, press: key } = event.target.closest("button")?.dataset ?? {};
  if (character) type(character);
  else if (key) press({ key });
});

document.querySelector("[data-print]").addEventListener("click", () => print());
printInParts(table, table.dataset.title, words);

/* Begin at today's lesson, or at the last one that was, with the first student. */
function begin() {
  for (const head of sheet.heads) head.querySelector("a").tabIndex = -1;
  let column = sheet.heads.findIndex((head) => head.classList.contains("is-today"));
  if (column < 0) column = Math.max(0, sheet.heads.findLastIndex((head) => !head.dataset.closed));
  const element = sheet.elementAt(0, column);
  settle({ row: 0, column }, element);
  const focused = document.activeElement;
  if (focused === document.body || focused === null) element.focus({ preventScroll: true });
  // So many whole columns to the left that the present one stands in the right half.
  const { offsetLeft, offsetWidth } = sheet.heads[column];
  frame.scrollLeft = Math.max(0, Math.round((offsetLeft - frame.clientWidth * 0.6) / offsetWidth)) * offsetWidth;
  const count = saving.resume();
  if (count > 0) say(fill(words.restored, { count }));
}

begin();
