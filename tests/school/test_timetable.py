from collections import defaultdict
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.school import timetable
from sync.school.school_year import Parity
from sync.school.timetable import (
    Assignment,
    Bell,
    PlannedLesson,
    Slot,
    Substitution,
    SubstitutionKind,
    TaughtGroup,
)
from tests.school import calendars

YEAR = calendars.school_year()
SIX_DAYS = calendars.school_year(weekdays=6)
WEDNESDAY = date(2026, 10, 14)
SATURDAY = date(2026, 10, 17)

BELLS = (
    Bell(1, 1, time(8, 30), time(9, 15)),
    Bell(1, 2, time(9, 25), time(10, 10)),
    Bell(1, 3, time(10, 25), time(11, 10)),
    Bell(2, 1, time(14, 0), time(14, 40)),
    Bell(2, 2, time(14, 50), time(15, 30)),
)


def keys(lessons):
    return [(lesson.group, lesson.ordinal, lesson.number) for lesson in lessons]


def change(kind, ordinal=1, **fields):
    return Substitution("maths", WEDNESDAY, ordinal, SubstitutionKind(kind), **fields)


# ------------------------------------------------------------------------------------ the plan


def test_a_slot_becomes_a_lesson_with_its_times_room_and_teacher():
    lessons = timetable.lessons_on(
        WEDNESDAY,
        YEAR,
        [Slot("maths", 3, 2, room="12")],
        bells=BELLS,
        assignments=[Assignment("maths", "ivanova", "30")],
    )

    assert lessons == (
        PlannedLesson(
            "maths",
            WEDNESDAY,
            ordinal=1,
            number=2,
            room="12",
            teacher="ivanova",
            starts=time(9, 25),
            ends=time(10, 10),
        ),
    )
    assert lessons[0].given_by == "ivanova"


def test_a_slot_without_a_room_is_held_in_the_room_of_the_assignment():
    (lesson,) = timetable.lessons_on(
        WEDNESDAY,
        YEAR,
        [Slot("maths", 3, 2)],
        assignments=[Assignment("maths", "ivanova", "30")],
    )

    assert lesson.room == "30"
    assert (lesson.starts, lesson.ends) == (None, None)


def test_a_double_lesson_has_the_ordinals_1_and_2_by_lesson_number():
    slots = [Slot("labour", 3, 6), Slot("maths", 3, 1), Slot("labour", 3, 5)]

    assert keys(timetable.lessons_on(WEDNESDAY, YEAR, slots)) == [
        ("maths", 1, 1),
        ("labour", 1, 5),
        ("labour", 2, 6),
    ]


def test_a_lesson_number_0_comes_before_the_first():
    slots = [Slot("maths", 3, 1), Slot("maths", 3, 0)]

    assert keys(timetable.lessons_on(WEDNESDAY, YEAR, slots)) == [("maths", 1, 0), ("maths", 2, 1)]


def test_subgroups_of_a_class_have_their_lessons_side_by_side():
    slots = [Slot("english-2", 3, 2, room="109"), Slot("english-1", 3, 2, room="108")]

    lessons = timetable.lessons_on(WEDNESDAY, YEAR, slots)

    assert keys(lessons) == [("english-1", 1, 2), ("english-2", 1, 2)]


def test_only_the_weekday_of_the_date_is_taken():
    slots = [Slot("maths", weekday, 1) for weekday in range(1, 8)]

    assert len(timetable.lessons_on(WEDNESDAY, YEAR, slots)) == 1
    assert timetable.lessons_on(SATURDAY, YEAR, slots) == ()


def test_a_six_day_school_has_lessons_on_saturday():
    slots = [Slot("maths", 6, 1), Slot("maths", 7, 1)]

    assert keys(timetable.lessons_on(SATURDAY, SIX_DAYS, slots)) == [("maths", 1, 1)]
    assert timetable.lessons_on(SATURDAY + timedelta(days=1), SIX_DAYS, slots) == ()


def test_shifts_have_their_own_bells_and_the_second_comes_after_the_first():
    slots = [Slot("physics", 3, 1, shift=2), Slot("maths", 3, 2, shift=1)]

    lessons = timetable.lessons_on(WEDNESDAY, YEAR, slots, bells=BELLS)

    assert [(lesson.group, lesson.shift, lesson.starts) for lesson in lessons] == [
        ("maths", 1, time(9, 25)),
        ("physics", 2, time(14, 0)),
    ]


def test_one_group_in_both_shifts_is_counted_through():
    slots = [Slot("choir", 3, 1, shift=2), Slot("choir", 3, 3, shift=1)]

    lessons = timetable.lessons_on(WEDNESDAY, YEAR, slots)

    assert [(lesson.ordinal, lesson.shift) for lesson in lessons] == [(1, 1), (2, 2)]


