"""Marks by subject: what a child has in a term, with averages, and the averages term by term.

A mark belongs to the term of its lesson's date and to the subject of its group. So marks given in
another subgroup, or in the class before, stand with the subject they were given in.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from central.diary import shown, trend
from central.diary.family import Child
from central.diary.shown import ShownMark
from central.diary.trend import Trend
from sync.projections import groups, journal_sheet, marks
from sync.projections.groups import Group
from sync.projections.marks import KeptMark
from sync.school import people
from sync.school.school_year import Term
from sync.store.connection import Connection


@dataclass(frozen=True)
class Subject:
    """A subject with the groups in which the child learns or learned it."""

    id: str
    name: str
    groups: tuple[str, ...]
    markless: bool


@dataclass(frozen=True)
class SubjectMarks:
    """The marks of a subject between two dates, oldest first, their exact averages and course."""

    subject: Subject
    marks: Sequence[ShownMark]
    average: Fraction | None
    weighted: Fraction | None
    trend: Trend | None


@dataclass(frozen=True)
class YearRow:
    """A subject's weighted averages by term (id), and over all of them."""

    subject: Subject
    by_term: Mapping[str, Fraction | None]
    year: Fraction | None


def marks_between(
    connection: Connection, child: Child, first: date, last: date
) -> list[SubjectMarks]:
    """Return every subject the child learns or has marks in, by name; both dates included."""
    found = marks.marks_of_student(connection, child.id, first, last)
    subjects = _subjects(connection, child, found, (first, last))
    by_subject = _by_subject(subjects, found)
    return [_subject_marks(connection, each, by_subject[each.id]) for each in subjects]


def year_by_terms(connection: Connection, child: Child, terms: Sequence[Term]) -> list[YearRow]:
    """Return the weighted averages of each subject for each term; [] without terms."""
    if not terms:
        return []
    first, last = terms[0].starts, terms[-1].ends
    found = marks.marks_of_student(connection, child.id, first, last)
    subjects = _subjects(connection, child, found, (first, last))
    by_subject = _by_subject(subjects, found)
    return [
        YearRow(
            subject=each,
            by_term={term.id: _weighted(_within(by_subject[each.id], term)) for term in terms},
            year=_weighted(by_subject[each.id]),
        )
        for each in subjects
    ]


def subjects_of(connection: Connection, wanted: Sequence[Group]) -> list[Subject]:
    """Return the subjects of some groups, each once, in the order of their names."""
    by_id: dict[str, list[Group]] = defaultdict(list)
    for group in wanted:
        by_id[group.subject].append(group)
    found = [
        Subject(
            id=subject,
            name=members[0].subject_name,
            groups=tuple(sorted({group.id for group in members})),
            markless=all(group.markless for group in members),
        )
        for subject, members in by_id.items()
    ]
    return sorted(found, key=lambda each: (people.sort_key(each.name), each.id))


def _subjects(
    connection: Connection, child: Child, found: Sequence[KeptMark], between: tuple[date, date]
) -> list[Subject]:
    learned = {
        group.id: group
        for on in between
        for group in groups.groups_of_student(connection, child.id, on)
    }
    for group_id in {mark.lesson.group for mark in found} - learned.keys():
        group = groups.group(connection, group_id)
        if group is not None:
            learned[group_id] = group
    return subjects_of(connection, list(learned.values()))


def _by_subject(
    subjects: Sequence[Subject], found: Sequence[KeptMark]
) -> dict[str, list[KeptMark]]:
    subject_of = {group: subject.id for subject in subjects for group in subject.groups}
    by_subject: dict[str, list[KeptMark]] = defaultdict(list)
    for mark in found:
        by_subject[subject_of.get(mark.lesson.group, "")].append(mark)
    return by_subject


def _subject_marks(
    connection: Connection, subject: Subject, found: Sequence[KeptMark]
) -> SubjectMarks:
    plain, weighted = journal_sheet.average_of(found)
    marks_shown = shown.explained(connection, found)
    return SubjectMarks(subject, marks_shown, plain, weighted, trend.trend(marks_shown))


def _within(found: Sequence[KeptMark], term: Term) -> list[KeptMark]:
    return [mark for mark in found if term.starts <= mark.lesson.date <= term.ends]


def _weighted(found: Sequence[KeptMark]) -> Fraction | None:
    return journal_sheet.average_of(found)[1]
