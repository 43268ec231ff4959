"""Checkpoints of replications that nobody goes on with are dropped.

Each scope that a node ever had, and each identity, leaves a local document behind. Dropping one is
always safe: whoever comes back to it looks at everything again, which is only slow. So the newest
few of each node and direction stay, unless they are a year old.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sync.store import bodies
from sync.store.document_store import DocumentStore

KEPT_OF_EACH = 10
UNUSED_FOR = timedelta(days=365)


def tidy(store: DocumentStore, now: datetime) -> int:
    """Drop them; return how many went."""
    rows = store.database.read().execute("SELECT id, json FROM local_document").fetchall()
    by_replication: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for local_id, text in rows:
        told = bodies.decode_object(text)
        recorded_at = _recorded_at(told)
        if recorded_at is not None:
            key = (local_id.partition(".")[0], str(told.get("direction")))
            by_replication[key].append((recorded_at, local_id))
    gone = [
        local_id
        for found in by_replication.values()
        for place, (at, local_id) in enumerate(sorted(found, reverse=True))
        if place >= KEPT_OF_EACH or now - at > UNUSED_FOR
    ]
    if gone:
        with store.transaction() as tx:
            for local_id in gone:
                tx.delete_local(local_id)
    return len(gone)


def _recorded_at(told: dict[str, Any]) -> datetime | None:
    """Return when one of our own checkpoints was written; None for what is none."""
    if told.get("replicator") != "school-journal":
        return None
    try:
        at = datetime.fromisoformat(str(told.get("recorded_at")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
