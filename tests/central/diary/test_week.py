"""What the week says of lessons that were kept, are to come, are missing, cancelled or disputed."""

from datetime import UTC, date, datetime, timedelta

from central.diary import week
from central.diary.week import Line, State
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from tests.central.diary.conftest import TODAY, child_of
from tests.support import sample_school as school
from tests.support.central_site import CentralSite

MONDAY = date(2026, 10, 12)


def _week(
    site: CentralSite, on: date = TODAY, student: str = school.ABRAMOV, today: date = TODAY
) -> week.Week:
    child = child_of(site, school.GUARDIAN_OF_TWO, student)
    found = week.week(site.store.database.read(), child, on, today)
    assert found is not None
    return found


def _line(found: week.Week, lesson: LessonKey) -> Line:
    return next(line for line in found.lines if line.lesson.key == lesson)


def _describe(site: CentralSite, lesson: LessonKey, **fields: object) -> None:
    with site.at(site.clock.now() - timedelta(days=(TODAY - lesson.date).days)):
        site.journal.describe_lesson(
            school.SOKOLOVA, lesson, fields, seen={}, token=f"{lesson}{fields}"
        )


def test_week_is_five_days_of_lessons_by_the_timetable(site: CentralSite) -> None:
    found = _week(site)

    assert [len(day.lines) for day in found.days] == [1, 1, 4, 0, 2]
    assert [line.lesson.number for line in found.days[2].lines] == [1, 2, 4, 5]
    assert [day.is_today for day in found.days] == [False, False, True, False, False]


def test_only_the_subgroup_of_the_child_is_there(site: CentralSite) -> None:
    english = [line for line in _week(site).lines if line.lesson.group.subject == school.ENGLISH]

    assert {line.lesson.key.group for line in english} == {school.ENGLISH_5A_1}


def test_lesson_of_a_past_day_without_entries_is_missing_and_one_of_today_is_not(
    site: CentralSite,
) -> None:
    found = _week(site)

    assert {line.state for line in found.days[0].lines} == {State.MISSING}
    assert {line.state for line in found.days[2].lines} == {State.AHEAD}
    assert {line.state for line in found.days[4].lines} == {State.AHEAD}


def test_kept_lesson_shows_topic_and_homework(site: CentralSite) -> None:
    _describe(site, school.LESSON_1, topic="Дроби", homework="§ 5, № 1")

    line = _line(_week(site), school.LESSON_1)

    assert (line.state, line.topic, line.homework) == (State.KEPT, "Дроби", "§ 5, № 1")


def test_homework_is_due_at_the_next_lesson_that_is_still_to_come(site: CentralSite) -> None:
    _describe(site, LessonKey(school.MATH_5A, MONDAY, 1), homework="§ 1")
    _describe(site, school.LESSON_1, homework="§ 4")
    _describe(site, school.LESSON_2, homework="№ 9")

    lines = [line for line in _week(site).lines if line.lesson.group.subject == school.MATHEMATICS]

    # Monday, Tuesday (over already), both of Wednesday, Friday
    assert [line.due for line in lines] == [None, None, None, None, "§ 4\n№ 9"]


def test_homework_given_before_holidays_is_due_after_them(site: CentralSite) -> None:
    last = LessonKey(school.MATH_5A, date(2026, 10, 23), 1)
    with site.at(site.clock.now() + timedelta(days=9)):
        site.journal.describe_lesson(
            school.SOKOLOVA, last, {"homework": "повторить § 1–4"}, seen={}, token="before holidays"
        )

    found = _week(site, date(2026, 11, 3), today=date(2026, 10, 23))

    lines = [line for line in found.lines if line.lesson.group.subject == school.MATHEMATICS]
    assert lines[0].due == "повторить § 1–4"
    assert all(line.due is None for line in lines[1:])


def test_holidays_are_named(site: CentralSite) -> None:
    found = _week(site, date(2026, 10, 28))

    assert {day.holiday for day in found.days} == {"Осенние каникулы"}
    assert found.lines == []


def test_single_holiday_inside_a_week_is_named(site: CentralSite) -> None:
    found = _week(site, date(2026, 11, 4))

    assert [day.holiday for day in found.days] == [
        "Осенние каникулы",
        None,
        "День народного единства",
        None,
        None,
    ]


