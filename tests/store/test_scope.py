"""The feed filtered by scope keys: everything that is in it, nothing else, tombstones too."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sync.store.document_store import DocumentStore
from tests.contracts.document_store_contract import path
from tests.store.stores import open_store, statements


def keys_of(doc_id: str, value: Mapping[str, Any]) -> list[str]:
    return list(value.get("keys", ()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db", scope_keys=keys_of)
    yield store
    store.close()


def ids(store: DocumentStore, *scope: str, since: str | int = 0) -> list[str]:
    return [row.id for row in store.changes(since, scope=scope).rows]


def test_feed_holds_the_documents_that_share_a_key(store: DocumentStore) -> None:
    store.insert(
        [
            path("a", "1-a", keys=["7b", "math"]),
            path("b", "1-a", keys=["7b"]),
            path("c", "1-a", keys=["8v"]),
            path("d", "1-a"),
        ]
    )

    assert ids(store, "7b", "math") == ["a", "b"]
    assert ids(store, "math", "8v") == ["a", "c"]
    assert ids(store, "unknown") == []
    assert ids(store) == []


def test_feed_moves_on_past_what_is_not_in_the_scope(store: DocumentStore) -> None:
    store.insert([path(f"d{n}", "1-a", keys=[str(n % 2)]) for n in range(10)])

    page = store.changes(0, scope=["0"], limit=3)
    assert ([row.id for row in page.rows], page.pending) == (["d0", "d2", "d4"], 2)
    page = store.changes(page.last_seq, scope=["0"], limit=3)
    assert ([row.id for row in page.rows], page.pending) == (["d6", "d8"], 0)

    assert page.last_seq == store.update_seq()


def test_document_moves_between_scopes(store: DocumentStore) -> None:
    first = store.put("a", {"keys": ["old", "both"]}, parent=None)
    since = store.update_seq()

    store.put("a", {"keys": ["new", "both"]}, parent=first)

    assert ids(store, "old") == []
    assert ids(store, "new", since=since) == ["a"]
    assert ids(store, "both", since=since) == ["a"]


def test_tombstone_stays_in_the_scopes_the_document_had(store: DocumentStore) -> None:
    first = store.put("a", {"keys": ["7b"]}, parent=None)
    since = store.update_seq()

    store.put("a", {}, parent=first, deleted=True)

    page = store.changes(since, scope=["7b"])
    assert [(row.id, row.deleted) for row in page.rows] == [("a", True)]


def test_tombstone_stays_in_its_scopes_after_a_rebuild(store: DocumentStore) -> None:
    store.put("a", {}, parent=store.put("a", {"keys": ["7b"]}, parent=None), deleted=True)

    store.rebuild_projections()

    assert ids(store, "7b") == ["a"]


def test_tombstone_that_arrives_alone_is_in_the_scopes_it_names(store: DocumentStore) -> None:
    store.insert([path("a", "2-a", "1-a", deleted=True, keys=["7b"])])

    assert ids(store, "7b") == ["a"]


def test_document_in_conflict_is_in_the_scopes_of_all_its_living_leaves(
    store: DocumentStore,
) -> None:
    store.insert([path("a", "1-a", keys=["x"]), path("a", "1-b", keys=["y"])])
    assert ids(store, "x") == ids(store, "y") == ["a"]

    store.insert([path("a", "2-c", "1-b", deleted=True, keys=["y"])])

    assert ids(store, "x") == ["a"]
    assert ids(store, "y") == []


def test_index_that_missed_writes_is_rebuilt_at_start(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    bare = open_store(file)
    bare.insert([path(f"d{n}", "1-a", keys=[str(n)]) for n in range(3)])
    bare.close()

    store = open_store(file, scope_keys=keys_of)

    assert ids(store, "0", "2") == ["d0", "d2"]


def test_page_of_one_class_of_forty_reads_that_class_only(store: DocumentStore) -> None:
    store.insert([path(f"d{n}", "1-a", keys=[f"class:{n % 40}"]) for n in range(4000)])
    with store.database.snapshot() as connection:
        steps: list[None] = []
        connection.set_progress_handler(lambda: steps.append(None), 100)

        def cost(scope: list[str] | None) -> int:
            steps.clear()
            store.changes(0, scope=scope)
            return len(steps)

        one_class, everything = cost(["class:7"]), cost(None)
        connection.set_progress_handler(None, 0)

    assert one_class * 20 < everything


def test_filter_by_scope_and_ids_together_is_refused(store: DocumentStore) -> None:
    with pytest.raises(ValueError, match="both"):
        store.changes(0, scope=["a"], doc_ids=["a"])


def test_store_without_scope_runs_no_statement_for_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    with store.transaction() as running:
        seen = statements(running.connection)
        running.put("a", {"keys": ["x"]}, parent=None)
        running.connection.set_trace_callback(None)

    assert not [statement for statement in seen if "document_scope" in statement]
