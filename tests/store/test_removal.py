"""What is removed is gone without a trace: no tombstone, no change row, no bytes in the file."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.contracts.document_store_contract import path
from tests.store import forests
from tests.store.stores import assert_figures_are_true, open_store, stored_rows
from tests.store.test_projector import Titles, keys_of, rows, scope_rows

_numbers = itertools.count()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db")
    yield store
    assert_figures_are_true(store, purged=True)
    store.close()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DocumentStore, Titles]]:
    projection = Titles()
    file = tmp_path_factory.mktemp("removal") / "journal.db"
    store = open_store(file, projections=[projection], scope_keys=keys_of)
    yield store, projection
    assert_figures_are_true(store, purged=True)
    store.close()


def remove(store: DocumentStore, doc_id: str, rev: str, **options: Any) -> RevisionPath | None:
    with store.transaction() as tx:
        return tx.remove_leaf(doc_id, rev, **options)


def purge(store: DocumentStore, *doc_ids: str) -> int:
    with store.transaction() as tx:
        return tx.purge(doc_ids)


def leaves(store: DocumentStore, doc_id: str = "a") -> list[str]:
    return [leaf.rev for leaf in store.leaf_revisions(doc_id)]


def test_leaf_goes_with_what_only_it_has(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a", made="b"), path("a", "3-y", "2-x", "1-a", made="y")])

    removed = remove(store, "a", "3-y")

    assert removed == path("a", "3-y", "2-x", "1-a", made="y")
    assert leaves(store) == ["2-b"]
    assert store.get("a") is not None
    assert store.path("a", "2-x") == ()


def test_kept_ancestor_is_the_leaf_again(store: DocumentStore) -> None:
    store.insert([path("a", "1-a", made="1")])
    store.insert([path("a", "3-c", "2-b", "1-a", made="3")])

    remove(store, "a", "3-c", keep="1-a")

    winner = store.get("a")
    assert winner is not None
    assert (winner.rev, winner.value) == ("1-a", {"made": "1"})
    assert leaves(store) == ["1-a"]


def test_kept_ancestor_whose_body_was_dropped_needs_its_value(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db", keep_old_bodies=False)
    store.insert([path("a", "1-a", made="1")])
    store.insert([path("a", "2-b", "1-a", made="2")])

    with pytest.raises(ValueError, match="value"):
        remove(store, "a", "2-b", keep="1-a")
    assert leaves(store) == ["2-b"]
    remove(store, "a", "2-b", keep="1-a", kept_value={"made": "1"})

    winner = store.get("a")
    assert winner is not None
    assert (winner.rev, winner.value) == ("1-a", {"made": "1"})
    assert_figures_are_true(store)


def test_ancestor_with_another_child_does_not_become_a_leaf(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a"), path("a", "2-c", "1-a")])

    remove(store, "a", "2-c", keep="1-a")

    assert leaves(store) == ["2-b"]


def test_document_without_another_leaf_goes_altogether(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a"), path("b", "1-b")])

    remove(store, "a", "2-b")

    assert store.get("a") is None
    assert [row.id for row in store.changes(0).rows] == ["b"]
    assert store.info().doc_count == 1


def test_what_is_no_leaf_is_left_alone(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a")])
    before = store.update_seq()

    assert remove(store, "a", "1-a") is None
    assert remove(store, "a", "2-z") is None
    assert remove(store, "unknown", "1-a") is None
    assert store.update_seq() == before


def test_only_an_ancestor_can_be_kept(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a"), path("a", "2-c", "1-a")])

    for other in ("2-c", "2-b", "1-z"):
        with pytest.raises(ValueError, match="ancestor"):
            remove(store, "a", "2-b", keep=other)


def test_removed_leaf_may_come_again(store: DocumentStore) -> None:
    given_path = path("a", "2-b", "1-a", made="b")
    store.insert([path("a", "1-a", made="a"), given_path])
    remove(store, "a", "2-b", keep="1-a")

    assert store.revs_diff({"a": ["2-b"]})["a"].missing == ("2-b",)
    assert store.insert([given_path]).inserted == (("a", "2-b"),)

    assert leaves(store) == ["2-b"]


def test_removal_of_a_leaf_is_seen_in_the_feed_as_the_leaves_that_stay(
    store: DocumentStore,
) -> None:
    store.insert([path("a", "2-b", "1-a"), path("a", "2-c", "1-a")])
    since = store.update_seq()

    remove(store, "a", "2-c")

    page = store.changes(since)
    assert [(row.id, row.revs) for row in page.rows] == [("a", ("2-b",))]


def test_purged_documents_leave_no_row_in_the_feed(store: DocumentStore) -> None:
    store.insert([path("a", "1-a"), path("b", "1-b"), path("c", "1-c", deleted=True)])
    since = store.update_seq()

    assert purge(store, "a", "c", "unknown", "a") == 2

    assert [row.id for row in store.changes(0).rows] == ["b"]
    page = store.changes(since)
    assert (page.rows, page.pending) == ((), 0)
    assert (store.info().doc_count, store.info().doc_del_count) == (1, 0)
    assert store.get("a") is None


def test_purged_document_may_come_again(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a", made="b")])
    purge(store, "a")

    store.insert([path("a", "2-b", "1-a", made="b")])

    assert leaves(store) == ["2-b"]
    assert [row.id for row in store.changes(0).rows] == ["a"]


def test_purge_wakes_those_who_wait_and_moves_the_sequence(store: DocumentStore) -> None:
    store.insert([path("a", "1-a")])
    before, told = store.update_seq(), []
    store.on_commit(lambda: told.append(store.update_seq()))

    purge(store, "a")
    purge(store, "a")

    assert told == [store.update_seq()]
    assert store.wait_for_change(before, 0)


def test_store_reopened_after_a_purge_goes_on_counting(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db", projections=[Titles()], scope_keys=keys_of)
    store.insert([path("a", "1-a"), path("b", "1-b")])
    purge(store, "b")
    store.close()
    projection = Titles()

    store = open_store(tmp_path / "journal.db", projections=[projection], scope_keys=keys_of)
    store.insert([path("c", "1-c")])

    assert store.update_seq().startswith("4-")
    assert projection.batches == [["c"]]


def test_read_tables_that_missed_a_purge_are_rebuilt(tmp_path: Path) -> None:
    first = open_store(tmp_path / "journal.db", projections=[Titles()])
    first.insert([path("a", "1-a", made="a"), path("b", "1-b", made="b")])
    first.close()
    without = open_store(tmp_path / "journal.db")
    purge(without, "b")
    without.close()
    projection = Titles()

    store = open_store(tmp_path / "journal.db", projections=[projection])

    assert rows(store, projection)[0] == [("a", "a")]


def test_failed_removal_cannot_be_swallowed(store: DocumentStore) -> None:
    store.insert([path("a", "2-b", "1-a")])

    def swallow() -> None:
        with store.transaction() as tx:
            try:
                tx.remove_leaf("a", "2-b", keep="1-z")
            except ValueError:
                tx.records.overwrite("c", "k", {})

    with pytest.raises(RuntimeError):
        swallow()

    assert store.records.count("c") == 0


@given(
    st.lists(forests.paths(whole=True, most_revisions=7), min_size=1, max_size=3),
    st.data(),
)
def test_tables_rebuilt_after_removals_equal_those_that_were_kept(
    followed: tuple[DocumentStore, Titles], trees: list[list[RevisionPath]], data: st.DataObject
) -> None:
    store, projection = followed
    documents = {f"d{next(_numbers)}": tree for tree in trees}
    for doc_id, tree in documents.items():
        store.insert(forests.of_document(doc_id, tree))
    for doc_id in documents:
        if data.draw(st.booleans()):
            purge(store, doc_id)
            assert stored_rows(store, doc_id) == []
        else:
            _remove_some_leaf(store, doc_id, data)
    kept, kept_scope = rows(store, projection), scope_rows(store)

    store.rebuild_projections()

    assert rows(store, projection) == kept
    assert scope_rows(store) == kept_scope
    assert_figures_are_true(store, purged=True)


def _remove_some_leaf(store: DocumentStore, doc_id: str, data: st.DataObject) -> None:
    """Remove a drawn leaf, keeping a drawn ancestor, and compare with the naive tree."""
    here = leaves(store, doc_id)
    rev = data.draw(st.sampled_from(here))
    history = store.path(doc_id, rev)
    keep = data.draw(st.sampled_from([None, *history[1:]]))
    others = {one for leaf in here if leaf != rev for one in store.path(doc_id, leaf)}
    wanted = _expected_leaves(history, keep, others, {leaf for leaf in here if leaf != rev})

    removed = remove(store, doc_id, rev, keep=keep, kept_value={"made": "kept"})

    assert removed is not None
    assert removed.revisions == history
    assert set(leaves(store, doc_id)) == wanted


def _expected_leaves(
    history: Sequence[str], keep: str | None, others: set[str], rest: set[str]
) -> set[str]:
    if keep is None or keep in others:
        return rest
    return rest | {keep}


def grep(folder: Path, text: str) -> list[str]:
    return [file.name for file in folder.iterdir() if text.encode() in file.read_bytes()]


def test_nothing_of_a_purged_document_is_left_in_the_files(tmp_path: Path) -> None:
    projection = Titles()
    store = open_store(
        tmp_path / "journal.db",
        projections=[projection],
        scope_keys=keys_of,
        keep_old_bodies=False,
    )
    parents: dict[str, str | None] = {}
    # Earlier values too: their bodies were dropped long before the document was purged.
    for round_ in range(3):
        for number in range(200):
            doc_id = f"secret-{number}" if number % 2 else f"public-{number}"
            word = "Sekretov" if number % 2 else "Publichny"
            value = {"made": f"{word} {number} {round_}"}
            parents[doc_id] = store.put(doc_id, value, parent=parents.get(doc_id))
    assert grep(tmp_path, "Sekretov") != []

    purge(store, *[doc_id for doc_id in parents if doc_id.startswith("secret")])
    assert store.database.forget_deleted_bytes()

    assert grep(tmp_path, "Sekretov") == []
    assert grep(tmp_path, "secret-") == []
    assert grep(tmp_path, "Publichny") != []
    assert len(rows(store, projection)[0]) == 100
    assert_figures_are_true(store, purged=True)
    store.close()
    assert grep(tmp_path, "Sekretov") == []


def test_file_that_is_being_read_is_cleaned_later(tmp_path: Path) -> None:
    database = Database(tmp_path / "journal.db", busy_timeout_seconds=0.05)
    store = DocumentStore(database, epoch="e", uuid="u")
    store.put("a", {"made": "Sekretov"}, parent=None)
    with store.database.snapshot() as connection:
        connection.execute("SELECT * FROM document").fetchall()
        purge(store, "a")
        assert not store.database.forget_deleted_bytes()

    assert store.database.forget_deleted_bytes()
    assert grep(tmp_path, "Sekretov") == []
