"""On which days a guardian looked into the diary: the day only, never the hour or the page.

The school's regulation asks the deputy head to watch the parents' interest in the diary. For that
the day is enough, and nothing more is kept about parents.
"""

from datetime import date

from sync import errors
from sync.store.record_store import RecordStore

_COLLECTION = "guardian_visits"


def note(records: RecordStore, guardian: str, day: date) -> bool:
    """Note a visit; write, and return True, only for the first one of a day."""
    key = _key(guardian, day)
    if records.get(_COLLECTION, key) is not None:
        return False
    try:
        records.put(_COLLECTION, key, {}, None)
    except errors.RecordConflict:
        return False  # Another request of the same guardian was faster.
    return True


def days(records: RecordStore, guardian: str) -> list[date]:
    """Return the days on which the guardian came, oldest first."""
    found = records.scan(_COLLECTION, f"{guardian}:")
    return [date.fromisoformat(record.key.partition(":")[2]) for record in found]


def last(records: RecordStore, guardian: str) -> date | None:
    """Return the day of the last visit; None if there was none."""
    return max(days(records, guardian), default=None)


def _key(guardian: str, day: date) -> str:
    return f"{guardian}:{day.isoformat()}"
