"""The sync in words: the line on every page, what was written, what to do about a refusal."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext, ngettext

from node import passes, value_words
from node.passes import PassRecord
from node.sync_status.own_work import TellableFact
from node.sync_status.summary import Line, Summary
from sync.web import formats, messages
from sync.web.frame import StatusLine

#: What to do about an entry that was not accepted, by the code of the reason.
_STEPS: Mapping[str, object] = {
    "author_unknown": lazy_gettext("Ask the deputy head to put you on the list of teachers."),
    "not_your_lesson": lazy_gettext("Ask the deputy head to enter the substitution."),
    "not_in_group": lazy_gettext("Ask the deputy head whether the class list is right."),
    "term_locked": lazy_gettext("Ask the deputy head to accept it or to open the term."),
    "lesson_in_future": lazy_gettext("Check the date of the lesson."),
    "outside_school_year": lazy_gettext("Check the date of the lesson."),
}
_USUAL_STEP = lazy_gettext("Nothing is lost: the deputy head decides about it.")
_AFTER_REJECTION = lazy_gettext("The deputy head did not accept it. Enter it anew if it is right.")
_AFTER_REFUSAL = lazy_gettext("It is kept on this computer. Tell the administrator of the journal.")


def status_line(summary: Summary, *, is_syncing: bool, choices: int = 0) -> StatusLine:
    """Return the line at the foot of every page; ``choices`` wait for whoever reads it."""
    parts = [_first_sentence(summary, is_syncing)]
    if summary.not_accepted:
        parts.append(gettext("Not accepted: %(number)d.", number=summary.not_accepted))
    if choices:
        parts.append(gettext("Waiting for your choice: %(number)d.", number=choices))
    if summary.last_contact is not None:
        parts.append(gettext("Last contact: %(time)s.", time=formats.ago(summary.last_contact)))
    return StatusLine(
        " ".join(parts),
        "attention" if choices and summary.state == "quiet" else summary.state,
        url=url_for("sync_status.overview"),
        poll_url=url_for("sync_status.line"),
    )


def _first_sentence(summary: Summary, is_syncing: bool) -> str:
    number = summary.pending
    if summary.line is Line.STOPPED:
        stopped = messages.sentence_of(summary.problem or "", dict(summary.params))
        return f"{stopped} {_here(number)}".strip()
    if summary.line is Line.NEVER_IN_CONTACT and not is_syncing:
        never = gettext("The server has not been reached yet.")
        return f"{never} {_here(number)}".strip()
    if summary.line is Line.WAITS_FOR_NETWORK and not is_syncing:
        waits = ngettext(
            "Goes to the server when the network is back: %(num)d record.",
            "Goes to the server when the network is back: %(num)d records.",
            number,
        )
        return str(waits)
    if number:
        goes = ngettext(
            "Going to the server: %(num)d record.", "Going to the server: %(num)d records.", number
        )
        return str(goes)
    return str(gettext("Everything is on the server."))


def _here(number: int) -> str:
    if not number:
        return ""
    return str(
        ngettext(
            "Kept on this computer only: %(num)d record.",
            "Kept on this computer only: %(num)d records.",
            number,
        )
    )


def fact_name(one: TellableFact) -> str:
    """Return what a fact is: «отметка», «тема»."""
    return value_words.fact_name(one.kind, one.fact)


def fact_value(one: TellableFact) -> str:
    """Return what was written; a taken back value in words."""
    return _value(one, one.written)


def standing_value(one: TellableFact) -> str:
    """Return what stands there now, instead of what was written and not accepted."""
    if one.kind == "work":
        return ""
    return value_words.nothing_or(one.kind, one.fact, one.document)


def _value(one: TellableFact, values: Mapping[str, Any]) -> str:
    if one.kind == "work":
        return str(values.get("title") or gettext("a further column"))
    return value_words.value_text(one.kind, one.fact, values)


def reason(one: TellableFact) -> str:
    """Return why something was not accepted: what the rules say, and what a person says."""
    if one.refusal is not None:
        told = gettext(
            "%(name)s, %(time)s: “%(reason)s”",
            name=one.refusal.decided_by or gettext("the deputy head"),
            time=formats.ago(one.refusal.decided_at),
            reason=one.refusal.rejection.reason,
        )
        return str(told)
    return messages.sentence_of(one.code) if one.code else str(gettext("The server put it aside."))


def next_step(one: TellableFact) -> str:
    """Return what its author can do about it."""
    if one.refusal is not None:
        return str(
            gettext("What stands there now: %(value)s.", value=standing_value(one))
            if one.kind != "work"
            else _AFTER_REJECTION
        )
    if one.state == "rejected":
        return str(_AFTER_REJECTION)
    if one.state == "refused":
        return str(_AFTER_REFUSAL)
    return str(_STEPS.get(one.code or "", _USUAL_STEP))


def ending(record: PassRecord) -> str:
    """Return how a sync ended."""
    if record.ending == passes.COMPLETE:
        return str(gettext("complete"))
    if record.ending == passes.STOPPED:
        return str(gettext("stopped with the program"))
    return messages.sentence_of(record.ending, dict(record.params))
