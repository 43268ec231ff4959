"""What became of what this computer wrote: in the words of a page's signs.

""          nothing was ever written there
"here"      saved on this computer, the server has not confirmed it yet
"server"    on the server
"refused"   the server has not accepted it; the code says why
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.projections import entry_index
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

    known: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def of(self, doc_id: str) -> tuple[str, str | None]:
        """Return (state, code) of a document that exists."""
        return self.known.get(doc_id, (SERVER, None))


def states_of(
    connection: Connection, records: RecordStore, node: str, doc_ids: Sequence[str]
) -> States:
    """Return the states of the documents."""
    found = entry_index.states_of(connection, node, doc_ids)
    known: dict[str, tuple[str, str | None]] = {}
    codes = _codes(connection, node) if set(found.values()) & {"quarantined", "rejected"} else {}
    for doc_id, state in found.items():
        if state == "pending":
            refusal = records.get(REFUSED_DOCUMENTS, doc_id)
            known[doc_id] = (HERE, None) if refusal is None else (REFUSED, refusal.value["code"])
        elif state != "accepted":
            known[doc_id] = (REFUSED, codes.get(doc_id))
    return States(known)


def _codes(connection: Connection, node: str) -> dict[str, str | None]:
    newest_last = reversed(entry_index.not_accepted(connection, node))
    return {one.doc_id: one.code for one in newest_last}


def refused_documents(records: RecordStore) -> dict[str, str]:
    """Return the documents of this node that central does not take, each with the reason's code."""
    return {record.key: str(record.value["code"]) for record in records.scan(REFUSED_DOCUMENTS)}
