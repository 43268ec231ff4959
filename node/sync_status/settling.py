"""Values that differ: who is asked about them, what was decided. As their authors see it.

A teacher sees what concerns the teacher: values of their own that wait for a choice of theirs or
for the deputy head, and decisions about them, the newest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from node import disputes, value_words
from node.computers import Computers
from node.disputes import OpenDispute
from sync.documents.identifiers import LessonKey
from sync.projections import day, decisions, groups, people
from sync.projections import disputes as rows
from sync.projections.decisions import DecisionRow
from sync.projections.groups import Group
from sync.store.connection import Connection

#: A page must stay a page when a copied disk has made a dispute of every mark.
MOST_WAITING = 100
#: Older decisions stay in the history of their cells.
MOST_DECISIONS = 30


@dataclass(frozen=True)
class Said:
    """One of the values: how it reads, who wrote it and when, and on which computer."""

    text: str
    author: str
    at: datetime
    here: bool
    place: str


@dataclass(frozen=True)
class Waiting:
    """Something with several values; ``field`` is its place on the lesson's page."""

    doc_id: str
    lesson: LessonKey
    group: Group
    student: str
    what: str
    values: Sequence[Said]
    field: str


@dataclass(frozen=True)
class Decided:
    """A decision about a value of the reader; ``reopened``: it is being decided anew."""

    lesson: LessonKey
    group: Group
    student: str
    what: str
    value: str
    values: Sequence[Said]
    decided_by: str
    decided_at: datetime
    reason: str
    reopened: bool
    field: str


@dataclass(frozen=True)
class Settling:
    """What concerns one teacher: what waits for them, for the deputy head, what was decided.

    Each list has its end; the numbers say how much more there is.
    """

    own: Sequence[Waiting]
    waiting: Sequence[Waiting]
    decided: Sequence[Decided]
    more_own: int = 0
    more_waiting: int = 0
    more_decided: int = 0


def settling(connection: Connection, computers: Computers, person: str) -> Settling:
    """Return what concerns a person."""
    teller = _Teller(connection, computers)
    asked: list[OpenDispute] = []
    concerned: list[OpenDispute] = []
    for row in rows.open_disputes(connection):
        found = disputes.of_document(connection, row.doc_id)
        if found is not None and found.is_asked(person):
            asked.append(found)
        elif found is not None and found.concerns(person):
            concerned.append(found)
    every = [
        one
        for one in decisions.all_decisions(connection)
        if any(version.author == person for version in one.versions)
    ]
    told_ones = [teller.decided(one) for one in every[:MOST_DECISIONS]]
    decided = [one for one in told_ones if one is not None]
    return Settling(
        own=[told for one in asked[:MOST_WAITING] for told in teller.waiting(one)],
        waiting=[told for one in concerned[:MOST_WAITING] for told in teller.waiting(one)],
        decided=decided,
        more_own=max(0, len(asked) - MOST_WAITING),
        more_waiting=max(0, len(concerned) - MOST_WAITING),
        more_decided=max(0, len(every) - MOST_DECISIONS),
    )


def own_waiting(connection: Connection, person: str) -> int:
    """Return how many documents wait for a choice of a person."""
    return len(rows.own_disputes(connection, person))


def place_on_page(kind: str, field: str, student: str | None, column: str | None) -> str:
    """Return the name of a value's field on the lesson's page; empty where it has none."""
    if kind == "mark":
        return f"mark:{student}:{column}"
    if kind == "absence":
        return f"presence:{student}"
    return field if kind == "lesson" else ""


class _Teller:
    """Looks up each group, student and person once."""

    def __init__(self, connection: Connection, computers: Computers) -> None:
        self._connection = connection
        self._computers = computers
        self._groups: dict[str, Group | None] = {}
        self._names: dict[str, str] = {}

    def waiting(self, found: disputes.OpenDispute) -> list[Waiting]:
        parsed = found.parsed
        group = self._group(parsed.lesson.group)
        if group is None:
            return []
        return [
            Waiting(
                doc_id=found.doc_id,
                lesson=parsed.lesson,
                group=group,
                student=self._student(parsed.student),
                what=value_words.fact_name(found.kind, question.field),
                values=[
                    Said(
                        value_words.nothing_or(found.kind, question.field, version.values),
                        self._name(version.author),
                        version.written_at,
                        self._computers.is_here(version.node),
                        self._computers.name(version.node),
                    )
                    for version in question.versions
                ],
                field=place_on_page(found.kind, question.field, parsed.student, parsed.column),
            )
            for question in found.questions
        ]

    def decided(self, row: DecisionRow) -> Decided | None:
        group = self._group(row.lesson.group)
        if group is None:
            return None
        field = row.fields[0]
        return Decided(
            lesson=row.lesson,
            group=group,
            student=self._student(row.student),
            what=value_words.fact_name(row.kind, field),
            value=value_words.nothing_or(row.kind, field, row.chosen),
            values=[
                Said(
                    value_words.nothing_or(row.kind, field, version.values),
                    self._name(version.author),
                    version.written_at,
                    self._computers.is_here(version.node),
                    self._computers.name(version.node),
                )
                for version in row.versions
            ],
            decided_by=self._name(row.decided_by),
            decided_at=row.decided_at,
            reason=row.reason,
            reopened=row.is_reopened,
            field=place_on_page(row.kind, field, row.student, row.column),
        )

    def _group(self, group_id: str) -> Group | None:
        if group_id not in self._groups:
            self._groups[group_id] = groups.group(self._connection, group_id)
        return self._groups[group_id]

    def _student(self, student: str | None) -> str:
        found = people.student(self._connection, student) if student else None
        return "" if found is None else found.list_name

    def _name(self, person: str) -> str:
        if person not in self._names:
            self._names |= {person: ""} | day.names_of_staff(self._connection, [person])
        return self._names[person]
