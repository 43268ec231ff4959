from collections.abc import Iterator
from pathlib import Path

import pytest

from central.storage import Storage
from tests.support import workbooks
from tests.support.workbooks import Book


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Storage]:
    """Central before any import."""
    with workbooks.opened(tmp_path / "central") as opened:
        yield opened


@pytest.fixture
def school(central: Storage) -> Storage:
    """Central with the small school."""
    report = workbooks.bring(central, Book())
    assert report.imported, report.problems
    return central


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Central with the small school for tests after which nothing has changed."""
    with workbooks.opened(tmp_path_factory.mktemp("central")) as opened:
        assert workbooks.bring(opened, Book()).imported
        yield opened
