"""Central with the sample school, real pages and people who can sign in, in a folder of a test.

Everybody's password is ``PASSWORD``. The lessons are written through the product's own door, as a
node would, so what the diary shows has been judged and sealed like anything else.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from central import app as central_app
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.passwords import Effort, Verifiers
from sync.clock import FixedClock
from sync.documents import scope
from sync.entries.door import Maker
from sync.entries.journal import Journal
from sync.projections.absences import AbsenceTables
from sync.projections.calendars import CalendarTables
from sync.projections.entry_index import EntryIndex
from sync.projections.groups import GroupTables
from sync.projections.lessons import LessonTables
from sync.projections.marks import MarkTables
from sync.projections.people import PeopleTables
from sync.projections.plans import PlanTables
from sync.projections.viewpoint import FromCentral
from sync.school.people import Role
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.projector import Projection
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
    store: DocumentStore
    clock: FixedClock
    journal: Journal
    book: AccountBook
    verifier: str

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

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Live at another moment for a while, to write what was written then."""
        now = self.clock.now()
        self.clock.advance(moment - now)
        try:
            yield
        finally:
            self.clock.advance(now - self.clock.now())


@contextmanager
def opened(
    folder: Path, *, school: bool = True, at: datetime = sample_school.NOW
) -> Iterator[CentralSite]:
    """Give central with the sample school (or before any import) on its Wednesday."""
    clock = FixedClock(at)
    store = DocumentStore(
        Database(folder / "central.sqlite"),
        epoch="e1",
        uuid="central",
        projections=read_tables(),
        scope_keys=scope.keys_of,
    )
    try:
        if school:
            sample_school.fill(store)
        verifiers = Verifiers(Effort(memory_kib=8, passes=1))
        site = central_app.Site(store, clock, secrets.token_bytes(32), verifiers=verifiers)
        journal = Journal(store, Maker("node1", bytes(32)), clock)
        book = AccountBook(store.records, clock)
        made = CentralSite(
            central_app.create_app(site), store, clock, journal, book, verifiers.make(PASSWORD)
        )
        for login, (person, roles) in ACCOUNTS.items():
            made.add_account(login, person, *roles)
        yield made
    finally:
        store.close()


def read_tables() -> Sequence[Projection]:
    """Return the read tables that central keeps."""
    here = FromCentral()
    return (
        PeopleTables(),
        GroupTables(),
        CalendarTables(),
        PlanTables(),
        LessonTables(here),
        MarkTables(here),
        AbsenceTables(here),
        EntryIndex(),
    )


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> None:
    """Sign in through the form; the client afterwards has the cookie."""
    form = {"csrf_token": csrf_token(client), "login": login, "password": password}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text


def csrf_token(client: FlaskClient) -> str:
    """Return a token as a page would hold it."""
    page = client.get("/sign-in", follow_redirects=True).text
    return page.split('name="csrf-token" content="')[1].split('"')[0]
