"""Entries as the school would say them: class, subject, date, student, what was written.

A teacher reads here what the teacher wrote; of what others wrote on this computer only the number
is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sync.documents import entry, identifiers
from sync.projections import entry_index, groups, people
from sync.projections.entry_index import OwnEntry
from sync.projections.groups import Group
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore

#: More are counted, not listed: a page must stay a page after a month without network.
MOST_LISTED = 200
_MOST_READ = 5_000


@dataclass(frozen=True)
class TellableEntry:
    """One entry, ready to be told. ``student`` is empty for what concerns the whole lesson.

    ``value`` is the stored value; ``kind`` and ``field`` say what it is. ``code`` says why it was
    not accepted. ``lesson`` is None where the document's id is not of a lesson.
    """

    class_title: str
    subject: str
    day: date
    ordinal: int
    group: str
    student: str
    kind: str
    field: str
    value: Any
    written_at: datetime
    state: str | None
    code: str | None


@dataclass(frozen=True)
class Told:
    """A list for one teacher: at most ``MOST_LISTED``, how many more, and how many of others."""

    listed: Sequence[TellableEntry]
    more: int
    of_others: int


def waiting(store: DocumentStore, node: str, author: str, left_out: Iterable[str] = ()) -> Told:
    """Return what is not on the server yet, but documents in ``left_out``; the oldest first."""
    with store.database.snapshot() as connection:
        found = entry_index.pending(connection, node, _MOST_READ)
    skipped = set(left_out)
    return _told(store, [one for one in found if one.doc_id not in skipped], author)


def not_accepted(
    store: DocumentStore, node: str, author: str, refused: Mapping[str, str | None]
) -> Told:
    """Return what the server put aside or does not take, the newest first.

    Args:
        refused: documents that it does not take at all, each with the code that says why.
    """
    with store.database.snapshot() as connection:
        aside = entry_index.not_accepted(connection, node)
        untaken = [
            _with_code(one, refused[one.doc_id])
            for one in (entry_index.pending(connection, node, _MOST_READ) if refused else [])
            if one.doc_id in refused
        ]
    return _told(store, [*untaken, *aside], author)


def _with_code(one: OwnEntry, code: str | None) -> OwnEntry:
    kept = (one.doc_id, one.epoch, one.seq, one.digest, one.field, one.author, one.written_at)
    return OwnEntry(*kept, state="refused", code=code)


def _told(store: DocumentStore, found: Sequence[OwnEntry], author: str) -> Told:
    own = [one for one in found if one.author == author]
    listed = own[:MOST_LISTED]
    with store.database.snapshot() as connection:
        teller = _Teller(store, connection)
        told = [tellable for one in listed if (tellable := teller.tell(one)) is not None]
    return Told(told, len(own) - len(listed), len(found) - len(own))


class _Teller:
    """Looks up each group, student and document once."""

    def __init__(self, store: DocumentStore, connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._groups: dict[str, Group | None] = {}
        self._students: dict[str, str] = {}
        self._entries: dict[str, dict[tuple[str, int], Any]] = {}

    def tell(self, one: OwnEntry) -> TellableEntry | None:
        parsed = identifiers.parse_journal(one.doc_id)
        group = self._group(parsed.lesson.group)
        if group is None:
            return None
        return TellableEntry(
            class_title=group.class_title,
            subject=group.subject_name,
            day=parsed.lesson.date,
            ordinal=parsed.lesson.ordinal,
            group=group.id,
            student=self._student(parsed.student) if parsed.student else "",
            kind=parsed.kind,
            field=one.field,
            value=self._values_of(one.doc_id).get((one.epoch, one.seq)),
            written_at=entry.instant(one.written_at),
            state=one.state,
            code=one.code,
        )

    def _group(self, group_id: str) -> Group | None:
        if group_id not in self._groups:
            self._groups[group_id] = groups.group(self._connection, group_id)
        return self._groups[group_id]

    def _student(self, student_id: str) -> str:
        if student_id not in self._students:
            found = people.student(self._connection, student_id)
            self._students[student_id] = found.list_name if found else ""
        return self._students[student_id]

    def _values_of(self, doc_id: str) -> dict[tuple[str, int], Any]:
        if doc_id not in self._entries:
            self._entries[doc_id] = {
                (raw["epoch"], raw["seq"]): raw["new"]
                for leaf in self._store.leaves(doc_id)
                for raw in entry.entries_of(leaf.value)
            }
        return self._entries[doc_id]
