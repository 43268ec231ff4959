"""What people do in the journal, in the school's words: keep a lesson, call the roll, put a mark.

Each save carries a token made by the page: the same token again answers with the first result, so
that a save whose answer was lost can be sent again without becoming two.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import errors
from sync.clock import Clock
from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.door import Maker, Save, Saved, Step
from sync.projections import absences, groups, lessons
from sync.school import attendance, marks
from sync.store.document_store import DocumentStore
from sync.store.transaction import Transaction

_SAVES = "save"


@dataclass(frozen=True)
class Presence:
    """What a teacher states of one student: presence (an ``attendance.Presence``) and minutes."""

    presence: str
    minutes: int | None = None


class Journal:
    """Writes entries into one store, as one maker."""

    def __init__(self, store: DocumentStore, maker: Maker, clock: Clock) -> None:
        """Write into ``store``; its epoch is the epoch of the entries."""
        self._store = store
        self._maker = maker
        self._clock = clock

    # ------------------------------------------------------------------------- what people do

    def describe_lesson(
        self,
        author: str,
        lesson: LessonKey,
        fields: Mapping[str, Any],
        *,
        seen: Mapping[str, Any],
        token: str,
        reason: str | None = None,
    ) -> Saved:
        """Set topic, plan topic, homework, kind of work, number or room of a lesson.

        Raises:
            errors.EntryRefused: no right, changed meanwhile, too long; see ``save``.
        """
        texts = {name: _tidy(value) for name, value in fields.items()}
        return self.save(author, [Step(identifiers.lesson_id(lesson), texts, seen)], token, reason)

    def record_mark(
        self,
        author: str,
        lesson: LessonKey,
        student: str,
        value: int | str | None,
        *,
        seen: int | str | None,
        token: str,
        column: str = identifiers.OWN_COLUMN,
        comment: str | None = None,
        reason: str | None = None,
    ) -> Saved:
        """Put, change or (``value`` None) withdraw a mark; it states its column's kind and weight.

        Raises:
            errors.EntryRefused: not on the scale, a markless group, no right, changed meanwhile.
        """
        doc_id = identifiers.mark_id(lesson, student, column)

        def steps(tx: Transaction) -> list[Step]:
            kind, weight = _column_of(tx, lesson, column)
            fields: dict[str, Any] = {"value": value}
            if value is not None:
                _check_scale(tx, lesson, value)
                fields["work_kind"], fields["weight"] = marks.stated(kind, weight)
            if comment is not None:
                fields["comment"] = _tidy(comment)
            return [Step(doc_id, fields, {"value": seen})]

        return self.save(author, steps, token, reason)

    def record_absence(
        self,
        author: str,
        lesson: LessonKey,
        student: str,
        presence: Presence | None,
        *,
        seen: str | None,
        token: str,
        reason: str | None = None,
    ) -> Saved:
        """State that a student was absent or late, or (None) that they were there after all.

        Where the roll-call is done its number of absences follows in the same save.
        """

        def steps(tx: Transaction) -> list[Step]:
            doc_id = identifiers.absence_id(lesson, student)
            wished = [Step(doc_id, _presence_fields(presence), {"presence": seen})]
            kept = lessons.kept_lesson(tx.connection, lesson)
            if kept is not None and kept.roll_call is not None:
                missing = _missing(tx, lesson)
                missing.discard(student)
                if presence is not None and presence.presence == attendance.Presence.ABSENT:
                    missing.add(student)
                wished.append(_roll_call_step(lesson, len(missing), kept.roll_call))
            return wished

        return self.save(author, steps, token, reason)

    def call_roll(
        self,
        author: str,
        lesson: LessonKey,
        stated: Mapping[str, Presence],
        *,
        token: str,
        reason: str | None = None,
    ) -> Saved:
        """Do the roll-call of a lesson: ``stated`` are all who are not simply there.

        Everybody else of the group is there; an empty mapping says "nobody absent".
        """

        def steps(tx: Transaction) -> list[Step]:
            kept = lessons.kept_lesson(tx.connection, lesson)
            before = {
                one.student: one
                for one in absences.absences_of_group(
                    tx.connection, lesson.group, lesson.date, lesson.date
                )
                if one.lesson == lesson and one.presence is not None
            }
            wished = []
            for student in sorted(set(before) | set(stated)):
                was = before.get(student)
                seen = {"presence": None if was is None else was.presence}
                fields = _presence_fields(stated.get(student))
                wished.append(Step(identifiers.absence_id(lesson, student), fields, seen))
            count = sum(1 for one in stated.values() if one.presence == attendance.Presence.ABSENT)
            wished.append(_roll_call_step(lesson, count, None if kept is None else kept.roll_call))
            return wished

        return self.save(author, steps, token, reason)

    def add_work(
        self,
        author: str,
        lesson: LessonKey,
        work: str,
        *,
        title: str | None,
        work_kind: str,
        weight: int,
        token: str,
    ) -> Saved:
        """Add a further column of marks to a lesson; ``work`` is a fresh opaque id."""
        fields = {
            "title": _tidy(title),
            "work_kind": work_kind,
            "weight": marks.check_weight(weight),
        }
        return self.save(author, [Step(identifiers.work_id(lesson, work), fields)], token)

    def state_reason(
        self,
        author: str,
        wished: Iterable[tuple[LessonKey, str, str | None, str | None]],
        *,
        token: str,
        why: str | None = None,
    ) -> Saved:
        """State why students were absent: (lesson, student, reason, reason seen before).

        Args:
            why: the reason of a change of what was decided, as in ``save``.
        """
        steps = [
            Step(identifiers.absence_id(lesson, student), {"reason": reason}, {"reason": seen})
            for lesson, student, reason, seen in wished
        ]
        return self.save(author, steps, token, why)

    def choose(
        self,
        author: str,
        doc_id: str,
        shown: Sequence[str],
        fields: Mapping[str, Any],
        *,
        token: str,
    ) -> Saved:
        """Say which of several values that ``author`` wrote on several computers is right.

        Args:
            shown: the revisions of the live leaves between which the author chose.
            fields: the wished value of each disputed field.
        Raises:
            errors.EntryRefused: see ``door.Save.choose``.
        """
        return self._once(author, token, lambda save: save.choose(author, doc_id, shown, fields))

    def withdraw(self, author: str, doc_id: str, *, token: str) -> Saved:
        """Take back what ``author`` wrote and central has put aside.

        Raises:
            errors.EntryRefused: see ``door.Save.withdraw``.
        """
        return self._once(author, token, lambda save: save.withdraw(author, doc_id))

    # -------------------------------------------------------------------------------- the door

    def save(
        self,
        author: str,
        wished: Sequence[Step] | Callable[[Transaction], Sequence[Step]],
        token: str,
        reason: str | None = None,
    ) -> Saved:
        """Write what changes, all of it or nothing, in one commit.

        Fields that already have the wished value make no entry. The same (author, token) again
        returns the first result and writes nothing.

        Raises:
            errors.EntryRefused: ``changed_meanwhile`` (params: ``field``, ``now``), a code of
                ``judgement.judge_step``, ``reason_needed`` (it was decided at central), or
                ``schema`` / ``too_large`` with the field.
            errors.StoreUnavailable: nothing was written; try again.
        """

        def write(save: Save) -> Saved:
            steps = wished(save.tx) if callable(wished) else wished
            return save.write(author, steps, reason)

        return self._once(author, token, write)

    def _once(self, author: str, token: str, write: Callable[[Save], Saved]) -> Saved:
        key = f"{author}:{token}"
        with self._store.transaction() as tx:
            earlier = tx.records.get(_SAVES, key)
            if earlier is not None:
                return Saved(earlier.value["revisions"], earlier.value["entries"])
            saved = write(Save(tx, self._maker, self._store.epoch, self._clock.now()))
            kept = saved.as_json() | {"at": entry.instant_text(self._clock.now())}
            tx.records.put(_SAVES, key, kept, None)
        return saved

    def forget_saves_before(self, at: datetime) -> int:
        """Forget the tokens of saves older than ``at``; return how many. No page is that old."""
        limit = entry.instant_text(at)
        old = [one.key for one in self._store.records.scan(_SAVES) if one.value["at"] < limit]
        with self._store.transaction() as tx:
            for key in old:
                tx.records.delete(_SAVES, key)
        return len(old)


def _tidy(value: Any) -> Any:
    """Return a text without spaces around it, None for an empty one; anything else unchanged."""
    if not isinstance(value, str):
        return value
    return value.strip() or None


def _presence_fields(presence: Presence | None) -> dict[str, Any]:
    if presence is None:
        return {"presence": None, "minutes": None}
    return {"presence": presence.presence, "minutes": presence.minutes}


def _missing(tx: Transaction, lesson: LessonKey) -> set[str]:
    day = lesson.date
    kept = absences.absences_of_group(tx.connection, lesson.group, day, day)
    absent = attendance.Presence.ABSENT
    return {one.student for one in kept if one.lesson == lesson and one.presence == absent}


def _roll_call_step(lesson: LessonKey, count: int, seen: int | None) -> Step:
    return Step(identifiers.lesson_id(lesson), {"roll_call": count}, {"roll_call": seen})


def _column_of(tx: Transaction, lesson: LessonKey, column: str) -> tuple[str, int]:
    """Return kind and weight of a column of marks; a column nobody made is refused."""
    if column == identifiers.OWN_COLUMN:
        kept = lessons.kept_lesson(tx.connection, lesson)
        kind = (kept.work_kind if kept else None) or marks.WorkKind.ANSWER.value
        return kind, marks.DEFAULT_WEIGHTS[marks.WorkKind(kind)]
    for work in lessons.works_of_lessons(tx.connection, lesson.group, lesson.date, lesson.date):
        if work.id == column and work.lesson == lesson:
            return str(work.work_kind), work.weight or 0
    raise errors.EntryRefused(code="unknown_column", hint="reload_and_repeat")


def _check_scale(tx: Transaction, lesson: LessonKey, value: int | str) -> None:
    found = groups.group(tx.connection, lesson.group)
    if found is not None and found.markless:
        raise errors.EntryRefused(code="markless", hint="use_comment")
    marks.check_mark(value, marks.FIVE_POINT)
