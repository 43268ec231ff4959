"""A store of records, a clock, and argon2 with the least effort that still is argon2id."""

from datetime import UTC, datetime

import pytest

from sync.accounts import passwords
from sync.clock import FixedClock
from tests.support.records import MemoryRecords

MORNING = datetime(2026, 10, 14, 5, 44, tzinfo=UTC)
QUICK = passwords.Effort(memory_kib=8, passes=1)


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture(scope="session")
def verifiers() -> passwords.Verifiers:
    return passwords.Verifiers(QUICK)
