"""Values of the journal in words: «отметка 5», «присутствие: ОП 7», as the pages say them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from sync.school import attendance, marks

_FACTS: Mapping[tuple[str, str], object] = {
    ("lesson", "topic"): lazy_gettext("topic"),
    ("lesson", "plan_topic"): lazy_gettext("place of the topic in the plan"),
    ("lesson", "homework"): lazy_gettext("homework"),
    ("lesson", "roll_call"): lazy_gettext("roll-call"),
    ("lesson", "work_kind"): lazy_gettext("kind of work"),
    ("lesson", "number"): lazy_gettext("number of the lesson"),
    ("lesson", "room"): lazy_gettext("room"),
    ("absence", "presence"): lazy_gettext("presence"),
    ("absence", "reason"): lazy_gettext("reason of the absence"),
    ("mark", "value"): lazy_gettext("mark"),
    ("mark", "weight"): lazy_gettext("weight of the mark"),
    ("mark", "work_kind"): lazy_gettext("kind of work"),
    ("mark", "comment"): lazy_gettext("comment to the mark"),
    ("work", "work"): lazy_gettext("column of marks"),
    ("work", "title"): lazy_gettext("title of the column"),
    ("work", "weight"): lazy_gettext("weight of the column"),
    ("work", "work_kind"): lazy_gettext("kind of work"),
}
_REASONS: Mapping[str, object] = {
    attendance.Reason.ILL: lazy_gettext("illness"),
    attendance.Reason.EXCUSED: lazy_gettext("a good reason"),
    attendance.Reason.UNEXCUSED: lazy_gettext("no good reason"),
}
_WORK_KINDS: Mapping[str, object] = {
    marks.WorkKind.ANSWER: lazy_gettext("answer in class"),
    marks.WorkKind.HOMEWORK: lazy_gettext("homework"),
    marks.WorkKind.INDEPENDENT: lazy_gettext("independent work"),
    marks.WorkKind.LABORATORY: lazy_gettext("laboratory work"),
    marks.WorkKind.PRACTICAL: lazy_gettext("practical work"),
    marks.WorkKind.CONTROL: lazy_gettext("written examination"),
    marks.WorkKind.DICTATION: lazy_gettext("dictation"),
    marks.WorkKind.TEST: lazy_gettext("test"),
    marks.WorkKind.ESSAY: lazy_gettext("essay"),
}


# What versions of a mark hold that differ in their kind of work or weight, too.
_WHOLE_MARK = {"value", "weight", "work_kind"}
# Fields that go along with another one and are not told by themselves.
_ALONG = frozenset({("mark", "weight"), ("mark", "work_kind"), ("absence", "minutes")})


def is_told(kind: str, field: str) -> bool:
    """Tell whether a field is a fact of its own, and not only goes along with another one."""
    return (kind, field) not in _ALONG


def fact_name(kind: str, field: str) -> str:
    """Return what a field of a document is: «отметка», «тема»."""
    return str(_FACTS.get((kind, field), field))


def value_text(kind: str, field: str, values: Mapping[str, Any]) -> str:
    """Return a field's value; ``values`` holds the fields that mean something only with it.

    A value that was taken back, or never was there, in words.
    """
    value = values.get(field)
    if value is None:
        return str(gettext("taken back"))
    if (kind, field) == ("mark", "value"):
        return marks.mark_text(value)
    if (kind, field) == ("absence", "presence"):
        return presence_text(values)
    if (kind, field) == ("absence", "reason"):
        return str(_REASONS.get(value, value))
    if field == "work_kind":
        return str(_WORK_KINDS.get(value, value))
    if field == "roll_call":
        return _roll_call(value)
    return str(value)


def nothing_or(kind: str, field: str, values: Mapping[str, Any]) -> str:
    """Return a field's value; where nothing stands «пусто», or what nothing means there.

    A mark in dispute together with its kind of work is told with it.
    """
    if (kind, set(values)) == ("mark", _WHOLE_MARK) and values["value"] is not None:
        work_kind, _ = marks.meant(values["work_kind"], values.get("weight"))
        return f"{marks.mark_text(values[field])}, {_WORK_KINDS.get(work_kind, work_kind)}"
    if values.get(field) is not None:
        return value_text(kind, field, values)
    if (kind, field) == ("absence", "presence"):
        return str(gettext("in the lesson"))
    return str(gettext("blank"))


def presence_text(values: Mapping[str, Any]) -> str:
    """Return the letters of a presence, with the minutes of being late."""
    presence = attendance.Presence(values["presence"])
    code = attendance.code_of(presence)
    minutes = values.get("minutes") if presence is attendance.Presence.LATE else None
    return "" if code is None else attendance.DEFAULT_LETTERS.text(code, minutes)


def _roll_call(number: int) -> str:
    if not number:
        return str(gettext("nobody absent"))
    return str(ngettext("%(num)d absent", "%(num)d absent", number))
