from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.school import deadlines
from sync.school.deadlines import Deadlines, MissingPart, Part, SchoolDays, Timeliness
from sync.school.timetable import PlannedLesson
from tests.school import calendars

YEAR = calendars.school_year()
DAYS = SchoolDays(YEAR, 5, "5a")
SIX_DAYS = SchoolDays(calendars.school_year(weekdays=6), 5, "5a")

WEDNESDAY = date(2026, 10, 14)
FRIDAY = date(2026, 10, 16)
MONDAY = date(2026, 10, 19)

LESSON = PlannedLesson("maths", WEDNESDAY, 1, 2, starts=time(9, 25), ends=time(10, 10))


def at(day, hour, minute=0):
    """Return the instant of a time on the school's wall."""
    return YEAR.instant(day, time(hour, minute))


def missing(lesson, now, *there, rules=deadlines.DEFAULT, days=DAYS):
    found = deadlines.missing_parts(lesson, dict.fromkeys(there, True), now, days, rules)
    return [part.part.value for part in found]


# ------------------------------------------------------------------------------------ verdicts


@pytest.mark.parametrize(
    ("entered", "arrived", "today", "timeliness", "late"),
    [
        (None, None, date(2026, 10, 14), "not_due", 0),
        (None, None, date(2026, 10, 15), "missing", 1),
        (None, None, date(2026, 10, 19), "missing", 3),
        (date(2026, 10, 14), date(2026, 10, 14), MONDAY, "in_time", 0),
        (date(2026, 10, 14), None, MONDAY, "in_time", 0),
        (date(2026, 10, 14), date(2026, 10, 16), MONDAY, "in_time_arrived_late", 0),
        (date(2026, 10, 15), date(2026, 10, 15), MONDAY, "late", 1),
        (date(2026, 10, 19), date(2026, 10, 19), MONDAY, "late", 3),
        (date(2026, 10, 12), date(2026, 10, 12), MONDAY, "in_time", 0),
    ],
)
def test_a_deadline_is_judged_by_the_entry_and_not_by_its_arrival(
    entered, arrived, today, timeliness, late
):
    verdict = deadlines.judge(WEDNESDAY, entered, today, DAYS, arrived_on=arrived)

    assert verdict == deadlines.Verdict(Timeliness(timeliness), WEDNESDAY, late)


def test_delays_are_counted_in_school_days():
    assert deadlines.judge(FRIDAY, MONDAY, MONDAY, DAYS).days_late == 1
    assert deadlines.judge(FRIDAY, MONDAY, MONDAY, SIX_DAYS).days_late == 2
    over_holidays = deadlines.judge(date(2026, 10, 23), None, date(2026, 11, 5), DAYS)
    assert over_holidays.days_late == 2  # 3 and 5 November


def test_what_is_late_on_a_free_day_is_late_by_one():
    sunday = FRIDAY + timedelta(days=2)

    assert deadlines.judge(FRIDAY, sunday, sunday, DAYS).days_late == 1
    assert deadlines.judge(FRIDAY, None, sunday, DAYS).days_late == 1


def test_new_year_does_not_make_anybody_late():
    due = deadlines.mark_due(date(2026, 12, 29), "control", DAYS)

    assert due == date(2027, 1, 12)
    assert deadlines.judge(due, None, date(2027, 1, 1), DAYS).timeliness is Timeliness.NOT_DUE


@pytest.mark.parametrize(
    ("work_kind", "due"),
    [
        ("answer", date(2026, 10, 16)),
        ("homework", date(2026, 10, 16)),
        ("independent", date(2026, 10, 21)),
        ("control", date(2026, 10, 21)),
        ("essay", date(2026, 11, 5)),  # over the autumn holidays and 4 November
        ("a kind of a newer version", date(2026, 10, 21)),
    ],
)
def test_marks_are_due_by_the_kind_of_work(work_kind, due):
    assert deadlines.mark_due(FRIDAY, work_kind, DAYS) == due


