"""What was decided at central's desk, and what was rejected there, on both programs alike.

Both are documents of their own, so that they travel to the nodes, survive a restore, and tell for
good who decided what and why. A decision that two restored lives of central made for the same
leaves has two leaves itself; both are told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sync import errors
from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.projections.tables import Row, RowsOfDocuments
from sync.store.connection import Connection
from sync.store.projector import DocumentChange

REOPENED = "reopened"

_WHERE = (
    "document TEXT NOT NULL, kind TEXT NOT NULL, group_id TEXT NOT NULL, date TEXT NOT NULL,"
    " ordinal INTEGER NOT NULL, student TEXT, mark_column TEXT"
)


class DecisionTables(RowsOfDocuments):
    """Table ``decision_row``: one row an item of a decision."""

    name = "decisions"
    kinds = frozenset({"decision"})
    schema: ClassVar[Mapping[str, str]] = {
        "decision_row": f"doc_id TEXT NOT NULL, rev TEXT NOT NULL, item INTEGER NOT NULL, {_WHERE},"
        " body TEXT NOT NULL, head TEXT NOT NULL, decided_by TEXT NOT NULL,"
        " decided_at TEXT NOT NULL, state TEXT NOT NULL"
    }
    indexes = (
        "CREATE INDEX decision_row_document ON decision_row (document)",
        "CREATE INDEX decision_row_decided ON decision_row (decided_at)",
        "CREATE INDEX decision_row_lesson ON decision_row (group_id, date)",
    )

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield a row for each item; of every leaf, if there are several."""
        for leaf in change.leaves:
            value = leaf.value
            about = _about(value)
            if about is None:
                continue
            head = {name: value.get(name) for name in _HEAD}
            told = (json.dumps(head, ensure_ascii=False), value["decided_by"])
            when = (value["decided_at"], value["state"])
            for number, item in enumerate(value["items"]):
                body = json.dumps(item, ensure_ascii=False)
                row = (change.id, leaf.rev, number, *about, body, *told, *when)
                yield "decision_row", row


class RejectionTables(RowsOfDocuments):
    """Tables ``rejection_row``, and ``rejection_entry``, by which receipts are answered."""

    name = "rejections"
    kinds = frozenset({"rejection"})
    schema: ClassVar[Mapping[str, str]] = {
        "rejection_row": f"doc_id TEXT NOT NULL, {_WHERE}, revision TEXT NOT NULL,"
        " code TEXT NOT NULL, carrier TEXT NOT NULL, received_at TEXT NOT NULL,"
        " reason TEXT NOT NULL, rejected_by TEXT NOT NULL, rejected_at TEXT NOT NULL,"
        " steps TEXT NOT NULL",
        "rejection_entry": "doc_id TEXT NOT NULL, node TEXT NOT NULL, epoch TEXT NOT NULL,"
        " seq INTEGER NOT NULL, digest TEXT NOT NULL, document TEXT NOT NULL,"
        " revision TEXT NOT NULL, code TEXT NOT NULL",
    }
    indexes = (
        "CREATE INDEX rejection_row_document ON rejection_row (document)",
        "CREATE INDEX rejection_entry_key ON rejection_entry (node, epoch, seq, digest)",
    )

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield the rejection's row and one for each entry that was rejected."""
        value = change.leaves[0].value
        about = _about(value)
        if about is None:
            return
        told = [value[name] for name in _REJECTED]
        steps = json.dumps(value["steps"], ensure_ascii=False)
        yield "rejection_row", (change.id, *about, value["revision"], *told, steps)
        where = (value["document"], value["revision"], value["code"])
        for node, epoch, seq, digest in value["names"]:
            yield "rejection_entry", (change.id, node, epoch, seq, digest, *where)


_HEAD = ("leaves", "reason", "suggested", "cause", "reopened_by", "reopened_at", "reopened_reason")
_REJECTED = ("code", "carrier", "received_at", "reason", "rejected_by", "rejected_at")


