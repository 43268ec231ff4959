"""The journal sheet: students by lessons, and the addresses by which its cells are saved.

    GET  /journal                     the first group the person may open; ?group= chooses
    GET  /journal/<group>             the sheet: ?term=<id of a term>, else the present one
    POST /journal/<group>/cell        save one cell: see ``sheet_saving``
    GET  /journal/<group>/cell        one cell's detail, for the page's module: ?cell=
    POST /journal/<group>/states      {"cells": [...], "since": …}: how these cells stand now, and
                                      those that have changed since a page or an answer was made

A save answers with the cell and the figures of its row as they are afterwards, also when it was
refused: then with the reason, and with who wrote there meanwhile if somebody did.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from node import computers, departures, entry_states, program, refusals
from node.departures import Departed
from node.entry_states import States
from node.journal import (
    cells,
    settled,
    sheet_cells,
    sheet_choice,
    sheet_departed,
    sheet_history,
    sheet_saving,
    sheet_view,
    sheet_words,
    typed_cell,
)
from node.journal.sheet_cells import CellKey, StudentsPart
from node.journal.sheet_choice import Period, Reader
from node.journal.sheet_saving import CellDesk
from node.journal.sheet_view import SheetView, Writer
from node.journal.typed_cell import CellRules
from sync import errors
from sync.documents import entry, identifiers
from sync.projections import calendars, day, groups, journal_sheet, people
from sync.projections.groups import Group
from sync.school import marks
from sync.school.people import Role
from sync.store.connection import Connection
from sync.store.values import ChangesPage
from sync.web import access, failures, formats

READERS = (Role.TEACHER, Role.HOMEROOM_TEACHER, Role.DEPUTY_HEAD, Role.DIRECTOR)

#: A page asks about cells that are not on the server yet; more at once is no page's question.
MOST_CELLS = 3_000
_MOST_SEQUENCE = 80

pages = Blueprint("journal_sheet", __name__)


@dataclass(frozen=True)
class Opened:
    """A group and the period whose page a person may read; ``departed`` is not shown on it."""

    group: Group
    period: Period
    periods: list[Period]
    departed: Departed


@pages.get("/journal")
@access.allow(*READERS)
def choose() -> ResponseReturnValue:
    """Go to the chosen group's sheet, or to the first one; say so if there is none."""
    wished = request.args.get("group")
    if wished:
        return redirect(url_for("journal_sheet.sheet", group=wished))
    connection = program.current().read()
    first = sheet_choice.offer(connection, _reader(), _today(connection)).first
    if first is not None:
        return redirect(url_for("journal_sheet.sheet", group=first.id))
    return render_template("journal/no_sheet.html")


@pages.get("/journal/<group>")
@access.allow(*READERS)
def sheet(group: str) -> str:
    """Show the sheet of a group."""
    node = program.current().node
    with node.store.database.snapshot() as connection:
        opened = _opened(connection, group)
        view = _view(connection, opened)
        offer = sheet_choice.offer(connection, _reader(), _today(connection))
        teachers = _teachers(connection, opened)
        since = node.store.update_seq()
        states_reasons = sheet_view.may_state_reasons(connection, _reader().person, opened.group)
    rules = CellRules(sheet_view.scale_of(opened.group))
    return render_template(
        "journal/sheet.html",
        view=view,
        since=since,
        opened=opened,
        offer=offer,
        teachers=teachers,
        words=sheet_words.page_words(),
        sheet_words=sheet_words,
        vocabulary=[sheet_words.token_json(token) for token in typed_cell.vocabulary(rules)],
        digits=[str(number) for number in rules.scale.numbers],
        letters=[
            (letters, code)
            for code, letters in cells.LETTERS.shown.items()
            if states_reasons or not cells.states_reason(code)
        ],
        markless=rules.scale is marks.MARKLESS,
        only_read=all(column.closed == "not_your_lesson" for column in view.columns),
    )


