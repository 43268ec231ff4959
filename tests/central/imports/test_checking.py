"""Every row that cannot be used is listed with its place and reason; nothing is imported."""

import ast
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from central.imports import wording
from central.imports.problems import Problem
from central.imports.rows import Ignored
from central.storage import Storage
from sync.web import command_line
from tests.support import source, workbooks
from tests.support.workbooks import Book

Change = Callable[[Book], Book]


def typed(sheet: str, row: int, column: str, value: Any) -> Change:
    return lambda book: book.set(sheet, row, column, value)


def added(sheet: str, *values: Any) -> Change:
    return lambda book: book.add(sheet, *values)


def places(problems: tuple[Problem, ...]) -> list[tuple[str, int | None, str | None, str]]:
    return [(one.sheet, one.row, one.column, one.code) for one in problems]


BAD_CELLS = [
    ("Периоды", 2, "Тип", "месяц", "unknown_term_kind"),
    ("Периоды", 2, "Начало", "первого сентября", "not_a_date"),
    ("Периоды", 2, "Начало", date(1026, 9, 1).isoformat(), "date_outside_range"),
    ("Периоды", 2, "Конец", date(2026, 8, 1), "ends_before_start"),
    ("Периоды", 2, "Параллели", "1-99", "years_not_understood"),
    ("Периоды", 2, "Параллели", datetime(2026, 9, 1), "excel_made_a_date"),  # noqa: DTZ001
    ("Периоды", 3, "Название", "I Четверть", "name_twice"),
    ("Каникулы", 2, "Классы", "5Я", "unknown_class"),
    ("Каникулы", 2, "Конец", date(2026, 10, 1), "ends_before_start"),
    ("Звонки", 2, "Начало", "утром", "not_a_time"),
    ("Звонки", 2, "Конец", "08:00", "ends_before_start"),
    ("Звонки", 3, "№ урока", 1, "bell_twice"),
    ("Звонки", 2, "№ урока", 99, "number_outside_range"),
    ("Предметы", 3, "Предмет", None, "cell_empty"),
    ("Предметы", 3, "Предмет", "математика", "row_twice"),
    ("Предметы", 2, "Предмет", "М" * 300, "text_too_long"),
    ("Сотрудники", 2, "Роли", "дворник", "unknown_role"),
    ("Сотрудники", 2, "Фамилия", None, "cell_empty"),
    ("Сотрудники", 2, "Имя", "#REF!", "excel_error"),
    ("Классы", 2, "Параллель", "пятый", "not_a_whole_number"),
    ("Классы", 2, "Классный руководитель", "Иванов Иван Иванович", "unknown_staff"),
    ("Классы", 2, "Классный руководитель", "Соколова", "name_not_understood"),
    ("Классы", 2, "Продолжает", "4А", "unknown_class_of_last_year"),
    ("Классы", 3, "Класс", "5 «а»", "row_twice"),
    ("Ученики", 2, "Класс", "6А", "unknown_class"),
    ("Ученики", 2, "Класс", "5А, 5Б", "one_class_wanted"),
    ("Ученики", 2, "Дата рождения", "весной", "not_a_date"),
    ("Ученики", 2, "Дата рождения", date(2026, 9, 2), "born_after_enrolment"),
    ("Ученики", 2, "Зачислен", date(2027, 8, 2), "enrolled_after_the_year"),
    ("Ученики", 2, "Пол", "х", "unknown_sex"),
    ("Ученики", 3, "№ личного дела", "а01", "row_twice"),
    ("Ученики", 2, "№ личного дела", "—", "no_file_number"),
    ("Родители", 2, "№ личного дела ученика", "Я-99", "unknown_student"),
    ("Родители", 2, "Телефон", "нет", "not_a_phone"),
    ("Родители", 2, "Эл. почта", "собака", "not_an_email"),
    ("Нагрузка", 2, "Сотрудник", None, "cell_empty"),
    ("Нагрузка", 2, "Сотрудник", "Соколова Анна Михаловна", "unknown_staff_near"),
    ("Нагрузка", 2, "Предмет", "Физика", "unknown_subject"),
    ("Нагрузка", 2, "Класс", "5А, 7Ж", "unknown_class"),
    ("Нагрузка", 2, "Часов в неделю", "много", "not_weekly_hours"),
    ("Нагрузка", 2, "Часов в неделю", 0, "not_weekly_hours"),
    ("Нагрузка", 2, "Подгруппа", 77, "number_outside_range"),
    ("Подгруппы", 2, "Подгруппа", None, "cell_empty"),
    ("Подгруппы", 2, "Подгруппа", 5, "no_load_for_this"),
    ("Подгруппы", 2, "№ личного дела", "А-04", "member_of_another_class"),
    ("Подгруппы", 3, "№ личного дела", "А-01", "row_twice"),
    ("Расписание", 2, "День недели", "Вторница", "not_a_weekday"),
    ("Расписание", 2, "День недели", "Суббота", "not_a_school_day"),
    ("Расписание", 2, "№ урока", 8, "no_bell_for_lesson"),
    ("Расписание", 5, "Предмет", "Английский язык", "no_load_for_this"),
    ("Расписание", 7, "Подгруппа", None, "no_load_for_this"),
    ("Расписание", 2, "Чётность недели", "иногда", "not_a_parity"),
    ("КТП", 2, "Предмет", "Физика", "unknown_subject"),
    ("КТП", 2, "Тема", None, "cell_empty"),
    ("КТП", 2, "Тема", "Т" * 501, "text_too_long"),
    ("КТП", 2, "Домашнее задание", "д" * 4001, "text_too_long"),
    ("КТП", 3, "№", 1, "row_twice"),
    ("КТП", 2, "Часов", "два", "not_a_whole_number"),
]


