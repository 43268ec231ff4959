"""Timetable, load and groups take effect from a day on; what was before stays as it was."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.imports import dated
from central.imports.settle import Status
from central.storage import Storage
from sync import errors
from sync.projections import day
from tests.support import workbooks
from tests.support.workbooks import STARTS, Book, one

NOVEMBER = date(2026, 11, 9)  # a Monday


def slots(central: Storage, class_name: str, subject: str, part: int | None = None) -> list[Any]:
    group = workbooks.group_of(central, class_name, subject, part)
    return [
        (slot["weekday"], slot["number"], slot["starts"], slot["ends"])
        for slot in one(central, "timetable", group=group)["slots"]
    ]


def assignments(central: Storage, class_name: str, subject: str) -> list[Any]:
    group = workbooks.group_of(central, class_name, subject)
    names = {value["last"]: one(central, "staff", last=value["last"])["id"]
             for value in workbooks.values_of(central, "staff")}  # fmt: skip
    by_id = {opaque: last for last, opaque in names.items()}
    rows = [value for value in workbooks.values_of(central, "assignment")
            if value["group"] == group]  # fmt: skip
    return sorted(
        (by_id[row["teacher"]], row["room"], row["weekly_hours"], row["starts"], row["ends"])
        for row in rows
    )


# --------------------------------------------------------------------------------------- which day


def test_first_import_takes_effect_at_the_start_of_the_year(central: Storage) -> None:
    assert workbooks.bring(central, Book()).effective == STARTS


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 8, 30, 9, tzinfo=UTC), date(2026, 9, 1)),
        (datetime(2026, 10, 14, 20, 59, tzinfo=UTC), date(2026, 10, 14)),
        (datetime(2026, 10, 14, 21, 1, tzinfo=UTC), date(2026, 10, 15)),  # midnight in Moscow
        (datetime(2027, 7, 1, 9, tzinfo=UTC), date(2027, 5, 26)),
        (datetime(1970, 1, 1, tzinfo=UTC), date(2026, 9, 1)),
    ],
)
def test_later_import_takes_effect_today_by_the_clock_of_the_school(
    tmp_path: Path, now: datetime, expected: date
) -> None:
    with workbooks.opened(tmp_path) as central:
        workbooks.bring(central, Book())

    with workbooks.opened(tmp_path, at=now) as central:
        assert workbooks.bring(central, Book()).effective == expected


@pytest.mark.parametrize("wished", [date(2026, 8, 31), date(2027, 5, 27)])
def test_day_outside_the_year_is_refused(school: Storage, wished: date) -> None:
    with pytest.raises(errors.ImportRefused) as refused:
        workbooks.bring(school, Book(), effective=wished)

    assert refused.value.code == "from_outside_year"


# --------------------------------------------------------------------------------------- timetable


def test_moved_lesson_ends_the_day_before_and_begins_at_its_new_time(school: Storage) -> None:
    book = Book().set("Расписание", 3, "День недели", "Четверг")

    report = workbooks.bring(school, book, effective=NOVEMBER)

    assert slots(school, "5А", "Математика") == [
        (1, 1, "2026-09-01", None),
        (2, 2, "2026-09-01", "2026-11-08"),
        (3, 1, "2026-09-01", None),
        (4, 2, "2026-11-09", None),
    ]
    assert report.counts[("Расписание", Status.CHANGED)] == 1
    assert report.counts[("Расписание", Status.UNCHANGED)] == 6
    assert report.written == 1
    assert workbooks.bring(school, book, effective=NOVEMBER).changes == 0


def test_old_week_is_shown_by_the_old_timetable_and_the_new_one_by_the_new(
    school: Storage,
) -> None:
    book = Book().set("Расписание", 3, "День недели", "Четверг")
    workbooks.bring(school, book, effective=NOVEMBER)
    connection = school.store.database.read()
    teacher = one(school, "staff", last="Соколова")["id"]

    def weekdays(monday: date) -> list[int]:
        week = [monday + timedelta(days=number) for number in range(5)]
        return [one.isoweekday() for one in week
                if day.lessons_of_teacher(connection, teacher, one)]  # fmt: skip

    assert weekdays(date(2026, 10, 12)) == [1, 2, 3]
    assert weekdays(NOVEMBER) == [1, 3, 4]


def test_lesson_that_the_file_drops_ends_when_its_group_has_other_rows(school: Storage) -> None:
    report = workbooks.bring(school, Book().remove("Расписание", 3), effective=NOVEMBER)

    assert slots(school, "5А", "Математика")[1] == (2, 2, "2026-09-01", "2026-11-08")
    assert report.counts[("Расписание", Status.ENDED)] == 1
    assert report.changes == 1


def test_group_without_any_row_keeps_its_timetable_and_is_listed(school: Storage) -> None:
    book = Book().remove("Расписание", 6).remove("Расписание", 5)

    report = workbooks.bring(school, book, effective=NOVEMBER)

    assert report.written == 0
    assert [(one.sheet, one.label) for one in report.findings] == [("Расписание", "5Б, Математика")]
    assert report.counts[("Расписание", Status.MISSING)] == 2


def test_timetable_corrected_from_the_start_leaves_no_trace_of_the_slip(school: Storage) -> None:
    book = Book().set("Расписание", 3, "День недели", "Четверг")

    workbooks.bring(school, book, effective=STARTS)

    assert [one[:3] for one in slots(school, "5А", "Математика")] == [
        (1, 1, "2026-09-01"),
        (3, 1, "2026-09-01"),
        (4, 2, "2026-09-01"),
    ]


def test_timetable_changed_in_the_journal_is_kept_whole(school: Storage) -> None:
    group = workbooks.group_of(school, "5А", "Математика")
    timetable = one(school, "timetable", group=group)
    moved = [{**slot, "number": 3} for slot in timetable["slots"]]
    workbooks.change(school, "timetable", timetable["id"], slots=moved)

    kept = workbooks.bring(school, Book())
    conflict = workbooks.bring(school, Book().set("Расписание", 3, "День недели", "Четверг"))

    assert [(one.status, one.label) for one in kept.findings] == [(Status.KEPT, "5А, Математика")]
    assert [(one.status, one.label) for one in conflict.findings] == [
        (Status.CONFLICT, "5А, Математика")
    ]
    assert one(school, "timetable", group=group)["slots"] == moved


def test_rows_with_dates_of_their_own_hold_for_these_dates(central: Storage) -> None:
    book = Book().set("Расписание", 3, "По", date(2026, 12, 30))
    book.set("Расписание", 4, "С", date(2027, 1, 11))

    workbooks.bring(central, book)

    expected = [
        (1, 1, "2026-09-01", None),
        (2, 2, "2026-09-01", "2026-12-30"),
        (3, 1, "2027-01-11", None),
    ]
    assert slots(central, "5А", "Математика") == expected
    assert workbooks.bring(central, book, effective=NOVEMBER).changes == 0
    assert slots(central, "5А", "Математика") == expected


SLOT = st.fixed_dictionaries(
    {
        "weekday": st.integers(1, 3),
        "number": st.integers(1, 2),
        "room": st.sampled_from([None, "12"]),
        "parity": st.sampled_from([None, "odd"]),
        "shift": st.just(1),
        "starts": st.none(),
        "ends": st.none(),
    }
)
DAYS = st.dates(date(2026, 9, 1), date(2026, 9, 30))


def distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({_place(row): row for row in rows}.values())


@given(st.lists(st.tuples(st.lists(SLOT, max_size=5).map(distinct), DAYS), max_size=5))
def test_any_series_of_timetables_gives_each_day_the_one_that_held(
    series: list[tuple[list[dict[str, Any]], date]],
) -> None:
    stored: list[dict[str, Any]] = []
    in_order = sorted(series, key=lambda one: one[1])
    for said, from_day in in_order:
        stored = dated.slots_from(stored, said, from_day)

    for number in range(-1, 31):
        on = date(2026, 9, 1) + timedelta(days=number)
        held = [said for said, from_day in in_order if from_day <= on]
        expected = {_place(row) for row in held[-1]} if held else set()
        shown = [
            _place(row)
            for row in stored
            if row["starts"] <= on.isoformat() and (row["ends"] or "9") >= on.isoformat()
        ]
        assert len(shown) == len(set(shown))
        assert set(shown) == expected


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["weekday"], row["number"], row["room"], row["parity"]


# -------------------------------------------------------------------------------------------- load


def test_new_teacher_begins_on_the_day_and_the_old_one_ends_before(school: Storage) -> None:
    book = Book().set("Нагрузка", 2, "Сотрудник", "Орлова Инна Львовна")
    for row in (2, 3, 4):
        book.set("Расписание", row, "Сотрудник", "Орлова Инна Львовна")

    report = workbooks.bring(school, book, effective=NOVEMBER)

    assert assignments(school, "5А", "Математика") == [
        ("Орлова", "12", "3", "2026-11-09", None),
        ("Соколова", "12", "3", "2026-09-01", "2026-11-08"),
    ]
    assert report.counts[("Нагрузка", Status.CHANGED)] == 1
    assert workbooks.bring(school, book, effective=NOVEMBER).changes == 0


def test_teacher_corrected_from_the_start_replaces_the_slip(school: Storage) -> None:
    book = Book().set("Нагрузка", 2, "Сотрудник", "Орлова Инна Львовна")

    workbooks.bring(school, book, effective=STARTS)

    assert assignments(school, "5А", "Математика") == [("Орлова", "12", "3", "2026-09-01", None)]


def test_second_teacher_of_a_group_joins_the_first(school: Storage) -> None:
    book = Book().add("Нагрузка", "Орлова Инна Львовна", "Математика", "5А", None, "0,5", 21)
    book.set("Расписание", 4, "Сотрудник", "Орлова Инна Львовна")

    report = workbooks.bring(school, book, effective=NOVEMBER)

    assert assignments(school, "5А", "Математика") == [
        ("Орлова", "21", "0.5", "2026-11-09", None),
        ("Соколова", "12", "3", "2026-09-01", None),
    ]
    assert not report.warnings
    # Where two share the lessons, each lesson says whose it is.
    group = workbooks.group_of(school, "5А", "Математика")
    now = [slot for slot in one(school, "timetable", group=group)["slots"] if not slot["ends"]]
    assert [slot["teacher"] for slot in now] == [
        one(school, "staff", last=last)["id"] for last in ("Соколова", "Соколова", "Орлова")
    ]


def test_teacher_who_leaves_the_load_ends_when_another_row_of_the_group_is_there(
    school: Storage,
) -> None:
    both = Book().add("Нагрузка", "Орлова Инна Львовна", "Математика", "5А", None, 1, 21)
    workbooks.bring(school, both, effective=NOVEMBER)

    report = workbooks.bring(school, Book(), effective=date(2026, 12, 1))

    assert assignments(school, "5А", "Математика")[0] == (
        "Орлова", "21", "1", "2026-11-09", "2026-11-30",
    )  # fmt: skip
    assert report.counts[("Нагрузка", Status.ENDED)] == 1


def test_assignment_made_in_the_journal_is_kept(school: Storage) -> None:
    group = workbooks.group_of(school, "5А", "Математика")
    opaque = one(school, "assignment", group=group)["id"]
    workbooks.change(school, "assignment", opaque, ends="2026-12-30")

    report = workbooks.bring(school, Book(), effective=NOVEMBER)

    assert assignments(school, "5А", "Математика")[0][4] == "2026-12-30"
    assert [(one.status, one.sheet) for one in report.findings] == [(Status.KEPT, "Нагрузка")]


def test_new_group_begins_on_the_day(school: Storage) -> None:
    book = Book().add("Нагрузка", "Орлова Инна Львовна", "Английский язык", "5Б", None, 2, 21)
    book.add("Расписание", "5Б", "Пт", 1, "Английский язык", None, "Орлова Инна Львовна", 21)

    workbooks.bring(school, book, effective=NOVEMBER)

    assert assignments(school, "5Б", "Английский язык") == [
        ("Орлова", "21", "2", "2026-11-09", None)
    ]
    assert slots(school, "5Б", "Английский язык") == [(5, 1, "2026-11-09", None)]
    group = workbooks.group_of(school, "5Б", "Английский язык")
    assert len(one(school, "plan", group=group)["topics"]) == 2


# ---------------------------------------------------------------------------- groups and enrolment


def members(central: Storage, part: int) -> list[tuple[str, str, str | None]]:
    group = workbooks.group_of(central, "5А", "Английский язык", part)
    names = {
        one(central, "student", last=value["last"])["id"]: value["last"]
        for value in workbooks.values_of(central, "student")
    }
    leaf = central.store.get(f"teaching_group:{group}")
    assert leaf is not None
    return [(names[one["student"]], one["starts"], one["ends"]) for one in leaf.value["members"]]


def test_student_goes_to_the_other_part_from_the_day_on(school: Storage) -> None:
    book = Book().set("Подгруппы", 3, "Подгруппа", 2)

    report = workbooks.bring(school, book, effective=NOVEMBER)

    assert members(school, 1) == [
        ("Абрамов", "2026-09-01", None),
        ("Белова", "2026-09-01", "2026-11-08"),
    ]
    assert members(school, 2) == [
        ("Волков", "2026-09-01", None),
        ("Белова", "2026-11-09", None),
    ]
    assert report.counts[("Подгруппы", Status.ADDED)] == 1
    assert report.counts[("Подгруппы", Status.ENDED)] == 1
    assert workbooks.bring(school, book, effective=NOVEMBER).changes == 0


def test_member_added_in_the_journal_stays_and_is_listed(school: Storage) -> None:
    group = workbooks.group_of(school, "5А", "Английский язык", 2)
    leaf = school.store.get(f"teaching_group:{group}")
    assert leaf is not None
    extra = {"student": one(school, "student", last="Абрамов")["id"], "starts": "2026-10-01"}
    more = [*leaf.value["members"], {**extra, "ends": None}]
    workbooks.change(school, "teaching_group", group, members=more)

    report = workbooks.bring(school, Book())

    assert len(members(school, 2)) == 2
    assert [one.status for one in report.findings] == [Status.KEPT]
    assert report.written == 0


def test_member_is_in_the_part_only_since_the_student_is_in_the_class(central: Storage) -> None:
    book = Book().set("Ученики", 4, "Зачислен", date(2026, 10, 5))

    workbooks.bring(central, book)

    assert members(central, 2) == [("Волков", "2026-10-05", None)]


def enrollments(central: Storage, last: str) -> list[tuple[str, str, str | None]]:
    names = {
        one(central, "class", name=value["name"])["id"]: value["name"]
        for value in workbooks.values_of(central, "class")
    }
    rows = one(central, "student", last=last)["enrollments"]
    return [(names[row["class"]], row["starts"], row["ends"]) for row in rows]


def test_student_changes_the_class_on_the_day_of_the_import(school: Storage) -> None:
    book = Book().set("Ученики", 3, "Класс", "5Б").remove("Подгруппы", 3)

    workbooks.bring(school, book, effective=NOVEMBER)

    assert enrollments(school, "Белова") == [
        ("5А", "2026-09-01", "2026-11-08"),
        ("5Б", "2026-11-09", None),
    ]
    # Who has left the class has left its parts.
    assert members(school, 1)[1] == ("Белова", "2026-09-01", "2026-11-08")
    assert workbooks.bring(school, book, effective=NOVEMBER).changes == 0


def test_student_changes_the_class_on_the_new_date_of_enrolment(school: Storage) -> None:
    book = Book().set("Ученики", 3, "Класс", "5Б").remove("Подгруппы", 3)
    book.set("Ученики", 3, "Зачислен", date(2026, 11, 16))

    workbooks.bring(school, book, effective=NOVEMBER)

    assert enrollments(school, "Белова") == [
        ("5А", "2026-09-01", "2026-11-15"),
        ("5Б", "2026-11-16", None),
    ]


def test_date_of_enrolment_may_be_that_of_the_first_class_of_school(central: Storage) -> None:
    workbooks.bring(central, Book().set("Ученики", 2, "Зачислен", date(2021, 9, 1)))

    assert enrollments(central, "Абрамов") == [("5А", "2026-09-01", None)]


def test_corrected_date_of_enrolment_is_corrected_in_place(school: Storage) -> None:
    workbooks.bring(school, Book().set("Ученики", 6, "Зачислен", date(2026, 10, 19)))

    assert enrollments(school, "Дёмина") == [("5Б", "2026-10-19", None)]


def test_new_school_year_goes_on_from_the_old_one(tmp_path: Path) -> None:
    with workbooks.opened(tmp_path) as central:
        workbooks.bring(central, Book())
    book = workbooks.next_year()

    with workbooks.opened(tmp_path, at=datetime(2027, 8, 25, tzinfo=UTC)) as central:
        report = workbooks.bring(central, book)

        assert report.imported, report.problems
        assert report.effective == date(2027, 9, 1)
        assert enrollments(central, "Абрамов") == [
            ("5А", "2026-09-01", "2027-08-31"),
            ("6А", "2027-09-01", None),
        ]
        old, new = one(central, "class", name="5А"), one(central, "class", name="6А")
        assert new["continues"] == old["id"]
        assert new["calendar"] != old["calendar"]
        assert len(workbooks.values_of(central, "student")) == 5
        assert len(workbooks.values_of(central, "staff")) == 4
        assert len(workbooks.values_of(central, "calendar")) == 2
        assert slots(central, "6А", "Математика")[0] == (1, 1, "2027-09-01", None)
        assert slots(central, "5А", "Математика")[0] == (1, 1, "2026-09-01", None)
        assert workbooks.bring(central, book).changes == 0
