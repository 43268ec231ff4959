"""Ids are made and read in one place, and nothing else passes for one."""

import secrets
from datetime import date

import pytest

from sync import errors
from sync.documents import identifiers, scope

LESSON = identifiers.LessonKey("g00000000001", date(2026, 10, 14), 2)


def test_new_ids_are_opaque_and_different() -> None:
    made = {identifiers.new_id(secrets.token_bytes) for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(len(one) == 12 and one.isalnum() and one == one.lower() for one in made)


@pytest.mark.parametrize(
    ("doc_id", "parsed"),
    [
        (identifiers.lesson_id(LESSON), identifiers.JournalId("lesson", LESSON)),
        (
            identifiers.absence_id(LESSON, "s1"),
            identifiers.JournalId("absence", LESSON, student="s1"),
        ),
        (identifiers.work_id(LESSON, "w1"), identifiers.JournalId("work", LESSON, work="w1")),
        (
            identifiers.mark_id(LESSON, "s1"),
            identifiers.JournalId("mark", LESSON, student="s1", column="1"),
        ),
    ],
)
def test_what_was_made_is_read_back(doc_id: str, parsed: identifiers.JournalId) -> None:
    assert identifiers.parse_journal(doc_id) == parsed
    assert scope.keys_of(doc_id, {}) >= {"group:g00000000001"}


@pytest.mark.parametrize(
    "doc_id",
    [
        "",
        "lesson",
        "lesson:g1:2026-10-14",
        "lesson:g1:2026-10-14:1:s1",
        "lesson:g1:2026-10-14:0",
        "lesson:g1:2026-10-14:01",
        "lesson:g1:20261014:1",
        "lesson:g1:2026-13-14:1",
        "lesson:G1:2026-10-14:1",
        "lesson:..:2026-10-14:1",
        "mark:g1:2026-10-14:1:s1",
        "mark:g1:2026-10-14:1:s1:",
        "mark:g1:2026-10-14:1:s1:1:1",
        "grade:g1:2026-10-14:1:s1:1",
        "mark:g1:2026-10-14:1:s 1:1",
        "mark:" + "g" * 41 + ":2026-10-14:1:s1:1",
    ],
)
def test_anything_else_is_no_id(doc_id: str) -> None:
    with pytest.raises(errors.BadDocumentId):
        identifiers.parse_journal(doc_id)


def test_kind_without_a_rule_stays_at_central() -> None:
    assert scope.keys_of("unheard:of", {}) == {scope.CENTRAL}
    assert scope.keys_of("guardian:w1", {}) == {scope.CENTRAL}
    assert scope.keys_of("mark:broken", {}) == {scope.CENTRAL}


def test_student_travels_to_every_class_they_were_ever_in() -> None:
    value = {"enrollments": [{"class": "c1"}, {"class": "c2"}, "broken"]}

    assert scope.keys_of("student:s1", value) == {"class:c1", "class:c2", "student:s1"}


def test_what_is_settled_is_named_by_its_leaves_in_any_order() -> None:
    doc_id = "mark:g1:2026-10-14:1:s1:1"

    # Golden: stored in documents, so it never changes.
    assert identifiers.settlement_part(doc_id, ["2-b", "2-a"]) == "vb31n46y2265dx960vz8"
    assert identifiers.settlement_part(doc_id, ["2-a", "2-b"]) == "vb31n46y2265dx960vz8"
    assert identifiers.rejection_id(doc_id, "1-a") == "rejection:yst87qsnxn3xr9yhvj87"
    for other in (("mark:g1:2026-10-14:1:s2:1", ["2-a", "2-b"]), (doc_id, ["2-a"])):
        assert identifiers.decision_id(*other) != identifiers.decision_id(doc_id, ["2-a", "2-b"])
    assert identifiers.is_reference(identifiers.decision_id(doc_id, ["2-a"]))
    assert identifiers.is_reference(identifiers.rejection_id(doc_id, "2-a"))


def test_what_is_settled_travels_with_the_document_it_is_about() -> None:
    doc_id = "mark:g1:2026-10-14:1:s1:1"
    for settled in ("decision:x", "rejection:x"):
        assert not scope.is_told_by_id(settled)
        assert scope.keys_of(settled, {"document": doc_id}) == scope.keys_of(doc_id, {})
        for damaged in ({}, {"document": 5}, {"document": "student:x"}):
            assert scope.keys_of(settled, damaged) == {scope.CENTRAL}
