"""Two stores, a server, and replicators between them."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.clock import FixedClock
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import served

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Databases]:
    """A running server of databases, shared by the tests of a module."""
    with served.databases(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def name() -> str:
    """A name that no other database of the run has."""
    return f"db{next(_NUMBERS)}"


@pytest.fixture
def remote(databases: served.Databases, name: str) -> DocumentStore:
    """The store of an empty database behind the server."""
    return databases.create(name)


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[str], DocumentStore]]:
    """Opens the store of a file of this test, anew each time it is asked for."""
    opened: list[DocumentStore] = []

    def open_(file: str) -> DocumentStore:
        store = DocumentStore(
            Database(tmp_path / file), epoch=f"e{next(_NUMBERS)}", uuid=f"u{next(_NUMBERS)}"
        )
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def local(open_store: Callable[[str], DocumentStore]) -> DocumentStore:
    """An empty store of this process."""
    return open_store("local.sqlite")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock(datetime(2026, 10, 14, 7, 0, tzinfo=UTC))