@pytest.mark.parametrize(("sheet", "row", "column", "value", "code"), BAD_CELLS)
def test_cell_that_cannot_be_used_is_listed_and_nothing_is_imported(
    untouched: Storage, sheet: str, row: int, column: str, value: Any, code: str
) -> None:
    before = untouched.store.update_seq()
    records = list(untouched.store.records.scan("import_base"))

    report = workbooks.bring(untouched, typed(sheet, row, column, value)(Book()))

    assert (sheet, row, column, code) in places(report.problems)
    assert not report.imported
    assert untouched.store.update_seq() == before
    assert list(untouched.store.records.scan("import_base")) == records


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_problem_is_said_in_a_sentence(untouched: Storage, language: str) -> None:
    book = Book()
    for sheet, row, column, value, _ in BAD_CELLS:
        book.set(sheet, row, column, value)
    report = workbooks.bring(untouched, book)

    with command_line.speaking(language):
        lines = [wording.problem_line(problem) for problem in report.problems]

    assert len(lines) > 20
    assert all("%(" not in line for line in lines)
    assert any(line.startswith("Периоды, ") and ", Тип: " in line for line in lines)


def test_every_code_of_a_problem_has_its_sentence() -> None:
    codes = set()
    for path in source.files("central/imports", suffix=".py"):
        for node in ast.walk(source.syntax(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".refuse", ".warn")):
                texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
                words = [text for text in texts if isinstance(text, str)]
                codes |= {word for word in words[-1:] if "_" in word}
    assert len(codes) > 40

    assert sorted(codes - wording.PROBLEMS.keys()) == []


def test_several_bad_rows_are_all_listed_at_once(central: Storage) -> None:
    book = Book().set("Ученики", 2, "Класс", "6А").set("Ученики", 4, "Пол", "?")
    book.set("КТП", 3, "Тема", "")

    report = workbooks.bring(central, book)

    assert {(one.sheet, one.row) for one in report.problems} == {
        ("Ученики", 2),
        ("Ученики", 4),
        ("КТП", 3),
        ("Родители", 2),  # of the student of row 2
        ("Подгруппы", 2),
        ("Подгруппы", 4),
    }


