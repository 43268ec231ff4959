"""From the rows of a workbook to a checked draft of the school, sheet after sheet."""

from collections.abc import Callable
from dataclasses import dataclass

from central.imports import clashes, layout, read_lessons, read_people, read_year
from central.imports.draft import Draft
from central.imports.known import Known
from central.imports.lookup import Lookup
from central.imports.problems import Problems
from central.imports.rows import Tables

#: Asks what the journal knows of the school year with a label such as ``2026/2027``.
KnownOf = Callable[[str | None], Known]


@dataclass(frozen=True)
class Figures:
    """How many rows each sheet has, by title, empty ones not counted."""

    rows: dict[str, int]


def check(tables: Tables, known_of: KnownOf, problems: Problems) -> Draft:
    """Return what can be used of the rows; what cannot is noted in ``problems``."""
    draft = Draft()
    read_year.read(tables, draft, problems)
    known = known_of(draft.school.label if draft.school else None)
    read_people.read_subjects(tables, draft, problems)
    read_people.read_staff(tables, draft, problems)
    read_people.read_classes(tables, draft, known, problems)
    read_year.read_holidays(tables, draft, problems)
    read_people.read_students(tables, draft, known, problems)
    read_people.read_guardians(tables, draft, known, problems)
    read_lessons.read_load(tables, draft, known, problems)
    read_lessons.read_members(tables, draft, known, problems)
    read_lessons.read_timetable(tables, draft, known, problems)
    read_lessons.read_plans(tables, draft, known, problems)
    clashes.warn(draft, Lookup(draft, known), problems)
    return draft


def figures(tables: Tables) -> Figures:
    """Return the number of rows of each sheet, in the order in which they are read."""
    return Figures({sheet.title: len(tables[sheet.title]) for sheet in layout.ALL})
