"""What the week says of lessons that were kept, are to come, are missing, cancelled or disputed."""

from datetime import date, timedelta

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
