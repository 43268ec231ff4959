"""The teacher's day: which lessons, whose, and what is still missing in each."""

from datetime import date, datetime, timedelta

import pytest

from node.journal import today
from node.journal.today import Relation, Rest, TeachersDay, Viewer, When
from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from sync.school.deadlines import Part
from tests.support import sample_school as school
from tests.support.sample_node import SampleNode


def day_of(
    node: SampleNode, teacher: str, shown: date | None = None, *, label: str = "Кабинет 12"
) -> TeachersDay:
    with node.store.database.snapshot() as connection:
        return today.teachers_day(connection, Viewer(teacher, node.clock.now(), label), shown)


def missing(found: TeachersDay, key: LessonKey) -> list[Part]:
    line = next(line for line in found.lines if line.lesson.key == key)
    return [one.part for one in line.missing]


def test_day_has_the_teachers_lessons_in_their_order(node: SampleNode) -> None:
    found = day_of(node, school.SOKOLOVA)

    assert found.shown == found.today == school.DAY
    assert [(line.lesson.number, line.lesson.key) for line in found.lines] == [
        (1, school.LESSON_1),
        (2, school.LESSON_2),
        (3, school.LESSON_SUBSTITUTED),
    ]


def test_substitution_stands_on_both_teachers_days(node: SampleNode) -> None:
    away = day_of(node, school.SOKOLOVA).lines[2]
    instead = day_of(node, school.YOLKIN).lines[0]

    assert away.lesson.key == instead.lesson.key == school.LESSON_SUBSTITUTED
    assert (away.relation, away.other) == (Relation.SUBSTITUTED, "Ёлкин П. С.")
    assert (instead.relation, instead.other) == (Relation.SUBSTITUTES, "Соколова А. М.")
    assert instead.lesson.room == "22"


def test_lesson_given_by_somebody_else_owes_nothing_to_the_absent_teacher(
    node: SampleNode,
) -> None:
    node.clock.advance(timedelta(hours=6))

    assert missing(day_of(node, school.SOKOLOVA), school.LESSON_SUBSTITUTED) == []
    assert Part.TOPIC in missing(day_of(node, school.YOLKIN), school.LESSON_SUBSTITUTED)


@pytest.mark.parametrize(
    ("label", "elsewhere"),
    [("Кабинет 12", [True, True, False]), ("22", [False, False, True]), ("Ноутбук", [False] * 3)],
)
def test_lessons_in_other_rooms_are_marked(
    node: SampleNode, label: str, elsewhere: list[bool]
) -> None:
    found = day_of(node, school.YOLKIN, label=label)

    assert [line.lesson.room for line in found.lines] == ["22", "22", "12"]
    assert [line.elsewhere for line in found.lines] == elsewhere


@pytest.mark.parametrize(
    ("minutes", "whens"),
    [
        (-100, [When.LATER, When.LATER, When.LATER]),
        (0, [When.OVER, When.NOW, When.LATER]),
        (15, [When.OVER, When.OVER, When.LATER]),
        (600, [When.OVER, When.OVER, When.OVER]),
    ],
)
def test_present_lesson_is_known_by_the_bells(
    node: SampleNode, minutes: int, whens: list[When]
) -> None:
    node.clock.advance(timedelta(minutes=minutes))

    assert [line.when for line in day_of(node, school.SOKOLOVA).lines] == whens


def test_nothing_is_missing_before_a_lesson_begins(node: SampleNode) -> None:
    node.clock.advance(timedelta(minutes=-100))

    assert all(not line.missing for line in day_of(node, school.SOKOLOVA).lines)


def test_what_is_recorded_is_no_longer_missing(node: SampleNode) -> None:
    journal = node.node.journal
    before = missing(day_of(node, school.SOKOLOVA), school.LESSON_1)

    journal.describe_lesson(
        school.SOKOLOVA, school.LESSON_1, {"topic": "Дроби"}, seen={}, token="token-1"
    )
    journal.call_roll(
        school.SOKOLOVA, school.LESSON_1, {school.ZHUKOV: Presence("absent")}, token="token-2"
    )
    journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, 5, seen=None, token="token-3"
    )
    found = day_of(node, school.SOKOLOVA)

    assert before == [Part.TOPIC, Part.ROLL_CALL]
    assert missing(found, school.LESSON_1) == []
    assert found.lines[0].marks == 1


def test_homework_is_a_reminder_an_hour_after_the_lesson(node: SampleNode) -> None:
    node.clock.advance(timedelta(minutes=20))
    first = day_of(node, school.SOKOLOVA).lines[0]

    reminder = next(one for one in first.missing if one.part is Part.HOMEWORK)
    assert reminder.is_warning


def test_lessons_of_earlier_days_without_topic_are_debts(node: SampleNode) -> None:
    found = day_of(node, school.KONSTANTINOPOLSKAYA)

    # 7 and 9 October: Wednesday has English and Safety, Friday English.
    assert [line.lesson.key.date.day for line in found.debts] == [9, 7, 7]


def test_kept_lesson_is_no_debt_for_want_of_homework(node: SampleNode) -> None:
    lesson = LessonKey(school.ENGLISH_5A_1, date(2026, 10, 9), 1)
    journal = node.node.journal
    journal.describe_lesson(
        school.KONSTANTINOPOLSKAYA, lesson, {"topic": "My family"}, seen={}, token="token-1"
    )
    journal.call_roll(school.KONSTANTINOPOLSKAYA, lesson, {}, token="token-2")

    found = day_of(node, school.KONSTANTINOPOLSKAYA)

    assert [line.lesson.key.date.day for line in found.debts] == [7, 7]


@pytest.mark.parametrize(
    ("on", "rest", "later"),
    [
        (date(2026, 10, 17), Rest.WEEKEND, date(2026, 10, 19)),
        (date(2026, 10, 28), Rest.HOLIDAY, date(2026, 11, 3)),
        (date(2026, 8, 20), Rest.OUTSIDE_YEAR, date(2026, 9, 1)),
        (date(2026, 10, 15), None, date(2026, 10, 16)),
    ],
)
def test_day_without_school_says_why_and_when_it_goes_on(
    node: SampleNode, on: date, rest: Rest | None, later: date
) -> None:
    found = day_of(node, school.YOLKIN, on)

    assert (found.rest, found.lines, found.later) == (rest, [], later)


def test_neighbouring_days_skip_holidays(node: SampleNode) -> None:
    found = day_of(node, school.SOKOLOVA, date(2026, 11, 3))

    assert (found.earlier, found.later) == (date(2026, 10, 23), date(2026, 11, 5))


def test_day_is_the_schools_and_not_the_computers(node: SampleNode) -> None:
    late = datetime.fromisoformat("2026-10-14T22:30:00+00:00")
    node.clock.advance(late - node.clock.now())

    assert day_of(node, school.SOKOLOVA).shown == date(2026, 10, 15)


def test_own_groups_are_listed(node: SampleNode) -> None:
    found = day_of(node, school.YOLKIN)

    assert [group.id for group in found.groups] == [school.ENGLISH_5A_2, school.TALKS_5A]
