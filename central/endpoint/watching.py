"""What the gateway notices beside its work: raised as alarms, and never in anybody's way.

A node that was here before knows sequences of ours. One that we have not reached, or of an epoch
that we never had, says that this database was set back: restored, copied back by hand, or returned
to a snapshot together with the machine.

A node begins an epoch at each start. So one whose earlier epoch speaks again after a later one is
in two places at once, or was set back while it ran.
"""

from datetime import datetime

from central import alarms
from sync.store.document_store import DocumentStore
from sync.store.epochs import Standing
from sync.store.record_store import RecordStore

_EPOCHS = "node_epochs"
#: A PC is started a few times a day; its copy speaks within days.
_REMEMBERED_EPOCHS = 100


def is_set_back(store: DocumentStore, node: str, known: str | int, at: datetime) -> bool:
    """Tell whether ``node`` knows a sequence of a later state than ours, and raise the alarm.

    Raises:
        errors.BadSequence: ``known`` is no sequence.
    """
    standing = store.standing(known)
    if standing is Standing.HONOURED:
        return False
    if standing is Standing.UNKNOWN_EPOCH and store.is_a_copy:
        return False  # of another central over the same CouchDB, which has taken its turn
    facts = {"node": node, "known": str(known)}
    alarms.raise_alarm(store.records, alarms.SET_BACK, alarms.JOURNAL, at, **facts)
    return True


def note_epoch(records: RecordStore, node: str, epoch: str, at: datetime) -> None:
    """Remember that ``node`` speaks in its ``epoch``; raise the alarm if that one was over."""
    found = records.get(_EPOCHS, node)
    epochs = [] if found is None else found.value["epochs"]
    if epochs and epochs[-1] == epoch:
        return
    if epoch in epochs:
        alarms.raise_alarm(records, alarms.TWO_COMPUTERS, node, at)
        epochs = [one for one in epochs if one != epoch]
    records.overwrite(_EPOCHS, node, {"epochs": [*epochs, epoch][-_REMEMBERED_EPOCHS:]})
