"""What the last import said, what the journal has, what the file says now; who wins."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.imports import wording
from central.imports.comparison import Finding
from central.imports.school_import import Report
from central.imports.settle import ABSENT, Status, settle
from central.storage import Storage
from sync.web import command_line
from tests.support import workbooks
from tests.support.workbooks import Book, one

VALUES = st.sampled_from([ABSENT, None, "A", "B", "C"])


@given(VALUES, VALUES, st.sampled_from([None, "A", "B", "C"]))
def test_value_of_the_file_is_taken_only_where_the_journal_has_nothing_of_its_own(
    base: Any, current: Any, said: Any
) -> None:
    status = settle(base, current, said)

    if current == said:
        assert status is Status.UNCHANGED
    elif status is Status.CHANGED:
        assert current == base or (base is ABSENT and current in (ABSENT, None))
    else:
        assert base != current
        assert status is (Status.KEPT if base == said else Status.CONFLICT)


def findings(report: Report) -> list[tuple[Status, str, str | None, str, str]]:
    return [
        (one.status, one.sheet, one.column, one.in_file, one.in_journal) for one in report.findings
    ]


def revision(central: Storage, kind: str, opaque: str) -> str:
    leaf = central.store.get(f"{kind}:{opaque}")
    assert leaf is not None
    return leaf.rev


def test_value_changed_in_the_file_alone_is_updated(school: Storage) -> None:
    teacher = one(school, "staff", last="Орлова")

    report = workbooks.bring(school, Book().set("Сотрудники", 4, "Кабинет", 31))

    assert one(school, "staff", last="Орлова") == {
        **teacher,
        "room": "31",
        "entries": one(school, "staff", last="Орлова")["entries"],
    }
    assert report.counts[("Сотрудники", Status.CHANGED)] == 1
    assert (report.changes, report.written) == (1, 1)
    assert not report.findings
    assert len(one(school, "staff", last="Орлова")["entries"]) == 2


def test_value_changed_in_the_journal_alone_is_kept_and_listed(school: Storage) -> None:
    opaque = one(school, "staff", last="Орлова")["id"]
    workbooks.change(school, "staff", opaque, room="40")
    before = revision(school, "staff", opaque)

    report = workbooks.bring(school, Book())

    assert revision(school, "staff", opaque) == before
    assert report.written == 0
    assert findings(report) == [(Status.KEPT, "Сотрудники", "room", "21", "40")]
    assert report.counts[("Сотрудники", Status.KEPT)] == 1


def test_value_changed_on_both_sides_stays_and_is_listed_as_a_conflict(school: Storage) -> None:
    opaque = one(school, "staff", last="Орлова")["id"]
    workbooks.change(school, "staff", opaque, room="40")
    book = Book().set("Сотрудники", 4, "Кабинет", 31)

    report = workbooks.bring(school, book)

    assert one(school, "staff", last="Орлова")["room"] == "40"
    assert findings(report) == [(Status.CONFLICT, "Сотрудники", "room", "31", "40")]
    # It stays a conflict until one of the two sides gives in.
    assert findings(workbooks.bring(school, book)) == findings(report)
    assert workbooks.bring(school, book).written == 0
    assert not workbooks.bring(school, Book().set("Сотрудники", 4, "Кабинет", 40)).findings


def test_same_change_on_both_sides_is_no_conflict(school: Storage) -> None:
    opaque = one(school, "staff", last="Орлова")["id"]
    workbooks.change(school, "staff", opaque, room="31")

    report = workbooks.bring(school, Book().set("Сотрудники", 4, "Кабинет", 31))

    assert not report.findings
    assert report.written == 0
    # From now on the file may change it again.
    workbooks.bring(school, Book().set("Сотрудники", 4, "Кабинет", 32))
    assert one(school, "staff", last="Орлова")["room"] == "32"


def test_fields_are_settled_one_by_one(school: Storage) -> None:
    opaque = one(school, "staff", last="Орлова")["id"]
    workbooks.change(school, "staff", opaque, room="40")

    report = workbooks.bring(school, Book().set("Сотрудники", 4, "Роли", "учитель; завуч"))

    teacher = one(school, "staff", last="Орлова")
    assert (teacher["room"], teacher["roles"]) == ("40", ["deputy_head", "teacher"])
    assert findings(report) == [(Status.KEPT, "Сотрудники", "room", "21", "40")]
    assert report.counts[("Сотрудники", Status.CHANGED)] == 1


def test_fields_that_the_import_does_not_know_survive(school: Storage) -> None:
    opaque = one(school, "staff", last="Орлова")["id"]
    workbooks.change(school, "staff", opaque, telephone="112")

    workbooks.bring(school, Book().set("Сотрудники", 4, "Кабинет", 31))

    teacher = one(school, "staff", last="Орлова")
    assert (teacher["telephone"], teacher["room"]) == ("112", "31")


@pytest.mark.parametrize(
    ("sheet", "row", "kind", "label"),
    [
        ("Сотрудники", 5, "staff", "Ситникова Ирина Антоновна"),
        ("Ученики", 4, "student", "Волков Лев Ильич"),
        ("Родители", 4, "guardian", "Громов Юрий Львович"),
        ("Каникулы", 2, "calendar", "Осенние"),
        ("Подгруппы", 3, "teaching_group", "5А/1, Английский язык: Белова Юлия Романовна, А-02"),
        ("КТП", 6, "plan", "Английский язык, 5"),
    ],
)
def test_row_missing_from_the_file_deletes_nothing_and_is_listed(
    school: Storage, sheet: str, row: int, kind: str, label: str
) -> None:
    book = Book()
    if sheet == "Ученики":
        book.remove("Подгруппы", 4)
    before = dict.fromkeys(map(str, workbooks.values_of(school, kind)))

    report = workbooks.bring(school, book.remove(sheet, row))

    assert dict.fromkeys(map(str, workbooks.values_of(school, kind))) == before
    assert (Status.MISSING, sheet, label) in [
        (one.status, one.sheet, one.label) for one in report.findings
    ]
    assert report.changes == 0
    assert report.written == 0
    again = workbooks.bring(school, book)
    assert again.findings == report.findings


def test_row_that_comes_back_is_as_before(school: Storage) -> None:
    workbooks.bring(school, Book().remove("Родители", 4))

    report = workbooks.bring(school, Book())

    assert not report.findings
    assert report.written == 0


def test_missing_class_with_all_its_rows_is_listed_once_per_thing(school: Storage) -> None:
    book = Book().remove("Классы", 3).remove("Ученики", 6).remove("Ученики", 5)
    book.remove("Родители", 4).remove("Нагрузка", 3)
    book.remove("Расписание", 6).remove("Расписание", 5)

    report = workbooks.bring(school, book)

    missing = [(one.sheet, one.label) for one in report.findings]
    assert missing == [
        ("Классы", "5Б"),
        ("Ученики", "Громов Олег Юрьевич"),
        ("Ученики", "Дёмина Алла Игоревна"),
        ("Родители", "Громов Юрий Львович"),
        ("Нагрузка", "5Б, Математика"),
        ("Расписание", "5Б, Математика"),
    ]
    assert report.counts[("Расписание", Status.MISSING)] == 2


def test_terms_and_holidays_are_settled_one_by_one(school: Storage) -> None:
    calendar = one(school, "calendar")
    terms = [dict(term) for term in calendar["terms"]]
    terms[1]["ends"] = "2026-12-29"
    workbooks.change(school, "calendar", calendar["id"], terms=terms)
    book = Book().set("Периоды", 2, "Конец", "24.10.2026")
    book.add("Каникулы", "День народного единства", "04.11.2026", "04.11.2026", "все")

    report = workbooks.bring(school, book)

    changed = one(school, "calendar")
    assert [term["ends"] for term in changed["terms"][:2]] == ["2026-10-24", "2026-12-29"]
    assert [term["id"] for term in changed["terms"]] == [term["id"] for term in terms]
    assert [holiday["name"] for holiday in changed["holidays"]] == [
        "Осенние",
        "День народного единства",
    ]
    assert report.counts[("Периоды", Status.CHANGED)] == 1
    assert report.counts[("Периоды", Status.KEPT)] == 1
    assert report.counts[("Каникулы", Status.ADDED)] == 1


def test_bell_changed_in_the_file_rings_from_the_day_on(school: Storage) -> None:
    report = workbooks.bring(
        school, Book().set("Звонки", 3, "Начало", "09:20"), effective=date(2026, 11, 9)
    )

    bells = [bell for bell in one(school, "calendar")["bells"] if bell["number"] == 2]
    assert [(bell["starts"], bell["valid_from"], bell["valid_to"]) for bell in bells] == [
        ("09:25", None, "2026-11-08"),
        ("09:20", "2026-11-09", None),
    ]
    assert report.counts[("Звонки", Status.CHANGED)] == 1
    assert report.counts[("Звонки", Status.UNCHANGED)] == 2


@pytest.mark.parametrize("language", ["ru", "en"])
def test_findings_are_said_with_names_and_both_values(language: str) -> None:
    finding = Finding(
        Status.KEPT, "Классы", 2, "5А", "homeroom_teacher", "Орлова И. Л.", "Ёлкин П. С."
    )

    with command_line.speaking(language):
        line = wording.finding_line(finding)
        headings = {
            wording.finding_heading(one) for one in (Status.KEPT, Status.CONFLICT, Status.MISSING)
        }

    assert line.startswith("Классы, ")
    assert "5А, Классный руководитель: " in line
    assert "Орлова И. Л." in line
    assert "Ёлкин П. С." in line
    assert len(headings) == 3


def test_person_in_a_finding_is_shown_by_name_and_not_by_id(school: Storage) -> None:
    five_b = one(school, "class", name="5Б")["id"]
    teacher = one(school, "staff", last="Орлова")["id"]
    workbooks.change(school, "class", five_b, homeroom_teacher=teacher)

    report = workbooks.bring(
        school, Book().set("Классы", 3, "Классный руководитель", "Соколова Анна Михайловна")
    )

    assert findings(report) == [
        (
            Status.CONFLICT,
            "Классы",
            "homeroom_teacher",
            "Соколова Анна Михайловна",
            "Орлова Инна Львовна",
        )
    ]
