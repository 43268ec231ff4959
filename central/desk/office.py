"""What the pages of the desk work with, and how one request looks at the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import cast

from flask import Flask, current_app

from central import enrolment
from central.desk.desk import Desk
from central.desk.matters import SchoolBook
from sync.projections import calendars
from sync.school.people import Role
from sync.school.school_year import SchoolYear
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.web import access

_EXTENSION = "journal_desk"

#: Who looks; who decides. Settling is the deputy head's work, the director sees what was done.
READERS = (Role.DEPUTY_HEAD, Role.DIRECTOR)
DECIDERS = (Role.DEPUTY_HEAD,)


@dataclass(frozen=True)
class Reading:
    """What one request sees: a state of the store, and who and what is in it."""

    store: DocumentStore
    connection: Connection
    book: SchoolBook
    now: datetime

    @cached_property
    def calendar(self) -> SchoolYear | None:
        """Return the school year; None before the first import."""
        return calendars.current(self.connection)


def install(app: Flask, desk: Desk) -> None:
    """Make ``desk`` the one of ``app``."""
    app.extensions[_EXTENSION] = desk


def desk() -> Desk:
    """Return the desk of the app that serves this request."""
    return cast(Desk, current_app.extensions[_EXTENSION])


def may_decide() -> bool:
    """Tell whether the person of this request may settle what they see."""
    return not access.actor().roles.isdisjoint(DECIDERS)


@contextmanager
def reading() -> Iterator[Reading]:
    """Look at one state of the store."""
    store = desk().store
    with store.database.snapshot() as connection:
        yield of(store, connection, desk().clock.now())


def of(store: DocumentStore, connection: Connection, now: datetime) -> Reading:
    """Return a reading on a connection."""
    computers = {one.id: one for one in enrolment.all_nodes(store.records)}
    return Reading(store, connection, SchoolBook(connection, computers), now)
