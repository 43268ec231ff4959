"""Every value of a lesson's page as a ``Field``: its text, what was seen, what became of it.

A field also says what differs there between two people, and what a person did not accept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from node.entry_states import REFUSED, SERVER, States
from node.journal import cells, settled
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.projections.absences import KeptAbsence
from sync.projections.lessons import KeptLesson
from sync.projections.marks import KeptMark
from sync.school import marks as rules


@dataclass(frozen=True)
class Field:
    """A value on the page. ``seen`` is what a save of it must carry; ``state`` see ``States``.

    ``note`` says in a sentence what differs there, or what a person did not accept.
    """

    name: str
    text: str
    seen: Mapping[str, Any]
    state: str = ""
    code: str | None = None
    disputed: bool = False
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the field as a page's module takes it."""
        told = {"text": self.text, "seen": dict(self.seen), "state": self.state}
        return told | {"code": self.code, "disputed": self.disputed}


@dataclass(frozen=True)
class LessonFields:
    """The fields that live in the lesson's own document."""

    key: LessonKey
    kept: KeptLesson | None
    states: States

    def topic(self) -> Field:
        """Return the topic; a change of it must have seen where in the plan it stood."""
        kept = self.kept
        seen = {
            "topic": kept.topic if kept else None,
            "plan_topic": kept.plan_topic if kept else None,
        }
        return self._field("topic", seen["topic"] or "", seen)

    def homework(self) -> Field:
        """Return the homework."""
        value = self.kept.homework if self.kept else None
        return self._field("homework", value or "", {"homework": value})

    def work_kind(self) -> Field:
        """Return the kind of work that the lesson's own column of marks is for."""
        value = self.kept.work_kind if self.kept else None
        return self._field("work_kind", value or rules.WorkKind.ANSWER.value, {"work_kind": value})

    def roll_call(self) -> Field:
        """Return the roll-call: the number of absences when it is done, else empty."""
        value = self.kept.roll_call if self.kept else None
        return self._field("roll_call", "" if value is None else str(value), {"roll_call": value})

    def _field(self, name: str, text: str, seen: Mapping[str, Any]) -> Field:
        doc_id = identifiers.lesson_id(self.key)
        is_empty = all(value is None for value in seen.values())
        state, code = ("", None) if is_empty else self.states.of(doc_id)
        disputed, note = _settling(self.states, doc_id, name)
        refusal = self.states.refusal_of(doc_id)
        if refusal is not None:
            # The document has other fields; the sign stands only where something was refused.
            told = any(step["field"] == name for step in refusal.steps)
            state, code = (REFUSED, code) if told else (SERVER if state else "", None)
        return Field(name, text, seen, state, code, disputed, note)


def presence_field(states: States, key: LessonKey, student: str, kept: KeptAbsence | None) -> Field:
    """Return the presence of a student in a lesson."""
    name = f"presence:{student}"
    seen = {"presence": kept.presence if kept else None}
    text = cells.presence_text(kept)
    return _cell_field(states, Field(name, text, seen), identifiers.absence_id(key, student), kept)


def mark_field(
    states: States, key: LessonKey, student: str, column: str, kept: KeptMark | None
) -> Field:
    """Return the mark of a student in a column of a lesson."""
    value = kept.value if kept else None
    bare = Field(f"mark:{student}:{column}", cells.mark_text(value), {"value": value})
    return _cell_field(states, bare, identifiers.mark_id(key, student, column), kept)


def _cell_field(
    states: States, bare: Field, doc_id: str, kept: KeptMark | KeptAbsence | None
) -> Field:
    """Return the field of a cell with what became of it; its document may have been refused."""
    _, note = _settling(states, doc_id)
    if kept is None:
        return bare if not note else replace(bare, state=REFUSED, note=note)
    state, code = states.of(doc_id)
    return replace(bare, state=state, code=code, disputed=kept.disputed, note=note)


def _settling(states: States, doc_id: str, field: str | None = None) -> tuple[bool, str]:
    """Return whether a document (or only a field of it) is in dispute, and what to say of it."""
    dispute, refusal = states.dispute_of(doc_id), states.refusal_of(doc_id)
    if dispute is not None and field is not None and dispute.questions:
        asked = tuple(one for one in dispute.questions if one.field == field)
        dispute = replace(dispute, questions=asked) if asked else None
    if refusal is not None and field is not None:
        refusal = refusal if any(step["field"] == field for step in refusal.steps) else None
    said = [settled.dispute_sentence(dispute, dict(states.names))] if dispute else []
    said += [settled.refusal_sentence(refusal)] if refusal else []
    return dispute is not None, " ".join(said)
