"""Read tables follow the documents, and rebuilt ones equal those that were kept."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.store.projector import DocumentChange
from sync.store.values import RevisionPath
from tests.contracts.document_store_contract import path
from tests.store import forests
from tests.store.stores import assert_figures_are_true, open_store

_numbers = itertools.count()


class Titles:
    """A projection of two tables: the winner's title, and how many leaves a document has."""

    def __init__(self, name: str = "titles", version: int = 1, prefix: str = "") -> None:
        self.name = name
        self.version = version
        self.tables = (f"{prefix}title", f"{prefix}title_leaf")
        self.kinds: frozenset[str] | None = None
        self.batches: list[list[str]] = []

    def create(self, connection: Connection) -> None:
        title, leaf = self.tables
        connection.execute(f"CREATE TABLE {title} (id TEXT PRIMARY KEY, title TEXT) STRICT")
        connection.execute(
            f"CREATE TABLE {leaf} (id TEXT REFERENCES {title} (id), rev TEXT, title TEXT) STRICT"
        )
        connection.execute(f"CREATE INDEX {leaf}_id ON {leaf} (id)")

    def apply(self, connection: Connection, changes: Sequence[DocumentChange]) -> None:
        self.batches.append([change.id for change in changes])
        title, leaf = self.tables
        for change in changes:
            connection.execute(f"DELETE FROM {leaf} WHERE id = ?", (change.id,))
            connection.execute(f"DELETE FROM {title} WHERE id = ?", (change.id,))
            assert (change.winner is None) == (change.leaves == ())
            if change.winner is not None:
                assert change.winner == change.leaves[0]
                made = change.winner.value.get("made")
                connection.execute(f"INSERT INTO {title} VALUES (?, ?)", (change.id, made))
            connection.executemany(
                f"INSERT INTO {leaf} VALUES (?, ?, ?)",
                [(change.id, one.rev, one.value.get("made")) for one in change.leaves],
            )


def rows(store: DocumentStore, projection: Titles) -> list[Any]:
    read = store.database.read()
    return [
        sorted(read.execute(f"SELECT * FROM {table}").fetchall()) for table in projection.tables
    ]


def keys_of(doc_id: str, value: Any) -> set[str]:
    return {f"made:{value.get('made')}", f"first:{doc_id[:1]}"}


def scope_rows(store: DocumentStore) -> list[Any]:
    return store.database.read().execute("SELECT * FROM document_scope ORDER BY 1, 2").fetchall()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DocumentStore, Titles]]:
    projection = Titles()
    file = tmp_path_factory.mktemp("projector") / "journal.db"
    store = open_store(file, projections=[projection], scope_keys=keys_of)
    yield store, projection
    assert_figures_are_true(store)
    store.close()


@given(st.lists(forests.paths(most_revisions=6), min_size=1, max_size=3), st.integers(1, 9))
def test_rebuilt_tables_equal_those_that_were_kept(
    followed: tuple[DocumentStore, Titles], trees: list[list[RevisionPath]], size: int
) -> None:
    store, projection = followed
    paths = [path for tree in trees for path in forests.of_document(f"d{next(_numbers)}", tree)]
    for start in range(0, len(paths), size):
        store.insert(paths[start : start + size])
    kept, kept_scope = rows(store, projection), scope_rows(store)

    store.rebuild_projections()

    assert rows(store, projection) == kept
    assert scope_rows(store) == kept_scope


def test_projection_is_told_once_for_each_batch_what_is_so_afterwards(tmp_path: Path) -> None:
    projection = Titles()
    store = open_store(tmp_path / "journal.db", projections=[projection])
    first = store.put("a", {"made": "1"}, parent=None)
    store.insert([path("b", "1-a"), path("c", "1-c", made="c"), path("b", "2-b", "1-a", made="b")])
    store.put("a", {}, parent=first, deleted=True)
    store.insert([path("c", "1-c", made="c")])

    assert projection.batches == [["a"], ["b", "c"], ["a"]]
    assert rows(store, projection) == [
        [("b", "b"), ("c", "c")],
        [("b", "2-b", "b"), ("c", "1-c", "c")],
    ]


def test_read_tables_change_with_the_documents_or_not_at_all(tmp_path: Path) -> None:
    class Failing(Titles):
        def apply(self, connection: Connection, changes: Sequence[DocumentChange]) -> None:
            super().apply(connection, changes)
            if any(change.id == "bad" for change in changes):
                raise KeyError

    projection = Failing()
    store = open_store(tmp_path / "journal.db", projections=[projection])
    store.put("a", {"made": "1"}, parent=None)

    with pytest.raises(KeyError):
        store.insert([path("b", "1-b"), path("bad", "1-b")])

    assert rows(store, projection)[0] == [("a", "1")]
    assert store.get("b") is None
    assert store.update_seq().startswith("1-")


