"""What the samples lack: six days, two shifts, odd and even weeks, classes taught together."""

from datetime import UTC, date, datetime, timedelta

from central.storage import Storage
from sync.documents.identifiers import LessonKey
from sync.projections import day, groups
from sync.projections.facts import SchoolFacts
from tests.support import workbooks
from tests.support.workbooks import Book, one

MONDAY = date(2026, 10, 12)  # of an odd week: the seventh of the school year


def lessons(central: Storage, last: str, on: date) -> list[tuple[int | None, str, str | None]]:
    connection = central.store.database.read()
    teacher = one(central, "staff", last=last)["id"]
    return [
        (one.number, one.group.class_title, one.room)
        for one in day.lessons_of_teacher(connection, teacher, on)
    ]


def test_school_of_six_days_has_lessons_on_saturday(central: Storage) -> None:
    book = Book().set("Школа", 5, "Значение", 6)
    book.set("Расписание", 2, "День недели", "Суббота")

    assert workbooks.bring(central, book).imported

    assert lessons(central, "Соколова", MONDAY + timedelta(days=5)) == [(1, "5А", "12")]
    assert lessons(central, "Соколова", MONDAY) == []


def test_second_shift_rings_by_its_own_bells(central: Storage) -> None:
    book = Book().set("Классы", 3, "Смена", 2)
    for row in book.sheets["Звонки"][1:]:
        row.append(1)
    book.sheets["Звонки"][0].append("Смена")
    book.add("Звонки", 1, "13:30", "14:15", 2).add("Звонки", 2, "14:25", "15:10", 2)

    report = workbooks.bring(central, book)

    assert report.imported, report.problems
    assert report.warnings == ()
    connection = central.store.database.read()
    teacher = one(central, "staff", last="Ёлкин")["id"]
    (lesson,) = day.lessons_of_teacher(connection, teacher, MONDAY)
    assert lesson.planned is not None
    assert lesson.planned.starts is not None
    assert (lesson.number, lesson.planned.starts.isoformat("minutes")) == (2, "14:25")


def test_lesson_without_a_bell_in_its_shift_is_refused(central: Storage) -> None:
    report = workbooks.bring(central, Book().set("Классы", 3, "Смена", 2))

    assert {(one.sheet, one.code) for one in report.problems} == {
        ("Расписание", "no_bell_for_lesson")
    }


def test_same_number_in_two_shifts_is_no_clash(central: Storage) -> None:
    book = Book().set("Классы", 3, "Смена", 2).set("Звонки", 2, "Смена", 1)
    book.add("Звонки", 1, "13:30", "14:15", 2).add("Звонки", 2, "14:25", "15:10", 2)
    book.set("Расписание", 5, "№ урока", 1).set("Расписание", 5, "Кабинет", 22)
    book.set("Нагрузка", 2, "Сотрудник", "Ёлкин Пётр Сергеевич")
    for row in (2, 3, 4):
        book.set("Расписание", row, "Сотрудник", "Ёлкин Пётр Сергеевич")

    assert workbooks.bring(central, book).warnings == ()


def test_odd_and_even_weeks_alternate(central: Storage) -> None:
    book = Book().set("Расписание", 2, "Чётность недели", "нечёт")
    book.set("Расписание", 3, "Чётность недели", "чёт")

    assert workbooks.bring(central, book).imported

    week = timedelta(days=7)
    tuesday = MONDAY + timedelta(days=1)
    odd_mondays = [bool(lessons(central, "Соколова", MONDAY + week * n)) for n in (0, 1)]
    even_tuesdays = [bool(lessons(central, "Соколова", tuesday + week * n)) for n in (0, 1)]
    assert odd_mondays == [True, False]
    assert even_tuesdays == [False, True]


