"""What the sheet says in words: to whoever cannot see it, in heads of columns and in hints.

The signs of works are those of paper journals: «к/р» for a written examination.
"""

from collections.abc import Mapping
from datetime import date

from babel import dates
from flask_babel import get_locale, gettext, lazy_gettext

from node.journal.typed_cell import Token
from sync.school.attendance import AbsenceCode
from sync.school.marks import MarkValue, Sign, WorkKind
from sync.web import messages

_KIND_NAMES: Mapping[str, object] = {
    WorkKind.ANSWER: lazy_gettext("answer in class"),
    WorkKind.HOMEWORK: lazy_gettext("homework"),
    WorkKind.INDEPENDENT: lazy_gettext("independent work"),
    WorkKind.LABORATORY: lazy_gettext("laboratory work"),
    WorkKind.PRACTICAL: lazy_gettext("practical work"),
    WorkKind.CONTROL: lazy_gettext("written examination"),
    WorkKind.DICTATION: lazy_gettext("dictation"),
    WorkKind.TEST: lazy_gettext("test"),
    WorkKind.ESSAY: lazy_gettext("essay"),
}

_KIND_SIGNS: Mapping[str, object] = {
    WorkKind.ANSWER: "",
    WorkKind.HOMEWORK: lazy_gettext("h/w"),
    WorkKind.INDEPENDENT: lazy_gettext("i/w"),
    WorkKind.LABORATORY: lazy_gettext("lab"),
    WorkKind.PRACTICAL: lazy_gettext("pr"),
    WorkKind.CONTROL: lazy_gettext("exam"),
    WorkKind.DICTATION: lazy_gettext("dict"),
    WorkKind.TEST: lazy_gettext("tst"),
    WorkKind.ESSAY: lazy_gettext("ess"),
}

_SIGNS: Mapping[str, object] = {
    Sign.PASS: lazy_gettext("passed"),
    Sign.FAIL: lazy_gettext("not passed"),
    Sign.EXEMPT: lazy_gettext("exempt from the work"),
    Sign.NOT_ATTESTED: lazy_gettext("not attested"),
    Sign.DEBT: lazy_gettext("the work is still to be handed in"),
}

_ABSENCES: Mapping[str, object] = {
    AbsenceCode.UNKNOWN: lazy_gettext("absent, the reason is not stated yet"),
    AbsenceCode.ILL: lazy_gettext("absent because of illness"),
    AbsenceCode.EXCUSED: lazy_gettext("absent with a good reason"),
    AbsenceCode.UNEXCUSED: lazy_gettext("absent without a good reason"),
    AbsenceCode.LATE: lazy_gettext("late"),
    AbsenceCode.EXEMPT_PRESENT: lazy_gettext("in the lesson, released from exercise"),
    AbsenceCode.REMOTE: lazy_gettext("took part from a distance"),
}

LESSON_CANCELLED = "lesson_cancelled"
STUDENT_NOT_HERE = "not_in_group"

# More dots than these nobody counts; a figure says it then.
_MOST_DOTS = 4


def kind_name(kind: str) -> str:
    """Return what a mark is given for; a kind unknown to this version as it is stored."""
    return str(_KIND_NAMES.get(kind, kind))


def kind_sign(kind: str) -> str:
    """Return the short sign of a kind of work; empty for an answer in class."""
    return str(_KIND_SIGNS.get(kind, kind[:4]))


def mark_name(value: MarkValue) -> str:
    """Return a mark in words, as a screen reader shall say it."""
    if isinstance(value, str) and value in _SIGNS:
        return str(_SIGNS[value])
    return str(gettext("mark %(mark)s", mark=value))


def absence_name(code: str, minutes: int | None = None) -> str:
    """Return presence and reason in words, with the minutes of being late where they are known."""
    if minutes is not None:
        return str(gettext("late by %(minutes)d min", minutes=minutes))
    return str(_ABSENCES[code])


def token_json(token: Token) -> dict[str, str]:
    """Return something that can be typed as the page's modules take it."""
    if token.mark is not None:
        told = {"place": "mark", "name": mark_name(token.mark)}
    else:
        told = {"place": "sign", "name": absence_name(str(token.absence))}
    return {"typed": token.typed, "shown": token.shown, **told}


