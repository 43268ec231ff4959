"""A store of records (in memory, and the real one), a clock, and argon2 with the least effort."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.accounts import passwords
from sync.clock import FixedClock
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support.records import CountedRecords, MemoryRecords

MORNING = datetime(2026, 10, 14, 5, 44, tzinfo=UTC)
QUICK = passwords.Effort(memory_kib=8, passes=1)


@pytest.fixture(params=["memory", "sqlite"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Every fact about accounts must hold on the store the programs use."""
    if request.param == "memory":
        yield MemoryRecords()
        return
    store = DocumentStore(Database(tmp_path / "journal.sqlite3"), epoch="one", uuid="test")
    yield CountedRecords(store.records)
    store.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture(scope="session")
def verifiers() -> passwords.Verifiers:
    return passwords.Verifiers(QUICK)
