"""The cost of a read or write does not grow with what it does not concern: counted, not timed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.store.stores import open_store, statements

LEAVES = 1000


@contextmanager
def steps(connection: Connection) -> Iterator[list[None]]:
    """Count the instructions of SQLite's machine, by tens."""
    counted: list[None] = []
    connection.set_progress_handler(lambda: counted.append(None), 10)
    try:
        yield counted
    finally:
        connection.set_progress_handler(None, 0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    store = open_store(tmp_path_factory.mktemp("cost") / "journal.db")
    store.insert([RevisionPath("one", ("2-0000", "1-a"), False, {"n": 1})])
    many = [RevisionPath("many", (f"2-{n:04}", "1-a"), False, {"n": n}) for n in range(LEAVES)]
    for start in range(0, LEAVES, 100):
        store.insert(many[start : start + 100])
    assert len(store.leaves("many")) == LEAVES
    yield store
    store.close()


Work = Callable[[DocumentStore, str], object]


def insert_leaf(store: DocumentStore, doc_id: str) -> None:
    store.insert([RevisionPath(doc_id, ("2-x", "1-a"), False, {"n": 7})])


def insert_edit(store: DocumentStore, doc_id: str) -> None:
    store.insert([RevisionPath(doc_id, ("3-x", "2-0000", "1-a"), False, {"n": 7})])


def insert_again(store: DocumentStore, doc_id: str) -> None:
    store.insert([RevisionPath(doc_id, ("2-0000", "1-a"), False, {"n": 1})])


def edit(store: DocumentStore, doc_id: str) -> None:
    store.put(doc_id, {"n": 8}, parent="2-0000")


def delete(store: DocumentStore, doc_id: str) -> None:
    store.put(doc_id, {}, parent="2-0000", deleted=True)


@pytest.mark.parametrize("work", [insert_leaf, insert_edit, insert_again, edit, delete])
def test_write_beside_1000_leaves_costs_what_it_costs_beside_one(
    store: DocumentStore, work: Work, tmp_path: Path
) -> None:
    def cost(doc_id: str) -> tuple[int, int]:
        store.database.backup(tmp_path / f"{doc_id}.db")
        copy = open_store(tmp_path / f"{doc_id}.db")
        with copy.database.write() as connection:
            seen = statements(connection)
        seen.clear()
        with steps(connection) as counted:
            work(copy, doc_id)
        copy.close()
        return len(seen), len(counted)

    (statements_of_one, steps_of_one), (statements_of_many, steps_of_many) = (
        cost("one"),
        cost("many"),
    )

    # With several leaves the new revision, its parent and the next winner have to be looked up.
    assert statements_of_many <= statements_of_one + 3
    assert steps_of_many <= 2 * steps_of_one


@pytest.mark.parametrize(
    "work",
    [
        lambda store, doc_id: store.get(doc_id),
        lambda store, doc_id: store.get(doc_id, "2-0000"),
        lambda store, doc_id: store.path(doc_id, "2-0000"),
        lambda store, doc_id: store.latest(doc_id, "2-0000"),
        lambda store, doc_id: store.fetch([(doc_id, "2-0000")]),
        lambda store, doc_id: store.revs_diff({doc_id: ["2-0000", "1-a"]}),
        lambda store, doc_id: store.changes(0, style_all=False, doc_ids=[doc_id]),
        lambda store, doc_id: store.all_docs(keys=[doc_id], include_docs=True),
    ],
    ids=["get", "get rev", "path", "latest", "fetch", "revs_diff", "changes", "all_docs"],
)
def test_read_beside_1000_leaves_costs_what_it_costs_beside_one(
    store: DocumentStore, work: Work
) -> None:
    def cost(doc_id: str) -> tuple[int, int]:
        connection = store.database.read()
        seen = statements(connection)
        with steps(connection) as counted:
            work(store, doc_id)
        connection.set_trace_callback(None)
        return len(seen), len(counted)

    statements_of_one, steps_of_one = cost("one")
    statements_of_many, steps_of_many = cost("many")

    assert statements_of_many == statements_of_one
    assert steps_of_many <= 2 * steps_of_one + 1


def test_leaves_are_read_in_one_statement(store: DocumentStore) -> None:
    seen = statements(store.database.read())

    found = store.leaves("many")

    store.database.read().set_trace_callback(None)
    assert len(found) == LEAVES
    assert len(seen) == 1


def test_page_of_the_feed_costs_what_the_page_costs(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    for start in range(0, 3000, 500):
        store.insert(
            [RevisionPath(f"d{n}", ("1-a",), False, {}) for n in range(start, start + 500)]
        )

    def cost(since: str | int) -> int:
        with steps(store.database.read()) as counted:
            page = store.changes(since, limit=10)
        assert len(page.rows) == 10
        return len(counted)

    near_the_end = store.changes(0, limit=2980).last_seq
    # What is left to do is counted for the progress bar; the rest is the page alone.
    assert cost(0) <= cost(near_the_end) + 3000 * 6 // 10


def test_batch_of_new_documents_is_written_in_few_statements(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    with store.database.write() as connection:
        prepared: set[str] = set()
        connection.set_trace_callback(lambda statement: prepared.add(statement.split("(")[0]))

    store.insert([RevisionPath(f"d{n}", ("1-a",), False, {"n": n}) for n in range(500)])

    writes = {start for start in prepared if start.startswith(("INSERT", "UPDATE", "DELETE"))}
    assert len({start.split(" VALUES")[0] for start in writes}) <= 5
