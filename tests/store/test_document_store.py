"""The SQLite store keeps every promise of a document store, and some of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store.document_store import DocumentStore
from tests.contracts.document_store_contract import DocumentStoreContract, path
from tests.store.stores import assert_figures_are_true, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db")
    yield store
    assert_figures_are_true(store)
    store.close()


class TestSqliteDocumentStore(DocumentStoreContract):
    """All of the contract."""


def test_body_of_an_ancestor_is_dropped_with_the_edit_when_old_ones_are_not_kept(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path / "journal.db", keep_old_bodies=False)
    first = store.put("a", {"n": 1}, parent=None)
    second = store.put("a", {"n": 2}, parent=first)
    store.insert([path("b", "1-a", n=1), path("b", "2-b", "1-a", n=2), path("b", "1-a", n=1)])

    assert store.get("a", first) is None
    assert store.get("a", second) is not None
    assert store.get("b", "1-a") is None
    assert store.database.read().execute("SELECT count(*) FROM body").fetchall() == [(2,)]
    assert_figures_are_true(store)


def test_store_is_the_same_after_closing_and_opening(tmp_path: Path) -> None:
    first = open_store(tmp_path / "journal.db")
    rev = first.put("a", {"n": 1}, parent=None)
    first.records.put("c", "k", {"n": 1}, None)
    before = (first.uuid, first.instance_start_time, first.get("a"), first.leaves("a"))
    first.close()

    again = open_store(tmp_path / "journal.db")

    assert (again.uuid, again.instance_start_time, again.get("a"), again.leaves("a")) == before
    assert again.path("a", rev) == (rev,)
    assert again.records.count("c") == 1


def test_another_database_has_another_identity(tmp_path: Path) -> None:
    one, two = open_store(tmp_path / "one.db"), open_store(tmp_path / "two.db")

    assert one.uuid != two.uuid
    assert one.instance_start_time != two.instance_start_time


@pytest.mark.parametrize("limit", [99, 0, -1])
def test_limit_that_would_make_conflicts_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(ValueError, match="revs_limit"):
        open_store(tmp_path / "journal.db", revs_limit=limit)


def test_long_history_is_cut_and_stays_one_leaf(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db", revs_limit=100)
    rev = None
    with store.transaction() as running:
        for number in range(350):
            rev = running.put("a", {"n": number}, parent=rev)
    assert rev is not None

    history = store.path("a", rev)

    assert len(history) == 100
    assert history[0].startswith("350-")
    assert history[-1].startswith("251-")
    assert len(store.leaves("a")) == 1
    counted = store.database.read().execute("SELECT count(*) FROM revision").fetchall()
    assert counted == [(100,)]
    assert_figures_are_true(store)


def test_branch_beyond_the_limit_keeps_what_another_leaf_needs(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db", revs_limit=100)
    chain = tuple(f"{number}-x" for number in range(150, 0, -1))
    store.insert([path("a", *chain, n=150), path("a", "21-y", *chain[130:], n=21)])

    assert len(store.path("a", "150-x")) == 100
    assert store.path("a", "21-y") == ("21-y", *chain[130:])
    assert_figures_are_true(store)


def test_999_offline_edits_of_one_document_arrive_as_one_leaf(tmp_path: Path) -> None:
    node, central = open_store(tmp_path / "node.db"), open_store(tmp_path / "central.db")
    rev = node.put("a", {"n": 0}, parent=None)
    central.insert([path("a", rev, n=0)])
    with node.transaction() as running:
        for number in range(1, 1000):
            rev = running.put("a", {"n": number}, parent=rev)

    arrived = [one for one in node.fetch([("a", rev)]) if one is not None]
    central.insert(arrived)

    assert [leaf.rev for leaf in central.leaves("a")] == [rev]
    assert len(arrived[0].revisions) == 1000
