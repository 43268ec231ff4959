"""What may be corrected at the server: the entries of one lesson, as they stand in the journal.

Lessons are kept in the classrooms. A correction here is the exception: it has a reason, is a
decision like any other, and goes to the classrooms with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from central.desk.matters import Matter
from central.desk.office import Reading
from sync.documents import identifiers, kinds, leaves
from sync.documents.identifiers import LessonKey
from sync.projections import absences, groups, lessons, marks
from sync.projections.groups import Group


@dataclass(frozen=True)
class Standing:
    """A document as it stands: what it is about, its fields, the leaf that was read."""

    about: Matter
    values: Mapping[str, Any]
    rev: str
    disputed: bool


def of_group(now: Reading, group: Group, on: date) -> list[Standing]:
    """Return what was kept of a group's lessons on a date: lessons, columns, absences, marks."""
    connection = now.connection
    found = [
        identifiers.lesson_id(one.key)
        for one in lessons.lessons_of_group(connection, group.id, on, on)
    ]
    found += [
        identifiers.work_id(one.lesson, one.id)
        for one in lessons.works_of_lessons(connection, group.id, on, on)
    ]
    found += [one.id for one in absences.absences_of_group(connection, group.id, on, on)]
    found += [one.id for one in marks.marks_of_group(connection, group.id, on, on)]
    return [one for doc_id in found if (one := standing(now, doc_id)) is not None]


def standing(now: Reading, doc_id: str) -> Standing | None:
    """Return one document as it stands; None if there is none.

    Raises:
        errors.BadDocumentId: this is no id of a journal document.
    """
    about = now.book.matter(doc_id)
    live = [leaf for leaf in now.store.leaves(doc_id) if not leaf.deleted]
    if not live:
        return None
    agreed, disputed = leaves.agreed(about.kind, [leaf.value for leaf in live])
    values = {name: agreed.get(name) for name in kinds.FIELDS[about.kind]}
    return Standing(about, values, live[0].rev, disputed)


def groups_to_choose(now: Reading, class_id: str) -> Sequence[Group]:
    """Return the teaching groups of a class, by subject."""
    return groups.groups_of_class(now.connection, class_id)


def lessons_in(found: Sequence[Standing]) -> dict[LessonKey, list[Standing]]:
    """Return documents by their lesson, lessons in their order."""
    by_lesson: dict[LessonKey, list[Standing]] = {}
    for one in sorted(found, key=_order):
        by_lesson.setdefault(one.about.lesson, []).append(one)
    return by_lesson


def _order(one: Standing) -> tuple[LessonKey, int, str, str]:
    student = "" if one.about.student is None else one.about.student.sort_key
    rank = ("lesson", "work", "absence", "mark").index(one.about.kind)
    return (one.about.lesson, rank, student, one.about.doc_id)
