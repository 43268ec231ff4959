"""A school to measure with: groups of one class each, all taught by one teacher in one room.

Everything in it is made by the product's own means: reference documents as an import writes them,
lessons and marks through the door of ``entries``, so that every document is as long, as sealed and
as well founded as a real one. Ids are of the real length. Nothing depends on the machine's clock or
on chance: the same sizes give the same school.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from benchmark.sizes import Sizes
from central.reference import ReferenceWriter
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.door import Maker, Save, Step
from sync.store.document_store import DocumentStore

#: Friday 23.10.2026, 15:00 in Moscow: the last school day of the first quarter.
NOW = datetime(2026, 10, 23, 12, 0, tzinfo=UTC)
ROOM = "12"
TERM = "q1"
CALENDAR, TEACHER = "bench2026", "benchteacher"

_FIRST, _LAST = date(2026, 9, 1), date(2026, 10, 23)
_AFTER_SCHOOL = time(12, 0)
_SUBJECTS = ("Математика", "Русский язык", "Литература")
_LETTERS = "АБВГДЕЖЗИКЛМН"
_LAST_NAMES = ("Абрамов", "Белов", "Громов", "Ёлкин", "Жуков", "Константинопольский", "Орлов")
_FIRST_NAMES = ("Пётр", "Лев", "Сергей", "Тимур", "Александр", "Иван")
_VALUES = (5, 5, 4, 4, 4, 3, 3, 2, "pass", "debt")
_BELLS = ("08:30 09:15", "09:25 10:10", "10:25 11:10", "11:25 12:10", "12:20 13:05")

Fields = dict[str, Any]


@dataclass(frozen=True)
class TaughtGroup:
    """A teaching group with its students, in the order of the class list."""

    id: str
    school_class: str
    subject: str
    students: tuple[str, ...]


class School:
    """The school of some sizes; ``groups`` is how many groups it has."""

    def __init__(self, sizes: Sizes, groups: int = 1) -> None:
        """Draw the ids; nothing is written."""
        drawn = random.Random(2026)  # noqa: S311 - a school to measure with, no secret

        def new_id() -> str:
            return identifiers.new_id(drawn.randbytes)

        self.lessons = sizes.lessons
        self.subjects = {new_id(): name for name in _SUBJECTS}
        self.classes = [new_id() for _ in range(-(-groups // len(_SUBJECTS)))]
        self.students = {
            one: tuple(new_id() for _ in range(sizes.students)) for one in self.classes
        }
        pairs = [(one, subject) for one in self.classes for subject in self.subjects]
        self.groups = [
            TaughtGroup(new_id(), one, subject, self.students[one])
            for one, subject in pairs[:groups]
        ]

    @cached_property
    def hours(self) -> list[tuple[date, int]]:
        """Return day and ordinal of each lesson of a group, by day."""
        days = [_FIRST + timedelta(days=past) for past in range((_LAST - _FIRST).days + 1)]
        school_days = [day for day in days if day.isoweekday() <= 5]
        ordinals = range(1, -(-self.lessons // len(school_days)) + 1)
        every = [(day, ordinal) for ordinal in ordinals for day in school_days]
        return sorted(every[: self.lessons])

    def documents(self) -> Iterator[tuple[str, Fields]]:
        """Yield every reference document without its entry."""
        yield f"calendar:{CALENDAR}", {"kind": "calendar", "schema": 1, **_calendar()}
        name = {"last": "Соколова", "first": "Анна", "patronymic": "Михайловна"}
        staff = {**name, "roles": ["teacher"], "room": ROOM}
        yield f"staff:{TEACHER}", {"kind": "staff", "schema": 1, **staff}
        for subject, title in self.subjects.items():
            fields = {"name": title, "markless_years": []}
            yield f"subject:{subject}", {"kind": "subject", "schema": 1, **fields}
        for number, one in enumerate(self.classes):
            yield f"class:{one}", {"kind": "class", "schema": 1, **_class(number)}
            for place, student in enumerate(self.students[one]):
                yield f"student:{student}", {"kind": "student", "schema": 1, **_student(one, place)}
        for group in self.groups:
            yield from self._group(group)

    def _group(self, group: TaughtGroup) -> Iterator[tuple[str, Fields]]:
        dated = {"starts": _FIRST.isoformat(), "ends": None}
        fields = {"calendar": CALENDAR, "subject": group.subject, "classes": [group.school_class]}
        yield (
            f"teaching_group:{group.id}",
            {"kind": "teaching_group", "schema": 1, **fields, "subgroup": None, "members": None},
        )
        load = {"group": group.id, "teacher": TEACHER, "room": ROOM, "weekly_hours": 8}
        yield f"assignment:{group.id}", {"kind": "assignment", "schema": 1, **load, **dated}
        if group is self.groups[0]:
            # One teacher cannot give several lessons at once; the rights come from the assignment.
            slots = {"group": group.id, "slots": list(self._slots())}
            yield f"timetable:{group.id}", {"kind": "timetable", "schema": 1, **slots}

    def _slots(self) -> Iterator[Fields]:
        for ordinal in sorted({ordinal for _, ordinal in self.hours}):
            days = [day for day, other in self.hours if other == ordinal]
            for weekday in sorted({day.isoweekday() for day in days}):
                yield {
                    "weekday": weekday,
                    "number": ordinal,
                    "shift": 1,
                    "starts": _FIRST.isoformat(),
                    "ends": days[-1].isoformat(),
                }


def write_school(store: DocumentStore, maker: Maker, school: School) -> None:
    """Put the reference documents into central's empty store, in one transaction."""
    at = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)
    with store.transaction() as tx, ReferenceWriter(tx, maker, store.epoch, at) as writer:
        for doc_id, fields in school.documents():
            writer.put(doc_id, fields, parent=None)


