"""Rows of changed documents are written over: what changed is new, what went is gone, no more."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import absences, marks
from sync.projections.absences import AbsenceTables
from sync.projections.entry_index import EntryIndex
from sync.projections.lessons import LessonTables
from sync.projections.marks import MarkTables
from sync.projections.viewpoint import FromCentral
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath

LESSON = LessonKey("g1", date(2026, 10, 14), 3)
MARK = identifiers.mark_id(LESSON, "s1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    here = FromCentral()
    store = DocumentStore(
        Database(tmp_path / "journal.sqlite"),
        epoch="e1",
        uuid="u1",
        projections=[MarkTables(here), AbsenceTables(here), LessonTables(here), EntryIndex()],
    )
    yield store
    store.close()


def value(doc_id: str, number: int, *seqs: int) -> dict[str, Any]:
    entries = [
        {
            "field": "value",
            "old": None,
            "new": seq,
            "author": "p1",
            "node": "n1",
            "epoch": "e1",
            "seq": seq,
            "written_at": f"2026-10-14T07:00:{seq:02}Z",
            "previous": "",
            "mac": "m" * 22,
        }
        for seq in seqs
    ]
    kind = identifiers.kind_of(doc_id)
    return {"kind": kind, "schema": 1, "entries": entries, "value": number, "topic": str(number)}


def rows(store: DocumentStore, table: str) -> list[Any]:
    return sorted(store.database.read().execute(f"SELECT * FROM {table}").fetchall())


def entries(store: DocumentStore) -> list[int]:
    return [row[3] for row in rows(store, "entry_row")]


def path(rev: str, *before: str, number: int, seqs: tuple[int, ...]) -> RevisionPath:
    return RevisionPath(MARK, (rev, *before), False, value(MARK, number, *seqs))


@pytest.mark.parametrize(
    ("doc_id", "table", "column"),
    [(MARK, "mark_row", 6), (identifiers.lesson_id(LESSON), "lesson_row", 6)],
)
def test_next_revision_changes_the_row_in_place(
    store: DocumentStore, doc_id: str, table: str, column: int
) -> None:
    first = store.put(doc_id, value(doc_id, 4, 1), parent=None)
    second = store.put(doc_id, value(doc_id, 5, 1, 2), parent=first)

    (row,) = rows(store, table)

    assert str(row[column]) == "5"
    assert row[:4] == (doc_id, "g1", "2026-10-14", 3)
    assert second in row
    assert row[-2:] == ("p1", "2026-10-14T07:00:02Z")
    assert entries(store) == [1, 2]


def test_deleted_document_has_no_rows_and_a_revived_one_has_its_own(store: DocumentStore) -> None:
    first = store.put(MARK, value(MARK, 4, 1), parent=None)
    gone = store.put(MARK, {}, parent=first, deleted=True)

    assert rows(store, "mark_row") == rows(store, "entry_row") == []

    store.put(MARK, value(MARK, 2, 7), parent=gone)

    assert [row[6] for row in rows(store, "mark_row")] == [2]
    assert entries(store) == [7]


def test_entries_of_a_leaf_that_is_taken_out_go_and_the_others_stay(store: DocumentStore) -> None:
    store.insert([path("1-a", number=4, seqs=(1,))])
    store.insert([path("2-b", "1-a", number=5, seqs=(1, 2))])
    store.insert([path("2-c", "1-a", number=3, seqs=(1, 3))])
    assert entries(store) == [1, 2, 3]

    with store.transaction() as tx:
        assert tx.remove_leaf(MARK, "2-c") is not None

    assert entries(store) == [1, 2]
    assert [row[6] for row in rows(store, "mark_row")] == [5]


def test_purged_document_leaves_no_rows(store: DocumentStore) -> None:
    store.put(MARK, value(MARK, 4, 1), parent=None)
    other = identifiers.mark_id(LESSON, "s2")
    store.put(other, value(other, 3, 2), parent=None)

    with store.transaction() as tx:
        tx.purge([MARK])

    assert [row[0] for row in rows(store, "mark_row")] == [other]
    assert entries(store) == [2]


def test_one_batch_may_bring_new_and_changed_documents(store: DocumentStore) -> None:
    store.insert([path("1-a", number=4, seqs=(1,))])
    other = identifiers.mark_id(LESSON, "s2")

    store.insert(
        [
            path("2-b", "1-a", number=5, seqs=(1, 2)),
            RevisionPath(other, ("1-z",), False, value(other, 2, 3)),
        ]
    )

    assert [(row[0], row[6]) for row in rows(store, "mark_row")] == [(MARK, 5), (other, 2)]
    assert sorted(entries(store)) == [1, 2, 3]


def test_kept_rows_equal_rebuilt_ones(store: DocumentStore) -> None:
    store.insert([path("1-a", number=4, seqs=(1,))])
    store.insert([path("2-b", "1-a", number=5, seqs=(1, 2))])
    store.insert([path("2-c", "1-a", number=3, seqs=(1, 3))])
    kept = rows(store, "mark_row"), rows(store, "entry_row")

    store.rebuild_projections()

    assert (rows(store, "mark_row"), rows(store, "entry_row")) == kept


def test_marks_and_absences_of_a_group_are_those_of_its_days_and_of_no_other(
    store: DocumentStore,
) -> None:
    first, last = date(2026, 10, 12), date(2026, 10, 14)
    days = [date(2026, 10, day) for day in (11, 12, 14, 15)]
    groups = ("g", "g1", "g10")
    lessons = [LessonKey(one, day, n) for one in groups for day in days for n in (1, 9)]
    for lesson in lessons:
        for student in ("0", "zzzzzzzzzzzz"):
            mark = identifiers.mark_id(lesson, student, "z")
            store.put(mark, value(mark, 5, 1), parent=None)
            absence = identifiers.absence_id(lesson, student)
            store.put(absence, value(absence, 5, 1), parent=None)
    wanted = [one for one in lessons if one.group == "g1" and first <= one.date <= last]
    connection = store.database.read()

    found = marks.marks_of_group(connection, "g1", first, last)
    away = absences.absences_of_group(connection, "g1", first, last)

    assert [one.lesson for one in found] == [one for one in wanted for _ in range(2)]
    assert [one.lesson for one in away] == [one for one in wanted for _ in range(2)]


def test_a_groups_marks_are_found_without_reading_all_marks(store: DocumentStore) -> None:
    seen: list[str] = []
    connection = store.database.read()
    connection.set_trace_callback(seen.append)
    marks.marks_of_group(connection, "g1", LESSON.date, LESSON.date)
    absences.absences_of_group(connection, "g1", LESSON.date, LESSON.date)
    connection.set_trace_callback(None)

    plans = [str(connection.execute(f"EXPLAIN QUERY PLAN {one}").fetchall()) for one in seen]

    assert len(plans) == 2
    assert all("SEARCH" in plan and "(doc_id>? AND doc_id<?)" in plan for plan in plans)


@pytest.mark.parametrize(("new", "plain"), [(5, [MARK]), (5, []), (1e16, []), ({"a": 2.5}, [])])
def test_an_entry_is_named_by_its_digest_whoever_looked_for_floats(
    store: DocumentStore, new: Any, plain: list[str]
) -> None:
    given = value(MARK, 4, 1)
    given["entries"][0]["new"] = new
    with store.transaction() as tx:
        tx.insert([RevisionPath(MARK, ("1-a",), False, given)], plain)

    leaf = store.get(MARK)

    assert leaf is not None
    assert leaf.value == given
    assert [row[4] for row in rows(store, "entry_row")] == [
        entry.digest_of(MARK, leaf.value["entries"][0])
    ]
