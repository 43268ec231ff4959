"""The servers on which every test here runs: the stand-in always, Apache CouchDB where it is named.

COUCHDB_URL=http://user:password@host:5984/ pytest -m couchdb
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support import couch_site, served
from tests.support.fault_proxy import FaultProxy


@pytest.fixture(params=["express-pouchdb", pytest.param("couchdb", marks=pytest.mark.couchdb)])
def couch_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server, with credentials if it wants some; it is left as it was."""
    is_stand_in = request.param == "express-pouchdb"
    address = request.getfixturevalue("express_pouchdb" if is_stand_in else "couchdb_url")
    parts = urlsplit(address)
    if parts.username is not None:
        monkeypatch.setenv("COUCHDB_USER", parts.username)
        monkeypatch.setenv("COUCHDB_PASSWORD", parts.password or "")
    yield address
    couch_site.remove_schools()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our own server of the protocol, which keeps numbers and late histories as CouchDB does."""
    with served.databases(tmp_path_factory.mktemp("own")) as databases:
        yield databases.url


@pytest.fixture
def network(couch_server: str) -> Iterator[FaultProxy]:
    """A network to the server that can be made to fail."""
    parts = urlsplit(couch_server)
    with FaultProxy(str(parts.hostname), int(parts.port or 0)) as proxy:
        yield proxy