@pages.post("/journal/<group>/cell")
@access.allow(*READERS)
def save_cell(group: str) -> ResponseReturnValue:
    """Save one cell; answer with it and its row's figures as they are afterwards."""
    found = program.current()
    connection = found.read()
    opened = _opened(connection, group)
    key = _key(group, _body().get("cell"))
    desk = CellDesk(found.node.journal, connection, _reader().person, opened.group, key)
    try:
        departures.refuse_write(found.node.store.records, key.lesson, key.student)
        sheet_saving.save(desk, sheet_saving.asked(_body()))
    except sheet_saving.AskedWrongly:
        abort(HTTPStatus.BAD_REQUEST)
    except errors.EntryRefused as error:
        failure = failures.failure_of(error)
        told = _told(connection, opened, key) | _writer_of(connection, opened, key)
        refusal = {
            "code": failure.code,
            "message": failure.message,
            "next_step": failure.next_step,
            "params": failure.params,
        }
        return jsonify(told | {"error": refusal}), failure.status
    return jsonify(_told(connection, opened, key))


@pages.get("/journal/<group>/cell")
@access.allow(*READERS)
def cell_detail(group: str) -> ResponseReturnValue:
    """Return the detail of a cell as a piece of the page."""
    node = program.current().node
    with node.store.database.snapshot() as connection:
        opened = _opened(connection, group)
        key = _key(group, request.args.get("cell"))
        student = people.student(connection, key.student)
        if student is None:
            abort(HTTPStatus.NOT_FOUND)
        departures.refuse_write(node.store.records, key.lesson, key.student)
        part = _part(connection, opened, key.student)
        known = _states(connection, key.documents)
        cell = part.cell(key, known)
        told = settled.settled(
            connection, known, computers.known(node), _reader().person, key.documents
        )
        steps = sheet_history.history(node.store, connection, computers.known(node), key)
        desk = CellDesk(node.journal, connection, _reader().person, opened.group, key)
        closed = sheet_view.closed_cell(connection, key, _writer())
    markup = render_template(
        "journal/_cell_detail.html",
        student=student,
        key=key,
        cell=cell,
        steps=steps,
        settled=told,
        closed=None if closed is None else sheet_words.closed_sentence(closed),
        marks=sheet_history.mark_choices(desk.rules),
        absences=sheet_history.absence_choices() if desk.rules.holds_absence else (),
        sheet_words=sheet_words,
    )
    return jsonify({"html": markup})


@pages.post("/journal/<group>/states")
@access.allow(*READERS)
def states(group: str) -> ResponseReturnValue:
    """Return the cells asked for and those changed, with the figures of their rows, as they are."""
    wanted, since = _body().get("cells"), _body().get("since")
    if not isinstance(wanted, list) or len(wanted) > MOST_CELLS:
        abort(HTTPStatus.BAD_REQUEST)
    if since is not None and (not isinstance(since, str) or len(since) > _MOST_SEQUENCE):
        abort(HTTPStatus.BAD_REQUEST)
    keys = [_key(group, text) for text in wanted]
    store = program.current().node.store
    with store.database.snapshot() as connection:
        opened = _opened(connection, group)
        gone = opened.departed
        if since is not None:
            changed = store.changes(since, limit=MOST_CELLS, style_all=False)
            since, found_keys = changed.last_seq, _cells_of(changed, opened)
            keys = list(dict.fromkeys([*keys, *found_keys]))
        keys = [
            key
            for key in keys
            if key.lesson not in gone.lessons and key.student not in gone.students
        ]
        found = _states(connection, [one for key in keys for one in key.documents])
        parts = {
            student: _part(connection, opened, student) for student in {key.student for key in keys}
        }
        told = {str(key): parts[key.student].cell(key, found).as_json() for key in keys}
        rows = {student: part.totals.as_json() for student, part in parts.items()}
    return jsonify({"cells": told, "rows": rows, "since": since})


