"""Decisions as the pages and the protocol read them: what it was about, who wrote what, what for.

A decision is a document of its own, so that it travels to the nodes and survives whatever becomes
of the versions it settled. The read table has a row for each unit; here they are whole again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from central.desk import returned
from central.desk.filters import Filters
from central.desk.matters import Computer, Matter
from central.desk.office import Reading
from sync.documents import identifiers
from sync.projections import decisions, disputes
from sync.projections.decisions import DecisionRow
from sync.projections.disputes import LaterChange

DECISIONS = "decision"


@dataclass(frozen=True)
class DecidedVersion:
    """One of the values that stood against each other; who wrote it, where and when."""

    values: Mapping[str, Any]
    author: str
    computer: Computer
    written_at: datetime
    reason: str | None


@dataclass(frozen=True)
class DecidedItem:
    """What was settled together: the versions, what was chosen, and how."""

    fields: tuple[str, ...]
    before: Mapping[str, Any]
    versions: Sequence[DecidedVersion]
    chosen: Mapping[str, Any]
    how: str
    withdrew: bool

    @property
    def held(self) -> list[Mapping[str, Any]]:
        """Return what the versions hold, and what was chosen."""
        return [*(one.values for one in self.versions), self.chosen]


@dataclass(frozen=True)
class Decision:
    """One decision with all its items; ``row`` has what all of them share.

    Attributes:
        returned: when each node had brought the decision to its computer, the first one first.
        changed_later: who changed the value again since, when and why.
    """

    id: str
    about: Matter
    row: DecisionRow
    units: Sequence[DecidedItem]
    returned: Sequence[tuple[Computer, datetime]]
    changed_later: Sequence[LaterChange]

    @property
    def kept_both(self) -> bool:
        """Tell whether it had put the other of two marks into a column of its own."""
        return self.row.kept_in is not None

    @property
    def people(self) -> frozenset[str]:
        """Return who wrote the versions."""
        return frozenset(one.author for unit in self.units for one in unit.versions)


def all_decisions(now: Reading, filters: Filters) -> list[Decision]:
    """Return the decisions, the latest first."""
    found = _whole(now, decisions.all_decisions(now.connection))
    admitted = [
        one for one in found if filters.admits(one.about, one.people, one.row.decided_at, now.now)
    ]
    return filters.ordered(admitted, lambda one: one.about)


def decision(now: Reading, opaque: str) -> Decision | None:
    """Return one decision; None if there is none of this id."""
    doc_id = identifiers.reference_id(DECISIONS, opaque)
    leaf = now.store.get(doc_id)
    if leaf is None or leaf.deleted:
        return None
    rows = decisions.decisions_about(now.connection, str(leaf.value.get("document")))
    return next((one for one in _whole(now, rows) if one.id == opaque), None)


def decision_of(now: Reading, document: str) -> Decision | None:
    """Return the latest decision about a document; None if nothing was ever decided there."""
    found = _whole(now, decisions.decisions_about(now.connection, document))
    return found[0] if found else None


def changed_later(now: Reading, filters: Filters) -> list[Decision]:
    """Return the decisions whose value somebody changed again, and nobody has looked at since."""
    documents = {change.doc_id for change in disputes.later_changes(now.connection)}
    found = [one for document in sorted(documents) if (one := decision_of(now, document))]
    return [
        one
        for one in found
        if not one.row.is_reopened
        and filters.admits(one.about, one.people, one.row.decided_at, now.now)
    ]


def _whole(now: Reading, rows: Iterable[DecisionRow]) -> list[Decision]:
    """Return decisions from the rows of their units, which stand together."""
    grouped = groupby(rows, key=lambda row: (row.doc_id, row.rev))
    return [_decision(now, list(units)) for _, units in grouped]


def _decision(now: Reading, rows: Sequence[DecisionRow]) -> Decision:
    first = rows[0]
    noted = returned.nodes_with(now.store.records, first.doc_id)
    fields = {name for row in rows for name in row.fields}
    changes = disputes.later_changes(now.connection, first.document)
    return Decision(
        id=identifiers.opaque_of(first.doc_id),
        about=now.book.matter(first.document),
        row=first,
        units=[_unit(now, row) for row in rows],
        returned=[(now.book.computer(node), at) for node, at in noted],
        changed_later=[one for one in changes if not fields.isdisjoint(one.fields)],
    )


def _unit(now: Reading, row: DecisionRow) -> DecidedItem:
    versions = [
        DecidedVersion(
            one.values, one.author, now.book.computer(one.node), one.written_at, one.reason
        )
        for one in row.versions
    ]
    return DecidedItem(
        row.fields, row.before, versions, row.chosen, row.how, row.withdrew is not None
    )
