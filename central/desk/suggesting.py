"""Which of several versions the desk suggests, and why: one pure rule, never more than advice.

The school's own documents speak first: who held the lesson knows what happened in it. A clock is
asked only about two entries of one author, where nobody is set against anybody else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

SUBSTITUTE_HELD = "substitute_held"
ASSIGNED_TEACHER = "assigned_teacher"
LATER_OF_OWN = "later_of_own"


@dataclass(frozen=True)
class Claim:
    """A version as far as the rule asks: who wrote it, and when by a clock that may be wrong."""

    author: str
    written_at: datetime
    clock_suspect: bool = False


@dataclass(frozen=True)
class Suggestion:
    """The index of the suggested version, and the code of the reason."""

    version: int
    code: str


def suggest(
    claims: Sequence[Claim], *, substitute: str | None, assigned: Collection[str]
) -> Suggestion | None:
    """Return the version to suggest; None where the school's documents do not tell one apart.

    ``substitute_held``    a substitution is entered, and one version is the substitute's
    ``assigned_teacher``   none is entered, and one version is that of an assigned teacher
    ``later_of_own``       all are one author's: the later entry, unless a clock is suspect
    """
    authors = {claim.author for claim in claims}
    if len(authors) == 1:
        return _later(claims)
    if substitute is not None:
        return _only(claims, {substitute}, SUBSTITUTE_HELD)
    return _only(claims, assigned, ASSIGNED_TEACHER)


def _only(claims: Sequence[Claim], people: Collection[str], code: str) -> Suggestion | None:
    theirs = [index for index, claim in enumerate(claims) if claim.author in people]
    return Suggestion(theirs[0], code) if len(theirs) == 1 else None


def _later(claims: Sequence[Claim]) -> Suggestion | None:
    if any(claim.clock_suspect for claim in claims):
        return None
    times = sorted(claim.written_at for claim in claims)
    if len(times) < 2 or times[-1] == times[-2]:
        return None
    latest = max(range(len(claims)), key=lambda index: claims[index].written_at)
    return Suggestion(latest, LATER_OF_OWN)
