"""What waits for a person: documents with several values, and decided values changed later.

A row is there as long as the dispute is: several live leaves that cannot be merged, or a decision
that was reopened. Central's desk lists them; a node shows the sign, and asks an author of both
values which one is right.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sync.documents import entry, identifiers, merging
from sync.documents.entry import CENTRAL_NODE
from sync.documents.identifiers import JournalId, LessonKey
from sync.documents.kinds import CENTRAL_FIELDS
from sync.documents.merging import Disputed, Unit
from sync.projections.tables import Row, RowsOfDocuments
from sync.store.connection import Connection
from sync.store.projector import DocumentChange
from sync.store.values import Leaf

#: Of a mark: what counts in an average.
_COUNTING = frozenset({"value", "weight", "work_kind"})


class DisputeTables(RowsOfDocuments):
    """Tables ``dispute_row``, one row a document, and ``later_change``, one row a unit."""

    name = "disputes"
    kinds = identifiers.JOURNAL_KINDS
    schema: ClassVar[Mapping[str, str]] = {
        "dispute_row": "doc_id TEXT NOT NULL, kind TEXT NOT NULL, group_id TEXT NOT NULL,"
        " date TEXT NOT NULL, ordinal INTEGER NOT NULL, student TEXT, mark_column TEXT,"
        " fields TEXT NOT NULL, own_author TEXT, leaves INTEGER NOT NULL,"
        " reopened INTEGER NOT NULL",
        "later_change": "doc_id TEXT NOT NULL, fields TEXT NOT NULL, author TEXT NOT NULL,"
        " written_at TEXT NOT NULL, reason TEXT",
    }
    indexes = (
        "CREATE INDEX dispute_row_lesson ON dispute_row (group_id, date)",
        "CREATE INDEX dispute_row_student ON dispute_row (student, date)",
    )

    def rows(self, changes: Iterable[DocumentChange]) -> Mapping[str, Sequence[Row]]:
        """Return the rows of documents, looking closely only at those that can have any."""
        return super().rows(change for change in changes if _may_be_disputed(change.leaves))

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield the row of a document in dispute, and those of decided units changed later."""
        values = [leaf.value for leaf in change.leaves]
        yield from _later_changes(change.id, values[0])
        if len(values) == 1 and not values[0].get("disputed"):
            return
        parsed = identifiers.parse_journal(change.id)
        fields, own_author = _disputed(parsed.kind, values)
        reopened = reopened_fields(parsed.kind, values[0])
        fields.update(dict.fromkeys(reopened))
        if fields:
            settled_anew = bool(reopened)
            yield (
                "dispute_row",
                (
                    change.id,
                    *_about(parsed),
                    json.dumps(list(fields)),
                    None if settled_anew else own_author,
                    len(values),
                    int(settled_anew),
                ),
            )


def _may_be_disputed(found: Sequence[Leaf]) -> bool:
    """Tell whether there are several values, or central wrote into the only one."""
    if len(found) > 1 or found[0].value.get("disputed"):
        return True
    return CENTRAL_NODE in [raw["node"] for raw in entry.entries_of(found[0].value)]


def reopened_fields(kind: str, value: Mapping[str, Any]) -> list[str]:
    """Return the fields of the decisions that were reopened and not made anew; [] if none was.

    Central names them in the same breath as it writes that the value is disputed.
    """
    if not value.get("disputed"):
        return []
    steps = [raw for raw in entry.entries_of(value) if raw["node"] == CENTRAL_NODE]
    flags = [raw for raw in steps if raw["field"] in CENTRAL_FIELDS]
    settled = [place for place, raw in enumerate(flags) if not raw["new"]]
    open_flags = flags[settled[-1] + 1 :] if settled else flags
    breaths = {_breath(raw) for raw in open_flags}
    said = {raw["field"] for raw in steps if _breath(raw) in breaths} - CENTRAL_FIELDS
    return sorted({name for one in said for name in merging.unit_of(kind, one)})


def _breath(raw: Mapping[str, Any]) -> tuple[Any, ...]:
    return (raw["epoch"], raw["author"], raw["written_at"], raw.get("reason"))


def _disputed(kind: str, values: Sequence[Mapping[str, Any]]) -> tuple[dict[str, None], str | None]:
    found = merging.merge(kind, values)
    if not isinstance(found, Disputed):
        return {}, None
    authors = {dispute.own_author for dispute in found.disputes}
    fields = dict.fromkeys(field for dispute in found.disputes for field in dispute.fields)
    return fields, authors.pop() if len(authors) == 1 else None