def test_rows_that_cannot_be_used_are_left_out_when_that_is_wished(central: Storage) -> None:
    book = Book().set("Ученики", 2, "Класс", "6А")

    report = workbooks.bring(central, book, skip_bad_rows=True)

    assert report.imported
    assert len(report.problems) == 3
    assert len(workbooks.values_of(central, "student")) == 4
    assert len(workbooks.values_of(central, "guardian")) == 2


@pytest.mark.parametrize("sheet", list(Book().sheets))
def test_missing_sheet_is_an_error_that_cannot_be_skipped(untouched: Storage, sheet: str) -> None:
    before = untouched.store.update_seq()
    book = Book()
    del book.sheets[sheet]

    report = workbooks.bring(untouched, book, skip_bad_rows=True)

    assert not report.imported
    assert (sheet, None, None, "sheet_missing") in places(report.problems)
    assert untouched.store.update_seq() == before


def test_missing_column_is_an_error_that_cannot_be_skipped(central: Storage) -> None:
    book = Book()
    book.sheets["Ученики"][0][6] = "Группа"

    report = workbooks.bring(central, book, skip_bad_rows=True)

    assert not report.imported
    assert ("Ученики", None, "Класс", "column_missing") in places(report.problems)
    assert Ignored("Ученики", "Группа") in report.ignored


def test_empty_sheet_is_an_error_and_one_with_headings_alone_is_not(central: Storage) -> None:
    book = Book()
    book.sheets["КТП"] = [book.sheets["КТП"][0]]

    assert workbooks.bring(central, book).imported

    book.sheets["КТП"] = []
    report = workbooks.bring(central, book)
    assert ("КТП", None, None, "sheet_without_headings") in places(report.problems)


def test_order_of_columns_and_spelling_of_headings_do_not_matter(central: Storage) -> None:
    book = Book()
    book.sheets["Ученики"] = [list(reversed(row)) for row in book.sheets["Ученики"]]
    book.sheets["Родители"][0][4] = "эл.  ПОЧТА"
    book.sheets = {f" {title.upper()} ": rows for title, rows in book.sheets.items()}

    report = workbooks.bring(central, book)

    assert report.imported, report.problems
    assert workbooks.one(central, "student", last="Белова")["first"] == "Юлия"


def test_what_is_not_read_is_listed(central: Storage) -> None:
    book = Book().set("Ученики", 2, "СНИЛС", "123").set("Классы", 2, "Корпус", 2)
    book.sheets["Столовая"] = [["Меню"]]

    report = workbooks.bring(central, book)

    assert report.imported
    assert set(report.ignored) == {
        Ignored("Столовая", None),
        Ignored("Ученики", "СНИЛС"),
        Ignored("Классы", "Корпус"),
    }


def test_same_heading_twice_is_an_error(central: Storage) -> None:
    book = Book()
    book.sheets["Предметы"][0][1] = "предмет"

    report = workbooks.bring(central, book)

    assert ("Предметы", None, "предмет", "column_twice") in places(report.problems)


def test_empty_rows_are_passed_over_and_numbers_stay_those_of_excel(central: Storage) -> None:
    book = Book()
    book.sheets["Ученики"].insert(2, [None, "  "])
    book.set("Ученики", 5, "Класс", "6А")

    report = workbooks.bring(central, book)

    assert ("Ученики", 5, "Класс", "unknown_class") in places(report.problems)
    assert report.rows["Ученики"] == 5


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda book: book.remove("Школа", 3), "parameter_missing"),
        (lambda book: book.set("Школа", 3, "Значение", "2026"), "school_unusable"),
        (lambda book: book.set("Школа", 3, "Значение", "2026/2028"), "school_unusable"),
        (lambda book: book.set("Школа", 4, "Значение", "Москва"), "school_unusable"),
        (lambda book: book.set("Школа", 5, "Значение", 3), "school_unusable"),
        (lambda book: book.set("Периоды", 3, "Начало", date(2026, 10, 1)), "terms_overlap"),
        (lambda book: book.set("Периоды", 5, "Конец", date(2029, 5, 1)), "year_too_long"),
    ],
)
def test_school_year_that_contradicts_itself_is_refused_whole(
    central: Storage, change: Change, code: str
) -> None:
    report = workbooks.bring(central, change(Book()), skip_bad_rows=True)

    assert not report.imported
    assert code in [problem.code for problem in report.problems]


