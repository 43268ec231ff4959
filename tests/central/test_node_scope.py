"""From the room a node stands in to what it may hold."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central import node_scope, substitutions
from central.node_scope import Rooms, Scope, Site
from central.storage import Storage
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import people
from sync.store.values import Leaf
from tests.support import workbooks
from tests.support.workbooks import Book, one

OCTOBER = date(2026, 10, 14)
ROOMS = Rooms(
    taught={("g1", "12"), ("g2", "12"), ("g3", "22"), ("g4", "22"), ("g5", "21")},
    classes={"g1": {"a"}, "g2": {"b"}, "g3": {"a"}, "g4": {"a", "b"}, "g5": {"c"}},
    homerooms={("a", "12"), ("c", "Каб. 40")},
)


def test_room_gives_its_groups_and_their_classes() -> None:
    scope = node_scope.scope_of(Site("21"), ROOMS)

    assert scope.keys == {"school", "group:g5", "class:c"}


def test_class_teachers_own_room_gives_all_groups_of_the_class() -> None:
    scope = node_scope.scope_of(Site("12"), ROOMS)

    assert scope.keys == {
        "school", "group:g1", "group:g2", "group:g3", "group:g4", "class:a", "class:b",
    }  # fmt: skip


def test_node_named_for_a_class_holds_it_wherever_it_stands() -> None:
    scope = node_scope.scope_of(Site("99", frozenset({"c"})), ROOMS)

    assert scope.keys == {"school", "group:g5", "class:c"}


def test_room_nobody_teaches_in_gives_what_every_node_has() -> None:
    assert node_scope.scope_of(Site("99"), ROOMS).keys == {"school"}


def test_room_is_the_same_in_any_letter_case() -> None:
    assert "class:c" in node_scope.scope_of(Site("каб.  40"), ROOMS).keys


@given(st.sets(st.sampled_from(["school", "group:a", "group:b", "class:c"])))
def test_version_says_whether_the_keys_are_the_same(keys: set[str]) -> None:
    version = Scope(frozenset(keys)).version

    assert version == Scope(frozenset(sorted(keys, reverse=True))).version
    assert version != Scope(frozenset(keys | {"group:other"})).version


def scope_of(central: Storage, room: str, *homeroom: str, on: date = OCTOBER) -> frozenset[str]:
    rooms = node_scope.read_rooms(central.store.database.read(), on)
    every = node_scope.scope_of(Site(room, frozenset(homeroom)), rooms).keys
    return frozenset(key for key in every if not key.startswith("student:"))


def keys(central: Storage, classes: list[str], *groups: tuple[str, str, int | None]) -> set[str]:
    return (
        {"school"}
        | {f"class:{one(central, 'class', name=name)['id']}" for name in classes}
        | {f"group:{workbooks.group_of(central, *group)}" for group in groups}
    )


def test_scope_is_read_from_the_schools_documents(school: Storage) -> None:
    """Room 12 is that of both classes' mathematics and of the class teacher of 5А."""
    mathematics = ("5А", "Математика", None), ("5Б", "Математика", None)
    english = ("5А", "Английский язык", 1), ("5А", "Английский язык", 2)

    assert scope_of(school, "22") == keys(school, ["5А"], english[0])
    assert scope_of(school, "12") == keys(school, ["5А", "5Б"], *mathematics, *english)


def test_node_of_a_class_teacher_holds_all_about_its_students(school: Storage) -> None:
    connection = school.store.database.read()
    rooms = node_scope.read_rooms(connection, OCTOBER)
    classes = [one(school, "class", name="5А")["id"]]
    here = people.students_of_classes(connection, classes, OCTOBER)

    own = node_scope.scope_of(Site("12"), rooms).keys
    other = node_scope.scope_of(Site("22"), rooms).keys

    assert here
    assert {key for key in own if key.startswith("student:")} == {
        f"student:{student.id}" for student in here
    }
    assert not [key for key in other if key.startswith("student:")]


DECISIVE = ["assignment", "calendar", "class", "staff", "student", "teaching_group", "timetable"]


@pytest.mark.parametrize("kind", DECISIVE)
def test_whatever_decides_on_scope_is_another_last_change(school: Storage, kind: str) -> None:
    doc_id, leaf = oldest(school, kind)
    before = node_scope.last_change(school.store.database.read())

    with school.store.transaction() as tx:
        tx.put(doc_id, {**leaf.value, "enrollments": []}, parent=leaf.rev)

    assert node_scope.last_change(school.store.database.read()) != before


def test_marks_are_no_last_change(school: Storage) -> None:
    before = node_scope.last_change(school.store.database.read())
    lesson = LessonKey(workbooks.group_of(school, "5А", "Математика"), OCTOBER, 1)
    student = one(school, "student", last="Белова")["id"]

    with school.store.transaction() as tx:
        tx.put(identifiers.mark_id(lesson, student), {"kind": "mark"}, parent=None)
        tx.put(identifiers.lesson_id(lesson), {"kind": "lesson"}, parent=None)

    assert node_scope.last_change(school.store.database.read()) == before


def oldest(central: Storage, kind: str) -> tuple[str, Leaf]:
    """Return a document after which others came, so that the latest number says nothing of it."""
    rows = [row for row in central.store.changes(0).rows if row.id.startswith(f"{kind}:")]
    leaf = central.store.get(rows[0].id)
    assert leaf is not None
    return rows[0].id, leaf


def test_student_who_joins_a_class_is_another_scope_for_its_class_teacher_alone() -> None:
    before = replace(ROOMS, students={"a": {"s1"}, "b": {"s2"}})
    after = replace(ROOMS, students={"a": {"s1", "s2"}, "b": set()})

    own, others = Site("12"), Site("21")
    versions = [node_scope.scope_of(own, rooms).version for rooms in (before, after)]
    unmoved = [node_scope.scope_of(others, rooms).version for rooms in (before, after)]

    assert versions[0] != versions[1]
    assert unmoved[0] == unmoved[1]
    assert "student:s2" in node_scope.scope_of(own, after).keys


def test_slot_in_another_room_than_the_assignments_counts_too(school: Storage) -> None:
    workbooks.bring(school, Book().set("Расписание", 5, "Кабинет", "Актовый зал"))

    assert scope_of(school, "актовый зал") == keys(school, ["5Б"], ("5Б", "Математика", None))


def test_substitution_brings_a_group_to_another_room(school: Storage) -> None:
    group = workbooks.group_of(school, "5Б", "Математика")
    teacher = one(school, "staff", last="Орлова")["id"]
    before = scope_of(school, "40")

    substitutions.enter(
        school, substitutions.Substitution(group, date(2026, 10, 14), 2, teacher, "40")
    )

    assert before == {"school"}
    assert scope_of(school, "40") == keys(school, ["5Б"], ("5Б", "Математика", None))


def test_year_that_is_over_counts_until_there_is_a_new_one(tmp_path: Path) -> None:
    with workbooks.opened(tmp_path, at=datetime(2026, 8, 25, tzinfo=UTC)) as central:
        workbooks.bring(central, Book())
        summer = date(2027, 7, 1)
        old = scope_of(central, "22")
        assert scope_of(central, "22", on=summer) == old

        workbooks.bring(central, workbooks.next_year())

        both = scope_of(central, "22", on=date(2027, 5, 20))
        new = scope_of(central, "22", on=date(2027, 10, 1))
        assert old < both
        assert new == both - old | {"school"}
