"""The first page of the staff at central: how the nodes and the school's data stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central import alarms, enrolment
from central.administration import alarm_list
from central.enrolment import NodeRecord
from central.imports import school_import
from sync.clock import Clock
from sync.documents import entry
from sync.projections import calendars
from sync.school.people import STAFF_ROLES, Role
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.web import access

#: A clock that is further off makes entries that look late, or early.
CLOCK_TOLERANCE = timedelta(minutes=2)

_EXTENSION = "journal_administration"
_SEES_NODES = frozenset({Role.TECHNICAL_ADMIN, Role.DEPUTY_HEAD, Role.DIRECTOR})
_SETTLES_ALARMS = frozenset({Role.TECHNICAL_ADMIN, Role.DEPUTY_HEAD})
_COUNTED = ("school_class", "student", "guardian", "staff_member")

pages = Blueprint(
    "administration", __name__, url_prefix="/administration", template_folder="templates"
)


@dataclass(frozen=True)
class Administration:
    """What the pages read from.

    Attributes:
        contact_of: what a node (by id) told at its last contact, and when that was.
        quarantined: how many revisions wait for a person's decision.
    """

    store: DocumentStore
    clock: Clock
    contact_of: Callable[[str], Mapping[str, Any] | None]
    quarantined: Callable[[], int]


@dataclass(frozen=True)
class NodeState:
    """A node as the table shows it; None is what it never told.

    ``clock_ahead`` is how far its clock was before central's when it last told the time.
    """

    record: NodeRecord
    last_contact: datetime | None
    pending: int | None
    oldest_pending: datetime | None
    clock_ahead: timedelta | None
    version: str | None

    @property
    def clock_is_off(self) -> bool:
        """Tell whether the clock is off by more than can be let pass."""
        return self.clock_ahead is not None and abs(self.clock_ahead) > CLOCK_TOLERANCE


@dataclass(frozen=True)
class SchoolFigures:
    """What was imported: the label of the school year, and how many of each there are."""

    label: str
    counts: Mapping[str, int]
    last_import: datetime | None


def install(app: Flask, administration: Administration) -> None:
    """Give ``app`` the pages; to be called after ``shell.install_shell``."""
    app.extensions[_EXTENSION] = administration
    app.register_blueprint(pages)


@pages.get("/")
@access.allow(*STAFF_ROLES)
def start() -> ResponseReturnValue:
    """Show how nodes and data stand to those who answer for them; tell others where to work."""
    if _SEES_NODES.isdisjoint(access.actor().roles):
        return render_template("administration/teacher.html")
    here = cast(Administration, current_app.extensions[_EXTENSION])
    nodes = node_states(here)
    heard = {node.record.id: node.last_contact for node in nodes if node.last_contact is not None}
    with here.store.database.snapshot() as connection:
        return render_template(
            "administration/start.html",
            alarms=alarm_list.read(here.store.records, heard, here.clock.now()),
            may_settle=not _SETTLES_ALARMS.isdisjoint(access.actor().roles),
            nodes=nodes,
            quarantined=here.quarantined(),
            school=_figures(here, connection),
        )


@pages.post("/alarms/seen")
@access.allow(Role.TECHNICAL_ADMIN, Role.DEPUTY_HEAD)
def alarm_seen() -> ResponseReturnValue:
    """Mark an alarm as seen; one that is gone meanwhile was seen by somebody else."""
    here = cast(Administration, current_app.extensions[_EXTENSION])
    alarms.settle_alarm(
        here.store.records, request.form.get("alarm", ""), access.actor().person, here.clock.now()
    )
    return redirect(url_for("administration.start"), code=303)


def node_states(here: Administration) -> list[NodeState]:
    """Return the nodes that are not revoked, by label."""
    found = [
        _state(record, here.contact_of(record.id) or {})
        for record in enrolment.all_nodes(here.store.records)
        if record.status != "revoked"
    ]
    return sorted(found, key=lambda state: (state.record.label, state.record.id))


def _state(record: NodeRecord, told: Mapping[str, Any]) -> NodeState:
    heard, clock = _instant(told.get("last_heard_at")), _instant(told.get("clock"))
    contacts = [at for at in (heard, _instant(told.get("last_receipt_at"))) if at is not None]
    return NodeState(
        record=record,
        last_contact=max(contacts, default=None),
        pending=told.get("pending"),
        oldest_pending=_instant(told.get("oldest_pending")),
        clock_ahead=None if clock is None or heard is None else clock - heard,
        version=told.get("version"),
    )


def _figures(here: Administration, connection: Connection) -> SchoolFigures | None:
    calendar = calendars.current(connection)
    if calendar is None:
        return None
    counts = {table: _count(connection, table) for table in _COUNTED}
    last = here.store.records.get(school_import.LAST_IMPORT, school_import.LAST_IMPORT)
    return SchoolFigures(
        calendar.label, counts, None if last is None else _instant(last.value["at"])
    )


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our names
    return int(row[0]) if row else 0


def _instant(text: str | None) -> datetime | None:
    return None if text is None else entry.instant(text)
