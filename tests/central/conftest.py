from collections.abc import Iterator
from pathlib import Path

import pytest

from central.storage import Storage
from sync.accounts.passwords import Effort, Verifiers
from tests.support import workbooks
from tests.support.workbooks import Book


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Storage]:
    """Central with the small school, on the day of its import."""
    with workbooks.opened(tmp_path / "central") as opened:
        assert workbooks.bring(opened, Book()).imported
        yield opened


@pytest.fixture
def verifiers() -> Verifiers:
    """Passwords as cheap as argon2id allows."""
    return Verifiers(Effort(memory_kib=8, passes=1))
