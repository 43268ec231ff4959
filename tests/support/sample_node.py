"""A node of the sample school, opened in a folder of its own, with teachers who can sign in.

Logins are ``sokolova``, ``konstantinopolskaya`` and ``yolkin``; everybody's password is
``PASSWORD``. ``provision`` makes the folder as enrolment and the first sync leave it, so that a
real process can be started on it, too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from node import app, settings, storage
from node.passes import PassLog
from node.program import Program
from node.settings import Identity, Settings
from node.storage import Node
from sync import clock as clocks
from sync.accounts import bundle, passwords, sealing
from sync.accounts.accounts import Account
from sync.accounts.node_accounts import NodeAccounts
from sync.clock import Clock, FixedClock
from sync.school.people import Role
from sync.store.document_store import DocumentStore
from tests.support import sample_school

PASSWORD = "лавина сосед корабль"
QUICK = passwords.Effort(memory_kib=8, passes=1)

SIGNING_KEY = bytes(range(1, 33))
SEALING_KEY = bytes(range(2, 34))  # private; nodes know the public one
IDENTITY = Identity(
    node="nd1",
    token="token-of-the-sample-node",
    entry_key=bytes(range(3, 35)),
    central_url="http://127.0.0.1:9",  # nobody listens there
    central_uuid="sample-central",
    bundle_key=bundle.public_key_of(SIGNING_KEY),
    label="Кабинет 12",
)

LOGINS = {
    "sokolova": (sample_school.SOKOLOVA, {Role.TEACHER, Role.HOMEROOM_TEACHER}),
    "konstantinopolskaya": (sample_school.KONSTANTINOPOLSKAYA, {Role.TEACHER}),
    "yolkin": (sample_school.YOLKIN, {Role.TEACHER}),
}


def accounts() -> list[Account]:
    """Return the teachers' accounts; the id of an account is ``acc-`` and the login."""
    verifier = passwords.Verifiers(QUICK).make(PASSWORD)
    return [
        Account(f"acc-{login}", login, person, frozenset(roles), verifier)
        for login, (person, roles) in LOGINS.items()
    ]


def signed_bundle(serial: int = 1, holders: list[Account] | None = None) -> bytes:
    """Return the bundle of the accounts as central would sign it."""
    whole = bundle.build(
        accounts() if holders is None else holders,
        serial,
        datetime(2026, 9, 1, tzinfo=UTC),
        sealing.public_key_of(SEALING_KEY),
    )
    return bundle.sign(whole, SIGNING_KEY)


def provision(
    folder: Path,
    *,
    identity: Identity = IDENTITY,
    demonstration_at: datetime | None = None,
    school: Callable[[DocumentStore], None] | None = None,
) -> Settings:
    """Make ``folder`` the data folder of an enrolled node that holds the school.

    Args:
        demonstration_at: what the folder's own clock shows from now on, for a real process.
        school: fills the store instead of ``sample_school``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_identity(folder, identity)
    if demonstration_at is not None:
        clocks.write_demonstration_clock(folder, demonstration_at, clocks.SystemClock().now())
    chosen = Settings(folder, demonstration=demonstration_at is not None)
    with storage.opened(chosen, identity, clock=FixedClock(sample_school.NOW)) as node:
        if school is None:
            sample_school.fill(node.store, for_node=True)
        else:
            school(node.store)
        NodeAccounts(node.store.records, node.clock, identity.bundle_key).take(signed_bundle())
    return chosen


@dataclass
class SampleNode:
    """The opened node with its pages, and a clock to turn. ``wakes`` counts pushed buttons."""

    node: Node
    app: Flask
    clock: FixedClock
    passes: PassLog
    wakes: list[str]

    @property
    def store(self) -> DocumentStore:
        """Return the store."""
        return self.node.store

    def client(self, login: str | None = None) -> FlaskClient:
        """Return a browser without JavaScript, signed in if a login is given."""
        client = self.app.test_client()
        if login is not None:
            sign_in(client, login)
        return client


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> None:
    """Sign in as a person would: with the form."""
    page = client.get("/sign-in").text
    data = {"csrf_token": csrf_token(page), "login": login, "password": password}
    answer = client.post("/sign-in", data=data)
    if answer.status_code != 303:
        raise AssertionError(f"sign-in answered {answer.status_code}")


def csrf_token(page: str) -> str:
    """Return the token of a page."""
    return page.split('name="csrf-token" content="')[1].split('"')[0]


def wrap(node: Node, clock: Clock) -> SampleNode:
    """Return the pages over an opened node."""
    if not isinstance(clock, FixedClock):
        raise TypeError("a test's clock is a fixed one")
    wakes: list[str] = []
    log = PassLog(node.store)
    running = Program(
        node, log, wake_worker=lambda: wakes.append("button"), is_syncing=lambda: False
    )
    made = app.create_app(running, verifiers=passwords.Verifiers(QUICK))
    return SampleNode(node, made, clock, log, wakes)


@contextmanager
def opened(folder: Path, *, clock: FixedClock | None = None) -> Iterator[SampleNode]:
    """Open a provisioned folder in this process."""
    shown = clock or FixedClock(sample_school.NOW)
    with storage.opened(Settings(folder), IDENTITY, clock=shown) as node:
        yield wrap(node, shown)
