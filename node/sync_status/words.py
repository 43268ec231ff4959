"""The sync in words: the line on every page, what was written, what to do about a refusal."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext, ngettext

from node import passes
from node.passes import PassRecord
from node.sync_status.own_work import TellableFact
from node.sync_status.summary import Line, Summary
from sync.school import attendance, marks
from sync.web import formats, messages
from sync.web.frame import StatusLine

_FACTS: Mapping[tuple[str, str], object] = {
    ("lesson", "topic"): lazy_gettext("topic"),
    ("lesson", "homework"): lazy_gettext("homework"),
    ("lesson", "roll_call"): lazy_gettext("roll-call"),
    ("lesson", "work_kind"): lazy_gettext("kind of work"),
    ("lesson", "number"): lazy_gettext("number of the lesson"),
    ("lesson", "room"): lazy_gettext("room"),
    ("absence", "presence"): lazy_gettext("presence"),
    ("absence", "reason"): lazy_gettext("reason of the absence"),
    ("mark", "value"): lazy_gettext("mark"),
    ("mark", "comment"): lazy_gettext("comment to the mark"),
    ("work", "work"): lazy_gettext("column of marks"),
}

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


def status_line(summary: Summary, *, is_syncing: bool) -> StatusLine:
    """Return the line at the foot of every page."""
    parts = [_first_sentence(summary, is_syncing)]
    if summary.not_accepted:
        parts.append(gettext("Not accepted: %(number)d.", number=summary.not_accepted))
    if summary.last_contact is not None:
        parts.append(gettext("Last contact: %(time)s.", time=formats.ago(summary.last_contact)))
    return StatusLine(
        " ".join(parts),
        summary.state,
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
    return str(_FACTS.get((one.kind, one.fact), one.fact))


def fact_value(one: TellableFact) -> str:
    """Return what was written; a taken back value in words."""
    if one.kind == "work":
        return str(one.document.get("title") or gettext("a further column"))
    value = one.document.get(one.fact)
    if value is None:
        return str(gettext("taken back"))
    if one.kind == "mark" and one.fact == "value":
        return marks.mark_text(value)
    if one.kind == "absence" and one.fact == "presence":
        return _presence(one.document)
    if one.fact == "roll_call":
        return str(
            ngettext("%(num)d absent", "%(num)d absent", value)
            if value
            else gettext("nobody absent")
        )
    return str(value)


def _presence(document: Mapping[str, Any]) -> str:
    presence = attendance.Presence(document["presence"])
    code = attendance.code_of(presence)
    minutes = document.get("minutes") if presence is attendance.Presence.LATE else None
    return "" if code is None else attendance.DEFAULT_LETTERS.text(code, minutes)


def reason(one: TellableFact) -> str:
    """Return why something was not accepted."""
    return messages.sentence_of(one.code) if one.code else str(gettext("The server put it aside."))


def next_step(one: TellableFact) -> str:
    """Return what its author can do about it."""
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
