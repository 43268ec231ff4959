"""A store with an authority: asked before each write, told before each commit, obeyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import errors
from sync.store.authority import Outgoing, RecordWrite
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from tests.contracts.feed_contract import path
from tests.store.stores import open_store


class Listening:
    """Keeps what it is told, and says no when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.told: list[tuple[tuple[tuple[str, str], ...], tuple[RecordWrite, ...]]] = []
        self.answers: list[Exception] = []

    def catch_up(self) -> None:
        self.asked += 1

    def commit(self, connection: Connection, outgoing: Outgoing) -> None:
        assert connection.in_transaction
        self.told.append((outgoing.revisions, outgoing.records))
        if self.answers:
            raise self.answers.pop(0)


@pytest.fixture
def authority() -> Listening:
    return Listening()


@pytest.fixture
def store(tmp_path: Path, authority: Listening) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db")
    store.submit_to(authority)
    yield store
    store.close()


def write_both(store: DocumentStore) -> None:
    with store.transaction() as running:
        running.put("a", {"n": 1}, parent=None)
        running.records.put("c", "k", {}, None)


def test_authority_is_asked_first_and_told_what_the_transaction_did(
    store: DocumentStore, authority: Listening
) -> None:
    with store.transaction() as running:
        first = running.put("a", {"n": 1}, parent=None)
        second = running.put("a", {"n": 2}, parent=first)
        running.records.put("c", "k", {"n": 1}, None)
        running.records.overwrite("c", "k", {"n": 2})
        running.records.overwrite("c", "gone", {})
        running.records.delete("c", "gone")

    revisions = (("a", first), ("a", second))
    records = (RecordWrite("c", "k", {"n": 2}), RecordWrite("c", "gone", None))
    assert (authority.asked, authority.told) == (1, [(revisions, records)])


def test_nothing_is_told_of_what_was_known(store: DocumentStore, authority: Listening) -> None:
    store.insert([path("a", "2-b", "1-a", n=2)])
    store.insert([path("a", "2-b", "1-a", n=2)])
    store.records.delete("c", "never there")

    assert [told for told in authority.told if told != ((), ())] == [((("a", "2-b"),), ())]


def test_no_of_the_authority_leaves_nothing_here(
    store: DocumentStore, authority: Listening
) -> None:
    authority.answers = [errors.StoreUnavailable(), errors.StoreUnavailable()]

    with pytest.raises(errors.StoreUnavailable):
        write_both(store)
    with pytest.raises(errors.StoreUnavailable):
        store.records.put("c", "k", {}, None)

    assert store.get("a") is None
    assert store.records.count("c") == 0
    assert store.info().doc_count == 0


def test_body_that_fails_is_not_told(store: DocumentStore, authority: Listening) -> None:
    with pytest.raises(errors.RevisionConflict), store.transaction() as running:
        running.put("b", {}, parent=running.put("a", {"n": 1}, parent=None))

    assert authority.told == []


def test_write_that_names_no_revision_is_made_again_after_a_race(
    store: DocumentStore, authority: Listening
) -> None:
    authority.answers = [errors.RecordConflict(), errors.RecordConflict()]
    store.records.overwrite("c", "k", {"n": 1})
    authority.answers = [errors.RecordConflict()]
    store.records.delete("c", "k")
    authority.answers = [errors.RecordConflict()]
    with pytest.raises(errors.RecordConflict):
        store.records.put("c", "k", {}, None)

    assert len(authority.told) == 3 + 2 + 1
    assert store.records.count("c") == 0


def test_what_the_authority_says_itself_is_not_told_to_it(
    store: DocumentStore, authority: Listening
) -> None:
    with store.own_transaction() as running:
        running.put("a", {"n": 1}, parent=None)
        running.records.overwrite("c", "k", {})
    store.put_local("checkpoint", {"n": 1})

    assert (authority.asked, authority.told) == (0, [])
    assert store.get("a") is not None


def test_documents_of_an_authority_are_not_removed_here_alone(store: DocumentStore) -> None:
    rev = store.put("a", {"n": 1}, parent=None)

    with pytest.raises(RuntimeError), store.transaction() as running:
        running.remove_leaf("a", rev)
    with pytest.raises(RuntimeError), store.transaction() as running:
        running.purge(["a"])

    assert store.get("a") is not None
