"""Alarms: what only a person can look into, kept until one has seen it.

Whoever notices something raises it, as often as it is noticed: an alarm is one record for each
(code, key), which counts and remembers the first and the last time. Marked as seen it leaves the
list; noticed again more than a day later, it is back. Nothing ever waits for an alarm, and none
changes what is accepted: they are told to people, never to programs.

    fork            a number of a node's entries is held with two contents; key: node/epoch
    set_back        this journal was restored, or somebody knows a later state of it; one key
    two_computers   one identity speaks from two places in turn; key: node
    many_leaves     a document has many versions that do not join; key: document
    quarantine_full a node's share of the quarantine is used up; key: node
    accounts_newer  a node holds accounts that are newer than ours; one key
    backup_failed   no verified backup could be made; one key
    not_heard       a node has been silent for days; derived by whoever shows it, never stored
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sync.documents import entry
from sync.store.record_store import Record, RecordStore

ALARMS = "alarm"

FORK = "fork"
SET_BACK = "set_back"
TWO_COMPUTERS = "two_computers"
MANY_LEAVES = "many_leaves"
QUARANTINE_FULL = "quarantine_full"
ACCOUNTS_NEWER = "accounts_newer"
BACKUP_FAILED = "backup_failed"
NOT_HEARD = "not_heard"
#: The key of alarms of which there is one for the whole journal.
JOURNAL = "journal"

#: What was seen and goes on stays seen for so long.
QUIET_AFTER_SEEN = timedelta(days=1)
#: One that goes on is not written down more often than this.
_COUNTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Alarm:
    """An alarm that nobody has marked as seen. ``id`` names it for ``settle_alarm``.

    ``params`` are the facts of the last time: ids, numbers, instants as text.
    """

    id: str
    code: str
    key: str
    first_at: datetime
    last_at: datetime
    times: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)


def raise_alarm(records: RecordStore, code: str, key: str, at: datetime, /, **params: Any) -> None:
    """Note that this was noticed at ``at``; see the module for what a key names."""
    alarm_id = f"{code}:{key}"
    found = records.get(ALARMS, alarm_id)
    now = entry.instant_text(at)
    fresh: dict[str, Any] = {"code": code, "key": key, "first_at": now, "times": 0, "seen_at": None}
    kept = fresh if found is None else found.value
    if found is not None:
        age = at - entry.instant(kept["last_at"])
        if timedelta(0) <= age < _COUNTED_EVERY:
            return
        if kept["seen_at"] is not None and _is_over(kept, at):
            kept = fresh
    noticed = {"last_at": now, "times": kept["times"] + 1, "params": params}
    records.overwrite(ALARMS, alarm_id, {**kept, **noticed})


def open_alarms(records: RecordStore) -> list[Alarm]:
    """Return the alarms that nobody has marked as seen, the one raised last first."""
    found = [_alarm(one) for one in records.scan(ALARMS) if one.value["seen_at"] is None]
    return sorted(found, key=lambda alarm: (alarm.last_at, alarm.id), reverse=True)


def settle_alarm(records: RecordStore, alarm_id: str, by: str, at: datetime) -> bool:
    """Mark an alarm as seen by a person; False if there is none to be seen."""
    found = records.get(ALARMS, alarm_id)
    if found is None or found.value["seen_at"] is not None:
        return False
    seen = {"seen_at": entry.instant_text(at), "seen_by": by}
    records.put(ALARMS, alarm_id, {**found.value, **seen}, found.revision)
    return True


def _is_over(kept: Mapping[str, Any], at: datetime) -> bool:
    """Tell whether an alarm that was seen may be raised anew."""
    age = at - entry.instant(kept["seen_at"])
    return not timedelta(0) <= age < QUIET_AFTER_SEEN


def _alarm(record: Record) -> Alarm:
    kept = record.value
    return Alarm(
        id=record.key,
        code=kept["code"],
        key=kept["key"],
        first_at=entry.instant(kept["first_at"]),
        last_at=entry.instant(kept["last_at"]),
        times=kept["times"],
        params=kept["params"],
    )
