"""Rows of a sheet by the names of their columns, and the careful way to take values from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from central.imports import cells
from central.imports.layout import ALL, Layout
from central.imports.problems import Param, Problems
from central.imports.workbook import Sheet
from sync.school import people

MAX_TEXT = 200


@dataclass(frozen=True)
class Row:
    """A row that is not empty: its number as Excel shows it, and raw values by column name."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Ignored:
    """A sheet (``heading`` None) or a column that this program does not read."""

    sheet: str
    heading: str | None


Tables = dict[str, list[Row]]


def tables_of(sheets: Sequence[Sheet], problems: Problems) -> tuple[Tables, list[Ignored]]:
    """Return the rows of all known sheets by sheet title, and what was ignored.

    Sheets and columns that are missing or there twice are noted as problems.
    """
    by_key: dict[str, Sheet] = {}
    for sheet in sheets:
        key = _key(sheet.title)
        if key in by_key:
            problems.refuse(_shown(sheet.title), None, None, "sheet_twice")
        by_key[key] = sheet
    tables: Tables = {}
    ignored: list[Ignored] = []
    for layout in ALL:
        found = by_key.pop(_key(layout.title), None)
        if found is None:
            problems.refuse(layout.title, None, None, "sheet_missing")
            tables[layout.title] = []
        else:
            tables[layout.title] = _rows(found, layout, problems, ignored)
    ignored.extend(Ignored(_shown(sheet.title), None) for sheet in by_key.values())
    return tables, ignored


def _rows(sheet: Sheet, layout: Layout, problems: Problems, ignored: list[Ignored]) -> list[Row]:
    if not sheet.rows:
        problems.refuse(layout.title, None, None, "sheet_without_headings")
        return []
    places = _places(sheet.rows[0], layout, problems, ignored)
    rows = []
    for number, raw in enumerate(sheet.rows[1:], start=2):
        values = {name: raw[place] for name, place in places.items() if place < len(raw)}
        if any(cells.text(value) for value in values.values()):
            rows.append(Row(number, values))
    return rows


def _places(
    headings: Sequence[Any], layout: Layout, problems: Problems, ignored: list[Ignored]
) -> dict[str, int]:
    names = {
        _key(heading): column.name
        for column in layout.columns
        for heading in (*column.also, column.heading)
    }
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        typed = cells.text(heading)
        name = names.get(_key(typed))
        if name is None:
            if typed:
                ignored.append(Ignored(layout.title, _shown(typed)))
        elif name in places:
            problems.refuse(layout.title, None, _shown(typed), "column_twice")
        else:
            places[name] = place
    for column in layout.columns:
        if column.required and column.name not in places:
            problems.refuse(layout.title, None, column.heading, "column_missing")
    return places


def _key(title: str) -> str:
    return people.search_key(title).strip(" .:*")


def _shown(title: str) -> str:
    return cells.text(title)[:40]


class Reader:
    """Takes the values of one row, noting what cannot be used; ``good`` tells whether all could."""

    def __init__(self, layout: Layout, row: Row, problems: Problems) -> None:
        """Read ``row`` of the sheet of ``layout``."""
        self.number = row.number
        self.good = True
        self._layout = layout
        self._row = row
        self._problems = problems

    def refuse(self, name: str, code: str, **params: Param) -> None:
        """Note that the value in the column ``name`` makes the row unusable."""
        self.good = False
        heading = self._layout.heading(name)
        self._problems.refuse(self._layout.title, self.number, heading, code, **params)

    def warn(self, name: str, code: str, **params: Param) -> None:
        """Note that the value in the column ``name`` should be looked at."""
        heading = self._layout.heading(name)
        self._problems.warn(self._layout.title, self.number, heading, code, **params)

    def raw(self, name: str) -> Any:
        """Return the cell's value as Excel keeps it."""
        return self._row.values.get(name)

    def has(self, name: str) -> bool:
        """Tell whether the cell holds something."""
        return bool(cells.text(self._row.values.get(name)))

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        """Return the text, "" if the cell is empty."""
        value = self._row.values.get(name)
        typed = cells.text(value)
        if cells.is_error(value):
            self.refuse(name, "excel_error", typed=typed)
        if len(typed) > limit:
            self.refuse(name, "text_too_long", length=len(typed), limit=limit)
        return typed

    def needed(self, name: str, limit: int = MAX_TEXT) -> str:
        """Return the text; an empty cell is a problem."""
        typed = self.text(name, limit)
        if not typed:
            self.refuse(name, "cell_empty")
        return typed

    def number_between(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number; None if the cell is empty or, noted, holds something else."""
        if not self.has(name):
            return None
        try:
            number = cells.whole_number(self._row.values[name])
        except cells.NotUnderstood:
            self.refuse(name, "not_a_whole_number", typed=self._typed(name))
            return None
        if not low <= number <= high:
            self.refuse(name, "number_outside_range", typed=number, low=low, high=high)
            return None
        return number

    def needed_number(self, name: str, low: int, high: int) -> int:
        """Return a whole number; ``low`` if there is none, which is noted."""
        if not self.has(name):
            self.refuse(name, "cell_empty")
            return low
        number = self.number_between(name, low, high)
        return low if number is None else number

    def day(self, name: str) -> date | None:
        """Return a date; None if the cell is empty or, noted, holds something else."""
        if not self.has(name):
            return None
        try:
            found = cells.day(self._row.values[name])
        except cells.NotUnderstood:
            self.refuse(name, "not_a_date", typed=self._typed(name))
            return None
        if not 1900 <= found.year <= 2100:
            self.refuse(name, "date_outside_range", typed=found.isoformat())
            return None
        return found

    def needed_day(self, name: str) -> date:
        """Return a date; a far one if there is none, which is noted."""
        if not self.has(name):
            self.refuse(name, "cell_empty")
        return self.day(name) or date.min

    def time(self, name: str) -> str:
        """Return a time as ``HH:MM``; "00:00" if there is none, which is noted."""
        if not self.has(name):
            self.refuse(name, "cell_empty")
            return "00:00"
        try:
            return cells.time_of_day(self._row.values[name])
        except cells.NotUnderstood:
            self.refuse(name, "not_a_time", typed=self._typed(name))
            return "00:00"

    def _typed(self, name: str) -> str:
        return cells.text(self._row.values.get(name))[:40]
