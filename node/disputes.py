"""What has two values: read from the leaves of a document, as the pages ask about it.

    Question ── what one choice settles: a disputed value and what only goes along with it
    OpenDispute ── all questions of one document, and the leaves it was shown with

A mark brings its weight and its kind of work, a topic its place in the plan: whoever chooses a mark
chooses them, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.documents import identifiers, kinds, merging
from sync.documents.identifiers import JournalId
from sync.documents.merging import Dispute, Disputed, Version
from sync.store import reading
from sync.store.connection import Connection

# Fields that follow the choice of another one of the same kind of document.
_FOLLOWS: Mapping[tuple[str, str], str] = {
    ("mark", "weight"): "value",
    ("mark", "work_kind"): "value",
    ("lesson", "plan_topic"): "topic",
}


@dataclass(frozen=True)
class Question:
    """What one choice settles; ``followers`` are disputed, too, and go along with it."""

    dispute: Dispute
    followers: tuple[Dispute, ...] = ()

    @property
    def field(self) -> str:
        """Return the field that the choice is about."""
        return self.dispute.fields[0]

    @property
    def versions(self) -> tuple[Version, ...]:
        """Return the values to choose from, the one written first at the top on every computer."""
        return tuple(sorted(self.dispute.versions, key=lambda one: (one.written_at, one.node)))

    def chosen(self, place: int) -> dict[str, Any]:
        """Return the fields and values of one of the versions, with what goes along."""
        version = self.versions[place]
        return dict(version.values) | self._followed(version.leaf)

    def typed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of another value than the versions, with what goes along."""
        first = self.versions[0]
        return dict(first.values) | dict(values) | self._followed(first.leaf)

    def _followed(self, leaf: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for dispute in self.followers:
            same = [version for version in dispute.versions if version.leaf == leaf]
            found |= (same or dispute.versions)[0].values
        return found


@dataclass(frozen=True)
class OpenDispute:
    """A document that waits for somebody; ``shown`` are the revisions of all its live leaves.

    ``own_author`` is who wrote all the values and is asked first; None: the deputy head decides.
    A decision that was reopened has no questions: its value stands there and is not certain.
    """

    doc_id: str
    shown: tuple[str, ...]
    questions: tuple[Question, ...]
    own_author: str | None

    @property
    def parsed(self) -> JournalId:
        """Return what the document is about."""
        return identifiers.parse_journal(self.doc_id)

    @property
    def kind(self) -> str:
        """Return the kind of the document."""
        return identifiers.kind_of(self.doc_id)

    def is_asked(self, person: str) -> bool:
        """Tell whether a person is asked to choose."""
        return self.own_author == person

    def concerns(self, person: str) -> bool:
        """Tell whether a person wrote one of the values."""
        return any(version.author == person for one in self.questions for version in one.versions)


def of_document(connection: Connection, doc_id: str) -> OpenDispute | None:
    """Return what is disputed in a document; None if nothing is."""
    live = [leaf for leaf in reading.leaves(connection, doc_id) if not leaf.deleted]
    if not live:
        return None
    kind = identifiers.kind_of(doc_id)
    shown = tuple(leaf.rev for leaf in live)
    found = merging.merge(kind, [leaf.value for leaf in live])
    if isinstance(found, Disputed):
        return OpenDispute(doc_id, shown, _questions(kind, found.disputes), _own_author(found))
    if any(found.value.get(field) for field in kinds.CENTRAL_FIELDS):
        return OpenDispute(doc_id, shown, (), None)
    return None


def _own_author(found: Disputed) -> str | None:
    authors = {dispute.own_author for dispute in found.disputes}
    return authors.pop() if len(authors) == 1 else None


def _questions(kind: str, disputes: Sequence[Dispute]) -> tuple[Question, ...]:
    by_field = {dispute.fields[0]: dispute for dispute in disputes}
    followers: dict[str, list[Dispute]] = {}
    for field, dispute in by_field.items():
        leader = _FOLLOWS.get((kind, field))
        if leader in by_field:
            followers.setdefault(str(leader), []).append(dispute)
    following = {one.fields[0] for some in followers.values() for one in some}
    return tuple(
        Question(dispute, tuple(followers.get(field, ())))
        for field, dispute in by_field.items()
        if field not in following
    )