def test_classes_taught_together_are_one_group(central: Storage) -> None:
    """Also when the timetable has a row for each of the classes."""
    book = Book().add("Нагрузка", "Орлова Инна Львовна", "Английский язык", "5А, 5Б", None, 1, 21)
    for name in ("5А", "5Б"):
        book.add(
            "Расписание", name, "Пятница", 1, "Английский язык", None, "Орлова Инна Львовна", 21
        )

    report = workbooks.bring(central, book)

    assert report.imported, report.problems
    group = workbooks.group_of(central, "5А, 5Б", "Английский язык")
    assert len(one(central, "timetable", group=group)["slots"]) == 1
    assert lessons(central, "Орлова", MONDAY + timedelta(days=4)) == [(1, "5А, 5Б", "21")]
    roster = groups.roster(central.store.database.read(), group, MONDAY)
    assert len(roster) == 5
    assert len(one(central, "plan", group=group)["topics"]) == 2
    assert workbooks.bring(central, book).changes == 0


def test_classes_of_several_years_taught_together_follow_the_plan_of_the_lowest(
    central: Storage,
) -> None:
    book = Book().set("Классы", 3, "Параллель", 6)
    book.set("Нагрузка", 3, "Класс", "5А; 5Б").set("Нагрузка", 3, "Подгруппа", 3)
    for row in (5, 6):
        book.set("Расписание", row, "Класс", "5А, 5Б").set("Расписание", row, "Подгруппа", 3)

    report = workbooks.bring(central, book)

    assert report.imported, report.problems
    assert "classes_of_several_years" in {one.code for one in report.warnings}
    group = workbooks.group_of(central, "5А, 5Б", "Математика", 3)
    assert len(one(central, "plan", group=group)["topics"]) == 3


def test_teacher_in_two_rooms_and_two_teachers_in_one_room_are_nothing_special(
    central: Storage,
) -> None:
    """The room stands in the slot; the teacher's own and the room's other teacher do not matter."""
    workbooks.bring(central, Book())
    wednesday = MONDAY + timedelta(days=2)

    assert lessons(central, "Ёлкин", wednesday) == [(2, "5Б", "12"), (3, "5А/1", "22")]
    assert lessons(central, "Соколова", wednesday) == [(1, "5А", "12")]


def test_rights_follow_the_load_and_not_the_timetable(central: Storage) -> None:
    book = Book().set("Расписание", 5, "Сотрудник", "Орлова Инна Львовна")

    report = workbooks.bring(central, book)

    assert [one.code for one in report.warnings] == ["teacher_not_in_load"]
    facts = SchoolFacts(central.store.database.read())
    group = workbooks.group_of(central, "5Б", "Математика")
    lesson = LessonKey(group, MONDAY, 1)
    assert facts.teaches(one(central, "staff", last="Ёлкин")["id"], lesson)
    assert not facts.teaches(one(central, "staff", last="Орлова")["id"], lesson)


def test_holidays_may_be_those_of_one_year_or_of_single_classes(central: Storage) -> None:
    book = Book().set("Классы", 3, "Параллель", 6)
    book.set("КТП", 2, "Параллель", 6)
    book.add("Каникулы", "Дополнительные", MONDAY, MONDAY, "1, 6")
    book.add("Каникулы", "Карантин", MONDAY + timedelta(1), MONDAY + timedelta(1), "5А")

    assert workbooks.bring(central, book).imported

    calendar = one(central, "calendar")
    five_a = one(central, "class", name="5А")["id"]
    assert [(one["years"], one["classes"]) for one in calendar["holidays"][1:]] == [
        ([1, 6], None),
        (None, [five_a]),
    ]
    assert lessons(central, "Ёлкин", MONDAY) == []
    assert lessons(central, "Соколова", MONDAY) == [(1, "5А", "12")]
    assert lessons(central, "Соколова", MONDAY + timedelta(1)) == []


def test_zone_of_the_school_decides_what_today_is(central: Storage) -> None:
    """Kamchatka is a day ahead of Moscow for nine hours."""
    workbooks.bring(central, Book().set("Школа", 4, "Значение", "Asia/Kamchatka"))

    facts = SchoolFacts(central.store.database.read())
    late = datetime(2026, 10, 14, 13, 0, tzinfo=UTC)

    assert facts.local_date(late) == date(2026, 10, 15)