def _about(value: Mapping[str, Any]) -> Row | None:
    """Return which document is settled, and where in the journal it stands."""
    try:
        parsed = identifiers.parse_journal(str(value.get("document")))
    except errors.BadDocumentId:
        return None
    lesson = parsed.lesson
    where = (lesson.group, lesson.date.isoformat(), lesson.ordinal)
    return (value["document"], parsed.kind, *where, parsed.student, parsed.column)


@dataclass(frozen=True)
class DecidedVersion:
    """One of the values that were disputed, who wrote it on which node, when and why."""

    values: Mapping[str, Any]
    author: str
    node: str
    written_at: datetime
    reason: str | None


@dataclass(frozen=True)
class DecisionRow:
    """One unit of a decision.

    Attributes:
        doc_id: the decision's id; ``document`` is the journal document it settled.
        leaves: the revisions that were disputed.
        before: what was there before the versions parted, by field.
        chosen: what was decided, by field; ``how`` is "version", "third", "combined" or "both".
        kept_in: the document that got the other value when both were kept.
        withdrew: the one that an earlier decision had kept, and that this one has withdrawn.
        state: "decided" or "reopened"; then ``reopened_by``, ``_at``, ``_reason`` say more.
    """

    doc_id: str
    rev: str
    document: str
    kind: str
    lesson: LessonKey
    student: str | None
    column: str | None
    leaves: tuple[str, ...]
    fields: tuple[str, ...]
    before: Mapping[str, Any]
    versions: tuple[DecidedVersion, ...]
    chosen: Mapping[str, Any]
    how: str
    kept_in: str | None
    withdrew: str | None
    reason: str
    suggested: str | None
    cause: str | None
    decided_by: str
    decided_at: datetime
    state: str
    reopened_by: str | None
    reopened_at: datetime | None
    reopened_reason: str | None

    @property
    def is_reopened(self) -> bool:
        """Tell whether the decision was taken back."""
        return self.state == REOPENED


@dataclass(frozen=True)
class RejectionRow:
    """A revision that a person refused: its steps {field, old, new, author, node, written_at}."""

    doc_id: str
    document: str
    kind: str
    lesson: LessonKey
    student: str | None
    column: str | None
    revision: str
    code: str
    carrier: str
    received_at: datetime
    reason: str
    rejected_by: str
    rejected_at: datetime
    steps: tuple[Mapping[str, Any], ...]


_PLACE = "document, kind, group_id, date, ordinal, student, mark_column"
_DECISIONS = (
    f"SELECT doc_id, rev, {_PLACE}, body, head, decided_by, decided_at, state"  # noqa: S608
    " FROM decision_row"
)
_REJECTIONS = (
    f"SELECT doc_id, {_PLACE}, revision, code, carrier, received_at, reason,"  # noqa: S608
    " rejected_by, rejected_at, steps FROM rejection_row"
)


def decisions_about(connection: Connection, document: str) -> list[DecisionRow]:
    """Return what was decided about a journal document, the latest first."""
    return _decisions(connection, "document = ?", (document,))


def decisions_since(connection: Connection, at: datetime) -> list[DecisionRow]:
    """Return what was decided at or after an instant, the latest first."""
    return _decisions(connection, "decided_at >= ?", (entry.instant_text(at),))


def decisions_of_group(
    connection: Connection, group: str, first: date, last: date
) -> list[DecisionRow]:
    """Return what was decided about a group's lessons between two dates, the latest first."""
    where = (group, first.isoformat(), last.isoformat())
    return _decisions(connection, "group_id = ? AND date BETWEEN ? AND ?", where)


def all_decisions(connection: Connection) -> list[DecisionRow]:
    """Return everything that was decided, the latest first."""
    return _decisions(connection, "1", ())


def rejections_about(connection: Connection, document: str) -> list[RejectionRow]:
    """Return what was rejected of a journal document, the latest first."""
    return _rejections(connection, "document = ?", (document,))


