"""When data of a teaching group last arrived at central, so that an empty day can be explained.

A parent who sees no topic for today's physics cannot know whether nothing was written yet or
whether it waits on the classroom PC. What central does know is when it last heard anything about
the group; the diary says that in words. The time of arrival is nobody's statement about a lesson
and in no document, so it is a record: one for each group, written by the gateway in the
transaction that stores the batch.
"""

from collections.abc import Iterable
from datetime import datetime

from sync.documents import entry
from sync.store.record_store import RecordStore

_COLLECTION = "arrivals"


def note(records: RecordStore, groups: Iterable[str], at: datetime) -> None:
    """Note that entries about these teaching groups arrived at ``at``; the latest time stands.

    Args:
        records: those of the transaction that stores the entries.
    """
    for group in set(groups):
        known = records.get(_COLLECTION, group)
        # A server whose clock was set back must not take back what parents were told.
        if known is None or entry.instant(known.value["at"]) < at:
            records.overwrite(_COLLECTION, group, {"at": entry.instant_text(at)})


def last(records: RecordStore, groups: Iterable[str]) -> datetime | None:
    """Return when anything about one of the groups last arrived; None if nothing ever has."""
    found = [record for group in groups if (record := records.get(_COLLECTION, group))]
    return max((entry.instant(record.value["at"]) for record in found), default=None)