def test_the_reason_of_an_absence_is_due_after_the_return():
    assert deadlines.reason_due(FRIDAY, DAYS) == date(2026, 10, 21)
    assert deadlines.reason_due(FRIDAY, SIX_DAYS) == date(2026, 10, 20)


def test_term_marks_are_due_two_school_days_before_the_terms_last_one():
    first_quarter, *_ = YEAR.terms_of(5)

    assert deadlines.term_marks_due(first_quarter, DAYS) == date(2026, 10, 21)
    assert deadlines.term_marks_due(first_quarter, SIX_DAYS) == date(2026, 10, 22)


@given(
    st.dates(date(2026, 9, 1), date(2027, 5, 26)),
    st.one_of(st.none(), st.dates(date(2026, 9, 1), date(2027, 6, 30))),
    st.dates(date(2026, 9, 1), date(2027, 6, 30)),
)
def test_only_what_is_late_or_missing_has_days(due, entered, today):
    verdict = deadlines.judge(due, entered, today, DAYS)

    overdue = verdict.timeliness in (Timeliness.LATE, Timeliness.MISSING)
    assert overdue is ((entered or today) > due)
    assert (verdict.days_late >= 1) is overdue


# ----------------------------------------------------------------------------- parts of a lesson


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(date(2026, 10, 13), 20), []),
        (at(WEDNESDAY, 9, 24), []),
        (at(WEDNESDAY, 9, 25), ["topic", "roll_call"]),
        (at(WEDNESDAY, 11, 9), ["topic", "roll_call"]),
        (at(WEDNESDAY, 11, 10), ["topic", "roll_call", "homework"]),
        (at(date(2026, 10, 15), 8), ["topic", "roll_call", "homework"]),
        (datetime(1970, 1, 1, tzinfo=UTC), []),
    ],
)
def test_parts_are_expected_from_the_beginning_and_homework_an_hour_after_the_end(now, expected):
    assert missing(LESSON, now) == expected


def test_what_is_recorded_is_not_missing():
    evening = at(WEDNESDAY, 20)

    assert missing(LESSON, evening, Part.TOPIC) == ["roll_call", "homework"]
    assert missing(LESSON, evening, Part.TOPIC, Part.ROLL_CALL, Part.HOMEWORK) == []
    assert deadlines.missing_parts(LESSON, {Part.TOPIC: False}, evening, DAYS)[0].part is Part.TOPIC


def test_a_cancelled_lesson_lacks_nothing():
    assert missing(replace(LESSON, cancelled=True), at(FRIDAY, 8)) == []


def test_a_missing_homework_is_only_a_reminder():
    found = deadlines.missing_parts(LESSON, {}, at(MONDAY, 8), DAYS)

    assert found == (
        MissingPart(Part.TOPIC, WEDNESDAY, is_warning=False, days_late=3),
        MissingPart(Part.ROLL_CALL, WEDNESDAY, is_warning=False, days_late=3),
        MissingPart(Part.HOMEWORK, WEDNESDAY, is_warning=True, days_late=3),
    )


def test_there_is_time_until_midnight_at_school():
    last_minute = datetime(2026, 10, 14, 20, 59, tzinfo=UTC)  # 23:59 in Moscow

    (topic, *_) = deadlines.missing_parts(LESSON, {}, last_minute, DAYS)
    (overdue, *_) = deadlines.missing_parts(LESSON, {}, last_minute + timedelta(minutes=1), DAYS)

    assert (topic.days_late, overdue.days_late) == (0, 1)


def test_a_lesson_without_a_bell_is_expected_on_its_day_and_its_homework_the_day_after():
    without_bell = replace(LESSON, starts=None, ends=None)

    assert missing(without_bell, at(WEDNESDAY, 0)) == ["topic", "roll_call"]
    assert missing(without_bell, at(WEDNESDAY, 23, 59)) == ["topic", "roll_call"]
    assert missing(without_bell, at(WEDNESDAY + timedelta(days=1), 0)) == [
        "topic",
        "roll_call",
        "homework",
    ]


