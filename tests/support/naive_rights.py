"""Who may write what, when, and what a field may hold: the naive half of ``naive_judgement``.

Written from the design page and from the school's rules, sharing nothing with the product.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

JOURNAL_FIELDS = {
    "lesson": ["number", "room", "topic", "plan_topic", "homework", "roll_call", "work_kind"],
    "absence": ["presence", "minutes", "reason"],
    "work": ["title", "work_kind", "weight"],
    "mark": ["value", "weight", "work_kind", "comment"],
}
KINDS_OF_WORK = {
    "answer",
    "homework",
    "independent",
    "laboratory",
    "practical",
    "control",
    "dictation",
    "test",
    "essay",
}
WORDS = {
    "presence": {"absent", "late", "remote", "exempt_present"},
    "reason": {"ill", "excused", "unexcused"},
    "work_kind": KINDS_OF_WORK,
}
SIGNS = {"pass", "fail", "exempt", "debt"}
TEXT_LIMITS = {
    "topic": 500,
    "homework": 4000,
    "room": 40,
    "plan_topic": 40,
    "title": 200,
    "comment": 500,
}
NUMBER_LIMITS = {"number": 20, "roll_call": 200, "minutes": 240, "weight": 10}
PREPARE_DAYS = 14


@dataclass
class Period:
    """Something that holds from a date to a date, both included; ``ends`` None: for ever."""

    starts: date
    ends: date | None

    def holds(self, on: date) -> bool:
        """Tell whether it holds on a date."""
        return self.starts <= on and (self.ends is None or on <= self.ends)


@dataclass
class School:
    """What central knows, as plain lists."""

    year: Period
    zone: ZoneInfo
    staff: set[str] = field(default_factory=set)
    #: (group, teacher, period)
    assignments: list[tuple[str, str, Period]] = field(default_factory=list)
    #: (group, date, ordinal) -> teacher
    substitutions: dict[tuple[str, date, int], str] = field(default_factory=dict)
    #: group -> classes
    classes: dict[str, list[str]] = field(default_factory=dict)
    #: group -> members with their periods; None: whole classes
    members: dict[str, list[tuple[str, Period]] | None] = field(default_factory=dict)
    #: student -> (class, period)
    enrolled: dict[str, list[tuple[str, Period]]] = field(default_factory=dict)
    homeroom: dict[str, str | None] = field(default_factory=dict)
    #: (classes or [] for all, until, locked at)
    locks: list[tuple[list[str], date, datetime]] = field(default_factory=list)
    contacts: dict[str, datetime] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)
    #: Makers whose computers were taken out of service.
    revoked: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class About:
    """What a journal document is about."""

    kind: str
    group: str
    date: date
    ordinal: int
    student: str | None


def schema_codes(kind: str, value: Any) -> set[str]:
    schema = value.get("schema")
    if value.get("kind") != kind or type(schema) is not int or schema < 1:
        return {"schema"}
    if schema > 1:
        return {"newer_schema"}
    codes = set()
    if not all(_may_hold(name, value.get(name)) for name in JOURNAL_FIELDS[kind]):
        codes.add("schema")
    if not _only_safe_numbers(value):
        codes.add("schema")
    if not (value.get("disputed") is None or isinstance(value.get("disputed"), bool)):
        codes.add("schema")
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) > 256 * 1024:
        codes.add("too_large")
    return codes


def _may_hold(name: str, value: Any) -> bool:
    if value is None:
        return True
    if name in TEXT_LIMITS:
        return isinstance(value, str) and len(value) <= TEXT_LIMITS[name]
    if name in NUMBER_LIMITS:
        return type(value) is int and 0 <= value <= NUMBER_LIMITS[name]
    if name == "value":
        if isinstance(value, str):
            return value in SIGNS
        return type(value) is int and 1 <= value <= 100
    return isinstance(value, str) and value in WORDS[name]


def _only_safe_numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_only_safe_numbers(part) for part in value.values())
    if isinstance(value, list):
        return all(_only_safe_numbers(part) for part in value)
    if isinstance(value, float):
        return False
    return not (type(value) is int and abs(value) > 2**53 - 1)


# --------------------------------------------------------------------------------- the rights


def not_allowed(school: School, about: About, raw: Any) -> set[str]:
    codes = set()
    author, name = raw["author"], raw["field"]
    if raw["node"] in school.revoked:
        codes.add("maker_revoked")
    if author not in school.staff:
        codes.add("author_unknown")
    if name not in JOURNAL_FIELDS[about.kind]:
        codes.add("unknown_field")
    else:
        codes |= _no_right(school, about, author, name)
    if about.student is not None and raw["new"] is not None and not _is_member(school, about):
        codes.add("not_in_group")
    if not school.year.holds(about.date):
        codes.add("outside_school_year")
    if not raw.get("clock_suspect", False) and _is_too_early(school, about, raw):
        codes.add("lesson_in_future")
    if _is_locked(school, about, raw):
        codes.add("term_locked")
    return codes


def _no_right(school: School, about: About, author: str, name: str) -> set[str]:
    if about.kind == "absence" and name == "reason":
        may = _is_homeroom_teacher(school, author, about)
        return set() if may else {"reason_not_yours"}
    return set() if _may_teach(school, author, about) else {"not_your_lesson"}


def _may_teach(school: School, author: str, about: About) -> bool:
    if school.substitutions.get((about.group, about.date, about.ordinal)) == author:
        return True
    return any(
        (group, teacher) == (about.group, author) and period.holds(about.date)
        for group, teacher, period in school.assignments
    )


def _class_of(school: School, student: str, on: date) -> str | None:
    found = [one for one, period in school.enrolled.get(student, []) if period.holds(on)]
    return found[-1] if found else None


def _is_homeroom_teacher(school: School, author: str, about: About) -> bool:
    school_class = _class_of(school, str(about.student), about.date)
    return school_class is not None and school.homeroom.get(school_class) == author


def _is_member(school: School, about: About) -> bool:
    classes = school.classes.get(about.group, [])
    enrolled = school.enrolled.get(str(about.student), [])
    if not any(one in classes and period.holds(about.date) for one, period in enrolled):
        return False
    members = school.members.get(about.group)
    return members is None or any(
        student == about.student and period.holds(about.date) for student, period in members
    )


def _written_at(raw: Any) -> datetime:
    return datetime.fromisoformat(raw["written_at"]) + timedelta(seconds=raw.get("clock_offset", 0))


def _is_too_early(school: School, about: About, raw: Any) -> bool:
    today = _written_at(raw).astimezone(school.zone).date()
    may_prepare = about.kind == "work" or (about.kind == "lesson" and raw["field"] != "roll_call")
    return about.date > today + timedelta(days=PREPARE_DAYS if may_prepare else 0)


def _is_locked(school: School, about: About, raw: Any) -> bool:
    classes = school.classes.get(about.group, [])
    for locked, until, at in school.locks:
        concerned = not locked or any(one in locked for one in classes)
        if not concerned or about.date > until:
            continue
        contact = school.contacts.get(raw["node"])
        heard_since = contact is not None and contact >= at
        if raw.get("clock_suspect", False) or _written_at(raw) >= at or heard_since:
            return True
    return False