def marks_everywhere(place: int, number: int) -> bool:
    """Tell that every student has a mark in every lesson."""
    return True


def marks_in_a_third(place: int, number: int) -> bool:
    """Tell which cells of a sheet are filled if two thirds are to stay empty."""
    return (place + number) % 3 == 0


def keep_lessons(
    store: DocumentStore,
    maker: Maker,
    school: School,
    is_marked: Callable[[int, int], bool] = marks_everywhere,
    most: int | None = None,
) -> int:
    """Keep every lesson of every group, by day, each in one transaction; return the documents.

    Args:
        is_marked: by the student's place and the lesson's number.
        most: stop after so many documents.
    """
    drawn = random.Random(1014)  # noqa: S311 - marks to measure with
    written = 0
    for number, (day, ordinal) in enumerate(school.hours):
        for group in school.groups:
            lesson = LessonKey(group.id, day, ordinal)
            steps = [_topic(lesson, number)]
            for place, student in enumerate(group.students):
                if is_marked(place, number):
                    steps.append(mark_step(lesson, student, drawn.choice(_VALUES)))
            steps = steps if most is None else steps[: most - written]
            write(store, maker, datetime.combine(day, _AFTER_SCHOOL, UTC), steps)
            written += len(steps)
    return written


def mark_step(lesson: LessonKey, student: str, value: int | str) -> Step:
    """Return the step that puts a first mark, as the sheet does it."""
    return Step(identifiers.mark_id(lesson, student), {"value": value}, {"value": None})


def edited(value: int | str) -> int:
    """Return another mark than ``value``."""
    return 4 if value == 5 else 5


def write(store: DocumentStore, maker: Maker, at: datetime, steps: Sequence[Step]) -> None:
    """Write steps in one commit through the product's door, as the teacher."""
    if steps:
        with store.transaction() as tx:
            Save(tx, maker, store.epoch, at).write(TEACHER, steps, None)


def _topic(lesson: LessonKey, number: int) -> Step:
    fields = {"topic": f"Тема урока {number + 1}: умножение натуральных чисел"}
    return Step(identifiers.lesson_id(lesson), fields, {"topic": None})


def _calendar() -> Fields:
    term = {"id": TERM, "kind": "quarter", "name": "I четверть", "years": list(range(1, 12))}
    return {
        "school_name": "МБОУ «Средняя школа № 1» (пример)",
        "label": "2026/2027",
        "timezone": "Europe/Moscow",
        "starts": _FIRST.isoformat(),
        "ends": "2027-05-26",
        "weekdays": 5,
        "terms": [{**term, "starts": _FIRST.isoformat(), "ends": "2026-10-25"}],
        "holidays": [],
        "bells": [
            {"shift": 1, "number": number, "starts": times[:5], "ends": times[6:]}
            | {"valid_from": None, "valid_to": None}
            for number, times in enumerate(_BELLS, start=1)
        ],
    }


def _class(number: int) -> Fields:
    year, letter = 5 + number // len(_LETTERS), _LETTERS[number % len(_LETTERS)]
    return {
        "calendar": CALENDAR,
        "name": f"{year}{letter}",
        "year_of_study": year,
        "letter": letter,
        "homeroom_teacher": None,
        "shift": 1,
        "continues": None,
    }


def _student(school_class: str, place: int) -> Fields:
    return {
        "last": _LAST_NAMES[place % len(_LAST_NAMES)],
        "first": _FIRST_NAMES[place % len(_FIRST_NAMES)],
        "patronymic": "Ильич",
        "distinction": str(place + 1),
        "enrollments": [{"class": school_class, "starts": _FIRST.isoformat(), "ends": None}],
    }
