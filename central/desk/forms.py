"""What a page of the desk sends, read into choices: a version, a third value, a joined text, both.

    choice-0 = v1 | third | combined | both      for the first unit of a conflict
    third-0-value = 4                            its fields, when a third value was chosen
    combined-0 = …                               the joined text
    reason = …                                   always

Values are typed as people write them, and refused with the same words as in the journal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from central.desk import writing
from central.desk.conflicts import Unit
from central.desk.deciding import Choice, How
from central.desk.matters import Matter, differing
from sync import errors
from sync.documents import kinds
from sync.school import attendance, marks
from sync.school.attendance import Presence

_NUMBERS = {
    "weight": (0, kinds.MAX_WEIGHT),
    "number": (0, kinds.MAX_LESSON_NUMBER),
    "roll_call": (0, kinds.MAX_ABSENCES),
    "minutes": (1, attendance.HIGHEST_LATE_MINUTES),
}
_LIMITS = {
    "topic": kinds.MAX_TOPIC,
    "homework": kinds.MAX_HOMEWORK,
    "title": kinds.MAX_TITLE,
    "comment": kinds.MAX_COMMENT,
    "room": 40,
    "plan_topic": 40,
}


@dataclass(frozen=True)
class Verdict:
    """What was decided about a whole conflict, and the codes of suggestions that were followed."""

    choices: Sequence[Choice]
    suggested: str | None


def read_reason(form: Mapping[str, str]) -> str:
    """Return the reason that was typed.

    Raises:
        errors.EntryRefused: none (``reason_needed``), or too long.
    """
    return writing.checked_reason(form.get("reason", ""))


def read_verdict(about: Matter, units: Sequence[Unit], form: Mapping[str, str]) -> Verdict:
    """Return what was chosen for each unit.

    Raises:
        errors.EntryRefused: nothing was chosen somewhere (``choice_needed``), or a value that
            cannot be (``schema``, a code of marks or absences).
    """
    choices = [_choice(about, unit, number, form) for number, unit in enumerate(units)]
    return Verdict(choices, followed_of(units, choices))


def followed_of(units: Sequence[Unit], choices: Sequence[Choice]) -> str | None:
    """Return the code of the suggestion if every choice follows one; otherwise None."""
    followed = [
        unit.suggestion.code
        for unit, choice in zip(units, choices, strict=True)
        if unit.suggestion is not None
        and choice.how is How.VERSION  # whoever keeps both follows nobody
        and choice.version == unit.suggestion.version
    ]
    return followed[0] if len(followed) == len(units) else None


def read_values(about: Matter, fields: Sequence[str], form: Mapping[str, str], prefix: str) -> Any:
    """Return typed values by field, as documents hold them.

    Raises:
        errors.EntryRefused: a value that cannot be.
    """
    typed = {name: form.get(f"{prefix}{name}", "").strip() for name in fields}
    values = {name: _value(about, name, text) for name, text in typed.items()}
    if "presence" in values and "minutes" in values:
        stated = values["presence"]
        presence = None if stated is None else Presence(stated)
        minutes = values["minutes"] if presence is Presence.LATE else None
        values["minutes"] = attendance.check_late_minutes(presence, minutes)
    return values


def _choice(about: Matter, unit: Unit, number: int, form: Mapping[str, str]) -> Choice:
    chosen = form.get(f"choice-{number}", "")
    if chosen == How.THIRD.value:
        asked = differing(about.kind, unit.fields, unit.held)
        values = read_values(about, asked, form, f"third-{number}-")
        # What nobody differs in, a mark's kind and weight, is not lost with another value.
        agreed = {name: unit.standing.get(name) for name in unit.fields if name not in asked}
        return Choice(unit.fields, How.THIRD, None, {**agreed, **values})
    if chosen == How.COMBINED.value:
        text = _text(unit.fields[0], form.get(f"combined-{number}", "").strip())
        return Choice(unit.fields, How.COMBINED, None, {unit.fields[0]: text})
    if chosen == How.BOTH.value:
        return Choice(unit.fields, How.BOTH, unit.stays, None)
    index = _index(chosen, len(unit.sides))
    if index is None:
        raise errors.EntryRefused(code="choice_needed", hint="choose_version")
    return Choice(unit.fields, How.VERSION, index, None)


def _index(chosen: str, count: int) -> int | None:
    known = {f"v{index}": index for index in range(count)}
    return known.get(chosen)


def _value(about: Matter, name: str, text: str) -> Any:
    if not text:
        return None
    if name in _NUMBERS:
        return _number(name, text)
    if about.kind == "mark" and name == "value":
        return _mark(about, text)
    return _text(name, text)


def _mark(about: Matter, text: str) -> int | str:
    if about.group is not None and about.group.markless:
        raise errors.EntryRefused(code="markless", hint="use_comment")
    return marks.parse_mark(text, marks.FIVE_POINT)


def _number(name: str, text: str) -> int:
    low, high = _NUMBERS[name]
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise errors.EntryRefused(
            code="number_outside_range", hint="use_number_in_range", low=low, high=high
        )
    return int(text)


def _text(name: str, text: str) -> str | None:
    limit = _LIMITS.get(name)
    if limit is not None and len(text) > limit:
        raise errors.EntryRefused(code="text_too_long", length=len(text), limit=limit)
    return text.replace("\r\n", "\n") or None
