"""What the administrators are told of an alarm: what was noticed, and the next step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from central import alarms
from central.alarms import Alarm
from sync.web import messages


@dataclass(frozen=True)
class ShownAlarm:
    """An alarm as the page shows it; one without an ``id`` goes away by itself."""

    id: str | None
    sentence: str
    step: str
    last_at: datetime
    times: int


def shown(alarm: Alarm, label_of: Callable[[str], str]) -> ShownAlarm:
    """Return the alarm in words; ``label_of`` gives what people call a node."""
    sentence, step = _WORDS.get(alarm.code, _unknown)(alarm, label_of)
    return ShownAlarm(alarm.id, sentence, step, alarm.last_at, alarm.times)


def not_heard(label: str, last_at: datetime, days: int) -> ShownAlarm:
    """Return what is said of a computer that has been silent for days."""
    sentence = gettext("“%(label)s” has not been heard for %(days)s days.", label=label, days=days)
    step = gettext(
        "Look whether it is switched on and has a network. What was written there is on its own"
        " disk only. If it is not used any more: journal-central revoke-node."
    )
    return ShownAlarm(None, sentence, step, last_at, 1)


LabelOf = Callable[[str], str]
Words = tuple[str, str]


def _fork(alarm: Alarm, label_of: LabelOf) -> Words:
    label = label_of(alarm.key.partition("/")[0])
    return (
        gettext(
            "Two different entries with one number came from “%(label)s”: its data folder has been"
            " copied or put back. Both are kept, nothing is lost.",
            label=label,
        ),
        gettext(
            "If the folder runs on two computers, stop one of them and connect it anew:"
            " journal-node enrol."
        ),
    )


def _set_back(alarm: Alarm, label_of: LabelOf) -> Words:
    node = alarm.params.get("node")
    if node is None:
        sentence = gettext("The server's data has been restored from a backup.")
    else:
        sentence = gettext(
            "“%(label)s” knows a later state of this journal than the server has: the server's data"
            " has been restored or put back.",
            label=label_of(str(node)),
        )
    return (
        sentence,
        gettext(
            "The computers give back by themselves what the server lacks. Switch on every computer"
            " that was used since, and wait until each shows nothing left to send. Block again what"
            " was blocked or revoked since the backup."
        ),
    )


def _two_computers(alarm: Alarm, label_of: LabelOf) -> Words:
    return (
        gettext(
            "Two computers speak as “%(label)s” in turn: its data folder has been copied.",
            label=label_of(alarm.key),
        ),
        gettext(
            "Stop one of them, make a new code (journal-central enrol-node) and connect it anew"
            " (journal-node enrol). Both keep all their entries."
        ),
    )


def _many_leaves(alarm: Alarm, label_of: LabelOf) -> Words:
    return (
        gettext("One entry has very many versions that do not agree."),
        gettext("Settle it at the desk, and look which computers write it again and again."),
    )


def _quarantine_full(alarm: Alarm, label_of: LabelOf) -> Words:
    return (
        gettext(
            "So many entries of “%(label)s” were put aside that no more are taken from it.",
            label=label_of(alarm.key),
        ),
        gettext("Decide about those that wait. The computer keeps the others and offers them."),
    )


def _accounts_newer(alarm: Alarm, label_of: LabelOf) -> Words:
    label = label_of(str(alarm.params.get("node", "")))
    return (
        gettext(
            "“%(label)s” holds accounts and passwords that are newer than those of the server,"
            " which has been restored. The computers keep the newer ones.",
            label=label,
        ),
        gettext("Look at them and take them over: journal-central take-accounts."),
    )


def _backup_failed(alarm: Alarm, label_of: LabelOf) -> Words:
    code = str(alarm.params.get("code", ""))
    return (
        gettext("No backup could be made.") + " " + messages.sentence_of(code),
        gettext("Look at the disk and the folder of the backups, then: journal-central backup."),
    )


def _unknown(alarm: Alarm, label_of: LabelOf) -> Words:
    return (
        gettext("Something unusual was noticed: %(code)s.", code=alarm.code),
        gettext("Tell those who look after the program."),
    )


_WORDS: dict[str, Callable[[Alarm, LabelOf], Words]] = {
    alarms.FORK: _fork,
    alarms.SET_BACK: _set_back,
    alarms.TWO_COMPUTERS: _two_computers,
    alarms.MANY_LEAVES: _many_leaves,
    alarms.QUARANTINE_FULL: _quarantine_full,
    alarms.ACCOUNTS_NEWER: _accounts_newer,
    alarms.BACKUP_FAILED: _backup_failed,
}
