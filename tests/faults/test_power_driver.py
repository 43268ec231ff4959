"""The store keeps all its promises on the driver that the tests of power failures give it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import errors
from sync.store.document_store import DocumentStore
from tests.contracts.document_store_contract import DocumentStoreContract
from tests.store.stores import assert_figures_are_true
from tests.support.apsw_driver import Driver


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    database = Driver().database(tmp_path / "journal.db")
    store = DocumentStore(database, epoch="e1", uuid="u")
    yield store
    assert_figures_are_true(store)
    store.close()


class TestStoreOnApsw(DocumentStoreContract):
    """All of the contract."""


def test_rows_and_figures_of_statements_are_those_of_the_products_driver(tmp_path: Path) -> None:
    database = Driver().database(tmp_path / "journal.db")
    with database.write() as connection:
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x") for n in range(600)])
        last = connection.execute("INSERT INTO t (s) VALUES (:s)", {"s": "y"})
        assert (last.lastrowid, last.rowcount) == (600, 1)
        named = connection.execute("SELECT n, s FROM t LIMIT 1")
        assert [one[0] for one in named.description or ()] == ["n", "s"]

    rows = database.read().execute("SELECT n FROM t ORDER BY n")
    assert rows.fetchone() == (0,)
    assert len(rows.fetchmany(10)) == 10
    assert sum(1 for _ in rows) == 590
    assert rows.fetchone() is None
    database.close()


def test_errors_are_those_of_the_product(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    database = Driver().database(file, busy_timeout_seconds=0.001)
    stranger = Driver().connect(file)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(errors.StoreUnavailable) as locked, database.write():
        pass
    stranger.execute("ROLLBACK")
    stranger.close()
    database.close()
    with pytest.raises(errors.StoreUnavailable) as closed:
        stranger.execute("SELECT 1")
    (tmp_path / "text.db").write_text("no database " * 100)
    with pytest.raises(errors.StoreUnavailable) as damaged:
        Driver().database(tmp_path / "text.db")

    codes = [one.value.code for one in (locked, closed, damaged)]
    assert codes == ["store_locked", "store_closed", "store_damaged"]
