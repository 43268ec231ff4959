"""What came of one pass of replication, and of each document that was sent.

A *verdict* is the other side's word on one revision: ``accepted``; ``quarantined``, kept with a
reason until a person decides; ``refused``, nothing stored. A refused document never stops a pass
and never vanishes: its verdict is handed to ``Replicator``'s ``on_verdicts`` before the checkpoint
moves past it. A stock CouchDB or PouchDB only knows the first and the last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from sync.documents.judgement import Outcome

#: A pass names at most this many documents that were not accepted; all of them are counted.
LISTED_VERDICTS = 1000


class Verdict(msgspec.Struct, frozen=True):
    """The other side's answer to one revision that was sent to it.

    ``code`` says why it was not accepted, for programs and for ``messages``; ``reason`` is a
    person's or a stock server's text, and may be empty. Both are empty when it was accepted. A
    struct, because there is one for each document: made in a fraction of a dataclass's time.
    """

    id: str
    rev: str
    outcome: Outcome
    code: str = ""
    reason: str = ""


class Ending(StrEnum):
    """Why a pass ended without an error."""

    COMPLETE = "complete"  # everything the source had at the time is at the target
    STOPPED = "stopped"  # asked to stop; the checkpoint stands where it got to
    CENTRAL_UNKNOWN = "central_unknown"  # another database answers: a person must say what it is
    CREDENTIALS_REFUSED = "credentials_refused"  # this node is not, or no longer, enrolled there


@dataclass(frozen=True)
class PassOutcome:
    """One pass from a source to a target.

    ``read`` counts the changed documents looked at, ``sent`` the revisions handed to the target,
    ``written`` those it accepted. ``last_seq`` is the source's sequence up to which everything
    has been dealt with. ``verdicts`` are the first ``LISTED_VERDICTS`` that were not accepted.
    """

    read: int
    sent: int
    written: int
    refused: int
    quarantined: int
    last_seq: str
    ended_because: Ending
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a running pass is; ``pending`` is how many changes the source still has after it."""

    read: int
    sent: int
    pending: int


class Tally:
    """Counts a running pass; grows by a bounded list of verdicts only."""

    def __init__(self, last_seq: str) -> None:
        """Start with nothing done, at the source's sequence ``last_seq``."""
        self.last_seq = last_seq
        self.read = 0
        self.sent = 0
        self._count = dict.fromkeys(Outcome, 0)
        self._listed: list[Verdict] = []

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count the answers to one batch."""
        for verdict in verdicts:
            self.sent += 1
            self._count[verdict.outcome] += 1
            if verdict.outcome != Outcome.ACCEPTED and len(self._listed) < LISTED_VERDICTS:
                self._listed.append(verdict)

    def outcome(self, ended_because: Ending) -> PassOutcome:
        """Return what came of the pass."""
        return PassOutcome(
            read=self.read,
            sent=self.sent,
            written=self._count[Outcome.ACCEPTED],
            refused=self._count[Outcome.REFUSED],
            quarantined=self._count[Outcome.QUARANTINED],
            last_seq=self.last_seq,
            ended_because=ended_because,
            verdicts=tuple(self._listed),
        )
