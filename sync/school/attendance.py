"""Presence and reasons: who states what, what counts as missed, and the totals of lessons and days.

An absence has two halves with two authors. The teacher of the lesson states the **presence**; the
homeroom teacher states the **reason**, later and often for a whole period. Both halves together
give the code that the journal shows as a letter:

    presence          reason        code                letter   missed
    absent            (none yet)    absent_unknown      Н        yes
    absent            ill           absent_ill          Б        yes
    absent            excused       absent_excused      УП       yes
    absent            unexcused     absent_unexcused    НП       yes
    late (+ minutes)                late                ОП       no
    exempt_present                  exempt_present      осв      no
    remote                          remote              Д        no

Exempt here means: in the lesson, but released from exercise. Remote is presence from a distance.
Codes are stored and never change; letters are a setting of the school. They must never be taken
over from another system without its table: «Н» means "reason unknown" in one and "without good
reason" in another.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from sync import errors

Lesson = TypeVar("Lesson")

# A double lesson with its break; who comes later than that was absent.
HIGHEST_LATE_MINUTES = 100


class Presence(StrEnum):
    """What the teacher states about one student in one lesson; presence itself is not stored."""

    ABSENT = "absent"
    LATE = "late"
    REMOTE = "remote"
    EXEMPT_PRESENT = "exempt_present"


class Reason(StrEnum):
    """Why a student was absent, as the homeroom teacher states it; unknown is not stored."""

    ILL = "ill"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"


class ReasonDetail(StrEnum):
    """Where a reason comes from; optional, kept beside the reason."""

    ILL_BY_DOCTOR = "ill_by_doctor"
    ILL_BY_GUARDIAN = "ill_by_guardian"
    GUARDIAN = "guardian"
    ORDER = "order"
    COMPETITION = "competition"
    OTHER = "other"


REASON_OF_DETAIL: Mapping[ReasonDetail, Reason] = MappingProxyType(
    {
        ReasonDetail.ILL_BY_DOCTOR: Reason.ILL,
        ReasonDetail.ILL_BY_GUARDIAN: Reason.ILL,
        ReasonDetail.GUARDIAN: Reason.EXCUSED,
        ReasonDetail.ORDER: Reason.EXCUSED,
        ReasonDetail.COMPETITION: Reason.EXCUSED,
        ReasonDetail.OTHER: Reason.EXCUSED,
    }
)


class AbsenceCode(StrEnum):
    """Presence and reason as one word."""

    UNKNOWN = "absent_unknown"
    ILL = "absent_ill"
    EXCUSED = "absent_excused"
    UNEXCUSED = "absent_unexcused"
    LATE = "late"
    EXEMPT_PRESENT = "exempt_present"
    REMOTE = "remote"


MISSED_CODES = frozenset(
    {AbsenceCode.UNKNOWN, AbsenceCode.ILL, AbsenceCode.EXCUSED, AbsenceCode.UNEXCUSED}
)

_CODE_OF_REASON: Mapping[Reason | None, AbsenceCode] = {
    None: AbsenceCode.UNKNOWN,
    Reason.ILL: AbsenceCode.ILL,
    Reason.EXCUSED: AbsenceCode.EXCUSED,
    Reason.UNEXCUSED: AbsenceCode.UNEXCUSED,
}

_REASON_OF_CODE = {code: reason for reason, code in _CODE_OF_REASON.items()}


def code_of(presence: Presence | None, reason: Reason | None = None) -> AbsenceCode | None:
    """Return the code of both halves; None for a student who was simply there.

    A reason counts for an absence only. One that came for a lesson in which the student turned
    out to be late or present changes nothing here; it belongs on the list of implausible data.
    """
    if presence is None:
        return None
    if presence is Presence.ABSENT:
        return _CODE_OF_REASON[reason]
    return AbsenceCode(presence.value)


def presence_of(code: AbsenceCode) -> Presence:
    """Return the teacher's half of a code."""
    return Presence.ABSENT if code in MISSED_CODES else Presence(code.value)


def reason_of(code: AbsenceCode) -> Reason | None:
    """Return the homeroom teacher's half of a code, None where there is none (yet)."""
    return _REASON_OF_CODE.get(code)


def counts_as_missed(code: AbsenceCode | None) -> bool:
    """Tell whether the lesson was missed: absent for whatever reason; late is not missed."""
    return code in MISSED_CODES


def mark_is_plausible(code: AbsenceCode | None, *, made_up_later: bool) -> bool:
    """Tell whether a mark may stand in a lesson beside this code.

    An absent student has a mark there only for a work made up later.
    """
    return made_up_later or not counts_as_missed(code)


def check_late_minutes(presence: Presence | None, minutes: int | None) -> int | None:
    """Return ``minutes`` if they may stand beside this presence; None is always allowed.

    Raises:
        errors.LateMinutesOutsideRange: not 1 to 100, or the student is not late.
    """
    if minutes is None:
        return None
    in_range = type(minutes) is int and 1 <= minutes <= HIGHEST_LATE_MINUTES
    if presence is not Presence.LATE or not in_range:
        raise errors.LateMinutesOutsideRange(
            minutes=str(minutes)[:20], low=1, high=HIGHEST_LATE_MINUTES
        )
    return minutes


