"""What people settle about some documents, as a cell's detail and a lesson's page tell it.

Values that differ with who wrote them, what a person did not accept, what was decided and why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from node import value_words
from node.computers import Computers
from node.disputes import OpenDispute, Question
from node.entry_states import States
from node.refusals import Refusal
from sync.documents import identifiers
from sync.documents.merging import Version
from sync.projections import day, decisions
from sync.projections.decisions import DecisionRow
from sync.store.connection import Connection


@dataclass(frozen=True)
class Value:
    """One value: how it reads, who wrote it, when, and on which computer."""

    text: str
    author: str
    at: datetime
    here: bool
    place: str
    clock_suspect: bool = False


@dataclass(frozen=True)
class Disputed:
    """Values that differ; ``asked`` if the reader wrote all of them and is to choose."""

    doc_id: str
    what: str
    before: str
    values: Sequence[Value]
    asked: bool


@dataclass(frozen=True)
class Refused:
    """What a person did not accept of what was written here."""

    what: str
    value: str
    author: str
    decided_by: str
    decided_at: datetime
    reason: str


@dataclass(frozen=True)
class Decided:
    """A decision; ``reopened``: it is being decided anew, ``changed``: by hand since."""

    what: str
    value: str
    values: Sequence[Value]
    decided_by: str
    decided_at: datetime
    reason: str
    reopened: bool


@dataclass(frozen=True)
class Settled:
    """All of it, about some documents; ``reopened`` if a decision of one is being made anew."""

    disputed: Sequence[Disputed] = ()
    refused: Sequence[Refused] = ()
    decided: Sequence[Decided] = ()
    reopened: bool = False

    def __bool__(self) -> bool:
        """Tell whether there is anything to tell."""
        return bool(self.disputed or self.refused or self.decided or self.reopened)


def settled(
    connection: Connection,
    states: States,
    computers: Computers,
    reader: str,
    doc_ids: Iterable[str],
) -> Settled:
    """Return what is and was settled about some documents."""
    ids = list(doc_ids)
    disputes = [states.disputes[one] for one in ids if one in states.disputes]
    refusals = [states.refusals[one] for one in ids if one in states.refusals]
    rows = [row for one in ids for row in decisions.decisions_about(connection, one)]
    people = {row.decided_by for row in rows} | {
        version.author for row in rows for version in row.versions
    }
    people |= {refusal.author for refusal in refusals}
    names = {**states.names, **day.names_of_staff(connection, people)}
    return Settled(
        disputed=[told for one in disputes for told in _disputed(one, names, computers, reader)],
        refused=[told for one in refusals for told in _refused(one, names)],
        decided=[_decided(row, names, computers) for row in rows],
        reopened=any(not one.questions for one in disputes),
    )


def values_of(
    question: Question, kind: str, names: dict[str, str], computers: Computers
) -> list[Value]:
    """Return the values of a question in words."""
    return [
        Value(
            value_words.nothing_or(kind, question.field, version.values),
            names.get(version.author, ""),
            version.written_at,
            computers.is_here(version.node),
            computers.name(version.node),
            version.clock_suspect,
        )
        for version in question.versions
    ]


def _disputed(
    found: OpenDispute, names: dict[str, str], computers: Computers, reader: str
) -> list[Disputed]:
    return [
        Disputed(
            found.doc_id,
            value_words.fact_name(found.kind, question.field),
            value_words.nothing_or(found.kind, question.field, question.dispute.before),
            values_of(question, found.kind, names, computers),
            found.is_asked(reader),
        )
        for question in found.questions
    ]


def _refused(refusal: Refusal, names: dict[str, str]) -> list[Refused]:
    kind = identifiers.kind_of(refusal.document)
    values = {step["field"]: step["new"] for step in refusal.steps}
    led = [field for field in values if value_words.is_told(kind, field)]
    return [
        Refused(
            value_words.fact_name(kind, field),
            value_words.value_text(kind, field, values),
            names.get(refusal.author, ""),
            refusal.decided_by or str(gettext("the deputy head")),
            refusal.decided_at,
            refusal.rejection.reason,
        )
        for field in led
    ]


def _decided(row: DecisionRow, names: dict[str, str], computers: Computers) -> Decided:
    field = row.fields[0]
    return Decided(
        value_words.fact_name(row.kind, field),
        value_words.nothing_or(row.kind, field, row.chosen),
        [
            Value(
                value_words.nothing_or(row.kind, field, version.values),
                names.get(version.author, ""),
                version.written_at,
                computers.is_here(version.node),
                computers.name(version.node),
            )
            for version in row.versions
        ],
        names.get(row.decided_by, ""),
        row.decided_at,
        row.reason,
        row.is_reopened,
    )


# -------------------------------------------------------------------------------------- in one line


def heads(found: Iterable[tuple[str, Settled]]) -> list[str]:
    """Return what is being settled, each in a few words: «Абрамов Пётр, отметка»."""
    told = []
    for name, one in found:
        before = f"{name}, " if name else ""
        asked, refused, anew = (
            gettext("waits for your choice"),
            gettext("not accepted"),
            gettext("being decided anew"),
        )
        told += [
            f"{before}{dispute.what} ({asked})" if dispute.asked else f"{before}{dispute.what}"
            for dispute in one.disputed
        ]
        told += [f"{before}{step.what} ({refused})" for step in one.refused]
        if one.reopened:
            told.append(f"{before}{anew}")
    return told


def dispute_sentence(found: OpenDispute, names: dict[str, str]) -> str:
    """Return what differs and who is to settle it, in one line below a sheet."""
    if not found.questions:
        return str(gettext("Being settled: the deputy head decides anew."))
    question = found.questions[0]
    values = "; ".join(
        " ".join((_quoted(found.kind, question.field, one), names.get(one.author, ""))).strip()
        for one in question.versions
    )
    if found.own_author is not None:
        return str(
            gettext(
                "Being settled, Space opens the choice. Entered on two computers: %(values)s",
                values=values,
            )
        )
    return str(gettext("Being settled by the deputy head: %(values)s", values=values))


def _quoted(kind: str, field: str, version: Version) -> str:
    text = value_words.nothing_or(kind, field, version.values)
    return str(gettext("“%(text)s”", text=text))


def refusal_sentence(refusal: Refusal) -> str:
    """Return who did not accept what and why, in one line below a sheet."""
    kind = identifiers.kind_of(refusal.document)
    values = {step["field"]: step["new"] for step in refusal.steps}
    led = next((field for field in values if value_words.is_told(kind, field)), "")
    return str(
        gettext(
            "Not accepted: “%(value)s”. %(name)s: “%(reason)s”. What was there before stands.",
            value=value_words.value_text(kind, led, values) if led else "",
            name=refusal.decided_by or gettext("the deputy head"),
            reason=refusal.rejection.reason,
        )
    )
