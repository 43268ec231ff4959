"""The bare endpoint without a server around it, and a client that looks at each answer."""

import itertools
from collections.abc import Iterator

import pytest
from flask import Flask

from central.endpoint import bare
from central.endpoint.bare import BareHost
from tests.support.protocol_client import Client

THREADS = 8
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareHost]:
    """Databases in a folder of their own, shared by the tests of a module."""
    host = BareHost(tmp_path_factory.mktemp("databases"))
    yield host
    host.close()


@pytest.fixture(scope="module")
def app(host: BareHost) -> Flask:
    """The application that serves them."""
    return bare.create_app(host, threads=THREADS)


@pytest.fixture
def db(app: Flask, host: BareHost) -> Client:
    """A client of an empty database."""
    name = f"db{next(_NUMBERS)}"
    host.create(name)
    return Client(app, name, host.store(name))