# --------------------------------------------------------------------------------------- letters


@dataclass(frozen=True)
class AbsenceLetters:
    """How a school writes the codes: the letters it shows and others it understands."""

    shown: Mapping[AbsenceCode, str]
    understood: Mapping[str, AbsenceCode] = field(default_factory=dict)

    def letter(self, code: AbsenceCode) -> str:
        """Return the letters of a code, ``Н``."""
        return self.shown[code]

    def text(self, code: AbsenceCode, minutes: int | None = None) -> str:
        """Return what the cell shows: ``Н``, ``ОП``, or ``ОП 10`` when the minutes are known."""
        letters = self.shown[code]
        return letters if minutes is None else f"{letters} {minutes}"

    def parse(self, text: str) -> "TypedAbsence":
        """Return what a teacher typed into a cell: ``н``, ``Б``, ``оп``, ``ОП 10``, ``оп10``.

        Raises:
            errors.AbsenceNotUnderstood: these are no letters of this school.
            errors.LateMinutesOutsideRange: minutes of a wrong number or beside another code.
        """
        typed = re.fullmatch(r"([^0-9]+?)\s*([0-9]{1,9})?", _folded(text))
        code = None if typed is None else self._by_letters().get(typed[1])
        if typed is None or code is None:
            allowed = " ".join(self.shown.values())
            raise errors.AbsenceNotUnderstood(typed=text.strip()[:20], allowed=allowed)
        minutes = None if typed[2] is None else int(typed[2])
        return TypedAbsence(code, check_late_minutes(presence_of(code), minutes))

    def _by_letters(self) -> dict[str, AbsenceCode]:
        others = {_folded(letters): code for letters, code in self.understood.items()}
        return others | {_folded(letters): code for code, letters in self.shown.items()}


@dataclass(frozen=True)
class TypedAbsence:
    """What letters in a cell say; the reason in ``code`` needs its own right to be recorded."""

    code: AbsenceCode
    minutes: int | None = None


DEFAULT_LETTERS = AbsenceLetters(
    shown=MappingProxyType(
        {
            AbsenceCode.UNKNOWN: "Н",
            AbsenceCode.ILL: "Б",
            AbsenceCode.EXCUSED: "УП",
            AbsenceCode.UNEXCUSED: "НП",
            AbsenceCode.LATE: "ОП",
            AbsenceCode.EXEMPT_PRESENT: "осв",
            AbsenceCode.REMOTE: "Д",
        }
    ),
    understood=MappingProxyType(
        {"ОТ": AbsenceCode.UNKNOWN, "П": AbsenceCode.EXCUSED, "О": AbsenceCode.LATE}
    ),
)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


# ---------------------------------------------------------------------------------------- totals


@dataclass(frozen=True)
class AbsenceTotals:
    """Numbers of lessons, or of whole days, by code."""

    unknown: int = 0
    ill: int = 0
    excused: int = 0
    unexcused: int = 0
    late: int = 0
    remote: int = 0
    exempt_present: int = 0

    @property
    def missed(self) -> int:
        """All that was missed, whatever the reason."""
        return self.unknown + self.ill + self.excused + self.unexcused


def totals(codes: Iterable[AbsenceCode | None]) -> AbsenceTotals:
    """Count lessons by code; None (present) counts nowhere."""
    counted = Counter(codes)
    return AbsenceTotals(
        **{code.value.removeprefix("absent_"): counted[code] for code in AbsenceCode}
    )


def day_is_missed(held: Collection[Lesson], missed: Collection[Lesson]) -> bool:
    """Tell whether every lesson held that day for the student was missed; never with no lesson.

    Args:
        held: the lessons really held for the student's class or for groups the student is in.
        missed: those of any day that the student missed.
    """
    return bool(held) and all(lesson in missed for lesson in held)


def full_days_missed(
    held: Mapping[date, Collection[Lesson]], codes: Mapping[Lesson, AbsenceCode]
) -> AbsenceTotals:
    """Count the days missed in full, each under one reason.

    Args:
        held: by day, the lessons held for the student.
        codes: by lesson, what is recorded for the student; lessons without are attended.
    Returns:
        Days by reason; ``missed`` is their number. Late and remote days are none.
    """
    missed = {lesson for lesson, code in codes.items() if counts_as_missed(code)}
    return totals(
        _reason_of_day([codes[lesson] for lesson in lessons])
        for lessons in held.values()
        if day_is_missed(lessons, missed)
    )


def _reason_of_day(codes: Collection[AbsenceCode]) -> AbsenceCode:
    """Return the reason of most lessons; of equals the unsettled or less excused one."""
    strictness = (
        AbsenceCode.UNKNOWN,
        AbsenceCode.UNEXCUSED,
        AbsenceCode.EXCUSED,
        AbsenceCode.ILL,
    )
    counted = Counter(codes)
    return max(strictness, key=lambda code: counted[code])
