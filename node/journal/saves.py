"""What the page of a lesson asks to save: one field at a time, by the field's name.

    topic  homework  work_kind      a text; empty takes back
    plan_topic                      the id of a topic of the plan; null unties the topic from it
    roll_call                       {student: letters} of all who are not simply there; null: undone
    presence:<student>              letters («н», «оп 10»); empty: the student is there
    mark:<student>:<column>         a mark («5», «зач»); empty takes back
    work                            {"title", "work_kind", "weight"}: a further column of marks
    work:<column>                   null takes a further column away that has no marks

Every wish carries what its author saw and the page's token; see ``Journal.save`` for both.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from node.journal import cells
from sync import errors
from sync.documents import identifiers, kinds
from sync.documents.identifiers import LessonKey
from sync.entries.door import Saved, Step
from sync.entries.journal import Journal, Presence
from sync.projections import groups, lessons, plans
from sync.projections import marks as kept_marks
from sync.school import marks
from sync.school.people import search_key
from sync.store.connection import Connection

_MOST_STUDENTS = 200
_MOST_TYPED = 40


class WishNotUnderstood(ValueError):
    """The page asked for something that no page of this program asks for."""


@dataclass(frozen=True)
class Wish:
    """One save that a page asks for; a value that was decided is changed with a ``reason``."""

    field: str
    value: Any
    seen: Mapping[str, Any]
    token: str
    reason: str | None = None


@dataclass(frozen=True)
class Desk:
    """Who saves, where, and by which door; ``connection`` reads."""

    journal: Journal
    connection: Connection
    author: str
    lesson: LessonKey
    randomness: identifiers.Randomness = secrets.token_bytes


def save(desk: Desk, wish: Wish) -> Saved:
    """Carry out a wish, in one commit.

    Raises:
        WishNotUnderstood: the name or the shape of the wish is not of the table above.
        errors.EntryRefused: and its subclasses; see ``Journal.save`` and ``cells``.
    """
    name, *parts = wish.field.split(":")
    handler = _HANDLERS.get((name, len(parts)))
    if handler is None:
        raise WishNotUnderstood(wish.field[:40])
    return handler(desk, wish, parts)


def student_of(wish: Wish) -> str | None:
    """Return the student whom a wish is about; None if it is about the whole lesson."""
    name, *parts = wish.field.split(":")
    return parts[0] if parts and name in ("presence", "mark") else None


def _describe(desk: Desk, wish: Wish, fields: Mapping[str, Any]) -> Saved:
    return desk.journal.describe_lesson(
        desk.author,
        desk.lesson,
        fields,
        seen=_seen(wish, *fields),
        token=wish.token,
        reason=wish.reason,
    )


def _topic(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    text = _text(wish.value, kinds.MAX_TOPIC, "topic")
    fields: dict[str, Any] = {"topic": text}
    if not text:
        fields["plan_topic"] = None
    elif (planned := _named_like(desk, text)) is not None:
        fields["plan_topic"] = planned
    return _describe(desk, wish, fields)


def _named_like(desk: Desk, text: str) -> str | None:
    """Return the topic of the plan that has exactly this name, one not yet taken if there is."""
    wanted = search_key(text)
    named = [
        topic
        for topic in plans.topics(desk.connection, desk.lesson.group)
        if search_key(topic.title) == wanted
    ]
    still_due = [topic for topic in named if topic.taken < topic.hours]
    return next((topic.id for topic in [*still_due, *named]), None)


def _plan_topic(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    if wish.value is None:
        return _describe(desk, wish, {"plan_topic": None})
    for topic in plans.topics(desk.connection, desk.lesson.group):
        if topic.id == wish.value:
            return _describe(desk, wish, {"topic": topic.title, "plan_topic": topic.id})
    raise errors.EntryRefused(code="unknown_plan_topic", hint="reload_and_repeat")


def _homework(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    return _describe(desk, wish, {"homework": _text(wish.value, kinds.MAX_HOMEWORK, "homework")})


def _work_kind(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    return _describe(desk, wish, {"work_kind": _kind(wish.value)})


def _roll_call(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    if wish.value is None:
        doc_id = identifiers.lesson_id(desk.lesson)
        undone = Step(doc_id, {"roll_call": None}, _seen(wish, "roll_call"))
        return desk.journal.save(desk.author, [undone], wish.token, wish.reason)
    if not isinstance(wish.value, Mapping) or len(wish.value) > _MOST_STUDENTS:
        raise WishNotUnderstood("roll_call")
    read = {student: cells.read_stated(_typed(text)) for student, text in wish.value.items()}
    stated = {student: presence for student, presence in read.items() if presence is not None}
    return desk.journal.call_roll(
        desk.author, desk.lesson, stated, token=wish.token, reason=wish.reason
    )


def _presence(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    presence: Presence | None = cells.read_presence(_typed(wish.value))
    seen = wish.seen.get("presence")
    if seen is not None and not isinstance(seen, str):
        raise WishNotUnderstood("seen")
    return desk.journal.record_absence(
        desk.author,
        desk.lesson,
        parts[0],
        presence,
        seen=seen,
        token=wish.token,
        reason=wish.reason,
    )


def _mark(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    group = groups.group(desk.connection, desk.lesson.group)
    if group is not None and group.markless:
        raise errors.EntryRefused(code="markless", hint="use_comment")
    value = cells.read_mark(_typed(wish.value), marks.FIVE_POINT)
    seen = wish.seen.get("value")
    if isinstance(seen, bool) or not isinstance(seen, int | str | None):
        raise WishNotUnderstood("seen")
    return desk.journal.record_mark(
        desk.author,
        desk.lesson,
        parts[0],
        value,
        seen=seen,
        token=wish.token,
        column=parts[1],
        reason=wish.reason,
    )


def _work(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    if not isinstance(wish.value, Mapping):
        raise WishNotUnderstood("work")
    kind = _kind(wish.value.get("work_kind")) or marks.WorkKind.ANSWER.value
    weight = wish.value.get("weight")
    return desk.journal.add_work(
        desk.author,
        desk.lesson,
        identifiers.new_id(desk.randomness),
        title=_text(wish.value.get("title"), kinds.MAX_TITLE, "title"),
        work_kind=kind,
        weight=marks.DEFAULT_WEIGHTS[marks.WorkKind(kind)] if weight is None else weight,
        token=wish.token,
    )


def _remove_work(desk: Desk, wish: Wish, parts: list[str]) -> Saved:
    if wish.value is not None:
        raise WishNotUnderstood("work")
    on = desk.lesson.date
    for mark in kept_marks.marks_of_group(desk.connection, desk.lesson.group, on, on):
        if mark.lesson == desk.lesson and mark.column == parts[0] and mark.value is not None:
            raise errors.EntryRefused(code="column_has_marks", hint="take_marks_back_first")
    for work in lessons.works_of_lessons(desk.connection, desk.lesson.group, on, on):
        if work.lesson == desk.lesson and work.id == parts[0]:
            doc_id = identifiers.work_id(desk.lesson, work.id)
            step = Step(doc_id, {"work_kind": None}, {"work_kind": work.work_kind})
            return desk.journal.save(desk.author, [step], wish.token, wish.reason)
    raise errors.EntryRefused(code="unknown_column", hint="reload_and_repeat")


_HANDLERS: Mapping[tuple[str, int], Callable[[Desk, Wish, list[str]], Saved]] = {
    ("topic", 0): _topic,
    ("plan_topic", 0): _plan_topic,
    ("homework", 0): _homework,
    ("work_kind", 0): _work_kind,
    ("roll_call", 0): _roll_call,
    ("presence", 1): _presence,
    ("mark", 2): _mark,
    ("work", 0): _work,
    ("work", 1): _remove_work,
}


def _seen(wish: Wish, *names: str) -> dict[str, Any]:
    """Return what was seen of the fields; of one that the page says nothing about, nothing was."""
    return {name: wish.seen.get(name) for name in names}


def _text(value: Any, limit: int, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise WishNotUnderstood(name)
    # A browser sends the ends of lines as it likes; a document must not differ by that.
    text = "\n".join(value.splitlines()).strip()
    if len(text) > limit:
        raise errors.EntryRefused(code="text_too_long", length=len(text), limit=limit)
    return text or None


def _kind(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value in kinds.WORK_KINDS:
        return value
    raise WishNotUnderstood("work_kind")


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WishNotUnderstood("value")
    return value[:_MOST_TYPED]
