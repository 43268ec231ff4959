"""What central itself has made goes first to a central that has lost it.

A central that was restored, or set up anew in the place of a lost one, gets back from the nodes
what it lacks. It judges each entry by the school's documents that it has then: the groups, who
teaches them, the decisions. In the order of this file's feed some of these come after the marks
that were put by them, and honest marks would be put aside. So they are offered before all else.
"""

from collections.abc import Iterator, Mapping

from sync.documents import identifiers
from sync.replication import batches
from sync.replication.batches import Allowance
from sync.replication.peer import Peer
from sync.store.document_store import DocumentStore

_ROWS_PER_PAGE = 1_000
_BATCH_BYTES, _BATCH_DOCUMENTS = 500_000, 200


def offer_school(store: DocumentStore, peer: Peer) -> int:
    """Upload the documents of central's own kinds that it lacks; return how many it lacked."""
    sent = 0
    for offered in _pages(store):
        missing = peer.revs_diff(offered)
        allowance = Allowance(_BATCH_BYTES, _BATCH_DOCUMENTS)
        wanted = {doc_id: tuple(revs) for doc_id, revs in missing.items()}
        for portion in batches.portions(wanted, allowance):
            paths = [path for path in store.fetch(portion) if path is not None]
            for batch in batches.packed(batches.grouped(paths), allowance):
                together = batches.paths_of(batch)
                peer.upload(together)
                sent += len(together)
    return sent


def _pages(store: DocumentStore) -> Iterator[Mapping[str, tuple[str, ...]]]:
    since: str | int = 0
    while True:
        page = store.changes(since, limit=_ROWS_PER_PAGE)
        offered = {row.id: row.revs for row in page.rows if identifiers.is_reference(row.id)}
        if offered:
            yield offered
        since = page.last_seq
        if not page.pending:
            return