def all_rejections(connection: Connection) -> list[RejectionRow]:
    """Return everything that was rejected, the latest first."""
    return _rejections(connection, "1", ())


def rejection_of(connection: Connection, document: str, revision: str) -> RejectionRow | None:
    """Return the rejection of one revision; None if nobody rejected it."""
    doc_id = identifiers.rejection_id(document, revision)
    found = _rejections(connection, "doc_id = ?", (doc_id,))
    return found[0] if found else None


def rejected_entry(
    connection: Connection, node: str, epoch: str, seq: int, digest: str
) -> tuple[str, str] | None:
    """Return (id of the rejection, quarantine code) of an entry; None if nobody rejected it."""
    row = connection.execute(
        "SELECT doc_id, code FROM rejection_entry"
        " WHERE node = ? AND epoch = ? AND seq = ? AND digest = ?",
        (node, epoch, seq, digest),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def is_rejected(connection: Connection, document: str, revision: str) -> bool:
    """Tell whether a person rejected this revision of a document."""
    row = connection.execute(
        "SELECT 1 FROM rejection_row WHERE doc_id = ?",
        (identifiers.rejection_id(document, revision),),
    ).fetchone()
    return row is not None


def any_rejected(connection: Connection) -> bool:
    """Tell whether anything was ever rejected."""
    return connection.execute("SELECT 1 FROM rejection_entry LIMIT 1").fetchone() is not None


def _decisions(
    connection: Connection, condition: str, parameters: Sequence[Any]
) -> list[DecisionRow]:
    order = " ORDER BY decided_at DESC, doc_id, rev, item"
    rows = connection.execute(f"{_DECISIONS} WHERE {condition}{order}", tuple(parameters))
    return [_decision(row) for row in rows.fetchall()]


def _decision(row: Sequence[Any]) -> DecisionRow:
    item, head = json.loads(row[9]), json.loads(row[10])
    reopened_at = head["reopened_at"]
    return DecisionRow(
        doc_id=row[0],
        rev=row[1],
        **_place(row[2:9]),
        leaves=tuple(head["leaves"]),
        fields=tuple(item["fields"]),
        before=item["before"],
        versions=tuple(_version(one) for one in item["versions"]),
        chosen=item["chosen"],
        how=item["how"],
        kept_in=item.get("kept_in"),
        withdrew=item.get("withdrew"),
        reason=head["reason"],
        suggested=head["suggested"],
        cause=head["cause"],
        decided_by=row[11],
        decided_at=entry.instant(row[12]),
        state=row[13],
        reopened_by=head["reopened_by"],
        reopened_at=None if reopened_at is None else entry.instant(reopened_at),
        reopened_reason=head["reopened_reason"],
    )


def _version(told: Mapping[str, Any]) -> DecidedVersion:
    at = entry.instant(told["written_at"])
    return DecidedVersion(told["values"], told["author"], told["node"], at, told.get("reason"))


def _rejections(
    connection: Connection, condition: str, parameters: Sequence[Any]
) -> list[RejectionRow]:
    order = " ORDER BY rejected_at DESC, doc_id"
    rows = connection.execute(f"{_REJECTIONS} WHERE {condition}{order}", tuple(parameters))
    return [_rejection(row) for row in rows.fetchall()]


def _rejection(row: Sequence[Any]) -> RejectionRow:
    return RejectionRow(
        doc_id=row[0],
        **_place(row[1:8]),
        revision=row[8],
        code=row[9],
        carrier=row[10],
        received_at=entry.instant(row[11]),
        reason=row[12],
        rejected_by=row[13],
        rejected_at=entry.instant(row[14]),
        steps=tuple(json.loads(row[15])),
    )


def _place(row: Sequence[Any]) -> dict[str, Any]:
    lesson = LessonKey(row[2], date.fromisoformat(row[3]), row[4])
    told = {"document": row[0], "kind": row[1], "lesson": lesson}
    return told | {"student": row[5], "column": row[6]}
