"""What was written here, as the school would say it: class, subject, date, student, what.

A teacher reads what the teacher wrote; of what others wrote on this computer only the number is
told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from node import departures, own_facts
from node.own_facts import OwnFact
from node.refusals import Refusal
from node.sync_status import settling
from sync.documents import entry, identifiers, leaves
from sync.documents.identifiers import LessonKey
from sync.projections import groups, people
from sync.projections.entry_index import Own
from sync.projections.groups import Group
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore

#: More are counted, not listed: a page must stay a page after a month without network.
MOST_LISTED = 200


@dataclass(frozen=True)
class TellableFact:
    """One fact, ready to be told. ``student`` is empty for what concerns the whole lesson.

    ``document`` is the value of the document as this computer shows it, ``written`` what is told
    of: the same, but for what was taken off the sheet because a person did not accept it (then
    ``refusal`` says who and why). ``code`` says why it was not accepted. ``leaving``: its lesson is
    no longer kept on this computer; the fact is removed here once it is settled at the server.
    """

    doc_id: str
    lesson: LessonKey
    group: Group
    student: str
    kind: str
    fact: str
    document: Mapping[str, Any]
    written: Mapping[str, Any]
    written_at: datetime
    state: str | None
    code: str | None
    refusal: Refusal | None
    leaving: bool = False

    @property
    def field(self) -> str:
        """Return the name of the field on the lesson's page; empty where it has none."""
        parsed = identifiers.parse_journal(self.doc_id)
        return settling.place_on_page(self.kind, self.fact, parsed.student, parsed.column)


@dataclass(frozen=True)
class Told:
    """A list for one teacher: at most ``MOST_LISTED``, how many more, and how many of others."""

    listed: Sequence[TellableFact]
    more: int
    of_others: int

    def __bool__(self) -> bool:
        """Be true when there is anything at all."""
        return bool(self.listed or self.of_others)

    @property
    def staying(self) -> "Told":
        """Return the list without what is to be removed from this computer."""
        return replace(self, listed=[one for one in self.listed if not one.leaving])

    @property
    def leaving(self) -> "Told":
        """Return what of the list is removed from this computer once it is settled."""
        return Told([one for one in self.listed if one.leaving], 0, 0)


def waiting(store: DocumentStore, node: Own, author: str, refused: Mapping[str, str]) -> Told:
    """Return what is not on the server yet, the oldest first.

    Args:
        refused: documents that the server does not take, each with the code that says why.
    """
    with store.database.snapshot() as connection:
        found = own_facts.pending(connection, node, list(refused))
        return _told(store, connection, node, found, author)


def not_accepted(store: DocumentStore, node: Own, author: str, refused: Mapping[str, str]) -> Told:
    """Return what the server put aside, rejected or does not take, the newest first."""
    with store.database.snapshot() as connection:
        untaken = [
            replace(one, state="refused", code=refused[one.doc_id])
            for one in own_facts.refused(connection, node, list(refused))
        ]
        found = untaken + own_facts.not_accepted(connection, node)
        found += [
            one
            for one in own_facts.rejected(connection, store.records)
            if one.author == author or (one.refusal and one.refusal.was_written_on(node))
        ]
        return _told(store, connection, node, found, author)


def _told(
    store: DocumentStore, connection: Connection, node: Own, found: Sequence[OwnFact], author: str
) -> Told:
    own = [one for one in found if one.author == author]
    teller = _Teller(store, connection, node)
    told = [tellable for one in own[:MOST_LISTED] if (tellable := teller.tell(one)) is not None]
    gone = departures.lessons_among(store.records, {one.lesson for one in told})
    told = [replace(one, leaving=one.lesson in gone) for one in told]
    return Told(told, max(0, len(own) - MOST_LISTED), len(found) - len(own))


class _Teller:
    """Looks up each group, student and document once."""

    def __init__(self, store: DocumentStore, connection: Connection, node: Own) -> None:
        self._store = store
        self._connection = connection
        self._node = node
        self._groups: dict[str, Group | None] = {}
        self._students: dict[str, str] = {}
        self._documents: dict[str, Mapping[str, Any]] = {}

    def tell(self, one: OwnFact) -> TellableFact | None:
        parsed = identifiers.parse_journal(one.doc_id)
        group = self._group(parsed.lesson.group)
        if group is None:
            return None
        document = self._document(one.doc_id)
        written = document
        if one.refusal is not None:
            written = {step["field"]: step["new"] for step in one.refusal.steps}
        return TellableFact(
            doc_id=one.doc_id,
            lesson=parsed.lesson,
            group=group,
            student=self._student(parsed.student) if parsed.student else "",
            kind=parsed.kind,
            fact=one.fact,
            document=document,
            written=written,
            written_at=entry.instant(one.written_at),
            state=one.state,
            code=one.code,
            refusal=one.refusal,
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

    def _document(self, doc_id: str) -> Mapping[str, Any]:
        if doc_id not in self._documents:
            live = [leaf.value for leaf in self._store.leaves(doc_id) if not leaf.deleted]
            self._documents[doc_id] = live[leaves.own_leaf(live, self._node)] if live else {}
        return self._documents[doc_id]
