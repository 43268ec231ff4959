"""Who a row is about: matched by key, asked when near, never doubled and never mixed up."""

from datetime import date
from pathlib import Path

import pytest

from central.imports import interview, wording
from central.imports.interview import Doubt, Question
from central.imports.school_import import Report
from central.storage import Storage
from sync import errors
from sync.web import command_line
from tests.support import workbooks
from tests.support.workbooks import Book, one


def doubts(report: Report) -> list[tuple[Doubt, str, int, str, str]]:
    return [(one.doubt, one.sheet, one.row, one.typed, one.known) for one in report.questions]


def answered(central: Storage, book: Book, *, same: bool) -> Report:
    """Import with every question answered alike."""
    return workbooks.bring(central, book, ask=lambda question: same)


def ids(central: Storage, kind: str) -> set[str]:
    page = central.store.all_docs(startkey=f"{kind}:", endkey=f"{kind};")
    return {row.id for row in page.rows}


# ------------------------------------------------------------------------------------------- staff


@pytest.mark.parametrize(
    ("column", "value", "row"),
    [
        ("Фамилия", "Елкин", 3),  # ё or е
        ("Имя", "Петр", 3),
        ("Отчество", "Сергевич", 3),  # a letter missing
        ("Отчество", None, 3),
        ("Имя", "Павел", 3),  # the same surname and initials
    ],
)
def test_near_name_of_the_staff_is_asked_and_nothing_is_written(
    school: Storage, column: str, value: str | None, row: int
) -> None:
    book = Book().set("Сотрудники", row, column, value)
    name = " ".join(str(part) for part in book.sheets["Сотрудники"][row - 1][:3] if part)
    rename_in_other_sheets(book, "Ёлкин Пётр Сергеевич", name)
    before = school.store.update_seq()

    report = workbooks.bring(school, book)

    assert not report.imported
    assert doubts(report) == [(Doubt.STORED, "Сотрудники", row, name, "Ёлкин Пётр Сергеевич")]
    assert school.store.update_seq() == before


def rename_in_other_sheets(book: Book, old: str, new: str) -> None:
    for title in ("Нагрузка", "Расписание", "Классы"):
        for row in book.sheets[title]:
            row[:] = [new if value == old else value for value in row]


def test_person_said_to_be_the_same_is_renamed_and_never_asked_again(school: Storage) -> None:
    before = ids(school, "staff")
    book = Book().set("Сотрудники", 3, "Имя", "Петр")
    rename_in_other_sheets(book, "Ёлкин Пётр Сергеевич", "Ёлкин Петр Сергеевич")

    assert answered(school, book, same=True).imported

    assert ids(school, "staff") == before
    assert one(school, "staff", last="Ёлкин")["first"] == "Петр"
    again = workbooks.bring(school, book)
    assert (again.imported, again.changes, again.questions) == (True, 0, ())


def test_person_said_to_be_another_is_new_and_never_asked_again(school: Storage) -> None:
    before = ids(school, "staff")
    book = Book().add("Сотрудники", "Елкин", "Пётр", "Сергеевич", "учитель", 33)
    book.set("Сотрудники", 3, "Кабинет", 22)

    report = answered(school, book, same=False)

    assert report.imported
    assert len(ids(school, "staff") - before) == 1
    assert workbooks.bring(school, book).changes == 0


def test_exact_name_is_never_doubted_for_a_near_one(school: Storage) -> None:
    """The row that matches exactly takes its person; the near one cannot be that person."""
    book = Book().add("Сотрудники", "Ёлкина", "Пётр", "Сергеевич", "учитель", 33)

    report = workbooks.bring(school, book)

    assert report.questions == ()
    assert report.imported


def test_name_typed_twice_in_one_sheet_is_asked(central: Storage) -> None:
    book = Book().add("Сотрудники", "Елкин", "Пётр", "Сергеевич", "учитель", 33)
    book.set("Нагрузка", 4, "Сотрудник", "Елкин Пётр Сергеевич")

    report = workbooks.bring(central, book)
    assert doubts(report) == [
        (Doubt.TYPED_TWICE, "Сотрудники", 6, "Елкин Пётр Сергеевич", "Ёлкин Пётр Сергеевич")
    ]

    same = workbooks.bring(central, book, ask=lambda question: True, skip_bad_rows=True)
    assert same.imported
    assert [(one.row, one.code) for one in same.problems] == [(6, "person_twice")]
    assert len(ids(central, "staff")) == 4
    group = workbooks.group_of(central, "5А", "Английский язык", 1)
    teacher = one(central, "assignment", group=group)["teacher"]
    assert teacher == one(central, "staff", last="Ёлкин")["id"]