def test_odd_and_even_weeks_alternate_from_the_start_of_the_year():
    slots = [
        Slot("maths", 3, 1),
        Slot("history", 3, 2, parity=Parity.ODD),
        Slot("physics", 3, 2, parity=Parity.EVEN),
    ]
    first_wednesday = date(2026, 9, 2)

    weeks = [
        [
            lesson.group
            for lesson in timetable.lessons_on(first_wednesday + timedelta(weeks=week), YEAR, slots)
        ]
        for week in range(4)
    ]

    assert weeks == [["maths", "history"], ["maths", "physics"]] * 2


def test_a_fortnightly_lesson_moves_the_ordinal_of_the_one_after_it():
    slots = [Slot("maths", 3, 1, parity=Parity.ODD), Slot("maths", 3, 4)]

    assert keys(timetable.lessons_on(date(2026, 9, 2), YEAR, slots)) == [
        ("maths", 1, 1),
        ("maths", 2, 4),
    ]
    assert keys(timetable.lessons_on(date(2026, 9, 9), YEAR, slots)) == [("maths", 1, 4)]


def test_slots_hold_from_their_first_to_their_last_date():
    slots = [
        Slot("maths", 3, 1, room="old", valid_to=date(2026, 10, 13)),
        Slot("maths", 3, 3, room="new", valid_from=WEDNESDAY),
    ]

    before = timetable.lessons_on(WEDNESDAY - timedelta(weeks=1), YEAR, slots)
    after = timetable.lessons_on(WEDNESDAY, YEAR, slots)

    assert [(lesson.number, lesson.room) for lesson in before] == [(1, "old")]
    assert [(lesson.number, lesson.room) for lesson in after] == [(3, "new")]


@pytest.mark.parametrize("turned", [False, True])
def test_the_later_of_two_rows_for_one_hour_counts_once(turned):
    slots = [
        Slot("maths", 3, 1, room="old", valid_from=date(2026, 9, 1)),
        Slot("maths", 3, 1, room="new", valid_from=date(2026, 10, 1)),
    ]

    lessons = timetable.lessons_on(WEDNESDAY, YEAR, slots[::-1] if turned else slots)

    assert [(lesson.ordinal, lesson.room) for lesson in lessons] == [(1, "new")]


def test_bells_hold_from_a_date():
    bells = [
        Bell(1, 1, time(8, 30), time(9, 15)),
        Bell(1, 1, time(9, 0), time(9, 30), valid_from=WEDNESDAY, valid_to=WEDNESDAY),
    ]
    slots = [Slot("maths", 3, 1)]

    (usual,) = timetable.lessons_on(WEDNESDAY - timedelta(weeks=1), YEAR, slots, bells=bells)
    (short,) = timetable.lessons_on(WEDNESDAY, YEAR, slots, bells=bells)

    assert (usual.starts, short.starts) == (time(8, 30), time(9, 0))


# ------------------------------------------------------------------------------ days and holidays


@pytest.mark.parametrize(
    "day",
    [date(2026, 10, 28), date(2026, 12, 31), date(2027, 1, 1), date(1970, 1, 1), date(2027, 6, 2)],
)
def test_holidays_and_days_outside_the_year_have_no_lessons(day):
    slots = [Slot("maths", weekday, 1) for weekday in range(1, 8)]

    assert timetable.lessons_on(day, YEAR, slots) == ()


def test_lessons_go_on_after_new_year_where_they_stopped():
    slots = [Slot("maths", weekday, 1) for weekday in range(1, 6)]
    days = [date(2026, 12, 28) + timedelta(days=number) for number in range(17)]

    taught = [day for day in days if timetable.lessons_on(day, YEAR, slots)]

    assert taught == [
        date(2026, 12, 28),
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2027, 1, 11),
        date(2027, 1, 12),
        date(2027, 1, 13),
    ]


def test_a_holiday_of_one_class_leaves_the_others_their_lessons():
    day = date(2027, 2, 10)  # quarantine of 7Б
    groups = {
        "maths-7a": TaughtGroup("maths-7a", (("7a", 7),)),
        "maths-7b": TaughtGroup("maths-7b", (("7b", 7),)),
        "choir": TaughtGroup("choir", (("7a", 7), ("7b", 7))),
    }
    slots = [Slot(group, 3, 1) for group in groups]

    lessons = timetable.lessons_on(day, YEAR, slots, groups=groups)

    assert [lesson.group for lesson in lessons] == ["choir", "maths-7a"]