def test_failure_of_a_read_table_cannot_be_swallowed(tmp_path: Path) -> None:
    class Failing(Titles):
        def apply(self, connection: Connection, changes: Sequence[DocumentChange]) -> None:
            raise KeyError

    store = open_store(tmp_path / "journal.db", projections=[Failing()])

    def swallow() -> None:
        with store.transaction() as running:
            try:
                running.put("a", {}, parent=None)
            except KeyError:
                running.records.overwrite("c", "k", {})

    with pytest.raises(RuntimeError):
        swallow()

    assert store.get("a") is None
    assert store.records.count("c") == 0


def test_transaction_sees_the_read_tables_after_its_own_writes(tmp_path: Path) -> None:
    projection = Titles()
    store = open_store(tmp_path / "journal.db", projections=[projection])

    with store.transaction() as running:
        running.put("a", {"made": "1"}, parent=None)
        seen = running.connection.execute("SELECT * FROM title").fetchall()
        assert rows(store, projection)[0] == []

    assert seen == [("a", "1")]
    assert rows(store, projection)[0] == [("a", "1")]


def reopened(file: Path, *projections: Titles) -> DocumentStore:
    return open_store(file, projections=projections)


def _new_version(file: Path) -> Titles:
    return Titles(version=2)


def _other_tables(file: Path) -> Titles:
    return Titles(version=2, prefix="new_")


def _missed_a_write(file: Path) -> Titles:
    without = reopened(file)
    without.put("missed", {"made": "m"}, parent=None)
    without.close()
    return Titles()


@pytest.mark.parametrize("make_stale", [_new_version, _other_tables, _missed_a_write])
def test_stale_tables_are_rebuilt_at_start(
    tmp_path: Path, make_stale: Callable[[Path], Titles]
) -> None:
    file = tmp_path / "journal.db"
    first = reopened(file, Titles())
    first.insert([path(f"d{n}", "1-a", made=str(n)) for n in range(1203)])
    first.close()
    projection = make_stale(file)

    store = reopened(file, projection)

    assert len(rows(store, projection)[0]) == store.info().doc_count
    tables = store.database.read().execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE '%title%'"
    )
    assert tables.fetchall() == [(2,)]
    assert_figures_are_true(store)


def test_tables_that_are_up_to_date_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    first = reopened(file, Titles())
    first.put("a", {"made": "1"}, parent=None)
    first.put_local("l", {})
    first.close()
    projection = Titles()

    store = reopened(file, projection)

    assert projection.batches == []
    assert rows(store, projection)[0] == [("a", "1")]


def test_only_what_is_stale_is_rebuilt(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    first = reopened(file, Titles("kept", prefix="kept_"))
    first.put("a", {"made": "1"}, parent=None)
    first.close()
    kept, added = Titles("kept", prefix="kept_"), Titles("added", prefix="added_")

    store = reopened(file, kept, added)

    assert (kept.batches, added.batches) == ([], [["a"]])
    assert rows(store, kept) == rows(store, added)


def test_rebuild_shows_its_progress_and_readers_see_the_old_tables_meanwhile(
    tmp_path: Path,
) -> None:
    projection = Titles()
    store = reopened(tmp_path / "journal.db", projection)
    store.insert([path(f"d{n}", "1-a", made=str(n)) for n in range(1203)])
    store.put("d0", {}, parent="1-a", deleted=True)
    told: list[tuple[int, int]] = []
    seen: list[int] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        seen.append(len(rows(store, projection)[0]))

    store.rebuild_projections(progress)

    assert told == [(500, 1203), (1000, 1203), (1203, 1203)]
    assert seen == [1202, 1202, 1202]


def test_rebuild_that_fails_leaves_the_old_tables(tmp_path: Path) -> None:
    projection = Titles()
    store = reopened(tmp_path / "journal.db", projection)
    store.insert([path(f"d{n}", "1-a", made=str(n)) for n in range(600)])
    before = rows(store, projection)

    def stop(done: int, total: int) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        store.rebuild_projections(stop)

    assert rows(store, projection) == before


def test_projections_with_a_common_name_or_table_are_refused(tmp_path: Path) -> None:
    for pair in ([Titles(), Titles(prefix="x_")], [Titles(), Titles("other")]):
        with pytest.raises(ValueError, match="share"):
            reopened(tmp_path / "journal.db", *pair)