def test_a_late_lesson_is_reminded_of_its_homework_the_day_after():
    evening = replace(LESSON, starts=time(22, 40), ends=time(23, 25))

    assert missing(evening, at(WEDNESDAY, 23, 59)) == ["topic", "roll_call"]
    assert "homework" in missing(evening, at(WEDNESDAY + timedelta(days=1), 0))


def test_lessons_after_the_clocks_moved_are_expected_at_their_hour():
    berlin = calendars.school_year(timezone="Europe/Berlin")
    days = SchoolDays(berlin, 10, "10a")
    lesson = replace(LESSON, date=date(2026, 10, 26))  # the Monday after summer time

    assert missing(lesson, datetime(2026, 10, 26, 8, 24, tzinfo=UTC), days=days) == []
    assert missing(lesson, datetime(2026, 10, 26, 8, 25, tzinfo=UTC), days=days) == [
        "topic",
        "roll_call",
    ]


def test_a_school_chooses_what_only_warns():
    strict = Deadlines(warns_only=frozenset())

    found = deadlines.missing_parts(LESSON, {}, at(WEDNESDAY, 20), DAYS, strict)

    assert not any(part.is_warning for part in found)


# --------------------------------------------------------------------------- windows and locks


def test_the_window_closes_after_seven_school_days():
    closes = deadlines.window_closes(WEDNESDAY, DAYS)

    assert closes == date(2026, 10, 23)
    assert deadlines.is_window_open(WEDNESDAY, closes, DAYS)
    assert not deadlines.is_window_open(WEDNESDAY, closes + timedelta(days=1), DAYS)
    assert deadlines.window_closes(WEDNESDAY, SIX_DAYS) == date(2026, 10, 22)


@pytest.mark.parametrize(
    ("lesson_date", "locked_at"),
    [
        (date(2026, 9, 30), datetime(2026, 10, 4, 21, 1, tzinfo=UTC)),
        (date(2026, 10, 1), datetime(2026, 11, 4, 21, 1, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2027, 1, 4, 21, 1, tzinfo=UTC)),
        (date(2027, 1, 1), datetime(2027, 2, 4, 21, 1, tzinfo=UTC)),
        (date(2027, 1, 31), datetime(2027, 2, 4, 21, 1, tzinfo=UTC)),
    ],
)
def test_a_month_is_locked_on_the_fifth_of_the_next_at_a_minute_past_midnight(
    lesson_date, locked_at
):
    assert deadlines.month_locked_at(lesson_date, YEAR) == locked_at


def test_an_own_entry_is_taken_back_freely_for_a_day():
    entered = at(WEDNESDAY, 10)

    assert deadlines.may_delete_without_reason(entered, entered + timedelta(hours=24))
    assert not deadlines.may_delete_without_reason(
        entered, entered + timedelta(hours=24, seconds=1)
    )


@pytest.mark.parametrize(
    ("part", "now", "allowed"),
    [
        (Part.TOPIC, at(date(2026, 9, 30), 8), True),
        (Part.TOPIC, at(date(2026, 9, 29), 8), False),
        (Part.HOMEWORK, at(date(2026, 10, 13), 8), True),
        (Part.ROLL_CALL, at(date(2026, 10, 13), 8), False),
        (Part.ROLL_CALL, at(WEDNESDAY, 9, 24), False),
        (Part.ROLL_CALL, at(WEDNESDAY, 9, 25), True),
        (Part.ROLL_CALL, at(FRIDAY, 7), True),
        (None, at(WEDNESDAY, 9, 24), False),
        (None, at(WEDNESDAY, 9, 25), True),
    ],
)
def test_topics_may_be_prepared_but_marks_and_roll_call_wait_for_the_lesson(part, now, allowed):
    assert deadlines.may_enter_ahead(part, LESSON, now, YEAR) is allowed


def test_a_school_may_open_the_roll_call_from_the_morning_of_the_day():
    rules = Deadlines(roll_call_before_lesson=True)

    assert deadlines.may_enter_ahead(Part.ROLL_CALL, LESSON, at(WEDNESDAY, 0), YEAR, rules)
    assert not deadlines.may_enter_ahead(
        Part.ROLL_CALL, LESSON, at(date(2026, 10, 13), 23), YEAR, rules
    )