def test_holidays_of_the_first_year_reach_its_groups_only():
    groups = {
        "reading-1a": TaughtGroup("reading-1a", (("1a", 1),)),
        "reading-2a": TaughtGroup("reading-2a", (("2a", 2),)),
    }
    slots = [Slot(group, 3, 1) for group in groups]

    lessons = timetable.lessons_on(date(2027, 2, 17), YEAR, slots, groups=groups)

    assert [lesson.group for lesson in lessons] == ["reading-2a"]


# ---------------------------------------------------------------------------------- assignments


def test_the_teacher_of_the_date_is_named():
    assignments = [
        Assignment("maths", "ivanova", "30", valid_to=date(2026, 10, 13)),
        Assignment("maths", "petrov", "31", valid_from=WEDNESDAY),
    ]
    slots = [Slot("maths", 3, 1)]

    (before,) = timetable.lessons_on(
        WEDNESDAY - timedelta(weeks=1), YEAR, slots, assignments=assignments
    )
    (after,) = timetable.lessons_on(WEDNESDAY, YEAR, slots, assignments=assignments)

    assert (before.teacher, before.room) == ("ivanova", "30")
    assert (after.teacher, after.room) == ("petrov", "31")
    assert after.co_teachers == ()


def test_teachers_who_share_a_group_both_find_its_lessons():
    assignments = [Assignment("art", "belova", "1"), Assignment("art", "avdeeva", "2")]
    slots = [Slot("art", 3, 1), Slot("art", 3, 2, teacher="belova")]

    first, second = timetable.lessons_on(WEDNESDAY, YEAR, slots, assignments=assignments)

    assert (first.teacher, first.co_teachers, first.room) == ("avdeeva", ("belova",), "2")
    assert (second.teacher, second.co_teachers, second.room) == ("belova", ("avdeeva",), "1")
    for teacher in ("avdeeva", "belova"):
        assert timetable.lessons_of_teacher(teacher, [first, second]) == (first, second)


def test_a_teacher_in_two_rooms_keeps_both_lessons():
    slots = [Slot("maths-5a", 3, 1, room="12"), Slot("maths-5b", 3, 2, room="7")]
    assignments = [Assignment(slot.group, "ivanova") for slot in slots]

    lessons = timetable.lessons_of_teacher(
        "ivanova", timetable.lessons_on(WEDNESDAY, YEAR, slots, assignments=assignments)
    )

    assert [lesson.room for lesson in lessons] == ["12", "7"]


# -------------------------------------------------------------------------------- substitutions


SLOTS = (Slot("maths", 3, 2, room="12"), Slot("maths", 3, 3, room="12"))
IVANOVA = (Assignment("maths", "ivanova", "30"),)


def maths_with(*changes):
    return timetable.lessons_on(WEDNESDAY, YEAR, SLOTS, changes, bells=BELLS, assignments=IVANOVA)


def test_a_substitute_gives_the_lesson_and_both_teachers_find_it():
    first, second = maths_with(change("same_subject", teacher="petrov", room="7"))

    assert (first.teacher, first.substitute, first.given_by) == ("ivanova", "petrov", "petrov")
    assert (first.room, first.cancelled) == ("7", False)
    assert first.concerns("ivanova")
    assert first.concerns("petrov")
    assert (second.substitute, second.room, second.kind) == (None, "12", None)


def test_a_substitution_of_another_date_or_group_changes_nothing():
    later = Substitution("maths", WEDNESDAY + timedelta(weeks=1), 1, SubstitutionKind.CANCELLED)
    other = Substitution("physics", WEDNESDAY, 1, SubstitutionKind.CANCELLED)

    assert maths_with(later, other) == maths_with()


def test_a_cancelled_lesson_keeps_its_ordinal():
    first, second = maths_with(change("cancelled", teacher="petrov"))

    assert (first.ordinal, first.cancelled, first.substitute) == (1, True, None)
    assert (second.ordinal, second.cancelled) == (2, False)


def test_a_moved_lesson_keeps_its_ordinal_under_its_new_number():
    lessons = maths_with(change("moved", number=1, ordinal=2, room="40"))

    assert keys(lessons) == [("maths", 2, 1), ("maths", 1, 2)]
    assert (lessons[0].starts, lessons[0].room) == (time(8, 30), "40")
    assert lessons[0].substitute is None


def test_a_lesson_moved_to_a_number_without_a_bell_has_no_time():
    lessons = maths_with(change("moved", number=9))

    assert (lessons[-1].number, lessons[-1].starts, lessons[-1].ends) == (9, None, None)


def test_merged_groups_are_taught_by_the_other_groups_teacher():
    first, _ = maths_with(change("merged", teacher="petrov", room="7"))

    assert (first.given_by, first.room, first.cancelled) == ("petrov", "7", False)
    assert first.kind is SubstitutionKind.MERGED


