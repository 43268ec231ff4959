"""Checkpoints that nobody goes on with are dropped, and nothing else is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central import checkpoint_tidying
from sync.replication import checkpoints
from sync.replication.checkpoints import Direction, Replication, Session
from sync.store.document_store import DocumentStore
from tests.store.stores import open_store

NOW = datetime(2026, 10, 14, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db")
    yield store
    store.close()


def write(store: DocumentStore, node: str, version: str, at: datetime, direction: Direction) -> str:
    replication = Replication(node, "central", direction, version)
    local_id = f"{node}.{replication.id}"
    checkpoint = checkpoints.extended(
        None, Session("s", "1-e"), replication=replication, recorded_at=at, read=1, written=1
    )
    store.put_local(local_id, checkpoint)
    return local_id


def test_thousand_scope_changes_leave_the_newest_few(store: DocumentStore) -> None:
    push = write(store, "n1", "", NOW - 99 * DAY, Direction.PUSH)
    pulls = [
        write(store, "n1", f"v{number}", NOW - number * DAY / 10, Direction.PULL)
        for number in range(1000)
    ]
    other = write(store, "n2", "v1", NOW - 300 * DAY, Direction.PULL)

    gone = checkpoint_tidying.tidy(store, NOW)

    assert gone == 1000 - checkpoint_tidying.KEPT_OF_EACH
    for kept in (push, other, *pulls[: checkpoint_tidying.KEPT_OF_EACH]):
        assert store.get_local(kept) is not None
    assert store.get_local(pulls[-1]) is None


def test_checkpoint_unused_for_a_year_is_dropped(store: DocumentStore) -> None:
    old = write(store, "n1", "v", NOW - 366 * DAY, Direction.PULL)
    recent = write(store, "n2", "v", NOW - 364 * DAY, Direction.PULL)

    assert checkpoint_tidying.tidy(store, NOW) == 1

    assert store.get_local(old) is None
    assert store.get_local(recent) is not None


def test_local_documents_of_others_are_left_alone(store: DocumentStore) -> None:
    store.put_local("foreign", {"history": [], "recorded_at": "2020-01-01T00:00:00+00:00"})
    store.put_local("broken", {"replicator": "school-journal", "recorded_at": "yesterday"})

    assert checkpoint_tidying.tidy(store, NOW) == 0