def test_near_subject_is_asked(school: Storage) -> None:
    book = Book().set("Предметы", 2, "Предмет", "Матиматика")
    for title in ("Нагрузка", "Расписание", "КТП"):
        for row in book.sheets[title]:
            row[:] = ["Матиматика" if value == "Математика" else value for value in row]

    report = workbooks.bring(school, book)
    assert doubts(report) == [(Doubt.STORED, "Предметы", 2, "Матиматика", "Математика")]

    assert answered(school, book, same=True).imported
    assert len(ids(school, "subject")) == 2
    assert len(ids(school, "teaching_group")) == 4


# ---------------------------------------------------------------------------------------- students


def test_student_is_found_by_the_file_number_whatever_else_changes(school: Storage) -> None:
    student = one(school, "student", last="Белова")["id"]
    book = Book().set("Ученики", 3, "Фамилия", "Чернова").set("Ученики", 3, "Имя", "Юлиана")

    assert workbooks.bring(school, book).imported

    assert one(school, "student", last="Чернова")["id"] == student


def test_student_under_another_file_number_is_asked(school: Storage) -> None:
    student = one(school, "student", last="Белова")["id"]
    book = Book().set("Ученики", 3, "№ личного дела", "А-77")
    book.set("Родители", 3, "№ личного дела ученика", "А-77").set(
        "Подгруппы", 3, "№ личного дела", "А-77"
    )

    report = workbooks.bring(school, book)
    assert [one.doubt for one in report.questions] == [Doubt.STORED]

    assert answered(school, book, same=True).imported
    assert one(school, "student_card", file_number="А-77")["id"] == student
    assert len(ids(school, "student")) == 5
    assert workbooks.bring(school, book).changes == 0


def test_file_number_given_to_somebody_else_is_asked_and_never_mixes_two_children(
    school: Storage,
) -> None:
    book = Book().set("Ученики", 3, "Фамилия", "Чижов").set("Ученики", 3, "Имя", "Фёдор")
    book.set("Ученики", 3, "Отчество", "Орестович")
    book.set("Ученики", 3, "Дата рождения", date(2014, 1, 1)).set("Ученики", 3, "Пол", "м")

    report = workbooks.bring(school, book)
    assert [one.doubt for one in report.questions] == [Doubt.NUMBER_REUSED]

    other = workbooks.bring(school, book, ask=lambda question: False, skip_bad_rows=True)
    assert other.imported
    codes = [(one.sheet, one.row, one.code) for one in other.problems]
    assert codes == [
        ("Ученики", 3, "file_number_of_another"),
        ("Родители", 3, "student_left_out"),
        ("Подгруппы", 3, "student_left_out"),
    ]
    assert one(school, "student", last="Белова")["first"] == "Юлия"
    assert len(ids(school, "guardian")) == 3


def test_two_rows_of_one_name_and_birthday_are_asked(central: Storage) -> None:
    book = Book().add("Ученики", "А-09", "Абрамов", "Петр", "Ильич", date(2015, 3, 1), "м", "5Б")

    report = workbooks.bring(central, book)
    assert [one.doubt for one in report.questions] == [Doubt.TYPED_TWICE]

    assert answered(central, book, same=False).imported
    assert len(ids(central, "student")) == 6
    assert workbooks.bring(central, book).changes == 0


# --------------------------------------------------------------------------------------- guardians


def with_three_children(phone: str | None, email: str | None = None) -> Book:
    book = Book().set("Родители", 2, "Телефон", phone).set("Родители", 2, "Эл. почта", email)
    for number in ("А-03", "А-05"):
        book.add("Родители", "Абрамова", "Ольга", "Юрьевна", phone, email, number, "мать")
    return book


@pytest.mark.parametrize(
    ("phone", "email"), [("8 900 000 00 01", None), (None, "olga@example.org")]
)
def test_guardian_of_three_children_is_one_person(
    central: Storage, phone: str | None, email: str | None
) -> None:
    report = workbooks.bring(central, with_three_children(phone, email))

    assert report.imported
    guardian = one(central, "guardian", last="Абрамова")
    children = [
        one(central, "student", last=last)["id"] for last in ("Абрамов", "Волков", "Дёмина")
    ]
    assert guardian["children"] == [{"student": child, "relation": "мать"} for child in children]
    assert len(ids(central, "guardian")) == 3
    assert workbooks.bring(central, with_three_children(phone, email)).changes == 0


def test_guardian_gets_another_child_later(school: Storage) -> None:
    guardian = one(school, "guardian", last="Абрамова")["id"]
    book = Book().add(
        "Родители", "Абрамова", "Ольга", "Юрьевна", "+7 (900) 0000001", None, "А-05", "мать"
    )

    assert workbooks.bring(school, book).imported

    assert one(school, "guardian", last="Абрамова")["id"] == guardian
    assert len(one(school, "guardian", last="Абрамова")["children"]) == 2