def test_substitute_is_named(site: CentralSite) -> None:
    line = _line(_week(site, student=school.GROMOV), school.LESSON_SUBSTITUTED)

    assert line.substitute == "Ёлкин П. С."


def test_cancelled_lesson_stays_and_says_so(site: CentralSite) -> None:
    school.put(site.store, "substitution:sb1", change="cancelled", teacher=None)

    line = _line(_week(site, student=school.GROMOV), school.LESSON_SUBSTITUTED)

    assert (line.state, line.substitute) == (State.CANCELLED, None)


def test_lesson_of_another_subject_stands_beside_the_one_it_replaces(site: CentralSite) -> None:
    school.put(site.store, "substitution:sb1", change="other_subject", teacher=None)
    school.put(
        site.store,
        "substitution:sb2",
        group=school.SAFETY_5B,
        date=TODAY.isoformat(),
        ordinal=2,
        teacher=None,
        room=None,
        number=3,
        change="other_subject",
        reason=None,
    )

    day = _week(site, student=school.GROMOV).days[2]

    assert [(line.lesson.number, line.state) for line in day.lines][:2] == [
        (3, State.CANCELLED),
        (3, State.AHEAD),
    ]
    page = site.client("abramova").get(f"/diary/{school.GROMOV}/week").text
    assert "Вместо него другой урок." in page
    assert "Урок отменён." not in page


def test_lesson_moved_to_another_number_stands_there(site: CentralSite) -> None:
    school.put(site.store, "substitution:sb1", change="moved", teacher=None, number=1)

    day = _week(site, student=school.GROMOV).days[2]

    assert [line.lesson.number for line in day.lines] == [1, 5]


def test_saturday_lesson_lengthens_the_week(site: CentralSite) -> None:
    saturday = LessonKey(school.MATH_5A, date(2026, 10, 10), 1)
    _describe(site, saturday, topic="Олимпиада", number=2)

    found = _week(site, date(2026, 10, 7))

    assert found.last_day == saturday.date
    assert _line(found, saturday).topic == "Олимпиада"


def test_mark_and_absence_stand_at_their_lesson(site: CentralSite) -> None:
    site.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, 5, seen=None, token="1", comment="Умница"
    )
    site.journal.record_absence(
        school.SOKOLOVA, school.LESSON_2, school.ABRAMOV, Presence("late", 10), seen=None, token="2"
    )

    found = _week(site)

    mark = _line(found, school.LESSON_1).marks[0]
    assert (mark.value, mark.weight, mark.kept.comment, mark.teacher) == (
        5,
        1,
        "Умница",
        "Соколова А. М.",
    )
    absence = _line(found, school.LESSON_2).absence
    assert absence is not None
    assert absence.letters == "ОП 10"


def test_marks_of_others_are_not_there(site: CentralSite) -> None:
    site.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ZHUKOV, 2, seen=None, token="1"
    )

    assert all(not line.marks for line in _week(site).lines)


def test_withdrawn_mark_is_not_shown(site: CentralSite) -> None:
    who = (school.SOKOLOVA, school.LESSON_1, school.ABRAMOV)
    site.journal.record_mark(*who, 2, seen=None, token="1")
    site.journal.record_mark(*who, None, seen=2, token="2", reason="ошибка")

    assert _line(_week(site), school.LESSON_1).marks == ()


def test_disputed_mark_shows_what_nobody_disputes(site: CentralSite) -> None:
    who = (school.SOKOLOVA, school.LESSON_1, school.ABRAMOV)
    site.journal.record_mark(*who, 4, seen=None, token="1")
    site.dispute(school.SOKOLOVA, identifiers.mark_id(school.LESSON_1, school.ABRAMOV), 5, 3)

    mark = _line(_week(site), school.LESSON_1).marks[0]

    assert (mark.value, mark.kept.disputed) == (4, True)
    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/week").text
    assert "уточняется" in page


def test_mark_disputed_from_its_first_entry_on_is_shown_without_a_value(site: CentralSite) -> None:
    site.dispute(school.SOKOLOVA, identifiers.mark_id(school.LESSON_1, school.ABRAMOV), 5, 3)

    mark = _line(_week(site), school.LESSON_1).marks[0]

    assert (mark.value, mark.kept.disputed) == (None, True)


