"""The protocol of decisions (R18): every conflict and every rejected entry of a period, one a line.

    object · versions (value, author, computer, time) · decision · who decided · reason ·
    when it had come back to the computers

The page, the print and the workbook show the same lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext

from central.desk import aside, decided, words
from central.desk.aside import Rejected
from central.desk.decided import DecidedItem, Decision
from central.desk.filters import Filters
from central.desk.matters import Computer
from central.desk.office import Reading
from central.desk.workbook import Sheet
from sync.documents import entry
from sync.web import formats


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included, in the school's zone."""

    first: date
    last: date

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.first <= formats.local(at).date() <= self.last


@dataclass(frozen=True)
class Line:
    """A line of the protocol, in words; cells with several statements hold several lines."""

    at: datetime
    decision: str | None
    about: str
    place: str
    versions: Sequence[str]
    verdict: Sequence[str]
    decided_by: str
    reason: str
    returned: Sequence[str]


def columns() -> list[str]:
    """Return the heads of the columns."""
    return [
        gettext("Object"),
        gettext("Versions"),
        gettext("Decision"),
        gettext("Decided by"),
        gettext("Grounds"),
        gettext("Returned to the computers"),
    ]


def lines(now: Reading, period: Period) -> list[Line]:
    """Return the lines of a period, the earliest first."""
    settled = [_of_decision(now, one) for one in decided.all_decisions(now, Filters())]
    refused = [_of_rejection(now, one) for one in aside.rejected(now, Filters())]
    found = [line for line in settled + refused if period.holds(line.at)]
    return sorted(found, key=lambda line: (line.at, line.decision or ""))


def as_sheet(now: Reading, period: Period, school_name: str) -> Sheet:
    """Return the protocol as a sheet of a workbook: head, columns, rows, a line to sign."""
    rows = [
        [
            f"{line.about}\n{line.place}",
            "\n".join(line.versions),
            "\n".join(line.verdict),
            f"{line.decided_by}\n{formats.full_time(line.at)}",
            line.reason,
            "\n".join(line.returned),
        ]
        for line in lines(now, period)
    ]
    head = [
        school_name,
        gettext("Protocol of decisions"),
        words.span(period.first, period.last),
        gettext("Made up on %(when)s", when=formats.full_time(now.now)),
    ]
    foot = [gettext("Deputy head ______________________")]
    widths = [34, 46, 30, 24, 36, 28]
    return Sheet(gettext("Protocol"), head, columns(), rows, widths, foot)


def verdict_words(now: Reading, found: Decision) -> list[str]:
    """Return what was decided, a line for each item, and what became of the decision since."""
    told = [_verdict(now, found, item) for item in found.units]
    if found.row.is_reopened:
        told.append(gettext("taken back, open again"))
    elif found.changed_later:
        told.append(gettext("changed again later"))
    return told


def version_words(now: Reading, found: Decision, item: DecidedItem) -> list[str]:
    """Return the versions of an item, a line for each: value, author, computer, time."""
    return [
        gettext(
            "“%(value)s” – %(author)s, %(computer)s, %(time)s",
            value=words.values(now.book, found.about, one.values, item.held),
            author=words.person(now.book, one.author),
            computer=words.computer(one.computer),
            time=_moment(one.written_at),
        )
        for one in sorted(item.versions, key=lambda one: one.written_at)
    ]


def _of_decision(now: Reading, found: Decision) -> Line:
    return Line(
        at=found.row.decided_at,
        decision=found.id,
        about=words.title(found.about),
        place=words.place(found.about),
        versions=[text for item in found.units for text in version_words(now, found, item)],
        verdict=verdict_words(now, found),
        decided_by=words.person(now.book, found.row.decided_by),
        reason=found.row.reason,
        returned=_returned(found.returned),
    )


def _of_rejection(now: Reading, found: Rejected) -> Line:
    versions = [
        gettext(
            "“%(value)s” – %(author)s, %(computer)s, %(time)s",
            value=words.value(now.book, found.about, step["field"], step["new"]),
            author=words.person(now.book, step["author"]),
            computer=words.computer(now.book.computer(step["node"])),
            time=_moment(entry.instant(step["written_at"])),
        )
        for step in found.told_steps
    ]
    return Line(
        at=found.row.rejected_at,
        decision=None,
        about=words.title(found.about),
        place=words.place(found.about),
        versions=versions,
        verdict=[gettext("entry rejected")],
        decided_by=words.person(now.book, found.row.rejected_by),
        reason=found.row.reason,
        returned=_returned(found.returned),
    )


def _verdict(now: Reading, found: Decision, item: DecidedItem) -> str:
    value = words.values(now.book, found.about, item.chosen, item.held)
    told: dict[str, str] = {
        "version": gettext("“%(value)s” stands", value=value),
        "third": gettext("“%(value)s”, a value of its own", value=value),
        "combined": gettext("joined: “%(value)s”", value=value),
        "both": gettext(
            "both are kept: “%(value)s” here, the other in a column of its own", value=value
        ),
    }
    return told.get(item.how, f"“{value}”")


def _returned(noted: Sequence[tuple[Computer, datetime]]) -> list[str]:
    return [f"{words.computer(node)}: {_moment(at)}" for node, at in noted]


def _moment(at: datetime) -> str:
    local = formats.local(at)
    return f"{local:%d.%m.%Y %H:%M}"
