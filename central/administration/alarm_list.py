"""Which alarms the first page of the administration shows, and what counts as long silent."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from central import alarms, enrolment
from central.administration import alarm_words
from central.administration.alarm_words import ShownAlarm
from sync.store.record_store import RecordStore

#: A long weekend is no cause to worry.
SILENCE = timedelta(days=5)


def read(
    records: RecordStore, last_contacts: Mapping[str, datetime], now: datetime
) -> list[ShownAlarm]:
    """Return what is to be shown, the newest first; computers long silent at the end.

    Args:
        last_contacts: by node (its id), of those that are enrolled and were heard at all.
    """
    labels = {record.id: record.label for record in enrolment.all_nodes(records)}

    def label_of(node: str) -> str:
        return labels.get(node, node)

    found = [alarm_words.shown(one, label_of) for one in alarms.open_alarms(records)]
    silent = sorted((at, node) for node, at in last_contacts.items() if now - at > SILENCE)
    found += [alarm_words.not_heard(label_of(node), at, (now - at).days) for at, node in silent]
    return found
