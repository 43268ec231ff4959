"""A lesson of the sample node, open in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support import lesson_desk, served
from tests.support.lesson_desk import LessonDesk
from tests.support.sample_node import SampleNode


@pytest.fixture
def port(node: SampleNode) -> Iterator[int]:
    with served.serve(node.app) as number:
        yield number


@pytest.fixture
def desk(node: SampleNode, port: int, page: Page) -> LessonDesk:
    """The first lesson of the sample's day, open as Соколова."""
    return lesson_desk.opened(node, port, page)
