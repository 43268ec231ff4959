"""A table as a workbook (.xlsx): what people typed stays text and never becomes a formula.

A cell that begins with ``=`` is a formula to a spreadsheet program, and a topic of a lesson may
begin so. Every text is written as a string, whatever it looks like; numbers as numbers.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

_A4 = 9
_MOST_OF_A_CELL = 32_767  # characters; more a workbook does not hold
_SHEET_NAME = 31
_FORBIDDEN_IN_NAMES = dict.fromkeys(map(ord, "[]:*?/\\'"), " ")


@dataclass(frozen=True)
class Sheet:
    """A sheet: lines of the head, the columns with their widths, rows, lines of the foot."""

    name: str
    head: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    widths: Sequence[int] = field(default_factory=list)
    foot: Sequence[str] = field(default_factory=list)


def of(sheet: Sheet) -> bytes:
    """Return the workbook with one sheet, ready to print on A4 with repeated heads of columns."""
    held = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(held, options) as book:
        _fill(book, sheet)
    return held.getvalue()


def _fill(book: Any, sheet: Sheet) -> None:
    name = sheet.name.translate(_FORBIDDEN_IN_NAMES)[:_SHEET_NAME]
    page = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    columns = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
    cell = book.add_format({"text_wrap": True, "valign": "top", "bottom": 4})
    for number, width in enumerate(sheet.widths):
        page.set_column(number, number, width)
    row = 0
    for text in sheet.head:
        page.write_string(row, 0, text, bold)
        row += 1
    row += 1
    for number, text in enumerate(sheet.columns):
        page.write_string(row, number, text, columns)
    page.freeze_panes(row + 1, 0)
    page.repeat_rows(row)
    for values in sheet.rows:
        row += 1
        _write_row(page, row, values, cell)
    for text in sheet.foot:
        row += 2
        page.write_string(row, 0, text)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_footer("&C&P / &N")


def _write_row(page: Any, row: int, values: Sequence[str | int], style: Any) -> None:
    for number, value in enumerate(values):
        if isinstance(value, str):
            page.write_string(row, number, value[:_MOST_OF_A_CELL], style)
        else:
            page.write_number(row, number, value, style)