def _cells_of(changed: ChangesPage, opened: Opened) -> Iterator[CellKey]:
    """Yield the cells of a page that changed documents stand in."""
    period = opened.period
    of_page = {f"{kind}:{opened.group.id}" for kind in ("mark", "absence")}
    for row in changed.rows:
        if ":".join(row.id.split(":", 2)[:2]) not in of_page:
            continue
        parsed = identifiers.parse_journal(row.id)
        if parsed.student is not None and period.first <= parsed.lesson.date <= period.last:
            column = parsed.column or identifiers.OWN_COLUMN
            yield CellKey(parsed.lesson, column, parsed.student)


def _opened(connection: Connection, group_id: str) -> Opened:
    """Return what the address names; 404 and 403 end the request."""
    group = groups.group(connection, group_id)
    calendar = calendars.current(connection)
    if group is None or calendar is None:
        abort(HTTPStatus.NOT_FOUND)
    periods = sheet_choice.periods_of(calendar, group)
    period = sheet_choice.period_for(periods, request.args.get("term"), _today(connection))
    if period is None:
        abort(HTTPStatus.NOT_FOUND)
    if not sheet_choice.may_read(connection, _reader(), group, period):
        raise errors.NotPermitted(code="not_your_lesson")
    departed = departures.of_group(program.current().node.store.records, group_id)
    return Opened(group, period, periods, departed)


def _view(connection: Connection, opened: Opened) -> SheetView:
    period = opened.period
    found = journal_sheet.sheet(connection, opened.group.id, period.first, period.last)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    gone = opened.departed
    found = sheet_departed.without(found, gone)
    wanted = sheet_view.documents_of(found)
    rejected = refusals.documents_of_group(connection, opened.group.id)
    wanted += [one for one in rejected if one not in gone.documents]
    known = _states(connection, wanted)
    return sheet_view.sheet_view(connection, found, period, known, _writer(), gone.lessons)


def _part(connection: Connection, opened: Opened, student: str) -> StudentsPart:
    """Return what the page shows of a student."""
    part = sheet_cells.students_part(connection, opened.group.id, opened.period, student)
    return sheet_departed.part_without(part, opened.departed)


def _told(connection: Connection, opened: Opened, key: CellKey) -> dict[str, Any]:
    part = _part(connection, opened, key.student)
    cell = part.cell(key, _states(connection, key.documents))
    return {"cell": cell.as_json(), "row": part.totals.as_json()}


def _writer_of(connection: Connection, opened: Opened, key: CellKey) -> dict[str, str]:
    """Return who wrote in a cell last and when, for somebody who was overtaken."""
    part = _part(connection, opened, key.student)
    author, written_at = part.cell(key, States()).last_step
    if author is None or written_at is None:
        return {}
    name = sheet_history.person_name(connection, author)
    return {"by": f"{name}, {formats.ago(entry.instant(written_at))}"}


def _states(connection: Connection, doc_ids: list[str]) -> States:
    node = program.current().node
    return entry_states.states_of(connection, node.store.records, node.identity.makers, doc_ids)


def _teachers(connection: Connection, opened: Opened) -> list[str]:
    on = min(max(_today(connection), opened.period.first), opened.period.last)
    ids = groups.teachers_of(connection, opened.group.id, on)
    return sorted(day.names_of_staff(connection, ids).values())


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        abort(HTTPStatus.BAD_REQUEST)
    return body


def _key(group: str, text: object) -> CellKey:
    try:
        return sheet_cells.parse_key(group, text)
    except errors.BadDocumentId:
        abort(HTTPStatus.BAD_REQUEST)


def _reader() -> Reader:
    actor = access.actor()
    return Reader(actor.person, frozenset(Role(role) for role in actor.roles))


def _writer() -> Writer:
    return Writer(access.actor().person, program.current().node.clock.now())


def _today(connection: Connection) -> date:
    return calendars.local_date(connection, program.current().node.clock.now())
