"""Who may write what, when: one table, the same on the node and at central."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sync.documents import identifiers, judgement
from sync.documents.entry import Entry
from sync.documents.identifiers import LessonKey
from sync.documents.judgement import Lock

LESSON = LessonKey("g1", date(2026, 10, 14), 1)
NOON = datetime(2026, 10, 14, 9, tzinfo=UTC)
MARK = identifiers.mark_id(LESSON, "s1")
ABSENCE = identifiers.absence_id(LESSON, "s1")
TOPIC = identifiers.lesson_id(LESSON)
WORK = identifiers.work_id(LESSON, "w1")


@dataclass
class School:
    """One group, taught by p1; p2 substitutes in its first lesson; p3 is the class teacher."""

    lock: list[Lock] = field(default_factory=list)
    contact: datetime | None = None

    def is_active_teacher(self, person: str) -> bool:
        return person in {"p1", "p2", "p3"}

    def teaches(self, person: str, lesson: LessonKey) -> bool:
        return person == "p1" and lesson.group == "g1"

    def substitutes(self, person: str, lesson: LessonKey) -> bool:
        return person == "p2" and lesson == LESSON

    def is_member(self, student: str, lesson: LessonKey) -> bool:
        return student == "s1"

    def is_homeroom_teacher(self, person: str, student: str, on: date) -> bool:
        return person == "p3" and student == "s1"

    def in_school_year(self, on: date) -> bool:
        return date(2026, 9, 1) <= on <= date(2027, 5, 31)

    def local_date(self, at: datetime) -> date:
        return (at + timedelta(hours=3)).date()

    def locks(self, group: str) -> list[Lock]:
        return self.lock

    def had_contact_since(self, node: str, at: datetime) -> bool:
        return self.contact is not None and self.contact >= at


STEP = Entry("value", None, 5, "p1", "n1", "e1", 1, NOON)


def judge(doc_id: str, step: Entry, school: School | None = None) -> str | None:
    return judgement.judge_step(identifiers.parse_journal(doc_id), step, school or School())


@pytest.mark.parametrize(
    ("doc_id", "step", "code"),
    [
        (MARK, STEP, None),
        (MARK, replace(STEP, author="p2"), None),
        (MARK, replace(STEP, author="p3"), "not_your_lesson"),
        (MARK, replace(STEP, author="p9"), "author_unknown"),
        (MARK, replace(STEP, author="central"), "author_unknown"),
        (MARK, replace(STEP, field="later"), "unknown_field"),
        (MARK, replace(STEP, field="entries"), "unknown_field"),
        (identifiers.mark_id(LESSON, "s2"), STEP, "not_in_group"),
        (identifiers.mark_id(LESSON, "s2"), replace(STEP, old=5, new=None), None),
        (identifiers.mark_id(replace(LESSON, group="g2"), "s1"), STEP, "not_your_lesson"),
        (
            identifiers.mark_id(replace(LESSON, ordinal=2), "s1"),
            replace(STEP, author="p2"),
            "not_your_lesson",
        ),
        (ABSENCE, replace(STEP, field="presence", new="absent"), None),
        (ABSENCE, replace(STEP, field="reason", new="ill"), "reason_not_yours"),
        (ABSENCE, replace(STEP, field="reason", new="ill", author="p3"), None),
        (ABSENCE, replace(STEP, field="presence", author="p3"), "not_your_lesson"),
        (TOPIC, replace(STEP, field="topic", new="Дроби"), None),
    ],
)
def test_author_may_write_what_the_school_gave_them(
    doc_id: str, step: Entry, code: str | None
) -> None:
    assert judge(doc_id, step) == code


@pytest.mark.parametrize(
    ("doc_id", "name", "days", "code"),
    [
        (MARK, "value", 0, None),
        (MARK, "value", -1, "lesson_in_future"),
        (ABSENCE, "presence", -1, "lesson_in_future"),
        (TOPIC, "roll_call", -1, "lesson_in_future"),
        (TOPIC, "topic", -14, None),
        (TOPIC, "homework", -15, "lesson_in_future"),
        (WORK, "weight", -14, None),
        (WORK, "weight", -15, "lesson_in_future"),
        (MARK, "value", 100, None),
    ],
)
def test_marks_wait_for_the_lesson_but_topics_may_be_prepared(
    doc_id: str, name: str, days: int, code: str | None
) -> None:
    step = replace(STEP, field=name, written_at=NOON + timedelta(days=days))

    assert judge(doc_id, step) == code


def test_date_of_the_lesson_is_the_schools_and_not_the_suns() -> None:
    after_midnight_at_school = datetime(2026, 10, 13, 21, 5, tzinfo=UTC)
    before_it = datetime(2026, 10, 13, 20, 55, tzinfo=UTC)

    assert judge(MARK, replace(STEP, written_at=after_midnight_at_school)) is None
    assert judge(MARK, replace(STEP, written_at=before_it)) == "lesson_in_future"
    corrected = replace(STEP, written_at=before_it, clock_offset=600)
    assert judge(MARK, corrected) is None


def test_clock_that_cannot_be_trusted_refuses_nothing() -> None:
    in_1970 = replace(STEP, written_at=datetime(1970, 1, 1, tzinfo=UTC), clock_suspect=True)

    assert judge(MARK, in_1970) is None


def test_lesson_outside_the_school_year_is_not_kept() -> None:
    july = LessonKey("g1", date(2026, 7, 1), 1)

    assert judge(identifiers.mark_id(july, "s1"), STEP) == "outside_school_year"


LOCKED = Lock(until=date(2026, 10, 25), locked_at=NOON + timedelta(days=20))


@pytest.mark.parametrize(
    ("days_written", "suspect", "days_contact", "code"),
    [
        (0, False, None, None),  # in time, never in contact since: accepted although it comes late
        (0, False, 19, None),
        (0, False, 20, "term_locked"),  # it was in contact after the lock: would have sent it then
        (0, True, None, "term_locked"),
        (20, False, None, "term_locked"),
        (21, False, None, "term_locked"),
    ],
)
def test_lock_asks_when_it_was_written_and_whether_the_node_could_have_sent_it(
    days_written: int, suspect: bool, days_contact: int | None, code: str | None
) -> None:
    contact = None if days_contact is None else NOON + timedelta(days=days_contact)
    step = replace(STEP, written_at=NOON + timedelta(days=days_written), clock_suspect=suspect)

    assert judge(MARK, step, School([LOCKED], contact)) == code


def test_lock_does_not_close_later_lessons() -> None:
    november = LessonKey("g1", date(2026, 11, 10), 1)
    step = replace(STEP, written_at=NOON + timedelta(days=40))

    assert judge(identifiers.mark_id(november, "s1"), step, School([LOCKED])) is None
