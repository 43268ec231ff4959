"""What became of what this computer wrote: in the words of a page's signs.

""          nothing was ever written there
"here"      saved on this computer, the server has not confirmed it yet
"server"    on the server
"refused"   the server has not accepted it; the code says why. What stands there may be what was
            there before: then a person has decided, and the refusal tells who and why
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from node import disputes, refusals
from node.disputes import OpenDispute
from node.refusals import TAKEN_BACK, Refusal
from sync.projections import day, entry_index
from sync.projections import disputes as dispute_rows
from sync.projections.entry_index import Own
from sync.store.connection import Connection
from sync.store.record_store import RecordStore

HERE = "here"
SERVER = "server"
REFUSED = "refused"

#: Records of documents that central does not take at all, by id: {"code", "rev", "at"}.
REFUSED_DOCUMENTS = "refused_documents"


@dataclass(frozen=True)
class States:
    """The states of some documents, looked up together."""

    known: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    disputes: Mapping[str, OpenDispute] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def of(self, doc_id: str) -> tuple[str, str | None]:
        """Return (state, code) of a document that exists."""
        return self.known.get(doc_id, (SERVER, None))

    def refusal_of(self, doc_id: str) -> Refusal | None:
        """Return what a person did not accept of a document's values, if that is its state."""
        return self.refusals.get(doc_id)

    def dispute_of(self, doc_id: str) -> OpenDispute | None:
        """Return what is disputed in a document; ``names`` has the short names of the authors."""
        return self.disputes.get(doc_id)


def states_of(
    connection: Connection, records: RecordStore, node: Own, doc_ids: Sequence[str]
) -> States:
    """Return the states of the documents."""
    found = entry_index.states_of(connection, node, doc_ids)
    known: dict[str, tuple[str, str | None]] = {}
    codes = _codes(connection, node) if set(found.values()) & {"quarantined", "rejected"} else {}
    for doc_id, state in found.items():
        if state == "pending":
            refusal = records.get(REFUSED_DOCUMENTS, doc_id)
            known[doc_id] = (HERE, None) if refusal is None else (REFUSED, refusal.value["code"])
        elif state != "accepted" and codes.get(doc_id) != TAKEN_BACK:
            known[doc_id] = (REFUSED, codes.get(doc_id))
    told: dict[str, Refusal] = {}
    for one in refusals.open_refusals(connection, records, frozenset(doc_ids)):
        # Something newer that waits for its own answer is what stands there.
        waits = found.get(one.document) in ("pending", "quarantined")
        if one.was_written_on(node) and not waits:
            known[one.document] = (REFUSED, one.rejection.code)
            told.setdefault(one.document, one)
    disputed = _disputed(connection, frozenset(doc_ids))
    authors = {
        version.author
        for dispute in disputed.values()
        for question in dispute.questions
        for version in question.versions
    }
    return States(known, told, disputed, day.names_of_staff(connection, authors))


def _disputed(connection: Connection, doc_ids: Collection[str]) -> dict[str, OpenDispute]:
    disputed = (row.doc_id for row in dispute_rows.open_disputes(connection))
    found = {one: disputes.of_document(connection, one) for one in disputed if one in doc_ids}
    return {doc_id: dispute for doc_id, dispute in found.items() if dispute is not None}


def _codes(connection: Connection, node: Own) -> dict[str, str | None]:
    newest_last = reversed(entry_index.not_accepted(connection, node))
    return {one.doc_id: one.code for one in newest_last}


def refused_documents(records: RecordStore) -> dict[str, str]:
    """Return the documents of this node that central does not take, each with the reason's code."""
    return {record.key: str(record.value["code"]) for record in records.scan(REFUSED_DOCUMENTS)}