def test_same_name_without_anything_in_common_is_asked(central: Storage) -> None:
    book = Book().add(
        "Родители", "Абрамова", "Ольга", "Юрьевна", "+7 999 999-99-99", None, "А-05", "мать"
    )

    report = workbooks.bring(central, book)
    assert [one.doubt for one in report.questions] == [Doubt.SAME_GUARDIAN]
    assert "Абрамова Ольга Юрьевна, +7 900 000-00-01" in report.questions[0].known

    assert answered(central, book, same=False).imported
    assert len(ids(central, "guardian")) == 4
    assert workbooks.bring(central, book).changes == 0


def test_same_name_said_to_be_one_person_is_one(central: Storage) -> None:
    book = Book().add(
        "Родители", "Абрамова", "Ольга", "Юрьевна", "+7 999 999-99-99", None, "А-05", "мать"
    )

    assert answered(central, book, same=True).imported

    assert len(ids(central, "guardian")) == 3
    assert workbooks.bring(central, book).changes == 0


@pytest.mark.parametrize(
    ("column", "value"), [("Отчество", "Юрьевная"), ("Фамилия", "Иванова"), ("Отчество", None)]
)
def test_near_name_of_the_same_child_is_asked(
    school: Storage, column: str, value: str | None
) -> None:
    guardian = one(school, "guardian", first="Ольга")["id"]
    book = Book().set("Родители", 2, column, value)

    report = workbooks.bring(school, book)
    assert [(one.doubt, one.known) for one in report.questions] == [
        (Doubt.STORED, "Абрамова Ольга Юрьевна")
    ]

    assert answered(school, book, same=True).imported
    assert one(school, "guardian", first="Ольга")["id"] == guardian
    assert workbooks.bring(school, book).changes == 0


def test_two_guardians_of_one_child_with_alike_names_are_asked_once(central: Storage) -> None:
    book = Book().add("Родители", "Абрамова", "Ольга", "Юрьивна", None, None, "А-01", "мать")

    report = workbooks.bring(central, book)
    assert [one.doubt for one in report.questions] == [Doubt.TYPED_TWICE]

    same = workbooks.bring(central, book, ask=lambda question: True, skip_bad_rows=True)
    assert len(ids(central, "guardian")) == 3
    assert [(one.row, one.code) for one in same.problems] == [(5, "person_twice")]


def test_father_and_mother_of_one_surname_are_two_people(central: Storage) -> None:
    book = Book().add("Родители", "Абрамов", "Илья", "Олегович", None, None, "А-01", "отец")

    assert workbooks.bring(central, book).imported
    assert len(ids(central, "guardian")) == 4


# ----------------------------------------------------------------------------------------- answers


def test_answers_from_a_file_are_taken_by_their_codes(school: Storage, tmp_path: Path) -> None:
    book = Book().set("Сотрудники", 3, "Имя", "Петр")
    rename_in_other_sheets(book, "Ёлкин Пётр Сергеевич", "Ёлкин Петр Сергеевич")
    with command_line.speaking("ru"):
        asked = wording.questions_as_file(workbooks.bring(school, book).questions)
    (tmp_path / "answers.txt").write_text(asked + "Да\n", "utf-8")

    answers = interview.read_answers(tmp_path / "answers.txt")

    assert workbooks.bring(school, book, answers=answers).imported
    assert one(school, "staff", last="Ёлкин")["first"] == "Петр"


def test_code_of_a_question_does_not_depend_on_the_row(school: Storage) -> None:
    book = Book().set("Сотрудники", 3, "Имя", "Петр")
    rename_in_other_sheets(book, "Ёлкин Пётр Сергеевич", "Ёлкин Петр Сергеевич")
    first = workbooks.bring(school, book).questions[0].code

    rows = book.sheets["Сотрудники"]
    book.sheets["Сотрудники"] = [rows[0], *reversed(rows[1:])]

    assert workbooks.bring(school, book).questions[0].code == first


@pytest.mark.parametrize("text", ["a1b2c3", "a1b2c3 может быть", "a1b2c3 да нет"])
def test_answer_that_is_no_answer_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "answers.txt").write_text(f"# ответы\n\n{text}\n", "utf-8")

    with pytest.raises(errors.WorkbookRefused) as refused:
        interview.read_answers(tmp_path / "answers.txt")

    assert refused.value.code == "answer_not_understood"
    assert refused.value.params["line"] == 3


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x01"])
def test_file_of_answers_that_cannot_be_read_is_an_error(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "answers.txt").write_bytes(content)

    with pytest.raises(errors.WorkbookRefused) as refused:
        interview.read_answers(tmp_path / "answers.txt")

    assert refused.value.code == "answers_unreadable"


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("doubt", list(Doubt))
def test_every_doubt_is_asked_in_words(doubt: Doubt, language: str) -> None:
    question = Question(doubt, "Ученики", 7, "Рябова Анна", "Рябова Инна", "А-01")

    with command_line.speaking(language):
        text = wording.question_text(question)

    assert text.startswith("Ученики, ")
    assert "Рябова Анна" in text
    assert "Рябова Инна" in text
    assert text.endswith("?")
