"""What central said about entries is kept by entry, never by number alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store import entry_states
from sync.store.document_store import DocumentStore
from sync.store.entry_states import EntryKey, EntryState, State
from tests.store.stores import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db")
    yield store
    store.close()


def state(
    seq: int, kind: State = State.ACCEPTED, *, node: str = "n", digest: str = "d"
) -> EntryState:
    code = None if kind is State.ACCEPTED else "term_locked"
    return EntryState(EntryKey(node, "e", seq, digest), kind, code, "2026-10-14T07:31:05Z")


def test_entry_without_a_word_is_pending(store: DocumentStore) -> None:
    assert entry_states.state_of(store.database.read(), EntryKey("n", "e", 1, "d")) is None
    assert entry_states.states(store.database.read(), "n") == ()


def test_newest_word_on_an_entry_stands(store: DocumentStore) -> None:
    with store.transaction() as running:
        entry_states.set_states(running, [state(1, State.QUARANTINED), state(2)])
        entry_states.set_states(running, [state(1, State.REJECTED)])

    read = store.database.read()
    assert entry_states.state_of(read, EntryKey("n", "e", 1, "d")) == state(1, State.REJECTED)
    assert entry_states.states(read, "n") == (state(1, State.REJECTED), state(2))
    assert entry_states.states(read, "n", State.ACCEPTED) == (state(2),)


def test_receipt_for_another_entry_with_the_same_number_is_none(store: DocumentStore) -> None:
    with store.transaction() as running:
        entry_states.set_states(running, [state(1, digest="theirs")])

    read = store.database.read()
    assert entry_states.state_of(read, EntryKey("n", "e", 1, "ours")) is None
    assert entry_states.state_of(read, EntryKey("n", "e2", 1, "theirs")) is None
    assert entry_states.states(read, "other") == ()


def test_entries_are_counted_by_state(store: DocumentStore) -> None:
    with store.transaction() as running:
        entry_states.set_states(
            running, [state(1), state(2), state(3, State.QUARANTINED), state(4, node="other")]
        )

    assert entry_states.counts(store.database.read(), "n") == {
        State.ACCEPTED: 2,
        State.QUARANTINED: 1,
        State.REJECTED: 0,
    }


def test_entry_that_central_has_lost_is_pending_again(store: DocumentStore) -> None:
    with store.transaction() as running:
        entry_states.set_states(running, [state(1), state(2)])
        entry_states.forget(running, [state(2).key, state(9).key])

    assert entry_states.states(store.database.read(), "n") == (state(1),)
