"""Central with the sample school, empty of lessons or with six weeks behind it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from central.diary import family
from central.diary.family import Child
from tests.support import central_site, sample_school, school_days
from tests.support.central_site import CentralSite

TODAY = sample_school.DAY


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CentralSite]:
    """Central on the sample school's Wednesday, before anything was kept."""
    with central_site.opened(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def used_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralSite]:
    """Central after six weeks of lessons; tests only read it."""
    with central_site.opened(tmp_path_factory.mktemp("central")) as opened:
        assert school_days.live_through(opened, date(2026, 9, 1), date(2026, 10, 13)) > 50
        yield opened


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[CentralSite]:
    """Central before any import."""
    with central_site.opened(tmp_path, school=False) as opened:
        yield opened


def child_of(site: CentralSite, guardian: str, student: str) -> Child:
    """Return a guardian's child as the pages get it."""
    children = family.children(site.store.database.read(), guardian, TODAY)
    return next(child for child in children if child.id == student)
