"""What a teacher types into a cell, as the journal's values, and back.

Letters are understood in either keyboard layout: who forgot to switch and typed ``y`` meant «н».
"""

from sync import errors
from sync.entries.journal import Presence
from sync.projections.absences import KeptAbsence
from sync.projections.journal_sheet import absence_code
from sync.school import attendance, marks
from sync.school.marks import MarkScale, MarkValue

LETTERS = attendance.DEFAULT_LETTERS

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_CYRILLIC = str.maketrans(_LATIN + _LATIN.upper(), _CYRILLIC + _CYRILLIC.upper())


def in_cyrillic(text: str) -> str:
    """Return what the same keys give in the Russian layout."""
    return text.translate(_TO_CYRILLIC)


def read_mark(text: str, scale: MarkScale) -> MarkValue | None:
    """Return the mark that was typed; None for an empty cell, which withdraws a mark.

    Raises:
        errors.MarkNotUnderstood, errors.MarkOutsideScale: what was typed cannot stand there.
    """
    if not text.strip():
        return None
    try:
        return marks.parse_mark(text, scale)
    except errors.MarkNotUnderstood:
        meant = in_cyrillic(text)
        if meant == text:
            raise
        try:
            return marks.parse_mark(meant, scale)
        except errors.MarkNotUnderstood:
            pass
        raise


def read_presence(text: str) -> Presence | None:
    """Return the presence that was typed; None for an empty cell: the student is there.

    Raises:
        errors.AbsenceNotUnderstood, errors.LateMinutesOutsideRange: it cannot stand there.
        errors.EntryRefused: ``reason_not_yours``, letters that state a reason.
    """
    if not text.strip():
        return None
    typed = _typed_absence(text)
    if states_reason(typed.code):
        letter = LETTERS.letter(attendance.AbsenceCode.UNKNOWN)
        raise errors.EntryRefused(code="reason_not_yours", hint="use_absent_letter", letter=letter)
    return Presence(attendance.presence_of(typed.code).value, typed.minutes)


def read_stated(text: str) -> Presence | None:
    """Return the presence that letters say, whatever reason they give; None for an empty cell.

    For the roll-call, which states who is away and lets the reasons stand.
    """
    if not text.strip():
        return None
    typed = _typed_absence(text)
    return Presence(attendance.presence_of(typed.code).value, typed.minutes)


def presence_text(kept: KeptAbsence | None) -> str:
    """Return the letters of an absence as the journal shows it; empty for a student who is there.

    The reason that the class teacher has stated is shown, too: «Б».
    """
    code = None if kept is None else absence_code(kept)
    if kept is None or code is None:
        return ""
    minutes = kept.minutes if code is attendance.AbsenceCode.LATE else None
    return LETTERS.text(code, minutes)


def mark_text(value: MarkValue | None) -> str:
    """Return a mark as the journal shows it; empty where there is none."""
    return "" if value is None else marks.mark_text(value)


def states_reason(code: attendance.AbsenceCode) -> bool:
    """Tell whether letters for this code would state why, which is the class teacher's to say."""
    return attendance.reason_of(code) is not None


def _typed_absence(text: str) -> attendance.TypedAbsence:
    try:
        return LETTERS.parse(text)
    except errors.AbsenceNotUnderstood:
        meant = in_cyrillic(text)
        if meant == text:
            raise
        try:
            return LETTERS.parse(meant)
        except errors.AbsenceNotUnderstood:
            pass
        raise
