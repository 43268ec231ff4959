"""The lesson's page as a plain form, and which fields a save touches.

Without JavaScript everything is sent at once. Beside each field stands what was shown there
(``was.<field>``: its text and what a save must have seen), so that only what the person changed is
saved, and nothing that somebody else changed meanwhile is overwritten.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.journal import cells
from node.journal.lesson import LessonPage
from node.journal.lesson_fields import Field
from node.journal.saves import Wish

#: What the form's buttons ask for, beside saving what was typed.
SAVE, TAKE_TOPIC, TAKE_HOMEWORK = "save", "take_topic", "take_homework"
ROLL_CALL, UNDO_ROLL_CALL, ADD_WORK = "roll_call", "undo_roll_call", "add_work"
REMOVE_WORK = "remove_work:"  # and the column

_WAS = "was."
#: What a button takes from the plan replaces what was typed there.
_REPLACED = {TAKE_TOPIC: "topic", TAKE_HOMEWORK: "homework"}


@dataclass(frozen=True)
class Refused:
    """A field that was not saved: what was typed, why, and what to do."""

    text: str
    sentence: str
    next_step: str
    code: str


def wishes(page: LessonPage, form: Mapping[str, str]) -> Iterator[Wish]:
    """Yield what is to be saved from a form of this page, in a good order.

    The button comes last: a roll-call counts the absences that were typed with it.
    """
    token = form.get("token", "")[:40]
    reason = form.get("reason", "").strip() or None
    replaced = _REPLACED.get(form.get("do", ""))
    for field in page.fields():
        if field.name == replaced:
            continue
        was = _was(form, field.name)
        typed = form.get(field.name)
        if was is None or typed is None or typed == was[0]:
            continue
        yield Wish(field.name, typed, was[1], f"{token}:{field.name}", reason)
    asked = _asked(page, form)
    if asked is not None:
        name, value, seen = asked
        yield Wish(name, value, seen, f"{token}:{form.get('do')}", reason)


def touched(page: LessonPage, name: str) -> Iterable[Field]:
    """Return the fields that a save of ``name`` may have changed."""
    if name == "plan_topic":
        return [page.topic]
    if name == "roll_call" or name.startswith("work"):
        return list(page.fields())
    found = [field for field in page.fields() if field.name == name]
    return [*found, page.roll_call] if name.startswith("presence:") else found


def absence_letters() -> list[str]:
    """Return the letters that the presence column understands without a reason, as they are shown.

    The first is that of an absence.
    """
    return [
        letters for code, letters in cells.LETTERS.shown.items() if not cells.states_reason(code)
    ]


def _asked(page: LessonPage, form: Mapping[str, str]) -> tuple[str, Any, Mapping[str, Any]] | None:
    """Return (field, value, seen) of the button that was pressed."""
    asked = form.get("do")
    if asked == TAKE_TOPIC and page.offered is not None:
        return "plan_topic", form.get("plan_topic") or page.offered.id, page.topic.seen
    if asked == TAKE_HOMEWORK and page.homework_offered:
        return "homework", page.homework_offered, page.homework.seen
    if asked == ROLL_CALL:
        stated = {
            line.student.id: form.get(line.presence.name, line.presence.text)
            for line in page.students
        }
        return "roll_call", stated, page.roll_call.seen
    if asked == UNDO_ROLL_CALL:
        return "roll_call", None, page.roll_call.seen
    if asked == ADD_WORK:
        work = {"title": form.get("work_title"), "work_kind": form.get("new_work_kind")}
        return "work", work | {"weight": _number(form.get("new_weight", ""))}, {}
    if asked is not None and asked.startswith(REMOVE_WORK):
        return f"work:{asked.removeprefix(REMOVE_WORK)}", None, {}
    return None


def _number(text: str) -> int | str | None:
    """Return the number typed, None for an empty field, and any other text for a refusal."""
    typed = text.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else typed or None


def _was(form: Mapping[str, str], name: str) -> tuple[str, Mapping[str, Any]] | None:
    try:
        was = json.loads(form.get(_WAS + name, ""))
        text, seen = was["text"], was["seen"]
    except (ValueError, TypeError, KeyError):
        return None
    return (text, seen) if isinstance(text, str) and isinstance(seen, dict) else None
