"""May this step be written? One pure judgement, asked by the node's forms and by the gateway.

The same question is asked twice: on the node before a save, where a "no" is a message to the
teacher, and at central when the document arrives, where a "no" puts it aside with its reason. Both
ask ``judge_step`` with the facts they hold; the facts come from the school's documents, so that the
two can differ only while a node has not heard of a change yet.

The timetable is advice, not a right: what counts is an assignment or a substitution on the
lesson's date. Rights are judged as of the lesson's date; a lock by when the entry was made.

A verdict is ``accepted``, ``quarantined`` (kept aside with its reason until a person decides) or
``refused`` (not from an enrolled node, altered, or malformed: nothing is stored).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sync.documents import kinds
from sync.documents.entry import Entry
from sync.documents.identifiers import JournalId, LessonKey
from sync.school.deadlines import Deadlines

#: Topics and homework may be prepared this many days ahead; marks and presence may not.
PREPARE_DAYS_AHEAD = Deadlines().prepare_calendar_days_ahead

#: What of a lesson is only known once it takes place; everything else of it may be prepared.
_ON_THE_DAY = frozenset({"roll_call"})


class Outcome(StrEnum):
    """What becomes of a pushed document."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    REJECTED = "rejected"  # a person's decision about a quarantined one


@dataclass(frozen=True)
class Lock:
    """Lessons up to ``until`` (inclusive) are closed for what is written after ``locked_at``."""

    until: date
    locked_at: datetime


class Facts(Protocol):
    """What the judgement must know about the school; each program answers from its read tables."""

    def is_active_teacher(self, person: str) -> bool:
        """Tell whether the person is on the staff and may keep lessons."""

    def teaches(self, person: str, lesson: LessonKey) -> bool:
        """Tell whether the person is assigned to the lesson's group on its date."""

    def substitutes(self, person: str, lesson: LessonKey) -> bool:
        """Tell whether the person substitutes in exactly this lesson."""

    def is_member(self, student: str, lesson: LessonKey) -> bool:
        """Tell whether the student belongs to the lesson's group on its date."""

    def is_homeroom_teacher(self, person: str, student: str, on: date) -> bool:
        """Tell whether the person is the class teacher of the student's class on that date."""

    def in_school_year(self, on: date) -> bool:
        """Tell whether the date lies in the school year that the group belongs to."""

    def local_date(self, at: datetime) -> date:
        """Return the date in the school's zone."""

    def locks(self, group: str) -> list[Lock]:
        """Return the locks that close lessons of the group."""

    def had_contact_since(self, node: str, at: datetime) -> bool:
        """Tell whether the node has had a receipt from central at or after ``at``."""


def judge_step(doc_id: JournalId, entry: Entry, facts: Facts) -> str | None:
    """Return why the author may not make this step, as a quarantine code; None if they may.

    Codes: ``author_unknown``, ``not_your_lesson``, ``not_in_group``, ``reason_not_yours``,
    ``outside_school_year``, ``lesson_in_future``, ``unknown_field``, ``term_locked``.
    """
    return (
        _author(entry, facts)
        or _right(doc_id, entry, facts)
        or _membership(doc_id, entry, facts)
        or _when(doc_id, entry, facts)
        or _lock(doc_id, entry, facts)
    )


def _author(entry: Entry, facts: Facts) -> str | None:
    return None if facts.is_active_teacher(entry.author) else "author_unknown"


def _right(doc_id: JournalId, entry: Entry, facts: Facts) -> str | None:
    if entry.field not in kinds.FIELDS[doc_id.kind]:
        return "unknown_field"
    if doc_id.kind == "absence" and entry.field == "reason":
        return _right_to_reason(doc_id, entry, facts)
    lesson = doc_id.lesson
    if facts.teaches(entry.author, lesson) or facts.substitutes(entry.author, lesson):
        return None
    return "not_your_lesson"


def _right_to_reason(doc_id: JournalId, entry: Entry, facts: Facts) -> str | None:
    student = doc_id.student
    if student and facts.is_homeroom_teacher(entry.author, student, doc_id.lesson.date):
        return None
    return "reason_not_yours"


def _membership(doc_id: JournalId, entry: Entry, facts: Facts) -> str | None:
    # Taking a value back must stay possible after the student has left the group.
    if doc_id.student is None or entry.new is None:
        return None
    return None if facts.is_member(doc_id.student, doc_id.lesson) else "not_in_group"


def _when(doc_id: JournalId, entry: Entry, facts: Facts) -> str | None:
    on = doc_id.lesson.date
    if not facts.in_school_year(on):
        return "outside_school_year"
    if entry.clock_suspect:
        return None  # its time says nothing; people see the flag
    allowed = facts.local_date(written_at(entry))
    if doc_id.kind == "work" or (doc_id.kind == "lesson" and entry.field not in _ON_THE_DAY):
        allowed += timedelta(days=PREPARE_DAYS_AHEAD)
    return "lesson_in_future" if on > allowed else None


def _lock(doc_id: JournalId, entry: Entry, facts: Facts) -> str | None:
    for lock in facts.locks(doc_id.lesson.group):
        if doc_id.lesson.date > lock.until:
            continue
        in_time = written_at(entry) < lock.locked_at and not entry.clock_suspect
        # A node that has been in contact since the lock would have sent an honest entry then.
        if not in_time or facts.had_contact_since(entry.node, lock.locked_at):
            return "term_locked"
    return None


def written_at(entry: Entry) -> datetime:
    """Return when the entry was made, corrected by how far the node's clock was off."""
    offset = entry.clock_offset
    return entry.written_at + timedelta(seconds=offset) if offset else entry.written_at
