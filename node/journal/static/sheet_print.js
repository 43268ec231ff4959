/* Prints the sheet as pages of a journal: as many columns as fit on A4 across, each page with the
   numbers and the names, the averages on the last. The pages are made of the sheet as it stands,
   when the browser is about to print, and go away afterwards. */

import { fill } from "./sheet_cells.js";

const COLUMNS_OF_A_PAGE = 33;
const BEFORE = 2; // number and name
const AFTER = 4; // the figures

/* title: the text above each page. */
export function printInParts(table, title, words) {
  let pages = null;
  addEventListener("beforeprint", () => {
    pages?.remove();
    pages = pagesOf(table, title, words);
    table.closest("#sheet-frame").after(pages);
  });
  addEventListener("afterprint", () => {
    pages?.remove();
    pages = null;
  });
}

function pagesOf(table, title, words) {
  const [months, dates] = table.tHead.rows;
  const columns = dates.cells.length - 2; // the two figures of absences stand in this row, too
  const parts = Math.max(1, Math.ceil(columns / COLUMNS_OF_A_PAGE));
  const each = Math.ceil(columns / parts);
  const pages = document.createElement("div");
  pages.className = "sheet-pages";
  for (let part = 0; part < parts; part += 1) {
    const range = { from: part * each, to: Math.min(columns, (part + 1) * each), isLast: part === parts - 1 };
    const page = document.createElement("section");
    const sheet = document.createElement("table");
    sheet.className = "sheet";
    const which = parts > 1 ? fill(words.page, { page: part + 1, pages: parts }) : "";
    const heading = document.createElement("p");
    heading.append(spanOf(title), spanOf(which));
    sheet.append(widthsOf(table, range), headOf(months, dates, range), bodyOf(table.tBodies[0], range));
    page.append(heading, sheet);
    pages.append(page);
  }
  return pages;
}

function spanOf(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

function widthsOf(table, range) {
  const group = document.createElement("colgroup");
  for (const col of chosen([...table.querySelectorAll("col")], range)) group.append(col.cloneNode());
  return group;
}

/* Of as many things as the sheet has columns, those of a page. */
function chosen(things, { from, to, isLast }) {
  const figures = isLast ? things.slice(-AFTER) : [];
  return [...things.slice(0, BEFORE), ...things.slice(BEFORE + from, BEFORE + to), ...figures];
}

function headOf(months, dates, { from, to, isLast }) {
  const head = document.createElement("thead");
  const [upper, lower] = [head.insertRow(), head.insertRow()];
  const cells = [...months.cells];
  cells.slice(0, BEFORE).forEach((cell) => upper.append(copy(cell)));
  let place = 0;
  for (const cell of cells.slice(BEFORE, -3)) {
    const shared = Math.min(to, place + cell.colSpan) - Math.max(from, place);
    place += cell.colSpan;
    if (shared <= 0) continue;
    const month = copy(cell);
    month.colSpan = shared;
    upper.append(month);
  }
  [...dates.cells].slice(from, to).forEach((cell) => lower.append(copy(cell)));
  if (isLast) {
    cells.slice(-3).forEach((cell) => upper.append(copy(cell)));
    [...dates.cells].slice(-2).forEach((cell) => lower.append(copy(cell)));
  }
  return head;
}

function bodyOf(rows, range) {
  const body = document.createElement("tbody");
  for (const row of rows.rows) {
    const printed = body.insertRow();
    printed.className = row.className;
    chosen([...row.cells], range).forEach((cell) => printed.append(copy(cell)));
  }
  return body;
}

function copy(cell) {
  const copied = cell.cloneNode(true);
  for (const name of ["id", "tabindex", "aria-label", "data-state", "data-key", "data-cell"]) copied.removeAttribute(name);
  copied.classList.remove("is-here", "is-today");
  return copied;
}
