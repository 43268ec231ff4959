"""Enters a substitution: a lesson of one date is given by somebody else, elsewhere, or not at all.

The lesson is named as people name it, by its number that day; in the document it is the group's
lesson with its ordinal, which stays what it is however the day is rearranged.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from central.reference import ReferenceWriter
from central.storage import Storage
from sync import errors
from sync.documents import identifiers, kinds
from sync.projections import calendars, day, groups, people
from sync.projections.groups import Group
from sync.school import people as names
from sync.school.people import Role
from sync.school.timetable import SubstitutionKind
from sync.store.connection import Connection

_TEACHING = frozenset({Role.TEACHER, Role.HOMEROOM_TEACHER, Role.DEPUTY_HEAD, Role.DIRECTOR})


@dataclass(frozen=True)
class Substitution:
    """What is to be different; None means as planned.

    Attributes:
        group: id of the teaching group.
        number: the lesson's number in the timetable of that day.
        teacher: id of who gives the lesson instead.
    """

    group: str
    date: date
    number: int
    teacher: str | None = None
    room: str | None = None
    change: SubstitutionKind = SubstitutionKind.SAME_SUBJECT
    reason: str | None = None


def enter(storage: Storage, wanted: Substitution) -> str:
    """Write the substitution and return the id of its document; an earlier one is replaced.

    Raises:
        errors.EntryRefused: the group has no lesson of that number on that date
            (``no_such_lesson``), or the person may not keep lessons (``not_a_teacher``).
    """
    connection = storage.store.database.read()
    ordinal = _ordinal(connection, wanted)
    if wanted.teacher is not None:
        member = people.staff_member(connection, wanted.teacher)
        if member is None or not member.roles & _TEACHING:
            raise errors.EntryRefused(code="not_a_teacher", hint="choose_another_teacher")
    with storage.store.transaction() as tx:
        earlier = _earlier(tx.connection, wanted, ordinal)
        stored = None if earlier is None else tx.get(earlier)
        doc_id = earlier or identifiers.reference_id(
            "substitution", identifiers.new_id(storage.randomness)
        )
        now = storage.clock.now()
        with ReferenceWriter(tx, storage.maker, storage.store.epoch, now) as writer:
            parent = None if stored is None else stored.rev
            writer.put(doc_id, _fields(wanted, ordinal), parent=parent)
    return doc_id


def find_group(
    connection: Connection, class_name: str, subject: str, subgroup: int | None = None
) -> Group:
    """Return the teaching group that people name by class, subject and number of the part.

    Raises:
        errors.EntryRefused: there is none, or more than one (``no_such_group``).
    """
    wanted_class = names.class_sort_key(class_name)
    wanted_subject = names.search_key(subject)
    found = [
        group
        for one in classes_of_this_year(connection)
        if names.class_sort_key(one.name) == wanted_class
        for group in groups.groups_of_class(connection, one.id)
        if group.subgroup == subgroup
        and names.search_key(group.subject_name).startswith(wanted_subject)
    ]
    exact = [group for group in found if names.search_key(group.subject_name) == wanted_subject]
    chosen = exact or found
    if len(chosen) != 1:
        raise errors.EntryRefused(code="no_such_group", hint="check_group")
    return chosen[0]


def find_teacher(connection: Connection, typed: str) -> str:
    """Return the id of the member of staff with a full name, or with a surname nobody else has.

    Raises:
        errors.EntryRefused: nobody, or several people (``no_such_teacher``).
    """
    wanted = names.search_key(typed)
    staff = people.all_staff(connection)
    found = [one for one in staff if names.search_key(one.name.full()) == wanted] or [
        one
        for one in staff
        if wanted in (names.search_key(one.name.last), names.search_key(one.name.short()))
    ]
    if len(found) != 1:
        raise errors.EntryRefused(code="no_such_teacher", hint="give_full_name")
    return found[0].id


def classes_of_this_year(connection: Connection) -> list[groups.SchoolClass]:
    """Return the classes of the newest school year, 2А before 10А."""
    rows = connection.execute(
        "SELECT c.id FROM school_class c WHERE c.calendar ="
        " (SELECT id FROM calendar ORDER BY starts DESC LIMIT 1)"
    ).fetchall()
    of_this_year = {row[0] for row in rows}
    return [one for one in groups.all_classes(connection) if one.id in of_this_year]


def _ordinal(connection: Connection, wanted: Substitution) -> int:
    group = groups.group(connection, wanted.group)
    if group is not None and calendars.current(connection) is not None:
        for lesson in day.planned_lessons(connection, [group], wanted.date, wanted.date):
            if lesson.number == wanted.number:
                return lesson.ordinal
    raise errors.EntryRefused(
        code="no_such_lesson", hint="check_lesson", number=wanted.number, date=str(wanted.date)
    )


def _earlier(connection: Connection, wanted: Substitution, ordinal: int) -> str | None:
    row = connection.execute(
        "SELECT doc_id FROM substitution WHERE group_id = ? AND date = ? AND ordinal = ?"
        " ORDER BY doc_id LIMIT 1",
        (wanted.group, wanted.date.isoformat(), ordinal),
    ).fetchone()
    return None if row is None else str(row[0])


def _fields(wanted: Substitution, ordinal: int) -> dict[str, Any]:
    return {
        "kind": "substitution",
        "schema": kinds.SCHEMA,
        "group": wanted.group,
        "date": wanted.date.isoformat(),
        "ordinal": ordinal,
        "teacher": wanted.teacher,
        "room": wanted.room,
        "number": None,
        "change": wanted.change.value,
        "reason": wanted.reason,
    }
