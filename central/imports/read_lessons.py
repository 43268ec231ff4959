"""Reads who teaches whom, the parts of classes, the timetable and the plans from the workbook."""

import re
from collections import defaultdict
from decimal import Decimal

from central.imports import layout, vocabulary
from central.imports.draft import Draft, GroupKey, Load, Member, Slot, Topic
from central.imports.known import Known
from central.imports.lookup import Lookup
from central.imports.problems import Problems
from central.imports.rows import Reader, Tables
from sync.documents import kinds
from sync.school.school_year import HIGHEST_YEAR_OF_STUDY, LOWEST_YEAR_OF_STUDY
from sync.school.timetable import HIGHEST_LESSON_NUMBER, LOWEST_LESSON_NUMBER

_MAX_ROOM = 40
_SUBGROUPS = (1, 9)
_MAX_TOPICS = 1_000
_MAX_TOPIC_HOURS = 100
_MAX_PLAN_BYTES = 200 * 1024  # a plan is one document of 256 KB at most
_MOST_HOURS = Decimal(40)


def read_load(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill who teaches which group; the rows make the teaching groups."""
    lookup = Lookup(draft, known)
    rows_of: dict[tuple[GroupKey, str], int] = {}
    for row in tables[layout.LOAD.title]:
        reader = Reader(layout.LOAD, row, problems)
        if not reader.has("teacher"):
            reader.refuse("teacher", "cell_empty")
        teacher = lookup.staff_member(reader, "teacher") or ""
        group = GroupKey(
            lookup.subject(reader),
            lookup.classes(reader, "classes"),
            reader.number_between("subgroup", *_SUBGROUPS),
        )
        hours = _hours(reader)
        room = reader.text("room", _MAX_ROOM) or None
        key = (group, teacher)
        if reader.good and key in rows_of:
            reader.refuse("teacher", "row_twice", other=rows_of[key])
        if reader.good:
            rows_of[key] = row.number
            draft.load.append(Load(row.number, group, teacher, hours, room))
            _warn_of_years(reader, group, lookup)


def _hours(reader: Reader) -> str | None:
    """Return the weekly hours as a decimal number in text; a lesson every other week is 0.5."""
    typed = reader.text("hours").replace(",", ".")
    if not typed:
        return None
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2})?", typed) or not 0 < Decimal(typed) <= _MOST_HOURS:
        reader.refuse("hours", "not_weekly_hours", typed=typed[:20])
        return None
    return format(Decimal(typed).normalize(), "f")


def _warn_of_years(reader: Reader, group: GroupKey, lookup: Lookup) -> None:
    years = {lookup.year_of(key) for key in group.classes}
    if len(years) > 1:
        reader.warn("classes", "classes_of_several_years")


class Groups:
    """The teaching groups of the workbook, found by what a row of another sheet says."""

    def __init__(self, draft: Draft) -> None:
        """Know the groups of the rows of the load."""
        self._by_part: dict[tuple[str, int | None], list[GroupKey]] = defaultdict(list)
        for group in dict.fromkeys(load.group for load in draft.load):
            self._by_part[(group.subject, group.subgroup)].append(group)

    def find(self, subject: str, classes: tuple[str, ...], subgroup: int | None) -> GroupKey | None:
        """Return the group of exactly these classes, else the one group that has them all."""
        groups = self._by_part.get((subject, subgroup), [])
        for group in groups:
            if group.classes == classes:
                return group
        wider = [group for group in groups if set(classes) <= set(group.classes)]
        return wider[0] if len(wider) == 1 and classes else None

    def have(self, subject: str, classes: tuple[str, ...]) -> bool:
        """Tell whether the classes, or parts of them, are taught the subject at all."""
        return any(
            set(classes) <= set(group.classes)
            for (taught, _), groups in self._by_part.items()
            for group in groups
            if taught == subject
        )


def read_members(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill the members of parts of classes; each student is in one part of a subject."""
    lookup, groups = Lookup(draft, known), Groups(draft)
    part_of: dict[tuple[str, tuple[str, ...], str], int] = {}
    for row in tables[layout.MEMBERS.title]:
        reader = Reader(layout.MEMBERS, row, problems)
        group = _group(reader, "class", lookup, groups)
        if not reader.has("subgroup"):
            reader.refuse("subgroup", "cell_empty")
        student = lookup.student(reader)
        if group is None or not reader.good:
            continue
        if lookup.class_of_student(student) not in group.classes:
            reader.refuse("file_number", "member_of_another_class")
            continue
        place = (group.subject, group.classes, student)
        if place in part_of:
            reader.refuse("file_number", "row_twice", other=part_of[place])
            continue
        part_of[place] = row.number
        draft.members.append(Member(row.number, group, student))
    _warn_of_empty_parts(draft, problems)


def _warn_of_empty_parts(draft: Draft, problems: Problems) -> None:
    filled = {member.group for member in draft.members}
    for load in draft.load:
        if load.group.subgroup is not None and load.group not in filled:
            heading = layout.LOAD.heading("subgroup")
            problems.warn(layout.LOAD.title, load.row, heading, "subgroup_without_members")


def _group(reader: Reader, column: str, lookup: Lookup, groups: Groups) -> GroupKey | None:
    classes = lookup.classes(reader, column)
    subject = lookup.subject(reader)
    subgroup = reader.number_between("subgroup", *_SUBGROUPS)
    if not reader.good:
        return None
    group = groups.find(subject, classes, subgroup)
    if group is None:
        column = "subgroup" if groups.have(subject, classes) else "subject"
        reader.refuse(column, "no_load_for_this")
    return group


def read_timetable(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill the weekly lessons; the group must be in the load and the number have a bell."""
    lookup, groups = Lookup(draft, known), Groups(draft)
    teachers: dict[GroupKey, set[str]] = defaultdict(set)
    for load in draft.load:
        teachers[load.group].add(load.teacher)
    seen: dict[tuple[object, ...], int] = {}
    for row in tables[layout.TIMETABLE.title]:
        reader = Reader(layout.TIMETABLE, row, problems)
        slot = _slot(reader, draft, lookup, groups)
        if slot is None:
            continue
        place = (slot.group, slot.weekday, slot.number, slot.parity, slot.starts, slot.ends)
        if seen.setdefault(place, row.number) != row.number:
            # A lesson of several classes may stand in the rows of each of them.
            if len(slot.group.classes) == 1:
                reader.refuse("number", "row_twice", other=seen[place])
            continue
        if slot.teacher and slot.teacher not in teachers[slot.group]:
            reader.warn("teacher", "teacher_not_in_load")
        draft.slots.append(slot)


def _slot(reader: Reader, draft: Draft, lookup: Lookup, groups: Groups) -> Slot | None:
    group = _group(reader, "classes", lookup, groups)
    weekday = _weekday(reader, draft)
    number = reader.needed_number("number", LOWEST_LESSON_NUMBER, HIGHEST_LESSON_NUMBER)
    teacher = lookup.staff_member(reader, "teacher")
    parity = _parity(reader)
    starts, ends = reader.day("starts"), reader.day("ends")
    if starts and ends and ends < starts:
        reader.refuse("ends", "ends_before_start")
    if group is None or not reader.good:
        return None
    shift = lookup.shift_of(group.classes[0])
    if not any((bell.shift, bell.number) == (shift, number) for bell in draft.bells):
        reader.refuse("number", "no_bell_for_lesson", number=number, shift=shift)
        return None
    room = reader.text("room", _MAX_ROOM) or None
    return Slot(
        reader.number, group, weekday, number, room, parity, shift, starts, ends, teacher or ""
    )


def _weekday(reader: Reader, draft: Draft) -> int:
    typed = reader.needed("weekday")
    weekday = vocabulary.WEEKDAYS.get(vocabulary.folded(typed))
    if weekday is None:
        if typed:
            reader.refuse("weekday", "not_a_weekday", typed=typed[:40])
        return 1
    if draft.school is not None and weekday > draft.school.weekdays:
        reader.refuse("weekday", "not_a_school_day", days=draft.school.weekdays)
    return weekday


def _parity(reader: Reader) -> str | None:
    typed = reader.text("parity")
    folded = vocabulary.folded(typed)
    if folded in vocabulary.EVERY_WEEK:
        return None
    parity = vocabulary.PARITIES.get(folded)
    if parity is None:
        reader.refuse("parity", "not_a_parity", typed=typed[:20])
        return None
    return parity.value


def read_plans(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill the plans, each in the order of its numbers."""
    lookup = Lookup(draft, known)
    rows_of: dict[tuple[str, int, int], int] = {}
    for row in tables[layout.PLAN.title]:
        reader = Reader(layout.PLAN, row, problems)
        subject = lookup.subject(reader)
        year = reader.needed_number("year", LOWEST_YEAR_OF_STUDY, HIGHEST_YEAR_OF_STUDY)
        topic = Topic(
            row=row.number,
            number=reader.needed_number("number", 1, _MAX_TOPICS),
            title=reader.needed("title", kinds.MAX_TOPIC),
            hours=reader.number_between("hours", 1, _MAX_TOPIC_HOURS) or 1,
            homework=reader.text("homework", kinds.MAX_HOMEWORK) or None,
        )
        line = (subject, year, topic.number)
        if reader.good and line in rows_of:
            reader.refuse("number", "row_twice", other=rows_of[line])
        if reader.good:
            rows_of[line] = row.number
            draft.plans.setdefault((subject, year), []).append(topic)
    for place, topics in list(draft.plans.items()):
        topics.sort(key=lambda topic: topic.number)
        size = sum(len((topic.title + (topic.homework or "")).encode()) + 80 for topic in topics)
        if size > _MAX_PLAN_BYTES:
            heading = layout.PLAN.heading("title")
            problems.refuse(layout.PLAN.title, topics[0].row, heading, "plan_too_long")
            del draft.plans[place]
