"""What is disputed about a document: between its leaves, and by decisions that were taken back."""

from collections.abc import Sequence
from typing import Any

from sync.documents import entry, merging
from sync.documents.merging import Dispute, Disputed, Version
from sync.documents.settling import Ground
from sync.projections import decisions, disputes
from sync.store.connection import Connection
from sync.store.values import Leaf

NO_LEAF = -1  # a version of an earlier decision, whose leaf is closed


def found(connection: Connection, live: Sequence[Leaf], made: Ground) -> list[Dispute]:
    """Return what is disputed about live leaves, unit by unit: between them, and reopened."""
    between = list(made.found.disputes) if isinstance(made.found, Disputed) else []
    merged = Leaf(live[0].id, live[made.onto].rev, False, made.value)
    again = disputes.reopened_fields(str(made.value["kind"]), made.value)
    fields = {name for dispute in between for name in dispute.fields}
    reopened = [
        dispute
        for dispute in _reopened(connection, merged, again)
        if fields.isdisjoint(dispute.fields)
    ]
    return between + reopened


def _reopened(connection: Connection, leaf: Leaf, fields: Sequence[str]) -> list[Dispute]:
    """Return a dispute for each unit of a reopened decision, with the versions it was about."""
    kind = str(leaf.value["kind"])
    earlier = {
        row.fields: row
        for row in reversed(decisions.decisions_about(connection, leaf.id))
        if row.is_reopened
    }
    # Marks of different kinds of work were settled as a whole, and are asked as a whole again.
    units = dict.fromkeys(
        next((unit for unit in earlier if name in unit), merging.unit_of(kind, name))
        for name in fields
    )
    return [_as_reopened(standing(leaf, unit), earlier.get(unit)) for unit in units]


def _as_reopened(now: Dispute, row: decisions.DecisionRow | None) -> Dispute:
    if row is None:
        return now
    told = [
        Version(NO_LEAF, one.values, one.author, one.node, one.written_at, one.reason, False)
        for one in row.versions
    ]
    # What stands there now may be a third value, or a later change.
    present = [one for one in now.versions if all(one.values != each.values for each in told)]
    return Dispute(now.fields, row.before, (*told, *present))


def standing(leaf: Leaf, unit: merging.Unit) -> Dispute:
    """Return what a unit holds now, as the one version of it."""
    steps = [entry.parse(raw) for raw in entry.entries_of(leaf.value) if raw["field"] in unit]
    values = {name: leaf.value.get(name) for name in unit}
    before = dict.fromkeys(unit)
    if not steps:
        return Dispute(unit, before, ())
    last = steps[-1]
    told = (last.author, last.node, last.written_at, last.reason, last.clock_suspect)
    # What was written together with the last step is taken back together with it.
    breath = _breath(last)
    before = values | {step.field: step.old for step in reversed(steps) if _breath(step) == breath}
    return Dispute(unit, before, (Version(NO_LEAF, values, *told),))


def _breath(step: entry.Entry) -> tuple[Any, ...]:
    return (step.node, step.epoch, step.author, step.written_at)


def is_of_leaves(dispute: Dispute) -> bool:
    """Tell whether all versions of a dispute are live leaves."""
    return all(version.leaf != NO_LEAF for version in dispute.versions)
