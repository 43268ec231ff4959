"""The journal sheet of the sample node: over HTTP and in a browser, small and at its real size."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from sync.entries.door import Maker
from sync.store.document_store import DocumentStore
from tests.support import crowded_class, sample_node, sample_school, served, sheet_grid
from tests.support.sample_node import SampleNode
from tests.support.sample_school import DAY, MATH_5A
from tests.support.sheet_client import Teacher
from tests.support.sheet_grid import Grid


@pytest.fixture
def teacher(node: SampleNode) -> Teacher:
    """Соколова, signed in."""
    return Teacher(node)


@pytest.fixture
def port(node: SampleNode) -> Iterator[int]:
    with served.serve(node.app) as number:
        yield number


@pytest.fixture
def grid(node: SampleNode, port: int, page: Page) -> Grid:
    """The sheet of 5А, with the focus on the first student in the first lesson of the day."""
    return sheet_grid.opened(node, port, page, MATH_5A)


@pytest.fixture(scope="session")
def provisioned_crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the crowded class and its term; to be copied, not used."""
    folder = tmp_path_factory.mktemp("crowd")

    def school(store: DocumentStore) -> None:
        sample_school.fill(store, for_node=True)
        crowded_class.add(store)
        maker = Maker(sample_node.IDENTITY.node, sample_node.IDENTITY.entry_key)
        crowded_class.live_through(store, maker, DAY)

    sample_node.provision(folder, school=school)
    return folder


@pytest.fixture
def crowd(provisioned_crowd: Path, tmp_path: Path, page: Page) -> Iterator[Grid]:
    """The sheet of 35 students and 66 columns."""
    folder = tmp_path / "crowd"
    shutil.copytree(provisioned_crowd, folder)
    with sample_node.opened(folder) as node, served.serve(node.app) as number:
        page.set_viewport_size({"width": 1366, "height": 768})
        yield sheet_grid.opened(node, number, page, crowded_class.GROUP)
