"""Reads the school year from the workbook: school, terms, bells, holidays."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from central.imports import cells, layout, names, vocabulary
from central.imports.draft import Bell, Draft, Holiday, School, Term
from central.imports.problems import Problems
from central.imports.rows import Reader, Row, Tables
from sync import errors
from sync.school import school_year
from sync.school.school_year import SchoolYear, TermKind
from sync.school.timetable import HIGHEST_LESSON_NUMBER, LOWEST_LESSON_NUMBER

_LABEL = re.compile(r"(\d{4})\s*[-/\u2010-\u2015]\s*(\d{4})")
_SCHOOL_WEEKS = (5, 7)
_SHIFTS = (1, 3)


def read(tables: Tables, draft: Draft, problems: Problems) -> None:
    """Fill the school, its terms and bells."""
    draft.school = _school(tables[layout.SCHOOL.title], problems)
    seen_terms: set[tuple[str, str]] = set()
    for row in tables[layout.TERMS.title]:
        if term := _term(Reader(layout.TERMS, row, problems), seen_terms):
            draft.terms.append(term)
    if not draft.terms:
        problems.refuse(layout.TERMS.title, None, None, "no_terms")
    seen_bells: set[tuple[int, int]] = set()
    for row in tables[layout.BELLS.title]:
        if bell := _bell(Reader(layout.BELLS, row, problems), seen_bells):
            draft.bells.append(bell)
    if not draft.bells:
        problems.refuse(layout.BELLS.title, None, None, "no_bells")


def read_holidays(tables: Tables, draft: Draft, problems: Problems) -> None:
    """Fill the holidays, which may name classes, and check the whole calendar."""
    for row in tables[layout.HOLIDAYS.title]:
        reader = Reader(layout.HOLIDAYS, row, problems)
        if holiday := _holiday(reader, row, draft):
            draft.holidays.append(holiday)
    _check_calendar(draft, problems)


def _school(rows: list[Row], problems: Problems) -> School | None:
    title = layout.SCHOOL.title
    found: dict[str, Reader] = {}
    for row in rows:
        reader = Reader(layout.SCHOOL, row, problems)
        parameter = vocabulary.folded(reader.needed("parameter"))
        if parameter in found:
            reader.refuse("parameter", "row_twice", other=found[parameter].number)
        elif parameter in vocabulary.SCHOOL_PARAMETERS:
            found[parameter] = reader
        elif reader.good:
            reader.warn("parameter", "parameter_ignored")
    for parameter in vocabulary.SCHOOL_PARAMETERS:
        if parameter not in found:
            problems.refuse(title, None, None, "parameter_missing", parameter=parameter)
    return _school_from(found, problems) if len(found) == 4 else None


def _school_from(found: Mapping[str, Reader], problems: Problems) -> School | None:
    label = found[vocabulary.SCHOOL_YEAR]
    written = _LABEL.fullmatch(label.needed("value"))
    if written is None or int(written[2]) != int(written[1]) + 1:
        label.refuse("value", "not_a_school_year")
    zone = found[vocabulary.TIMEZONE]
    timezone = zone.needed("value")
    try:
        school_year.zone(timezone)
    except errors.CalendarRefused:
        zone.refuse("value", "unknown_timezone", typed=timezone[:40])
    name = found[vocabulary.SCHOOL_NAME].needed("value")
    week = found[vocabulary.SCHOOL_WEEK].needed_number("value", *_SCHOOL_WEEKS)
    if written is None or not all(reader.good for reader in found.values()):
        # Nothing can be placed without the school itself, so this is no row to be left out.
        problems.refuse(layout.SCHOOL.title, None, None, "school_unusable")
        return None
    return School(name, f"{written[1]}/{written[2]}", timezone, week)


def _term(reader: Reader, seen: set[tuple[str, str]]) -> Term | None:
    kind = vocabulary.TERM_KINDS.get(vocabulary.folded(reader.needed("kind")))
    if kind is None and reader.good:
        reader.refuse("kind", "unknown_term_kind")
    name = reader.needed("name")
    starts, ends = reader.needed_day("starts"), reader.needed_day("ends")
    years = years_of(reader, "years")
    if reader.good and ends < starts:
        reader.refuse("ends", "ends_before_start")
    key = (str(kind), names.text_key(name))
    if reader.good and key in seen:
        reader.refuse("name", "name_twice")
    if not reader.good or kind is None:
        return None
    seen.add(key)
    return Term(reader.number, kind.value, name, starts, ends, years)


def years_of(reader: Reader, name: str) -> tuple[int, ...]:
    """Return the years of study in a cell; () if there are none, which is noted."""
    typed = reader.needed(name)
    if not typed:
        return ()
    if isinstance(reader.raw(name), datetime):
        # Excel turns a typed «1-9» into the first of September.
        reader.refuse(name, "excel_made_a_date", typed=typed)
        return ()
    try:
        return tuple(sorted(school_year.parse_years(typed)))
    except errors.YearsNotUnderstood:
        reader.refuse(name, "years_not_understood", typed=typed[:40])
        return ()


def _bell(reader: Reader, seen: set[tuple[int, int]]) -> Bell | None:
    number = reader.needed_number("number", LOWEST_LESSON_NUMBER, HIGHEST_LESSON_NUMBER)
    shift = reader.number_between("shift", *_SHIFTS) or 1
    starts, ends = reader.time("starts"), reader.time("ends")
    if reader.good and ends <= starts:
        reader.refuse("ends", "ends_before_start")
    if reader.good and (shift, number) in seen:
        reader.refuse("number", "bell_twice")
    if not reader.good:
        return None
    seen.add((shift, number))
    return Bell(reader.number, shift, number, starts, ends)


def _holiday(reader: Reader, row: Row, draft: Draft) -> Holiday | None:
    name = reader.needed("name")
    starts, ends = reader.needed_day("starts"), reader.needed_day("ends")
    if reader.good and ends < starts:
        reader.refuse("ends", "ends_before_start")
    years, classes = _whose(reader, row.values.get("whose"), draft)
    if not reader.good:
        return None
    return Holiday(reader.number, name, starts, ends, years, classes)


def _whose(
    reader: Reader, raw: Any, draft: Draft
) -> tuple[tuple[int, ...] | None, tuple[str, ...] | None]:
    """Return the years of study and the classes that a holiday is for; (None, None): everybody."""
    typed = cells.text(raw)
    if vocabulary.folded(typed) in vocabulary.EVERYBODY:
        return None, None
    years: set[int] = set()
    classes: list[str] = []
    for part in re.split("[,;]", typed):
        key = names.class_key(part)
        if key in draft.classes:
            classes.append(key)
            continue
        try:
            years.update(school_year.parse_years(part))
        except errors.YearsNotUnderstood:
            reader.refuse("whose", "unknown_class", typed=part.strip()[:40])
    return (tuple(sorted(years)) if years else None), (tuple(classes) if classes else None)


def _check_calendar(draft: Draft, problems: Problems) -> None:
    """Note where the terms contradict each other: the same rules as everywhere in the journal."""
    if draft.school is None or not draft.terms:
        return
    terms = tuple(
        school_year.Term(
            str(term.row), TermKind(term.kind), term.name, term.starts, term.ends,
            frozenset(term.years),
        )
        for term in draft.terms
    )  # fmt: skip
    try:
        SchoolYear(
            draft.school.label,
            draft.school.timezone,
            draft.year_starts,
            draft.year_ends,
            draft.school.weekdays,
            terms,
        )
    except errors.CalendarRefused as error:
        params = dict(error.params)
        problems.refuse(layout.TERMS.title, None, None, error.code, **params)
