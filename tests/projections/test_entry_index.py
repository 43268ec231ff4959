"""What became of an entry is found by its document, and open entries beside many settled ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.documents import identifiers
from sync.projections import entry_index
from sync.projections.entry_index import EntryIndex
from sync.store import entry_states
from sync.store.connection import Connection, Database
from sync.store.document_store import DocumentStore
from sync.store.entry_states import EntryKey, EntryState, State

NODE = "n1"
SETTLED = 400


def mark(number: int) -> str:
    return f"mark:g1:2026-10-{number % 28 + 1:02}:1:s{number}:1"


def value(*seqs: int, node: str = NODE) -> dict[str, object]:
    entries = [
        {
            "field": "value",
            "author": "p1",
            "node": node,
            "epoch": "e1",
            "seq": seq,
            "written_at": f"2026-10-14T07:{seq // 60:02}:{seq % 60:02}Z",
        }
        for seq in seqs
    ]
    return {"kind": "mark", "schema": 1, "entries": entries}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    """Many settled entries, three open ones in two documents, one of another node."""
    folder: Path = tmp_path_factory.mktemp("index")
    store = DocumentStore(
        Database(folder / "journal.sqlite"),
        epoch="e1",
        uuid="u1",
        projections=[EntryIndex(only_of=[NODE])],
    )
    with store.transaction() as tx:
        for number in range(1, SETTLED + 1):
            tx.put(mark(number), value(number), parent=None)
        settle(store, tx, State.ACCEPTED, *range(1, SETTLED))
        settle(store, tx, State.QUARANTINED, SETTLED)
        tx.put(mark(1000), value(SETTLED + 3, SETTLED + 1), parent=None)
        tx.put(mark(1001), value(SETTLED + 2), parent=None)
        tx.put(mark(1002), value(1, node="n2"), parent=None)
    yield store
    store.close()


def settle(store: DocumentStore, tx: object, state: State, *seqs: int) -> None:
    connection: Connection = tx.connection  # type: ignore[attr-defined]
    rows = connection.execute("SELECT epoch, seq, digest FROM entry_row WHERE node = ?", (NODE,))
    known = [EntryKey(NODE, *row) for row in rows.fetchall()]
    said = [EntryState(key, state, None, "2026-10-14T08:00:00Z") for key in known]
    entry_states.set_states(tx, [one for one in said if one.key.seq in seqs])  # type: ignore[arg-type]


def test_open_entries_come_oldest_first_and_no_more_than_asked(store: DocumentStore) -> None:
    connection = store.database.read()

    found = entry_index.pending(connection, NODE, 10)

    assert [(one.doc_id, one.seq) for one in found] == [
        (mark(1000), SETTLED + 1),
        (mark(1001), SETTLED + 2),
        (mark(1000), SETTLED + 3),
    ]
    assert {(one.state, one.code) for one in found} == {(None, None)}
    assert entry_index.pending(connection, NODE, 2) == found[:2]


def test_document_has_the_state_of_its_last_own_entry(store: DocumentStore) -> None:
    asked = [mark(number) for number in (1, SETTLED, 1000, 1002, 7777)]

    assert entry_index.states_of(store.database.read(), NODE, asked) == {
        mark(1): "accepted",
        mark(SETTLED): "quarantined",
        mark(1000): "pending",
    }


def test_state_of_one_document_costs_no_walk_through_all_entries(store: DocumentStore) -> None:
    connection = store.database.read()
    tens: list[None] = []
    connection.set_progress_handler(lambda: tens.append(None), 10)
    try:
        entry_index.states_of(connection, NODE, [mark(1)])
    finally:
        connection.set_progress_handler(None, 0)

    assert len(tens) * 10 < SETTLED


def test_ids_of_these_tests_are_ids() -> None:
    assert all(identifiers.parse_journal(mark(number)) for number in (1, SETTLED, 1002))
