"""A locked database is StoreUnavailable from every public method, and passes."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sync import errors
from sync.store import entry_states
from sync.store.connection import Database, open_connection
from sync.store.document_store import DocumentStore
from sync.store.entry_states import EntryKey, EntryState, State
from sync.store.record_store import RecordStore
from sync.store.transaction import Transaction
from tests.contracts.document_store_contract import path
from tests.store.faults import Switch
from tests.store.stores import assert_figures_are_true, open_store

REV = "1-a"
KEY = EntryKey("n", "e", 1, "d")
STATE = EntryState(KEY, State.ACCEPTED, None, "2026-10-14T07:31:05Z")


def _transaction(store: DocumentStore) -> None:
    with store.transaction():
        pass


def _own_transaction(store: DocumentStore) -> None:
    with store.own_transaction():
        pass


def _snapshot(store: DocumentStore) -> None:
    with store.database.snapshot() as connection:
        connection.execute("SELECT 1")


def _database_write(store: DocumentStore) -> None:
    with store.database.write():
        pass


STORE_READS: dict[str, Callable[[DocumentStore], object]] = {
    "update_seq": lambda store: store.update_seq(),
    "info": lambda store: store.info(),
    "get": lambda store: store.get("a"),
    "leaves": lambda store: store.leaves("a"),
    "leaf_revisions": lambda store: store.leaf_revisions("a"),
    "latest": lambda store: store.latest("a", REV),
    "path": lambda store: store.path("a", REV),
    "revisions_info": lambda store: store.revisions_info("a", REV),
    "changes": lambda store: store.changes(0),
    "standing": lambda store: store.standing(0),
    "revs_diff": lambda store: store.revs_diff({"a": [REV]}),
    "fetch": lambda store: store.fetch([("a", REV)]),
    "all_docs": lambda store: store.all_docs(),
    "get_local": lambda store: store.get_local("l"),
    "meta_get": lambda store: store.meta_get("k"),
    "wait_for_change": lambda store: store.wait_for_change(0, 0),
}
STORE_WRITES: dict[str, Callable[[DocumentStore], object]] = {
    "transaction": _transaction,
    "own_transaction": _own_transaction,
    "put": lambda store: store.put("b", {}, parent=None),
    "insert": lambda store: store.insert([path("b", REV)]),
    "put_local": lambda store: store.put_local("l", {}),
    "delete_local": lambda store: store.delete_local("l"),
    "compact": lambda store: store.compact(),
    "rebuild_projections": lambda store: store.rebuild_projections(),
}
TRANSACTION: dict[str, Callable[[Transaction], object]] = {
    "get": lambda running: running.get("a"),
    "leaves": lambda running: running.leaves("a"),
    "path": lambda running: running.path("a", REV),
    "revs_diff": lambda running: running.revs_diff({"a": [REV]}),
    "fetch": lambda running: running.fetch([("a", REV)]),
    "put": lambda running: running.put("b", {}, parent=None),
    "insert": lambda running: running.insert([path("b", REV)]),
    "known_ids": lambda running: running.known_ids(["a"]),
    "sole_leaves": lambda running: running.sole_leaves(["a"]),
    "with_live_leaves": lambda running: running.with_live_leaves(2),
    "remove_leaf": lambda running: running.remove_leaf("a", REV),
    "purge": lambda running: running.purge(["a"]),
    "get_local": lambda running: running.get_local("l"),
    "put_local": lambda running: running.put_local("l", {}),
    "delete_local": lambda running: running.delete_local("l"),
    "meta_get": lambda running: running.meta_get("k"),
    "meta_set": lambda running: running.meta_set("k", 1),
}
RECORD_READS: dict[str, Callable[[RecordStore], object]] = {
    "get": lambda records: records.get("c", "k"),
    "scan": lambda records: list(records.scan("c")),
    "existing": lambda records: records.existing("c", ["k"]),
    "with_prefixes": lambda records: records.with_prefixes("c", ["k"]),
    "count": lambda records: records.count("c"),
}
RECORD_WRITES: dict[str, Callable[[RecordStore], object]] = {
    "put": lambda records: records.put("c", "new", {}, None),
    "overwrite": lambda records: records.overwrite("c", "k", {}),
    "delete": lambda records: records.delete("c", "k"),
}
DATABASE: dict[str, Callable[[DocumentStore], object]] = {
    "write": _database_write,
    "snapshot": _snapshot,
    "read": lambda store: store.database.read().execute("SELECT 1"),
    "forget_deleted_bytes": lambda store: store.database.forget_deleted_bytes(),
    "backup": lambda store: store.database.backup(store.database.path.with_name("copy.db")),
}
STATES_IN_TRANSACTION: dict[str, Callable[[Transaction], object]] = {
    "set_states": lambda running: entry_states.set_states(running, [STATE]),
    "forget": lambda running: entry_states.forget(running, [KEY]),
    "state_of": lambda running: entry_states.state_of(running.connection, KEY),
    "states": lambda running: entry_states.states(running.connection, "n"),
    "counts": lambda running: entry_states.counts(running.connection, "n"),
}
ON_STORE = {
    **{f"store.{name}": call for name, call in (STORE_READS | STORE_WRITES).items()},
    **{
        f"records.{name}": (lambda store, call=call: call(store.records))
        for name, call in (RECORD_READS | RECORD_WRITES).items()
    },
    **{f"database.{name}": call for name, call in DATABASE.items()},
}
ON_TRANSACTION = {
    **{f"transaction.{name}": call for name, call in TRANSACTION.items()},
    **{
        f"records.{name}": (lambda running, call=call: call(running.records))
        for name, call in (RECORD_READS | RECORD_WRITES).items()
    },
    **{f"entry_states.{name}": call for name, call in STATES_IN_TRANSACTION.items()},
}
# These touch no file or end things, which must not fail.
WITHOUT_FILE = {"on_commit", "close", "refuse_half_written", "submit_to"}


def public(thing: type | ModuleType) -> set[str]:
    """The public functions a class or a module defines itself."""
    return {
        name
        for name, member in vars(thing).items()
        if inspect.isfunction(member)
        and not name.startswith("_")
        and member.__module__ == (thing.__name__ if inspect.ismodule(thing) else thing.__module__)
    }


def test_every_public_method_is_in_these_lists() -> None:
    assert public(DocumentStore) - WITHOUT_FILE == set(STORE_READS | STORE_WRITES)
    assert public(Transaction) - WITHOUT_FILE == set(TRANSACTION)
    assert public(RecordStore) == set(RECORD_READS | RECORD_WRITES)
    assert public(Database) - WITHOUT_FILE == set(DATABASE)
    assert public(entry_states) == set(STATES_IN_TRANSACTION)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DocumentStore, Switch]]:
    folder = tmp_path_factory.mktemp("locked")
    switch = Switch(folder)
    store = DocumentStore(switch.database(folder / "journal.db"), epoch="e", uuid="u")
    store.insert([path("a", REV)])
    store.put_local("l", {})
    store.records.put("c", "k", {}, None)
    yield store, switch
    assert_figures_are_true(store)
    store.close()


@pytest.mark.parametrize("name", ON_STORE)
def test_locked_database_is_store_unavailable(
    stopped: tuple[DocumentStore, Switch], name: str
) -> None:
    store, switch = stopped
    before, met = store.update_seq(), switch.met

    with pytest.raises(errors.StoreUnavailable) as refused, switch.locked():
        ON_STORE[name](store)

    assert (refused.value.code, refused.value.hint) == ("store_locked", "try_again")
    assert switch.met > met
    assert store.update_seq() == before
    assert store.get("a") is not None


@pytest.mark.parametrize("name", ON_TRANSACTION)
def test_lock_in_the_middle_of_a_transaction_undoes_all_of_it(
    stopped: tuple[DocumentStore, Switch], name: str
) -> None:
    store, switch = stopped
    met = switch.met

    def write() -> Any:
        with store.transaction() as running:
            running.put("half", {}, parent=None)
            with switch.locked():
                return ON_TRANSACTION[name](running)

    with pytest.raises(errors.StoreUnavailable) as refused:
        write()

    assert refused.value.code == "store_locked"
    assert switch.met > met
    assert store.get("half") is None
    store.put(f"after:{name}", {}, parent=None)


def test_start_on_a_locked_database_is_store_unavailable(tmp_path: Path) -> None:
    switch = Switch(tmp_path)

    with pytest.raises(errors.StoreUnavailable), switch.locked():
        DocumentStore(switch.database(tmp_path / "journal.db"), epoch="e", uuid="u")


@pytest.mark.parametrize("name", STORE_WRITES | {f"records.{name}": 0 for name in RECORD_WRITES})
def test_writes_wait_for_a_strangers_lock_and_then_say_so(tmp_path: Path, name: str) -> None:
    store = open_store(tmp_path / "journal.db")
    store.insert([path("a", REV)])
    store.close()
    database = Database(tmp_path / "journal.db", busy_timeout_seconds=0.001)
    store = DocumentStore(database, epoch="second", uuid="u")
    stranger = open_connection(database.path)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(errors.StoreUnavailable) as refused:
        ON_STORE[name if "." in name else f"store.{name}"](store)

    assert refused.value.code == "store_locked"
    assert store.get("a") is not None
    stranger.execute("ROLLBACK")
    assert store.put("b", {}, parent=None)


def test_failure_that_fails_even_the_rollback_is_survived(tmp_path: Path) -> None:
    switch = Switch(tmp_path)
    store = DocumentStore(switch.database(tmp_path / "journal.db"), epoch="e", uuid="u")

    def write_until_nothing_works() -> None:
        with store.transaction() as running:
            running.put("half", {}, parent=None)
            switch.turn_on()
            running.put("more", {}, parent=None)

    def read_until_nothing_works() -> None:
        with store.database.snapshot() as connection:
            connection.execute("SELECT count(*) FROM document").fetchall()
            switch.turn_on()
            connection.execute("SELECT 1")

    for work in (write_until_nothing_works, read_until_nothing_works):
        with pytest.raises(errors.StoreUnavailable):
            work()
        switch.turn_off()

        assert store.get("half") is None
    store.put("whole", {}, parent=None)
    assert [row.id for row in store.changes(0).rows] == ["whole"]
