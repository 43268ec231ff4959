"""Warns of a timetable in which somebody would have to be in two places at once.

The timetable is imported all the same: it is advice, and schools do put such rows in for a while.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from central.imports import layout
from central.imports.draft import Bell, Draft, Slot
from central.imports.lookup import Lookup
from central.imports.problems import Problems


def warn(draft: Draft, lookup: Lookup, problems: Problems) -> None:
    """Note teachers in two rooms at once and classes with two lessons at once."""
    times = {(bell.shift, bell.number): bell for bell in draft.bells}
    by_teacher: dict[tuple[str, int], list[Slot]] = defaultdict(list)
    by_class: dict[tuple[str, int], list[Slot]] = defaultdict(list)
    for slot in draft.slots:
        if slot.teacher:
            by_teacher[(slot.teacher, slot.weekday)].append(slot)
        for key in slot.group.classes:
            by_class[(key, slot.weekday)].append(slot)
    for (teacher, _day), slots in by_teacher.items():
        for one, other in _pairs(slots, times):
            if one.room and other.room and one.room != other.room:
                name = lookup.person(teacher).short()
                _note(problems, other, "teacher", "teacher_in_two_rooms", one, name)
    for (key, _day), slots in by_class.items():
        for one, other in _pairs(slots, times):
            if one.group != other.group and _share_students(one, other):
                name = lookup.class_name(key)
                _note(problems, other, "classes", "class_has_two_lessons", one, name)


def _note(problems: Problems, slot: Slot, column: str, code: str, other: Slot, who: str) -> None:
    heading = layout.TIMETABLE.heading(column)
    title = layout.TIMETABLE.title
    problems.warn(title, slot.row, heading, code, other=other.row, who=who)


def _pairs(slots: list[Slot], times: dict[tuple[int, int], Bell]) -> Iterable[tuple[Slot, Slot]]:
    for place, other in enumerate(slots):
        for one in slots[:place]:
            if _meet(one, other, times):
                yield one, other


def _meet(one: Slot, other: Slot, times: dict[tuple[int, int], Bell]) -> bool:
    """Tell whether two slots of one weekday are ever at the same time."""
    if one.parity and other.parity and one.parity != other.parity:
        return False
    if (one.starts or date.min) > (other.ends or date.max):
        return False
    if (other.starts or date.min) > (one.ends or date.max):
        return False
    first, second = times[(one.shift, one.number)], times[(other.shift, other.number)]
    return first.starts < second.ends and second.starts < first.ends


def _share_students(one: Slot, other: Slot) -> bool:
    """Tell whether the groups have students in common: a whole class, or one subject's one part."""
    parts = (one.group.subgroup, other.group.subgroup)
    return None in parts