def test_names_in_other_sheets_may_be_shortened_or_lack_the_dots_of_yo(central: Storage) -> None:
    book = Book().set("Нагрузка", 3, "Сотрудник", "Елкин Петр Сергеевич")
    book.set("Нагрузка", 4, "Сотрудник", "Ёлкин П. С.").set("Расписание", 5, "Сотрудник", "")

    report = workbooks.bring(central, book)

    assert report.imported, report.problems
    assert len(workbooks.values_of(central, "staff")) == 4


def test_shortened_name_that_two_people_have_is_refused(central: Storage) -> None:
    book = Book().add("Сотрудники", "Ёлкин", "Павел", "Степанович", "учитель", 23)
    book.set("Нагрузка", 4, "Сотрудник", "Ёлкин П. С.")

    report = workbooks.bring(central, book)

    assert ("Нагрузка", 4, "Сотрудник", "staff_ambiguous") in places(report.problems)


# --------------------------------------------------------------------------------------- warnings


def test_teacher_in_two_rooms_at_once_is_a_warning(central: Storage) -> None:
    book = Book().set("Расписание", 5, "№ урока", 1).set("Расписание", 5, "Кабинет", 22)
    book.set("Расписание", 2, "Сотрудник", "Ёлкин Пётр Сергеевич")

    report = workbooks.bring(central, book)

    assert report.imported
    assert places(report.warnings) == [
        ("Расписание", 2, "Сотрудник", "teacher_not_in_load"),
        ("Расписание", 5, "Сотрудник", "teacher_in_two_rooms"),
    ]


def test_teacher_with_two_classes_in_one_room_is_no_warning(central: Storage) -> None:
    book = Book().set("Нагрузка", 2, "Сотрудник", "Ёлкин Пётр Сергеевич")
    for row in (2, 3, 4):
        book.set("Расписание", row, "Сотрудник", "Ёлкин Пётр Сергеевич")
    book.set("Расписание", 5, "№ урока", 1)

    assert workbooks.bring(central, book).warnings == ()


def test_class_with_two_lessons_at_once_is_a_warning_and_its_parts_are_not(
    central: Storage,
) -> None:
    book = Book().set("Расписание", 4, "№ урока", 3)

    report = workbooks.bring(central, book)

    codes = [(one.row, one.code) for one in report.warnings]
    assert codes == [(7, "class_has_two_lessons"), (8, "class_has_two_lessons")]


def test_lessons_of_odd_and_even_weeks_do_not_clash(central: Storage) -> None:
    book = Book().set("Расписание", 5, "№ урока", 1).set("Расписание", 5, "Кабинет", 22)
    book.set("Нагрузка", 2, "Сотрудник", "Ёлкин Пётр Сергеевич")
    for row in (2, 3, 4):
        book.set("Расписание", row, "Сотрудник", "Ёлкин Пётр Сергеевич")
    book.set("Расписание", 2, "Чётность недели", "чёт")
    book.set("Расписание", 5, "Чётность недели", "Нечётная")

    assert workbooks.bring(central, book).warnings == ()


def test_part_of_a_class_without_members_is_a_warning(central: Storage) -> None:
    report = workbooks.bring(central, Book().remove("Подгруппы", 4))

    assert places(report.warnings) == [("Нагрузка", 5, "Подгруппа", "subgroup_without_members")]


def test_class_teacher_without_that_role_is_a_warning(central: Storage) -> None:
    report = workbooks.bring(
        central, Book().set("Классы", 3, "Классный руководитель", "Орлова Инна Львовна")
    )

    assert places(report.warnings) == [
        ("Классы", 3, "Классный руководитель", "homeroom_teacher_without_role")
    ]
