"""Centrals on one CouchDB: a stand-in that is always there, and the real one where it is named."""

import contextlib
import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from central.couch.authority import CouchAuthority
from central.couch.lease import Holder, Lease
from central.couch.server import Address, Couch
from sync.replication.http_answers import Patience
from sync.store.connection import Database
from sync.store.document_store import DocumentStore

QUICK = Patience(connect_seconds=5, silence_seconds=20, answer_seconds=60)
_NUMBERS = itertools.count()
_made: list[Address] = []


class Monotonic:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def new_address(server: str) -> Address:
    """Return the address of a school that no test has had before, on a server with credentials."""
    parts = urlsplit(server)
    credentials = None if parts.username is None else (parts.username, parts.password or "")
    bare = f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path.rstrip('/')}/"
    made = Address.of(f"{bare}test-{secrets.token_hex(4)}-{next(_NUMBERS)}", credentials)
    _made.append(made)
    return made


def remove_schools() -> None:
    """Remove the databases of all schools since the last time, in case the server is a real one."""
    while _made:
        address = _made.pop()
        for name in (address.school, f"{address.school}-records"):
            with contextlib.suppress(requests.RequestException):
                requests.delete(address.server + name, auth=address.credentials, timeout=30)


@dataclass
class Central:
    """A store whose authority is CouchDB, and the parts of it."""

    store: DocumentStore
    couch: Couch
    lease: Lease | None
    authority: CouchAuthority


@contextmanager
def central_on(
    file: Path,
    address: Address,
    *,
    writes: bool = True,
    name: str = "one",
    monotonic: Monotonic | None = None,
    couch: Couch | None = None,
    **options: Any,
) -> Iterator[Central]:
    """Give a central with its file, which holds the lease if it ``writes``."""
    couch = couch or Couch(address, QUICK)
    couch.create()
    store = DocumentStore(
        Database(file), epoch=secrets.token_hex(6), uuid=secrets.token_hex(16), **options
    )
    lease = None
    if writes:
        holder = Holder(name, name, secrets.token_hex(4))
        lease = Lease(couch, holder, monotonic or Monotonic())
        found = lease.try_take()
        assert found is None, found
    authority = CouchAuthority(store, couch, lease)
    authority.catch_up()
    store.submit_to(authority)
    try:
        yield Central(store, couch, lease, authority)
    finally:
        store.close()
