"""A save of one cell: what the page asks for, checked, and carried out through the journal's door.

The page sends what was typed, or outright what shall stand there, with what its author saw and a
token of its own::

    {"cell": "2026-10-14:1:1:<student>", "typed": "о4", "seen": {"mark": 5}, "token": "…"}
    {"cell": …, "wish": {"mark": null}, "seen": …, "token": …}
    {"cell": …, "comment": "не сдал тетрадь", "seen": …, "token": …}

With ``"reason"`` a value is changed that was decided at the desk.

The two places of a cell are two documents, so one wish may be two saves: the absence first, then
the mark, each under a token made from the page's. If the second is refused, the first stands and
the answer shows it. The same wish sent again repeats neither.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from node.journal import sheet_view, typed_cell
from node.journal.sheet_cells import CellKey
from node.journal.typed_cell import KEEP, CellRules, Wish
from sync import errors
from sync.documents import entry, identifiers, kinds
from sync.entries.door import Step
from sync.entries.journal import Journal, Presence
from sync.projections.facts import SchoolFacts
from sync.projections.groups import Group
from sync.school import attendance, marks
from sync.school.attendance import AbsenceCode, TypedAbsence
from sync.school.marks import MarkValue
from sync.store.connection import Connection

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


class AskedWrongly(ValueError):
    """No page of this program asks like this."""


@dataclass(frozen=True)
class Seen:
    """What stood in the cell when its author wrote; None where nothing stood."""

    mark: MarkValue | None
    presence: str | None
    reason: str | None


@dataclass(frozen=True)
class Asked:
    """A save as the page asks for it, checked in its form only."""

    body: Mapping[str, Any]
    seen: Seen
    token: str
    reason: str | None = None


def asked(body: Any) -> Asked:
    """Return what a page asks for.

    Raises:
        AskedWrongly: a part is missing or of another form.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("seen"), Mapping):
        raise AskedWrongly("body")
    token = body.get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise AskedWrongly("token")
    seen = body["seen"]
    mark = seen.get("mark")
    if isinstance(mark, bool) or not isinstance(mark, int | str | None):
        raise AskedWrongly("seen")
    reason = _word(body, "reason")
    if reason is not None and len(reason) > entry.MAX_REASON:
        raise AskedWrongly("reason")
    stood = Seen(mark, _word(seen, "presence"), _word(seen, "reason"))
    return Asked(body, stood, token, reason or None)


@dataclass(frozen=True)
class CellDesk:
    """Who saves which cell by which door; ``connection`` reads."""

    journal: Journal
    connection: Connection
    author: str
    group: Group
    key: CellKey

    @property
    def rules(self) -> CellRules:
        """Return what may be typed into the cell."""
        scale = sheet_view.scale_of(self.group)
        return CellRules(scale, holds_absence=self.key.column == identifiers.OWN_COLUMN)


def save(desk: CellDesk, wished: Asked) -> None:
    """Carry out what was asked for.

    Raises:
        AskedWrongly: there is no wish in it, or one of another form.
        errors.EntryRefused: see ``typed_cell.read`` and ``Journal.save``; also
            ``reason_not_yours`` for letters that state a reason, from anybody but the class
            teacher.
    """
    if "comment" in wished.body:
        _comment(desk, wished)
        return
    wish = _wish(wished.body, desk.rules)
    if wish.absence is not KEEP:
        _save_absence(desk, wish.absence, wished)
    if wish.mark is not KEEP:
        _save_mark(desk, wish.mark, wished)


def _wish(body: Mapping[str, Any], rules: CellRules) -> Wish:
    typed = body.get("typed")
    if isinstance(typed, str) and len(typed) <= typed_cell.MAX_TYPED:
        return typed_cell.read(typed, rules)
    outright = body.get("wish")
    if not isinstance(outright, Mapping) or not outright.keys() <= {"mark", "absence", "minutes"}:
        raise AskedWrongly("wish")
    mark = _outright(outright, "mark", lambda value: marks.check_mark(value, rules.scale))
    minutes = outright.get("minutes")
    absence = _outright(outright, "absence", lambda value: _absence(value, minutes))
    if absence is not KEEP and not rules.holds_absence:
        raise AskedWrongly("absence")
    return Wish(mark=mark, absence=absence)


def _outright(body: Mapping[str, Any], name: str, read: Callable[[Any], Any]) -> Any:
    if name not in body:
        return KEEP
    return None if body[name] is None else read(body[name])


def _absence(value: Any, minutes: Any) -> TypedAbsence:
    try:
        code = AbsenceCode(value)
    except ValueError as error:
        raise AskedWrongly("absence") from error
    presence = attendance.presence_of(code)
    return TypedAbsence(code, attendance.check_late_minutes(presence, minutes))


def _save_absence(desk: CellDesk, absence: TypedAbsence | None, wished: Asked) -> None:
    states_reason = _states_reason(desk, absence, wished.seen)
    presence = None
    if absence is not None:
        presence = Presence(attendance.presence_of(absence.code).value, absence.minutes)
    desk.journal.record_absence(
        desk.author,
        desk.key.lesson,
        desk.key.student,
        presence,
        seen=wished.seen.presence,
        token=f"{wished.token}-a",
        reason=wished.reason,
    )
    if absence is not None and states_reason:
        reason = attendance.reason_of(absence.code)
        desk.journal.state_reason(
            desk.author,
            [
                (
                    desk.key.lesson,
                    desk.key.student,
                    None if reason is None else reason.value,
                    wished.seen.reason,
                )
            ],
            token=f"{wished.token}-r",
            why=wished.reason,
        )


def _states_reason(desk: CellDesk, absence: TypedAbsence | None, seen: Seen) -> bool:
    """Tell whether the letters say something about the reason that is to be saved, too.

    A teacher who types «н» where the class teacher has stated illness repeats the presence only.
    """
    if absence is None or absence.code not in attendance.MISSED_CODES:
        return False
    reason = attendance.reason_of(absence.code)
    if (None if reason is None else reason.value) == seen.reason:
        return False
    lesson = desk.key.lesson
    facts = SchoolFacts(desk.connection)
    if facts.is_homeroom_teacher(desk.author, desk.key.student, lesson.date):
        return True
    if reason is None:
        return False
    letter = attendance.DEFAULT_LETTERS.letter(AbsenceCode.UNKNOWN)
    raise errors.EntryRefused(code="reason_not_yours", hint="use_absent_letter", letter=letter)


def _save_mark(desk: CellDesk, value: MarkValue | None, wished: Asked) -> None:
    desk.journal.record_mark(
        desk.author,
        desk.key.lesson,
        desk.key.student,
        value,
        seen=wished.seen.mark,
        token=f"{wished.token}-m",
        column=desk.key.column,
        reason=wished.reason,
    )


def _comment(desk: CellDesk, wished: Asked) -> None:
    text = wished.body["comment"]
    if not isinstance(text, str):
        raise AskedWrongly("comment")
    tidy = " ".join(text.split())
    if len(tidy) > kinds.MAX_COMMENT:
        raise errors.EntryRefused(code="text_too_long", length=len(tidy), limit=kinds.MAX_COMMENT)
    # Not through record_mark: a comment must not bring the column's present weight with it.
    seen = {"comment": _word(wished.body["seen"], "comment")}
    step = Step(desk.key.mark_id, {"comment": tidy or None}, seen)
    desk.journal.save(desk.author, [step], f"{wished.token}-c", wished.reason)


def _word(seen: Mapping[str, Any], name: str) -> str | None:
    value = seen.get(name)
    if value is not None and not isinstance(value, str):
        raise AskedWrongly(name)
    return value
