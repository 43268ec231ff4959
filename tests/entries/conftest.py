"""A node's store with the sample school, and the door to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from node import storage
from sync.clock import FixedClock
from sync.documents import scope
from sync.entries.door import Maker
from sync.entries.journal import Journal
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import sample_school

NODE = "n0de"
KEY = bytes(range(1, 33))


@dataclass
class Desk:
    """What a teacher sits at."""

    store: DocumentStore
    journal: Journal
    clock: FixedClock

    def value(self, doc_id: str) -> dict[str, object]:
        found = self.store.get(doc_id)
        return {} if found is None else found.value


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Open (again) the desk over one file; each opening is a new start with a new epoch."""
    opened: list[DocumentStore] = []

    def open_one(name: str = "desk", epoch: str = "e1", clock: FixedClock | None = None) -> Desk:
        store = DocumentStore(
            Database(tmp_path / f"{name}.sqlite"),
            epoch=epoch,
            uuid=name,
            projections=storage.read_tables(NODE),
            scope_keys=scope.keys_of,
            keep_old_bodies=False,
        )
        opened.append(store)
        if store.info().doc_count == 0:
            sample_school.fill(store, for_node=True)
        shown = clock or FixedClock(sample_school.NOW)
        return Desk(store, Journal(store, Maker(NODE, KEY), shown), shown)

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