def test_week_outside_the_school_year_is_none(site: CentralSite) -> None:
    child = child_of(site, school.GUARDIAN_OF_TWO, school.ABRAMOV)
    connection = site.store.database.read()

    for day in (date(2026, 8, 23), date(2027, 6, 7), date.min, date.max):
        assert week.week(connection, child, day, TODAY) is None


def test_first_and_last_week_lead_no_further(site: CentralSite) -> None:
    first, last = _week(site, date(2026, 9, 1)), _week(site, date(2027, 5, 26))

    assert (first.previous, first.next) == (None, date(2026, 9, 7))
    assert (last.previous, last.next) == (date(2027, 5, 17), None)


def test_child_who_changed_class_has_the_lessons_of_each_day(site: CentralSite) -> None:
    moves = [
        {"class": school.CLASS_5B, "starts": "2026-09-01", "ends": "2026-10-13"},
        {"class": school.CLASS_5A, "starts": "2026-10-14", "ends": None},
    ]
    school.put(site.store, f"student:{school.ABRAMOV}", enrollments=moves)

    groups = {line.lesson.key.date: line.lesson.key.group for line in _week(site).lines}

    assert groups[MONDAY] == school.MATH_5B
    assert groups[date(2026, 10, 16)] in (school.MATH_5A, school.ENGLISH_5A_1)


def test_week_of_a_six_day_school_has_saturday(site: CentralSite) -> None:
    school.put(site.store, f"calendar:{school.CALENDAR}", weekdays=6)
    slots = [{"weekday": 6, "number": 2, "shift": 1, "starts": "2026-09-01", "ends": None}]
    school.put(site.store, f"timetable:{school.TALKS_5A}", group=school.TALKS_5A, slots=slots)

    days = _week(site).days

    assert [day.date.isoweekday() for day in days] == [1, 2, 3, 4, 5, 6]
    assert [line.lesson.group.id for line in days[5].lines] == [school.TALKS_5A]


def test_lesson_of_odd_weeks_is_there_every_other_week(site: CentralSite) -> None:
    dated = {"shift": 1, "starts": "2026-09-01", "ends": None}
    slots = [{"weekday": 4, "number": 2, "parity": "odd", **dated}]
    school.put(site.store, f"timetable:{school.TALKS_5A}", group=school.TALKS_5A, slots=slots)

    weeks = [_week(site, date(2026, 9, 1) + timedelta(days=7 * number)) for number in range(4)]

    assert [len(found.days[3].lines) for found in weeks] == [1, 0, 1, 0]


def test_second_shift_comes_after_the_first_whatever_its_numbers(site: CentralSite) -> None:
    dated = {"starts": "2026-09-01", "ends": None}
    slots = [{"weekday": 3, "number": 1, "shift": 2, **dated}]
    school.put(site.store, f"timetable:{school.TALKS_5A}", group=school.TALKS_5A, slots=slots)

    lines = _week(site).days[2].lines

    assert lines[-1].lesson.group.id == school.TALKS_5A
    assert [line.lesson.number for line in lines] == [1, 2, 4, 1]


def test_today_is_the_schools_day_on_the_night_when_clocks_change(site: CentralSite) -> None:
    school.put(site.store, f"calendar:{school.CALENDAR}", timezone="Europe/Berlin")
    # In Berlin clocks go back in the night to 25.10.2026; 22:30 UTC before it is 00:30 there.
    site.clock.advance(datetime(2026, 10, 24, 22, 30, tzinfo=UTC) - site.clock.now())
    client = site.client("abramova")

    assert "26 октября" not in client.get(f"/diary/{school.ABRAMOV}/week").text
    site.clock.advance(timedelta(hours=24))  # 23:30 on the same Sunday, which has 25 hours
    client = site.client("abramova")
    assert "19–23 октября" in client.get(f"/diary/{school.ABRAMOV}/week").text
    site.clock.advance(timedelta(hours=1))
    client = site.client("abramova")
    assert "26–30 октября" in client.get(f"/diary/{school.ABRAMOV}/week").text
