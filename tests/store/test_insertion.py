"""Random histories in real files: order-free, winner as CouchDB's, both sides converge."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.store import forests
from tests.store.stores import (
    Oracle,
    assert_figures_are_true,
    names,
    open_store,
    stored_rows,
)

_numbers = itertools.count()


def fresh_id() -> str:
    """An id that no example before had: a file is opened once, not once for each example."""
    return f"d{next(_numbers)}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    store = open_store(tmp_path_factory.mktemp("insertion") / "one.db")
    yield store
    assert_figures_are_true(store)
    store.close()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    store = open_store(tmp_path_factory.mktemp("insertion") / "two.db")
    yield store
    assert_figures_are_true(store)
    store.close()


def insert_in_batches(
    store: DocumentStore, paths: Sequence[RevisionPath], sizes: Sequence[int]
) -> None:
    """Insert in batches of the sizes, what is left over in one."""
    rest = list(paths)
    for size in sizes:
        store.insert(rest[:size])
        del rest[:size]
    store.insert(rest)


@given(forests.paths(), st.lists(st.integers(1, 4), max_size=6))
def test_stored_tree_is_the_union_of_all_paths(
    store: DocumentStore, paths: list[RevisionPath], sizes: list[int]
) -> None:
    doc_id, oracle = fresh_id(), Oracle()
    insert_in_batches(store, forests.of_document(doc_id, paths), sizes)
    for path in paths:
        oracle.add(path)

    winner = store.get(doc_id)

    assert stored_rows(store, doc_id) == oracle.rows()
    assert winner is not None
    assert winner.rev == str(oracle.winner())
    assert {leaf.rev for leaf in store.leaves(doc_id)} == set(names(oracle.leaves()))


@given(
    forests.paths(),
    st.randoms(use_true_random=False),
    st.lists(st.integers(1, 4), max_size=6),
)
def test_order_and_batches_do_not_matter(
    store: DocumentStore, paths: list[RevisionPath], random: forests.Random, sizes: list[int]
) -> None:
    one, two = fresh_id(), fresh_id()
    shuffled = list(paths)
    random.shuffle(shuffled)

    insert_in_batches(store, forests.of_document(one, paths), ())
    insert_in_batches(store, forests.of_document(two, shuffled), sizes)

    assert stored_rows(store, one) == stored_rows(store, two)
    assert store.leaf_revisions(one) == store.leaf_revisions(two)


@given(forests.paths())
def test_insertion_again_moves_no_sequence(store: DocumentStore, paths: list[RevisionPath]) -> None:
    given_paths = forests.of_document(fresh_id(), paths)
    store.insert(given_paths)
    before = store.update_seq()

    report = store.insert(given_paths)

    assert store.update_seq() == before
    assert report.inserted == ()
    assert report.known == tuple((path.id, path.rev) for path in given_paths)


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "a batch each"])
def test_next_revision_of_the_only_leaf_may_bring_what_was_cut_before(
    store: DocumentStore, together: bool
) -> None:
    doc_id, oracle = fresh_id(), Oracle()
    histories = [("3-c", "2-b"), ("4-d", "3-c", "2-b", "1-a"), ("5-e", "4-d", "3-c")]
    paths = [RevisionPath(doc_id, one, False, {"n": one[0]}) for one in histories]
    insert_in_batches(store, paths, [3] if together else [1, 1, 1])
    for path in paths:
        oracle.add(path)

    assert stored_rows(store, doc_id) == oracle.rows()
    assert store.path(doc_id, "5-e") == ("5-e", "4-d", "3-c", "2-b", "1-a")


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "a batch each"])
def test_revision_that_is_known_under_another_leaf_stays_there(
    store: DocumentStore, together: bool
) -> None:
    doc_id = fresh_id()
    histories = [("2-x", "1-a"), ("3-z", "2-x", "1-a"), ("2-y", "1-a"), ("3-z", "2-y", "1-a")]
    paths = [RevisionPath(doc_id, one, False, {"n": 1}) for one in histories]

    insert_in_batches(store, paths, [4] if together else [1, 1, 1, 1])

    assert store.path(doc_id, "3-z") == ("3-z", "2-x", "1-a")
    assert {leaf.rev for leaf in store.leaves(doc_id)} == {"3-z", "2-y"}


def pull(target: DocumentStore, source: DocumentStore, since: str, *, ask: bool) -> str:
    """Bring to ``target`` what ``source`` has since then, as replication does; return where it is.

    With ``ask`` only what ``revs_diff`` calls missing is carried.
    """
    page = source.changes(since)
    offered = {row.id: row.revs for row in page.rows}
    if ask:
        missing = target.revs_diff(offered)
        offered = {doc_id: missing[doc_id].missing for doc_id in missing}
    wanted = [(doc_id, rev) for doc_id, revs in offered.items() for rev in revs]
    target.insert([path for path in source.fetch(wanted) if path is not None])
    return page.last_seq


@given(forests.paths(whole=True), st.data())
def test_two_stores_that_replicate_both_ways_converge(
    store: DocumentStore, other: DocumentStore, paths: list[RevisionPath], data: st.DataObject
) -> None:
    doc_id = fresh_id()
    since_here, since_there = store.update_seq(), other.update_seq()
    given_paths = forests.of_document(doc_id, paths)
    store.insert([path for path in given_paths if data.draw(st.booleans())])
    other.insert([path for path in given_paths if data.draw(st.booleans())])

    pairs = [(store, other, since_there), (other, store, since_here)]
    for target, source, since in data.draw(st.permutations(pairs)):
        pull(target, source, since, ask=True)

    assert store.leaf_revisions(doc_id) == other.leaf_revisions(doc_id)
    assert store.leaves(doc_id) == other.leaves(doc_id)
    trees = [[row[:4] for row in stored_rows(one, doc_id)] for one in (store, other)]
    assert trees[0] == trees[1]


@given(forests.paths(), st.integers(0, 30))
def test_two_stores_with_cut_histories_converge_when_all_leaves_are_exchanged(
    store: DocumentStore, other: DocumentStore, paths: list[RevisionPath], middle: int
) -> None:
    doc_id = fresh_id()
    since_here, since_there = store.update_seq(), other.update_seq()
    given_paths = forests.of_document(doc_id, paths)
    store.insert(given_paths[:middle])
    other.insert(given_paths[middle:])

    pull(store, other, since_there, ask=False)
    pull(other, store, since_here, ask=False)
    pull(store, other, since_there, ask=False)

    assert store.leaf_revisions(doc_id) == other.leaf_revisions(doc_id)
    assert store.get(doc_id) == other.get(doc_id)


def test_replication_that_has_nothing_to_do_moves_nothing(tmp_path: Path) -> None:
    one, two = open_store(tmp_path / "one.db"), open_store(tmp_path / "two.db")
    rev = one.put("a", {"n": 1}, parent=None)
    one.put("a", {"n": 2}, parent=rev)
    pull(two, one, "0", ask=True)
    before = (one.update_seq(), two.update_seq())

    for target, source in ((one, two), (two, one)):
        pull(target, source, "0", ask=True)
        pull(target, source, "0", ask=False)

    assert (one.update_seq(), two.update_seq()) == before
