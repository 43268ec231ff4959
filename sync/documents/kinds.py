"""What a journal document of each kind may hold: its fields, their types and their limits.

One table, used by the form, by the door for writing and by the gateway. Fields that this version
does not know are kept as they are, never dropped; a step that writes one waits in the quarantine
(``unknown_field``), which is why central is updated before its nodes. ``SCHEMA`` rises only when
what is there already gets another meaning. How to add a type or a field: ``sync/README.md``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from sync.documents import canonical
from sync.school import attendance, marks

SCHEMA = 1
MAX_TOPIC = 500
MAX_HOMEWORK = 4_000
MAX_TITLE = 200
MAX_COMMENT = 500
MAX_DOCUMENT_BYTES = 256 * 1024
#: More than a full document has entries: no history is ever cut, which would hang it in the air.
MOST_REVISIONS = 2_000
MAX_WEIGHT = 10
MAX_ABSENCES = 200
MAX_LATE_MINUTES = 240
MAX_LESSON_NUMBER = 20
# Larger integers are rounded by JavaScript peers.
MAX_INTEGER = 2**53 - 1

PRESENCES = frozenset(presence.value for presence in attendance.Presence)
REASONS = frozenset(reason.value for reason in attendance.Reason)
MARK_SIGNS = frozenset(sign.value for sign in marks.Sign) - {marks.Sign.NOT_ATTESTED.value}
WORK_KINDS = frozenset(kind.value for kind in marks.WorkKind)

#: Fields of journal documents that central alone writes: ``disputed`` is true while a settled
#: value is under discussion again.
CENTRAL_FIELDS = frozenset({"disputed"})


@dataclass(frozen=True)
class Rule:
    """What a field may hold; None always means "not given" or "withdrawn".

    Attributes:
        allows: asked of one value.
        type: the same in the words of msgspec, for ``plain``, which reads whole documents in C.
    """

    allows: Callable[[Any], bool]
    type: Any


@dataclass(frozen=True)
class Violation:
    """A field that may not hold what it holds; ``field`` is "" for the document as a whole."""

    code: str
    field: str


def _text(limit: int) -> Rule:
    return Rule(
        lambda value: value is None or (isinstance(value, str) and len(value) <= limit),
        Annotated[str, msgspec.Meta(max_length=limit)] | None,
    )


def _whole_number(low: int, high: int) -> Rule:
    return Rule(
        lambda value: value is None or (type(value) is int and low <= value <= high),
        Annotated[int, msgspec.Meta(ge=low, le=high)] | None,
    )


def _one_of(words: frozenset[str]) -> Rule:
    return Rule(
        lambda value: value is None or (isinstance(value, str) and value in words),
        _word_of(words) | None,
    )


def _word_of(words: frozenset[str]) -> Any:
    return Literal.__getitem__(tuple(sorted(words)))


def _is_mark(value: Any) -> bool:
    if value is None or (isinstance(value, str) and value in MARK_SIGNS):
        return True
    return type(value) is int and 1 <= value <= 100


_MARK = Rule(_is_mark, _word_of(MARK_SIGNS) | Annotated[int, msgspec.Meta(ge=1, le=100)] | None)

#: kind -> field -> what it may hold.
FIELDS: Mapping[str, Mapping[str, Rule]] = {
    "lesson": {
        "number": _whole_number(0, MAX_LESSON_NUMBER),
        "room": _text(40),
        "topic": _text(MAX_TOPIC),
        "plan_topic": _text(40),
        "homework": _text(MAX_HOMEWORK),
        "roll_call": _whole_number(0, MAX_ABSENCES),
        "work_kind": _one_of(WORK_KINDS),
    },
    "absence": {
        "presence": _one_of(PRESENCES),
        "minutes": _whole_number(0, MAX_LATE_MINUTES),
        "reason": _one_of(REASONS),
    },
    "work": {
        "title": _text(MAX_TITLE),
        "work_kind": _one_of(WORK_KINDS),
        "weight": _whole_number(0, MAX_WEIGHT),
    },
    "mark": {
        "value": _MARK,
        "weight": _whole_number(0, MAX_WEIGHT),
        "work_kind": _one_of(WORK_KINDS),
        "comment": _text(MAX_COMMENT),
    },
}


_EMPTY: Mapping[str, Mapping[str, Any]] = {
    kind: {"kind": kind, "schema": SCHEMA, "entries": [], **dict.fromkeys(FIELDS[kind])}
    for kind in FIELDS
}


def empty(kind: str) -> dict[str, Any]:
    """Return the value that a document of this kind has before its first entry."""
    return {**_EMPTY[kind], "entries": []}


def check(kind: str, value: Mapping[str, Any], most_bytes: int | None = None) -> list[Violation]:
    """Return what is wrong with a journal document's value; [] if nothing is.

    A value of a newer schema is only checked for its envelope (code ``newer_schema``).

    Args:
        most_bytes: a length that its canonical bytes do not exceed, if the caller knows one.
    """
    schema = value.get("schema")
    if value.get("kind") != kind or type(schema) is not int or schema < 1:
        return [Violation("schema", "kind")]
    if schema > SCHEMA:
        return [Violation("newer_schema", "schema")]
    if not isinstance(value.get("entries"), list):
        return [Violation("schema", "entries")]
    violations = [
        Violation("schema", field)
        for field, rule in FIELDS[kind].items()
        if not rule.allows(value.get(field))
    ]
    for field in CENTRAL_FIELDS & value.keys():
        if value[field] is not None and not isinstance(value[field], bool):
            violations.append(Violation("schema", field))
    if not _numbers_travel(value):
        violations.append(Violation("schema", "number"))
    may_be_too_large = most_bytes is None or most_bytes > MAX_DOCUMENT_BYTES
    if may_be_too_large and len(canonical.encode(value)) > MAX_DOCUMENT_BYTES:
        violations.append(Violation("too_large", ""))
    return violations


def _numbers_travel(value: Any) -> bool:
    """Tell whether all numbers are integers that every peer carries unchanged."""
    parts = [value]
    for part in parts:  # it grows meanwhile
        kind = type(part)
        if kind is str or part is None:
            continue
        if kind is dict:
            parts.extend(part.values())
        elif kind is list:
            parts.extend(part)
        elif isinstance(part, float) or (kind is int and not -MAX_INTEGER <= part <= MAX_INTEGER):
            return False
    return True
