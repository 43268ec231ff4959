"""A node of the sample school for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import sample_node
from tests.support.sample_node import SampleNode


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as enrolment and the first sync leave it; to be copied, not used."""
    folder = tmp_path_factory.mktemp("provisioned")
    sample_node.provision(folder)
    return folder


@pytest.fixture
def folder(provisioned: Path, tmp_path: Path) -> Path:
    """A data folder for one test."""
    copy = tmp_path / "node"
    shutil.copytree(provisioned, copy)
    return copy


@pytest.fixture
def node(folder: Path) -> Iterator[SampleNode]:
    """The opened node with its pages, at 10:00 on the sample's day."""
    with sample_node.opened(folder) as opened:
        yield opened
