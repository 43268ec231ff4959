"""Central with the sample school and two enrolled computers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.central.desk import scenes
from tests.central.desk.scenes import Rooms
from tests.support import central_site
from tests.support.central_site import CentralSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CentralSite]:
    """Central on the sample school's Wednesday."""
    with central_site.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def rooms(site: CentralSite) -> Rooms:
    """Two computers that were enrolled."""
    return scenes.rooms(site)


@pytest.fixture
def deputy(site: CentralSite) -> FlaskClient:
    """The deputy head, signed in."""
    return site.client("sitnikova")