def _later_changes(doc_id: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    entries = entry.entries_of(value)
    if all(raw["node"] != CENTRAL_NODE for raw in entries):
        return
    kind = identifiers.kind_of(doc_id)
    decided: set[Unit] = set()
    changed: dict[Unit, Mapping[str, Any]] = {}
    for raw in entries:
        unit = merging.unit_of(kind, raw["field"])
        if raw["node"] == CENTRAL_NODE:
            decided.add(unit)
            changed.pop(unit, None)
        elif unit in decided:
            changed[unit] = raw
    for unit, raw in changed.items():
        told = (json.dumps(list(unit)), raw["author"], raw["written_at"], raw.get("reason"))
        yield "later_change", (doc_id, *told)


def _about(parsed: JournalId) -> Row:
    lesson = parsed.lesson
    where = (lesson.group, lesson.date.isoformat(), lesson.ordinal)
    return (parsed.kind, *where, parsed.student, parsed.column)


@dataclass(frozen=True)
class DisputeRow:
    """A document that waits for a person.

    Attributes:
        fields: what is disputed, units one after another.
        own_author: who wrote all the values, and is asked first; None if several people did.
        leaves: how many live leaves there are.
        reopened: a decision was taken back; the present value stands meanwhile.
    """

    doc_id: str
    kind: str
    lesson: LessonKey
    student: str | None
    column: str | None
    fields: tuple[str, ...]
    own_author: str | None
    leaves: int
    reopened: bool


@dataclass(frozen=True)
class LaterChange:
    """A unit whose decided value was changed again: by whom, when (an instant's text) and why."""

    doc_id: str
    fields: tuple[str, ...]
    author: str
    written_at: str
    reason: str | None


_SELECT = (
    "SELECT doc_id, kind, group_id, date, ordinal, student, mark_column, fields, own_author,"
    " leaves, reopened FROM dispute_row"
)
_ORDER = " ORDER BY date, group_id, ordinal, doc_id"


def open_disputes(connection: Connection) -> list[DisputeRow]:
    """Return all documents in dispute, by date and group."""
    return _rows(connection, "", ())


def dispute_of(connection: Connection, doc_id: str) -> DisputeRow | None:
    """Return the dispute about one document; None if there is none."""
    found = _rows(connection, " WHERE doc_id = ?", (doc_id,))
    return found[0] if found else None


def own_disputes(connection: Connection, author: str) -> list[DisputeRow]:
    """Return the documents of which ``author`` wrote all the values and is asked for one."""
    return _rows(connection, " WHERE own_author = ?", (author,))


def disputes_of_group(
    connection: Connection, group: str, first: date, last: date
) -> list[DisputeRow]:
    """Return the disputes about a group's lessons between two dates, both included."""
    return _rows(
        connection,
        " WHERE group_id = ? AND date BETWEEN ? AND ?",
        (group, first.isoformat(), last.isoformat()),
    )


def disputed_marks(
    connection: Connection, student: str, groups: Collection[str], first: date, last: date
) -> list[DisputeRow]:
    """Return a student's marks in dispute in some groups (a subject's) between two dates.

    Only what counts in an average is asked: a dispute about a comment blocks no term mark.
    """
    found = _rows(
        connection,
        " WHERE kind = 'mark' AND student = ? AND date BETWEEN ? AND ?"
        " AND group_id IN (SELECT value FROM json_each(?))",
        (student, first.isoformat(), last.isoformat(), json.dumps(list(groups))),
    )
    return [row for row in found if not _COUNTING.isdisjoint(row.fields)]


def later_changes(connection: Connection, doc_id: str | None = None) -> list[LaterChange]:
    """Return the decided units that were changed after the decision; of one document, or all."""
    rows = connection.execute(
        "SELECT doc_id, fields, author, written_at, reason FROM later_change"
        " WHERE ? IS NULL OR doc_id = ? ORDER BY doc_id, fields",
        (doc_id, doc_id),
    ).fetchall()
    return [LaterChange(row[0], tuple(json.loads(row[1])), *row[2:]) for row in rows]


def _rows(connection: Connection, condition: str, parameters: Sequence[Any]) -> list[DisputeRow]:
    rows = connection.execute(_SELECT + condition + _ORDER, tuple(parameters)).fetchall()
    return [_row(row) for row in rows]


def _row(row: Sequence[Any]) -> DisputeRow:
    lesson = LessonKey(row[2], date.fromisoformat(row[3]), row[4])
    fields = tuple(json.loads(row[7]))
    return DisputeRow(row[0], row[1], lesson, row[5], row[6], fields, row[8], row[9], bool(row[10]))