def weight_dots(weight: int) -> str:
    """Return the sign of a weight beside a mark: nothing for 1, dots for a few, else a figure."""
    if weight == 1:
        return ""
    return "•" * weight if 1 < weight <= _MOST_DOTS else f"×{weight}"


def closed_sentence(code: str) -> str:
    """Return why nothing can be written into a cell."""
    if code == LESSON_CANCELLED:
        return str(gettext("This lesson was cancelled."))
    return messages.sentence_of(code)


def refused_sentence(code: str | None) -> str:
    """Return why the server has not accepted what was written in a cell, and what to do."""
    said = [gettext("The server has not accepted this entry.")]
    if code is not None:
        said.append(messages.sentence_of(code))
    said.append(gettext("Type it anew to correct it, or ask the deputy head."))
    return " ".join(said)


def unsettled_sentence() -> str:
    """Return what a disputed mark means for the term mark."""
    return str(
        gettext("One of the marks is being settled: the term mark cannot be confirmed until then.")
    )


def column_name(day: date, nth_of_day: int, kind: str, title: str | None) -> str:
    """Return a column in words: ``14 октября, урок 2, контрольная работа``."""
    parts = [day_and_month(day)]
    if nth_of_day:
        parts.append(gettext("lesson %(number)d of the day", number=nth_of_day))
    if kind != WorkKind.ANSWER or title:
        parts.append(title or kind_name(kind))
    return ", ".join(parts)


def short_weekday(on: date) -> str:
    """Return the letters of the weekday: ``ср``."""
    return str(dates.format_date(on, "EEEEEE", locale=get_locale()))


def day_and_month(on: date) -> str:
    """Return ``14 октября``."""
    return str(dates.format_date(on, "d MMMM", locale=get_locale()))


def month_name(on: date) -> str:
    """Return ``октябрь``."""
    return str(dates.format_date(on, "LLLL", locale=get_locale()))


def reason_words() -> dict[str, str]:
    """Return what the pages say when a value that was decided is to be changed."""
    return {
        "reason_title": gettext("This value was decided. Why is it changed?"),
        "reason_label": gettext("Reason; the deputy head will read it"),
        "reason_keep": gettext("Change"),
        "reason_leave": gettext("Leave as it is"),
    }


def page_words() -> dict[str, str]:
    """Return what the page's modules say by themselves, by the names they use."""
    return {
        "empty": gettext("empty"),
        "closed": gettext("closed"),
        "disputed": gettext("being settled"),
        "commented": gettext("with a comment"),
        "weight": gettext("weight {weight}"),
        "saving": gettext("being saved"),
        "here": gettext("on this computer"),
        "server": gettext("on the server"),
        "refused": gettext("refused"),
        "typing": gettext("not finished"),
        "not_a_mark": gettext("“{typed}” cannot stand here. Possible: {allowed}"),
        "kept_for_correction": gettext("Type it anew, or press Esc to have back what was there."),
        "both": gettext("A mark stands beside an absence. Backspace takes the mark back."),
        "no_answer": gettext("The program does not answer; what was typed is kept and sent again."),
        "unsaved": gettext("Not saved yet: {count}"),
        "restored": gettext("What was typed before is being saved now: {count}"),
        "conflict": gettext(
            "Changed meanwhile by {by}: {theirs}. Yours: {mine}. "
            "Enter puts yours, Esc leaves theirs."
        ),
        "conflict_name": gettext("changed meanwhile: {theirs}, typed: {mine}"),
        "nobody": gettext("somebody else"),
        "nothing": gettext("blank"),
        "pasted": gettext("Put in from the clipboard: {count}"),
        "left_out": gettext("Left out, because it cannot stand there:"),
        "left_out_one": gettext("{name}, {column}: “{typed}”. {reason}"),
        "outside": gettext("outside the sheet: “{typed}”"),
        "page": gettext("page {page} of {pages}"),
        **reason_words(),
    }