def test_another_subject_takes_the_place_of_a_lesson():
    instead = Substitution(
        "biology", WEDNESDAY, 1, SubstitutionKind.OTHER_SUBJECT, "orlova", "5", number=2
    )

    lessons = maths_with(change("other_subject", teacher="orlova"), instead)

    assert keys(lessons) == [("biology", 1, 2), ("maths", 1, 2), ("maths", 2, 3)]
    biology, maths, _ = lessons
    assert (biology.given_by, biology.room, biology.cancelled) == ("orlova", "5", False)
    assert biology.starts == time(9, 25)
    assert (maths.cancelled, maths.substitute) == (True, None)


def test_a_lesson_brought_from_another_day_follows_the_planned_ordinals():
    lessons = maths_with(change("moved", ordinal=3, number=1, room="8"))

    assert keys(lessons) == [("maths", 3, 1), ("maths", 1, 2), ("maths", 2, 3)]
    assert (lessons[0].teacher, lessons[0].substitute, lessons[0].room) == ("ivanova", None, "8")


def test_a_lesson_can_be_brought_to_a_day_without_lessons():
    brought = Substitution("maths", SATURDAY, 1, SubstitutionKind.MOVED, number=2)

    lessons = timetable.lessons_on(SATURDAY, YEAR, SLOTS, [brought], assignments=IVANOVA)

    assert keys(lessons) == [("maths", 1, 2)]
    assert (lessons[0].teacher, lessons[0].room) == ("ivanova", "30")


@pytest.mark.parametrize("kind", ["same_subject", "cancelled", "merged"])
def test_a_substitution_of_a_lesson_no_longer_planned_adds_none(kind):
    assert maths_with(change(kind, ordinal=3, number=4, teacher="petrov")) == maths_with()


def test_the_last_of_two_substitutions_counts():
    first, _ = maths_with(change("cancelled"), change("same_subject", teacher="petrov"))

    assert (first.cancelled, first.substitute) == (False, "petrov")


def test_a_substitution_by_the_planned_teacher_is_none():
    first, _ = maths_with(change("same_subject", teacher="ivanova", room="7"))

    assert (first.substitute, first.room) == (None, "7")


# ----------------------------------------------------------------------------------------- laws


groups = st.sampled_from(["maths", "physics", "choir"])
dates = st.dates(date(2026, 8, 25), date(2027, 6, 5))
slots_of_a_week = st.lists(
    st.builds(
        Slot,
        group=groups,
        weekday=st.integers(1, 7),
        number=st.integers(0, 8),
        parity=st.sampled_from([None, *Parity]),
        valid_from=st.one_of(st.none(), dates),
        valid_to=st.one_of(st.none(), dates),
        shift=st.integers(1, 2),
    ),
    max_size=30,
)
changes_of_a_day = st.lists(
    st.builds(
        Substitution,
        group=groups,
        date=dates,
        ordinal=st.integers(1, 4),
        kind=st.sampled_from(SubstitutionKind),
        teacher=st.sampled_from([None, "petrov"]),
        number=st.one_of(st.none(), st.integers(0, 8)),
    ),
    max_size=8,
)


@given(dates, slots_of_a_week)
def test_the_ordinals_of_a_group_are_1_to_n_in_the_order_of_the_day(day, slots):
    by_group = defaultdict(list)
    for lesson in timetable.lessons_on(day, SIX_DAYS, slots):
        by_group[lesson.group].append(lesson)

    for lessons in by_group.values():
        assert [lesson.ordinal for lesson in lessons] == list(range(1, len(lessons) + 1))
        places = [(lesson.shift, lesson.number) for lesson in lessons]
        assert places == sorted(set(places))


@given(dates, slots_of_a_week, changes_of_a_day)
def test_no_change_takes_a_planned_lesson_away_or_doubles_one(day, slots, changes):
    here = [Substitution(**(vars(each) | {"date": day})) for each in changes]
    planned = timetable.lessons_on(day, SIX_DAYS, slots)

    lessons = timetable.lessons_on(day, SIX_DAYS, slots, here)

    identities = [(lesson.group, lesson.ordinal) for lesson in lessons]
    assert len(identities) == len(set(identities))
    assert {(lesson.group, lesson.ordinal) for lesson in planned} <= set(identities)


@given(dates, slots_of_a_week, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(day, slots, random):
    distinct = {
        (slot.group, slot.weekday, slot.shift, slot.number, slot.valid_from): slot for slot in slots
    }
    rows = list(distinct.values())

    assert timetable.lessons_on(
        day, SIX_DAYS, random.sample(rows, len(rows))
    ) == timetable.lessons_on(day, SIX_DAYS, rows)


@given(dates, slots_of_a_week)
def test_lessons_stand_on_teaching_days_only(day, slots):
    if timetable.lessons_on(day, SIX_DAYS, slots):
        assert SIX_DAYS.is_teaching_day(day)
