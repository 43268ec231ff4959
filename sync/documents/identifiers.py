"""Document ids: the only place that knows their format.

An id is the kind and its parts, joined by colons: ``mark:<group>:<date>:<ordinal>:<student>:1``.
Parts are opaque ids, dates and small numbers; never a name, a class title or anything else that
may change. Facts that must be unique (one lesson, one mark in one column) get an id from what they
are about, so that two people who write the same fact meet in one document; free facts (a further
column) get a random part.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sync import errors
from sync.documents import canonical

Randomness = Callable[[int], bytes]

OWN_COLUMN = "1"  # the lesson's own column of marks; each further one is a work
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32 in lower case
_OPAQUE_LENGTH = 12  # 60 bits
_OPAQUE_BYTES = 8
_SETTLEMENT_LENGTH = 20  # 100 bits: made from what is settled, by whoever settles it
_PART = re.compile(f"[{_ALPHABET}]{{1,40}}")
# Each document of a batch is asked about several times: by rights, scope, read tables, arrivals.
_REMEMBERED = 4096

#: Kinds whose ids carry a lesson, with the number of parts after it.
_LESSON_KINDS = {"lesson": 0, "absence": 1, "work": 1, "mark": 2}
_JOURNAL_ID = re.compile(
    f"({'|'.join(_LESSON_KINDS)}):([^:]*):([^:]*):([^:]*)(?::({_PART.pattern}))?"
    f"(?::({_PART.pattern}))?"
)
#: Kinds that central alone writes; their ids are the kind and one opaque part.
REFERENCE_KINDS = frozenset(
    {
        "calendar",
        "subject",
        "staff",
        "class",
        "student",
        "student_card",
        "guardian",
        "teaching_group",
        "assignment",
        "substitution",
        "timetable",
        "plan",
        "lock",
        "decision",
        "rejection",
    }
)
JOURNAL_KINDS = frozenset(_LESSON_KINDS)


def new_id(randomness: Randomness) -> str:
    """Return a fresh opaque id: 12 characters of lower-case Crockford base 32, 60 bits."""
    number = int.from_bytes(randomness(_OPAQUE_BYTES), "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(_OPAQUE_LENGTH))


@dataclass(frozen=True, order=True)
class LessonKey:
    """Which lesson: the group, the date, and which of the group's lessons of that day (1, 2 …)."""

    group: str
    date: date
    ordinal: int

    def __str__(self) -> str:
        """Return the parts as they stand inside document ids."""
        return f"{self.group}:{self.date.isoformat()}:{self.ordinal}"


class JournalId(NamedTuple):
    """A parsed id of a journal document; parts that its kind does not have are None.

    A tuple, because one is made for each document that comes in.
    """

    kind: str
    lesson: LessonKey
    student: str | None = None
    column: str | None = None
    work: str | None = None


def lesson_id(lesson: LessonKey) -> str:
    """Return the id of the lesson's document."""
    return f"lesson:{lesson}"


def absence_id(lesson: LessonKey, student: str) -> str:
    """Return the id of the absence of one student in one lesson."""
    return f"absence:{lesson}:{student}"


def work_id(lesson: LessonKey, work: str) -> str:
    """Return the id of a further column of marks of a lesson."""
    return f"work:{lesson}:{work}"


def mark_id(lesson: LessonKey, student: str, column: str = OWN_COLUMN) -> str:
    """Return the id of the mark of one student in one column of one lesson."""
    return f"mark:{lesson}:{student}:{column}"


def reference_id(kind: str, opaque: str) -> str:
    """Return the id of a reference document such as ``student:…``."""
    return f"{kind}:{opaque}"


def settlement_part(doc_id: str, revisions: Iterable[str]) -> str:
    """Return the opaque part that names what is settled: these leaves of this document.

    The same leaves give the same part in any order, so that one question has one answer.
    """
    named = canonical.encode([doc_id, sorted(revisions)])
    number = int.from_bytes(hashlib.sha256(named).digest(), "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(_SETTLEMENT_LENGTH))


def decision_id(doc_id: str, revisions: Iterable[str]) -> str:
    """Return the id of the decision that settles these leaves of a document."""
    return f"decision:{settlement_part(doc_id, revisions)}"


def rejection_id(doc_id: str, revision: str) -> str:
    """Return the id of the rejection of one revision of a document."""
    return f"rejection:{settlement_part(doc_id, [revision])}"


def kind_of(doc_id: str) -> str:
    """Return the kind of a document id, also of one that cannot be parsed further."""
    return doc_id.partition(":")[0]


def opaque_of(doc_id: str) -> str:
    """Return the opaque part of a reference id (``student:x`` gives ``x``)."""
    return doc_id.partition(":")[2]


def parse_lesson(text: str) -> LessonKey:
    """Return the lesson written as ``group:date:ordinal``; raises ``errors.BadDocumentId``."""
    parts = text.split(":")
    if len(parts) != 3:
        raise errors.BadDocumentId(id=text[:80])
    return _lesson_from(parts, text)


@lru_cache(_REMEMBERED)
def parse_journal(doc_id: str) -> JournalId:
    """Return the parts of a journal document's id.

    Raises:
        errors.BadDocumentId: not a journal kind, a wrong number of parts, or a part that is not
            of its form; such a document is refused, since nobody could say what it is about.
    """
    found = _JOURNAL_ID.fullmatch(doc_id)
    if found is None:
        raise errors.BadDocumentId(id=doc_id[:80])
    kind, group, day, ordinal, first, second = found.groups()
    lesson = _lesson_of(group, day, ordinal)
    if lesson is None or (first is not None) + (second is not None) != _LESSON_KINDS[kind]:
        raise errors.BadDocumentId(id=doc_id[:80])
    if kind == "work":
        return JournalId(kind, lesson, None, None, first)
    return JournalId(kind, lesson, first, second)


def is_reference(doc_id: str) -> bool:
    """Tell whether the id is a well-formed one of a kind that central alone writes."""
    kind, _, rest = doc_id.partition(":")
    return kind in REFERENCE_KINDS and _is_part(rest)


def _lesson_from(parts: list[str], whole: str) -> LessonKey:
    lesson = _lesson_of(*parts)
    if lesson is None:
        raise errors.BadDocumentId(id=whole[:80])
    return lesson


@lru_cache(_REMEMBERED)
def _lesson_of(group: str, day: str, ordinal: str) -> LessonKey | None:
    """Return the lesson of these parts, None if one of them is not of its form."""
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        return None
    good_ordinal = ordinal in {"1", "2", "3", "4", "5", "6", "7", "8", "9"}
    if not _is_part(group) or not good_ordinal or parsed.isoformat() != day:
        return None
    return LessonKey(group, parsed, int(ordinal))


def _is_part(part: str) -> bool:
    return _PART.fullmatch(part) is not None
