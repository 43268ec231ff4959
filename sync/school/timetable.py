"""The timetable spread out over dates: which lessons a group has on a day, with their ordinals.

A slot says that a group has a lesson on a weekday, as the lesson number so-and-so; bells say when
that is. Slots, bells and assignments hold from a date to a date, so an old week can be shown as it
was. On one day the rows become lessons like this:

    slots of group G on Wednesdays   №2, №3, №6     (№6 in odd weeks only)
    substitutions for that date      ordinal 2: cancelled; ordinal 4: moved here as №7
    lessons                          ordinal 1 №2 · ordinal 2 №3, cancelled · ordinal 3 №6
                                     ordinal 4 №7

The **ordinal** counts the group's own lessons of the day by lesson number: 1 for the first, 2 for
the second of a double lesson. It is part of a lesson's identity, so nothing that happens to a
lesson changes it: a cancelled lesson keeps its ordinal, a moved one keeps it under its new number.

Substitutions of a planned lesson (its ordinal is in the plan):
    same_subject    another teacher gives it
    merged          it is given together with another group, by that group's teacher, in that room
    moved           it has another number or room that day
    cancelled       it is not given
    other_subject   it is not given; another group's lesson is put in its place
A lesson brought to the date, from another day or in place of another subject, is a substitution of
kind moved or other_subject for the group that really has it, with a number and with the first
ordinal that is free after the planned ones.

The timetable is advice: it fills the page "today", it does not decide who may write.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

from sync import errors
from sync.school.school_year import Parity, SchoolYear

# Some schools have a lesson number 0 before the first bell.
LOWEST_LESSON_NUMBER = 0
HIGHEST_LESSON_NUMBER = 20


class SubstitutionKind(StrEnum):
    """What happens to a lesson on one date; the values are stored."""

    SAME_SUBJECT = "same_subject"
    OTHER_SUBJECT = "other_subject"
    MERGED = "merged"
    CANCELLED = "cancelled"
    MOVED = "moved"


_NOT_GIVEN = frozenset({SubstitutionKind.CANCELLED, SubstitutionKind.OTHER_SUBJECT})
_BRINGS_A_LESSON = frozenset({SubstitutionKind.MOVED, SubstitutionKind.OTHER_SUBJECT})


@dataclass(frozen=True)
class Bell:
    """When a lesson number begins and ends in a shift, by the school's clock.

    Raises:
        errors.BellsRefused: it ends before it begins, or its number cannot be.
    """

    shift: int
    number: int
    starts: time
    ends: time
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        """Refuse a bell that cannot be."""
        if self.ends <= self.starts or not _is_lesson_number(self.number):
            raise errors.BellsRefused(shift=self.shift, number=self.number)


@dataclass(frozen=True)
class Slot:
    """One row of the timetable.

    ``room`` None means the room of the assignment; ``teacher`` is named only where several teach
    the group and share its lessons. ``parity`` None means every week.

    Raises:
        errors.SlotRefused: no such weekday (1 Monday to 7 Sunday) or lesson number.
    """

    group: str
    weekday: int
    number: int
    room: str | None = None
    parity: Parity | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    shift: int = 1
    teacher: str | None = None

    def __post_init__(self) -> None:
        """Refuse a row that cannot be."""
        if not 1 <= self.weekday <= 7 or not _is_lesson_number(self.number):
            raise errors.SlotRefused(weekday=self.weekday, number=self.number)


@dataclass(frozen=True)
class Assignment:
    """Who teaches a group, from when to when, and in which room as a rule."""

    group: str
    teacher: str
    room: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class TaughtGroup:
    """The classes a group is made of, each with its year of study; they decide on holidays."""

    id: str
    classes: tuple[tuple[str, int], ...]

    def is_taught_on(self, day: date, calendar: SchoolYear) -> bool:
        """Tell whether at least one class of the group has lessons on a date."""
        return any(calendar.is_teaching_day(day, year, class_id) for class_id, year in self.classes)


@dataclass(frozen=True)
class Substitution:
    """What is different on one date for one lesson of a group; None means "as planned"."""

    group: str
    date: date
    ordinal: int
    kind: SubstitutionKind
    teacher: str | None = None
    room: str | None = None
    number: int | None = None


@dataclass(frozen=True)
class PlannedLesson:
    """A lesson that the timetable and its substitutions give for one date.

    ``teacher`` is the planned one, ``co_teachers`` are others assigned to the group that day,
    ``substitute`` gives the lesson instead. ``starts`` and ``ends`` are None where no bell is
    known for the number.
    """

    group: str
    date: date
    ordinal: int
    number: int
    room: str | None = None
    teacher: str | None = None
    substitute: str | None = None
    cancelled: bool = False
    starts: time | None = None
    ends: time | None = None
    shift: int = 1
    kind: SubstitutionKind | None = None
    co_teachers: tuple[str, ...] = ()

    @property
    def given_by(self) -> str | None:
        """The teacher who really gives the lesson."""
        return self.substitute or self.teacher

    def concerns(self, teacher: str) -> bool:
        """Tell whether a teacher finds this lesson on the own page."""
        return teacher in (self.teacher, self.substitute, *self.co_teachers)


@dataclass(frozen=True)
class _Timetable:
    """All that is needed to spread lessons over dates; see ``lessons_on``."""

    calendar: SchoolYear
    slots: tuple[Slot, ...]
    bells: tuple[Bell, ...]
    groups: Mapping[str, TaughtGroup]
    assignments: tuple[Assignment, ...]


def lessons_on(
    day: date,
    calendar: SchoolYear,
    slots: Iterable[Slot],
    substitutions: Iterable[Substitution] = (),
    *,
    bells: Iterable[Bell] = (),
    groups: Mapping[str, TaughtGroup] | None = None,
    assignments: Iterable[Assignment] = (),
) -> tuple[PlannedLesson, ...]:
    """Return the lessons of a date in the order of shift, number and group.

    For each group the planned lessons have the ordinals 1 to n. Days outside the calendar, and
    holidays, have no lessons but those brought there by a substitution. A substitution of a lesson
    that the plan has no more is left out.

    Args:
        substitutions: of any dates; where two speak of one lesson, the last one counts.
        groups: by id; a group that is not named here follows the school's days, without the
            holidays of single classes.
        assignments: of any groups; without one for a group its lessons have no teacher.
    """
    timetable = _Timetable(calendar, tuple(slots), tuple(bells), groups or {}, tuple(assignments))
    changes: dict[str, dict[int, Substitution]] = defaultdict(dict)
    for change in substitutions:
        if change.date == day:
            changes[change.group][change.ordinal] = change
    in_force = _slots_by_group(day, timetable)
    lessons: list[PlannedLesson] = []
    for group in in_force.keys() | changes.keys():
        planned = [
            _planned(day, ordinal, slot, timetable)
            for ordinal, slot in enumerate(in_force.get(group, ()), start=1)
        ]
        lessons.extend(_with_changes(day, planned, changes.get(group, {}), timetable))
    return tuple(
        sorted(lessons, key=lambda each: (each.shift, each.number, each.group, each.ordinal))
    )


def lessons_of_teacher(teacher: str, lessons: Iterable[PlannedLesson]) -> tuple[PlannedLesson, ...]:
    """Return the lessons that concern a teacher, those given by a substitute included."""
    return tuple(lesson for lesson in lessons if lesson.concerns(teacher))


def bell_of(bells: Iterable[Bell], shift: int, number: int, day: date) -> Bell | None:
    """Return the bell of a lesson number on a date; of several the one in force most lately."""
    in_force = [
        bell
        for bell in bells
        if (bell.shift, bell.number) == (shift, number)
        and _holds(day, bell.valid_from, bell.valid_to)
    ]
    return max(in_force, key=lambda bell: bell.valid_from or date.min, default=None)


def assigned_on(day: date, group: str, assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """Return who is assigned to a group on a date, the latest assignment first."""
    in_force = [
        each
        for each in assignments
        if each.group == group and _holds(day, each.valid_from, each.valid_to)
    ]
    by_teacher = sorted(in_force, key=lambda each: each.teacher)
    return tuple(sorted(by_teacher, key=lambda each: each.valid_from or date.min, reverse=True))


# ------------------------------------------------------------------------------------------ steps


def _slots_by_group(day: date, timetable: _Timetable) -> dict[str, list[Slot]]:
    """Return the slots in force on a date, by group, in the order of their lessons."""
    calendar = timetable.calendar
    weekday, parity = day.isoweekday(), calendar.week_parity(day)
    in_force: dict[str, dict[tuple[int, int], Slot]] = defaultdict(dict)
    for slot in timetable.slots:
        if slot.weekday != weekday or slot.parity not in (None, parity):
            continue
        if not _holds(day, slot.valid_from, slot.valid_to):
            continue
        place = (slot.shift, slot.number)
        # A row imported anew stands beside the older one for the same hour: the later counts.
        known = in_force[slot.group].get(place)
        if known is None or (known.valid_from or date.min) <= (slot.valid_from or date.min):
            in_force[slot.group][place] = slot
    return {
        group: [places[place] for place in sorted(places)]
        for group, places in in_force.items()
        if _is_taught_on(day, group, timetable)
    }


def _is_taught_on(day: date, group: str, timetable: _Timetable) -> bool:
    known = timetable.groups.get(group)
    if known is None:
        return timetable.calendar.is_teaching_day(day)
    return known.is_taught_on(day, timetable.calendar)


def _planned(day: date, ordinal: int, slot: Slot, timetable: _Timetable) -> PlannedLesson:
    assigned = assigned_on(day, slot.group, timetable.assignments)
    teachers = [each.teacher for each in assigned]
    teacher = slot.teacher or next(iter(teachers), None)
    own_room = next((each.room for each in assigned if each.teacher == teacher), None)
    lesson = PlannedLesson(
        slot.group,
        day,
        ordinal,
        slot.number,
        room=slot.room or own_room,
        teacher=teacher,
        shift=slot.shift,
        co_teachers=tuple(other for other in dict.fromkeys(teachers) if other != teacher),
    )
    return _with_bell(lesson, timetable)


def _with_changes(
    day: date,
    planned: list[PlannedLesson],
    changes: Mapping[int, Substitution],
    timetable: _Timetable,
) -> Iterator[PlannedLesson]:
    for lesson in planned:
        change = changes.get(lesson.ordinal)
        yield lesson if change is None else _changed(lesson, change, timetable)
    for ordinal, change in changes.items():
        if ordinal > len(planned) and change.kind in _BRINGS_A_LESSON and change.number is not None:
            yield _brought(day, change, change.number, timetable)


def _changed(lesson: PlannedLesson, change: Substitution, timetable: _Timetable) -> PlannedLesson:
    cancelled = change.kind in _NOT_GIVEN
    replaced = not cancelled and change.teacher not in (None, lesson.teacher)
    changed = replace(
        lesson,
        number=lesson.number if change.number is None else change.number,
        room=change.room or lesson.room,
        substitute=change.teacher if replaced else None,
        cancelled=cancelled,
        kind=change.kind,
    )
    return _with_bell(changed, timetable)


def _brought(day: date, change: Substitution, number: int, timetable: _Timetable) -> PlannedLesson:
    shifts = [slot.shift for slot in timetable.slots if slot.group == change.group]
    slot = Slot(
        change.group,
        day.isoweekday(),
        number,
        room=change.room,
        shift=next(iter(shifts), 1),
    )
    return _changed_teacher(_planned(day, change.ordinal, slot, timetable), change)


def _changed_teacher(lesson: PlannedLesson, change: Substitution) -> PlannedLesson:
    replaced = change.teacher not in (None, lesson.teacher)
    return replace(lesson, substitute=change.teacher if replaced else None, kind=change.kind)


def _with_bell(lesson: PlannedLesson, timetable: _Timetable) -> PlannedLesson:
    bell = bell_of(timetable.bells, lesson.shift, lesson.number, lesson.date)
    if bell is None:
        return replace(lesson, starts=None, ends=None)
    return replace(lesson, starts=bell.starts, ends=bell.ends)


def _holds(day: date, valid_from: date | None, valid_to: date | None) -> bool:
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)


def _is_lesson_number(number: int) -> bool:
    return LOWEST_LESSON_NUMBER <= number <= HIGHEST_LESSON_NUMBER
