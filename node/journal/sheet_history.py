"""The history of a cell: every step that was ever made in it, who made it and when.

It is read from the entries in the documents themselves, so it shows what will reach the server,
also what was withdrawn since.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from node.computers import Computers
from node.journal import cells, sheet_words
from node.journal.sheet_cells import CellKey
from node.journal.typed_cell import CellRules
from sync.documents import entry, identifiers, leaves
from sync.documents.entry import Entry
from sync.projections import people
from sync.school import marks
from sync.school.attendance import AbsenceCode, Presence, Reason, code_of
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore

# Weight and kind of work follow the column; they are no step of a person.
_TOLD = frozenset({"value", "comment", "presence", "minutes", "reason"})


@dataclass(frozen=True)
class HistoryStep:
    """One line of the history: ``what`` changed from ``old`` to ``new``, in words.

    ``at_server``: a decision, made by a person at central.
    """

    at: datetime
    author: str
    what: str
    old: str
    new: str
    here: bool
    place: str
    at_server: bool
    clock_suspect: bool
    reason: str | None


def history(
    store: DocumentStore, connection: Connection, computers: Computers, key: CellKey
) -> list[HistoryStep]:
    """Return the steps of a cell, the newest first; ``here`` are those made on this computer."""
    steps = [
        (one, identifiers.kind_of(doc_id))
        for doc_id in key.documents
        for one in _entries(store, computers.own, doc_id)
        if one.field in _TOLD
    ]
    steps.sort(key=lambda step: (step[0].written_at, step[0].seq), reverse=True)
    names = _names(connection, {one.author for one, _ in steps})
    return [
        HistoryStep(
            at=one.written_at,
            author=names[one.author],
            what=_what(one.field),
            old=_value(one.field, one.old),
            new=_value(one.field, one.new),
            here=computers.is_here(one.node),
            place=computers.name(one.node),
            at_server=one.node == entry.CENTRAL_NODE,
            clock_suspect=one.clock_suspect,
            reason=one.reason,
        )
        for one, _ in steps
    ]


def person_name(connection: Connection, person: str | None) -> str:
    """Return the short name of a person of the staff; the server has a name of its own."""
    if person is None:
        return ""
    return _names(connection, {person})[person]


def _entries(store: DocumentStore, own: Sequence[str], doc_id: str) -> Iterator[Entry]:
    live = [leaf.value for leaf in store.leaves(doc_id) if not leaf.deleted]
    if live:
        shown = live[leaves.own_leaf(live, own)]
        for raw in entry.entries_of(shown):
            yield entry.parse(raw)


def _names(connection: Connection, wanted: set[str]) -> dict[str, str]:
    names = {}
    for person in wanted:
        found = people.staff_member(connection, person)
        names[person] = str(gettext("the server")) if found is None else found.name.short()
    return names


def _what(field: str) -> str:
    texts: Mapping[str, str] = {
        "value": gettext("mark"),
        "comment": gettext("comment"),
        "presence": gettext("presence"),
        "minutes": gettext("minutes late"),
        "reason": gettext("reason"),
    }
    return texts[field]


def _value(field: str, value: Any) -> str:
    if value is None:
        return str(gettext("blank"))
    if field == "value":
        return cells.mark_text(value)
    if field == "presence":
        return _absence(code_of(Presence(value)))
    if field == "reason":
        return _absence(code_of(Presence.ABSENT, Reason(value)))
    return str(value)


def _absence(code: AbsenceCode | None) -> str:
    return "" if code is None else sheet_words.absence_name(code)


@dataclass(frozen=True)
class Choice:
    """Something that may be put into a cell by choosing it: its letters and what they mean."""

    value: str
    letters: str
    name: str


def mark_choices(rules: CellRules) -> list[Choice]:
    """Return the signs that may stand in place of a number."""
    if rules.scale is marks.MARKLESS:
        return []
    return [
        Choice(str(value), cells.mark_text(value), sheet_words.mark_name(value))
        for value in marks.allowed_values(rules.scale)
        if isinstance(value, str)
    ]


def absence_choices() -> list[Choice]:
    """Return what a teacher may state of a student's presence."""
    return [
        Choice(code.value, cells.LETTERS.letter(code), sheet_words.absence_name(code))
        for code in AbsenceCode
        if not cells.states_reason(code)
    ]
