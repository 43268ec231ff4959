"""Central with the sample school, real pages and people who can sign in, in a folder of a test.

Everybody's password is ``PASSWORD``. The lessons are written through the product's own door, as a
node would, so what the diary shows has been judged and sealed like anything else.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from central import app as central_app
from central import storage
from central.storage import Storage, StoreWish
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.passwords import Effort, Verifiers
from sync.clock import FixedClock
from sync.entries.door import Maker, Save, Step
from sync.entries.journal import Journal
from sync.school.people import Role
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.support import sample_school

PASSWORD = "лавина сосед корабль"

#: login -> (person, roles)
ACCOUNTS = {
    "abramova": (sample_school.GUARDIAN_OF_TWO, {Role.GUARDIAN}),
    "ivanov": (sample_school.GUARDIAN_OF_ONE, {Role.GUARDIAN}),
    "sokolova": (sample_school.SOKOLOVA, {Role.TEACHER, Role.HOMEROOM_TEACHER}),
    "elkin": (sample_school.YOLKIN, {Role.TEACHER}),
    "sitnikova": (sample_school.DEPUTY, {Role.DEPUTY_HEAD}),
    "sazonova": (sample_school.ADMINISTRATOR, {Role.TECHNICAL_ADMIN}),
}


@dataclass
class CentralSite:
    """The running parts, for a test to look at and turn."""

    app: Flask
    storage: Storage
    clock: FixedClock
    journal: Journal
    book: AccountBook
    verifier: str

    @property
    def store(self) -> DocumentStore:
        """Return the documents and records."""
        return self.storage.store

    def client(self, login: str | None = None) -> FlaskClient:
        """Return a browser without JavaScript, signed in as ``login``."""
        client = self.app.test_client()
        if login is not None:
            sign_in(client, login)
        return client

    def add_account(self, login: str, person: str, *roles: Role) -> None:
        """Let a person sign in with ``PASSWORD``."""
        account = Account(f"account-{login}", login, person, frozenset(roles), self.verifier)
        self.book.create(account)

    def dispute(self, author: str, mark: str, *values: int) -> None:
        """Let as many computers write different values of a mark, each without the others'."""
        known = self.store.get(mark)
        seen = None if known is None else known.value["value"]
        paths = []
        for number, value in enumerate(values):
            maker = Maker(f"e1sewhere{number}", bytes(32))
            step = Step(mark, {"value": value, "weight": 1}, {"value": seen})
            with suppress(_Elsewhere), self.store.transaction() as tx:
                Save(tx, maker, "e1", self.clock.now()).write(author, [step], None)
                leaf = tx.get(mark)
                assert leaf is not None
                paths.append(RevisionPath(mark, tx.path(mark, leaf.rev), False, leaf.value))
                raise _Elsewhere
        self.store.insert(paths)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Live at another moment for a while, to write what was written then."""
        now = self.clock.now()
        self.clock.advance(moment - now)
        try:
            yield
        finally:
            self.clock.advance(now - self.clock.now())


class _Elsewhere(Exception):
    """Rolls back what was written as if in another store."""


@contextmanager
def opened(
    folder: Path,
    *,
    school: bool = True,
    at: datetime = sample_school.NOW,
    wish: StoreWish | None = None,
) -> Iterator[CentralSite]:
    """Give central with the sample school (or before any import) on its Wednesday."""
    clock = FixedClock(at)
    storage.initialise(folder)
    with storage.Storage.open(folder, clock, wish=wish) as stored:
        if school:
            sample_school.fill(stored.store)
        verifiers = Verifiers(Effort(memory_kib=8, passes=1))
        made = CentralSite(
            central_app.create_app(stored, verifiers=verifiers),
            stored,
            clock,
            Journal(stored.store, Maker("node1", bytes(32)), clock),
            AccountBook(stored.store.records, clock),
            verifiers.make(PASSWORD),
        )
        for login, (person, roles) in ACCOUNTS.items():
            made.add_account(login, person, *roles)
        yield made


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> None:
    """Sign in through the form; the client afterwards has the cookie."""
    form = {"csrf_token": csrf_token(client), "login": login, "password": password}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text


def csrf_token(client: FlaskClient) -> str:
    """Return a token as a page would hold it."""
    page = client.get("/sign-in", follow_redirects=True).text
    return page.split('name="csrf-token" content="')[1].split('"')[0]
