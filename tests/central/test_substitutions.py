"""A substitution entered at central: found by people's words, kept under the lesson's ordinal."""

from datetime import date

import pytest

from central import substitutions
from central.storage import Storage
from central.substitutions import Substitution
from sync import errors
from sync.documents import entry
from sync.documents.identifiers import LessonKey
from sync.projections import day
from sync.projections.facts import SchoolFacts
from sync.school.timetable import SubstitutionKind
from tests.support import workbooks
from tests.support.workbooks import Book, one

WEDNESDAY = date(2026, 10, 14)


def teacher(central: Storage, last: str) -> str:
    return str(one(central, "staff", last=last)["id"])


def test_substitute_finds_the_lesson_and_has_the_right_to_it(school: Storage) -> None:
    group = workbooks.group_of(school, "5Б", "Математика")
    wanted = Substitution(group, WEDNESDAY, 2, teacher(school, "Орлова"), "21", reason="болезнь")

    doc_id = substitutions.enter(school, wanted)

    leaf = school.store.get(doc_id)
    assert leaf is not None
    assert {name: leaf.value[name] for name in ("group", "date", "ordinal", "change")} == {
        "group": group, "date": "2026-10-14", "ordinal": 1, "change": "same_subject",
    }  # fmt: skip
    (raw,) = entry.entries_of(leaf.value)
    assert entry.is_genuine(doc_id, raw, school.keys.entry_keys().central)
    connection = school.store.database.read()
    (lesson,) = day.lessons_of_teacher(connection, teacher(school, "Орлова"), WEDNESDAY)[:1]
    assert (lesson.number, lesson.room, lesson.group.id) == (2, "21", group)
    facts = SchoolFacts(connection)
    assert facts.substitutes(teacher(school, "Орлова"), LessonKey(group, WEDNESDAY, 1))


def test_second_lesson_of_the_day_keeps_its_ordinal(school: Storage) -> None:
    workbooks.bring(school, Book().add("Расписание", "5Б", "Среда", 3, "Математика", None, "", 12))
    group = workbooks.group_of(school, "5Б", "Математика")

    doc_id = substitutions.enter(
        school, Substitution(group, WEDNESDAY, 3, teacher(school, "Орлова"))
    )

    leaf = school.store.get(doc_id)
    assert leaf is not None
    assert leaf.value["ordinal"] == 2


def test_substitution_of_the_same_lesson_replaces_the_earlier_one(school: Storage) -> None:
    group = workbooks.group_of(school, "5Б", "Математика")
    first = substitutions.enter(
        school, Substitution(group, WEDNESDAY, 2, teacher(school, "Орлова"))
    )

    second = substitutions.enter(
        school, Substitution(group, WEDNESDAY, 2, change=SubstitutionKind.CANCELLED)
    )

    assert second == first
    leaf = school.store.get(first)
    assert leaf is not None
    assert (leaf.value["change"], leaf.value["teacher"]) == ("cancelled", None)
    assert len(entry.entries_of(leaf.value)) == 2


@pytest.mark.parametrize(
    ("on", "number"),
    [(WEDNESDAY, 1), (WEDNESDAY, 9), (date(2026, 10, 17), 2), (date(2026, 10, 28), 2),
     (date(2030, 1, 1), 2)],
)  # fmt: skip
def test_lesson_that_is_not_in_the_timetable_cannot_be_substituted(
    school: Storage, on: date, number: int
) -> None:
    group = workbooks.group_of(school, "5Б", "Математика")

    with pytest.raises(errors.EntryRefused) as refused:
        substitutions.enter(school, Substitution(group, on, number, teacher(school, "Орлова")))

    assert refused.value.code == "no_such_lesson"
    assert workbooks.values_of(school, "substitution") == []


def test_unknown_group_or_person_is_refused(school: Storage) -> None:
    group = workbooks.group_of(school, "5Б", "Математика")

    for wanted in (
        Substitution("nobody", WEDNESDAY, 2, teacher(school, "Орлова")),
        Substitution(group, WEDNESDAY, 2, "nobody"),
    ):
        with pytest.raises(errors.EntryRefused):
            substitutions.enter(school, wanted)


@pytest.mark.parametrize(
    ("class_name", "subject", "subgroup"),
    [("5Б", "Математика", None), ("5 б", "матем", None), ("5А", "английский", 2)],
)
def test_group_is_found_as_people_name_it(
    school: Storage, class_name: str, subject: str, subgroup: int | None
) -> None:
    found = substitutions.find_group(school.store.database.read(), class_name, subject, subgroup)

    assert found.subgroup == subgroup
    assert found.class_names[0].casefold() == class_name.replace(" ", "").casefold()


@pytest.mark.parametrize(
    ("class_name", "subject", "subgroup"),
    [("9Я", "Математика", None), ("5А", "Физика", None), ("5А", "Английский", None)],
)
def test_group_that_is_not_there_is_refused(
    school: Storage, class_name: str, subject: str, subgroup: int | None
) -> None:
    with pytest.raises(errors.EntryRefused) as refused:
        substitutions.find_group(school.store.database.read(), class_name, subject, subgroup)

    assert refused.value.code == "no_such_group"


@pytest.mark.parametrize("typed", ["Ёлкин Пётр Сергеевич", "елкин", "Елкин П. С."])
def test_teacher_is_found_as_people_name_them(school: Storage, typed: str) -> None:
    found = substitutions.find_teacher(school.store.database.read(), typed)

    assert found == teacher(school, "Ёлкин")


def test_teacher_whose_surname_two_people_have_must_be_named_in_full(school: Storage) -> None:
    more = Book().add("Сотрудники", "Орлова", "Вера", "Юрьевна", "учитель", 1)
    workbooks.bring(school, more)
    connection = school.store.database.read()

    with pytest.raises(errors.EntryRefused) as refused:
        substitutions.find_teacher(connection, "Орлова")

    assert refused.value.code == "no_such_teacher"
    assert substitutions.find_teacher(connection, "Орлова В. Ю.")
