"""A small made-up school, as documents for central and as plain facts for the naive oracle.

Everything comes from one ``random.Random``: who teaches what until when, who moved from class to
class, what is locked. Ids are short, since they mean nothing.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from central.endpoint import receipts
from sync.documents import entry
from sync.store.document_store import DocumentStore
from tests.support import naive_judgement
from tests.support.naive_judgement import CENTRAL
from tests.support.naive_rights import Period, School

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 9, 1), date(2027, 5, 31)
MIDDLE = date(2026, 10, 14)
TEACHERS = ("t1", "t2", "t3", "t4")
STRANGER = "x9"
CLASSES = ("c1", "c2")
GROUPS = ("g1", "g2", "g3", "g4")
STUDENTS = ("s1", "s2", "s3", "s4", "s5")
NODES = ("n1", "n2", "n3")

_ALWAYS = Period(FIRST, None)


def made(rng: random.Random) -> School:
    """Return the facts of a school."""
    school = School(year=Period(FIRST, LAST), zone=ZoneInfo("Europe/Moscow"))
    school.staff = set(TEACHERS)
    school.keys = {maker: rng.randbytes(32) for maker in (CENTRAL, *NODES)}
    school.classes = {"g1": ["c1"], "g2": ["c1"], "g3": ["c2"], "g4": ["c1", "c2"]}
    school.members = dict.fromkeys(GROUPS)
    for group in ("g2", "g4"):
        some = rng.sample(STUDENTS, 3)
        school.members[group] = [(student, _period(rng)) for student in some]
    for student in STUDENTS:
        school.enrolled[student] = list(_enrollments(rng))
    for group in GROUPS:
        change = _day(rng)
        first, second = rng.sample(TEACHERS, 2)
        school.assignments.append((group, first, Period(FIRST, change)))
        school.assignments.append((group, second, Period(change + timedelta(days=1), None)))
    for _ in range(3):
        lesson = (rng.choice(GROUPS), _day(rng), rng.randint(1, 2))
        school.substitutions[lesson] = rng.choice(TEACHERS)
    school.homeroom = {"c1": rng.choice(TEACHERS), "c2": rng.choice([None, "t2"])}
    for _ in range(rng.randint(0, 2)):
        concerned = rng.choice([[], ["c1"], ["c2"], ["c1", "c2"]])
        at = datetime.combine(_day(rng), NOW.time(), UTC) + timedelta(days=rng.randint(0, 10))
        school.locks.append((concerned, _day(rng), at))
    for node in rng.sample(NODES, 2):
        school.contacts[node] = datetime.combine(_day(rng), NOW.time(), UTC)
    if rng.random() < 0.5:
        school.staff.remove(rng.choice(TEACHERS))  # left, and still stands in the plans
    if rng.random() < 0.3:
        school.revoked.add(rng.choice(NODES))
    return school


def lesson_day(rng: random.Random) -> date:
    """Return a date for a lesson, seldom one outside the school year."""
    return (
        rng.choice([FIRST - timedelta(days=9), LAST + timedelta(days=9)])
        if (rng.random() < 0.03)
        else _day(rng)
    )


def fill(store: DocumentStore, school: School) -> None:
    """Put the school into an empty store, each document sealed by central."""
    with store.transaction() as tx:
        for doc_id, fields in documents(school):
            bare = {"kind": doc_id.partition(":")[0], "schema": 1, **fields}
            tx.put(doc_id, sealed(school, doc_id, bare), parent=None)
    for node, at in school.contacts.items():
        receipts.note_contact(store.records, node, at)


def sealed(school: School, doc_id: str, bare: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reference document as central writes it."""
    raw: dict[str, Any] = {
        "field": "*",
        "old": None,
        "new": naive_judgement.digest(naive_judgement.canonical(bare)),
        "author": "central",
        "node": CENTRAL,
        "epoch": "e0",
        "seq": 1,
        "written_at": "2026-08-25T09:00:00Z",
        "previous": "",
    }
    raw["mac"] = naive_judgement.mac(doc_id, raw, school.keys[CENTRAL])
    return {**bare, "entries": [raw]}


def documents(school: School) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (id, fields) of every document of the school."""
    year = {"starts": FIRST.isoformat(), "ends": LAST.isoformat()}
    more = {"school_name": "Школа", "label": "2026/2027", "timezone": "Europe/Moscow"}
    lists: dict[str, Any] = {"weekdays": 5, "terms": [], "holidays": [], "bells": []}
    yield "calendar:y1", {**year, **more, **lists}
    yield "subject:math", {"name": "Математика", "markless_years": []}
    for person in sorted(school.staff):
        name = {"last": person, "first": "И", "patronymic": "О"}
        yield f"staff:{person}", {**name, "roles": ["teacher"], "room": None}
    for one in CLASSES:
        about = {"calendar": "y1", "name": f"5{one}", "year_of_study": 5, "letter": one}
        leads = {"homeroom_teacher": school.homeroom[one], "shift": 1, "continues": None}
        yield f"class:{one}", {**about, **leads}
    yield from _students(school)
    yield from _teaching(school)
    for number, (classes, until, at) in enumerate(school.locks):
        when = {"until": until.isoformat(), "locked_at": entry.instant_text(at)}
        yield f"lock:w{number}", {"classes": classes, **when}


def _students(school: School) -> Iterator[tuple[str, dict[str, Any]]]:
    for student, rows in school.enrolled.items():
        enrollments = [{"class": one, **_dates(period)} for one, period in rows]
        name = {"last": student, "first": "И", "patronymic": None, "distinction": None}
        yield f"student:{student}", {**name, "enrollments": enrollments}


def _teaching(school: School) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in GROUPS:
        listed = school.members[group]
        members = (
            None
            if listed is None
            else [{"student": one, **_dates(period)} for one, period in listed]
        )
        about = {"calendar": "y1", "subject": "math", "subgroup": None}
        yield (
            f"teaching_group:{group}",
            {**about, "classes": school.classes[group], "members": members},
        )
    for number, (group, teacher, period) in enumerate(school.assignments):
        load = {"room": "12", "weekly_hours": 3}
        yield (
            f"assignment:a{number}",
            {"group": group, "teacher": teacher, **load, **_dates(period)},
        )
    for number, ((group, on, ordinal), teacher) in enumerate(school.substitutions.items()):
        lesson = {"group": group, "date": on.isoformat(), "ordinal": ordinal}
        given = {"teacher": teacher, "room": None, "number": None, "change": "same_subject"}
        yield f"substitution:w{number}", {**lesson, **given, "reason": None}


def _enrollments(rng: random.Random) -> Iterator[tuple[str, Period]]:
    one, other = rng.sample(CLASSES, 2)
    if rng.random() < 0.6:
        yield one, _ALWAYS
        return
    moved = _day(rng)
    yield one, Period(FIRST, moved)
    if rng.random() < 0.7:
        yield other, Period(moved + timedelta(days=1), None)


def _period(rng: random.Random) -> Period:
    if rng.random() < 0.5:
        return _ALWAYS
    starts = _day(rng)
    return Period(starts, rng.choice([None, starts + timedelta(days=14)]))


def _day(rng: random.Random) -> date:
    return MIDDLE + timedelta(days=rng.randint(-20, 30))


def _dates(period: Period) -> dict[str, Any]:
    ends = None if period.ends is None else period.ends.isoformat()
    return {"starts": period.starts.isoformat(), "ends": ends}
