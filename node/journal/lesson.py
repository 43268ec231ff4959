"""One lesson as its page shows it: fields, columns, students, and what became of each entry.

Every value on the page is a ``Field``: its text, what an edit of it must say it has seen, and the
state of what this computer wrote there last: only here yet, on the server, or not accepted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from node import refusals
from node.entry_states import States
from node.journal import settled, today
from node.journal.lesson_fields import Field, LessonFields, mark_field, presence_field
from node.journal.settled import Settled
from node.journal.today import Relation, Viewer, When
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import absences, calendars, day, groups, lessons, marks, people, plans
from sync.projections.absences import KeptAbsence
from sync.projections.day import DayLesson
from sync.projections.facts import SchoolFacts
from sync.projections.journal_sheet import absence_code
from sync.projections.lessons import Work
from sync.projections.marks import KeptMark
from sync.projections.people import Person
from sync.projections.plans import PlanTopic
from sync.school import attendance, permissions
from sync.school import marks as rules
from sync.school.people import Role
from sync.school.permissions import Action
from sync.store.connection import Connection

MOST_LESSONS_A_DAY = 9


@dataclass(frozen=True)
class Column:
    """A column of marks; ``id`` as in ids of marks."""

    id: str
    title: str | None
    work_kind: str
    weight: int

    @property
    def is_further(self) -> bool:
        """Tell whether this is not the lesson's own column."""
        return self.id != identifiers.OWN_COLUMN


@dataclass(frozen=True)
class StudentLine:
    """A student of the list. ``implausible``: absent, and yet there is a mark."""

    student: Person
    presence: Field
    marks: tuple[Field, ...]
    implausible: bool


@dataclass(frozen=True)
class Access:
    """What the viewer may do here; ``code`` says why the lesson cannot be written to."""

    may_read: bool
    may_write: bool
    marks_open: bool
    code: str | None = None


@dataclass(frozen=True)
class LessonPage:
    """Everything the page of a lesson shows."""

    lesson: DayLesson
    when: When
    relation: Relation
    other: str | None
    teachers: Sequence[str]
    access: Access
    topic: Field
    homework: Field
    work_kind: Field
    roll_call: Field
    taken: PlanTopic | None
    offered: PlanTopic | None
    plan: Sequence[PlanTopic]
    columns: Sequence[Column]
    students: Sequence[StudentLine]
    settled: Sequence[tuple[str, Settled]]

    @property
    def key(self) -> LessonKey:
        """Return which lesson this is."""
        return self.lesson.key

    @property
    def absent(self) -> int:
        """Return how many are not there."""
        away = attendance.Presence.ABSENT.value
        return sum(1 for line in self.students if line.presence.seen.get("presence") == away)

    @property
    def homework_offered(self) -> str | None:
        """Return the homework that the plan has for the topic taken, where none stands yet."""
        planned = self.taken.homework if self.taken else None
        return None if self.homework.text else planned

    def is_empty(self, column: Column) -> bool:
        """Tell whether a column has no marks, so that it can be taken away."""
        place = self.columns.index(column)
        return all(line.marks[place].seen["value"] is None for line in self.students)

    def fields(self) -> Iterable[Field]:
        """Yield every field of the page."""
        yield from (self.topic, self.homework, self.work_kind, self.roll_call)
        for line in self.students:
            yield line.presence
            yield from line.marks


def find(connection: Connection, key: LessonKey) -> DayLesson | None:
    """Return the lesson: planned, kept, or one more of the group that day; None if there is none.

    The timetable is advice: a lesson that it does not have may be kept, too, as the next ordinal.
    """
    group = groups.group(connection, key.group)
    if group is None:
        return None
    found = day.lessons_of_groups(connection, [group], key.date, key.date)
    for lesson in found:
        if lesson.key == key:
            return lesson
    calendar = calendars.current(connection)
    if calendar is None or not calendar.contains(key.date) or key.ordinal != next_ordinal(found):
        return None
    return DayLesson(key, group, None, None)


def next_ordinal(found: Sequence[DayLesson]) -> int:
    """Return the ordinal that one more lesson of a group would have; 0 if there can be none."""
    ordinal = max((lesson.key.ordinal for lesson in found), default=0) + 1
    return ordinal if ordinal <= MOST_LESSONS_A_DAY else 0


def lesson_page(
    connection: Connection, states: States, viewer: Viewer, roles: frozenset[Role], key: LessonKey
) -> LessonPage | None:
    """Return the page of a lesson; None if there is no such lesson.

    Whether the viewer may see it stands in ``access``.
    """
    lesson = find(connection, key)
    if lesson is None:
        return None
    calendar = calendars.current(connection)
    relation, other = today.relation_of(lesson, viewer.teacher)
    teachers = groups.teachers_of(connection, key.group, key.date)
    names = day.names_of_staff(connection, [*teachers, *([other] if other else [])])
    kept = lesson.kept
    fields = LessonFields(key, kept, states)
    columns = _columns(connection, lesson)
    plan = plans.topics(connection, key.group)
    return LessonPage(
        lesson=lesson,
        when=today.when_of(lesson, viewer.now, calendar),
        relation=relation,
        other=names.get(other or "", other),
        teachers=[names[one] for one in teachers if one in names],
        access=_access(connection, viewer, roles, lesson),
        topic=fields.topic(),
        homework=fields.homework(),
        work_kind=fields.work_kind(),
        roll_call=fields.roll_call(),
        taken=next((one for one in plan if kept and one.id == kept.plan_topic), None),
        offered=plans.next_topic(connection, key),
        plan=plan,
        columns=columns,
        students=[
            line
            for line in _students(connection, states, lesson, columns)
            if line.student.id not in viewer.departed_students
        ],
        settled=_settled(connection, states, viewer, key),
    )


def _settled(
    connection: Connection, states: States, viewer: Viewer, key: LessonKey
) -> list[tuple[str, Settled]]:
    """Return what differs or was not accepted in a lesson: (name of the student, what)."""
    found = []
    for doc_id in sorted({*states.disputes, *states.refusals}):
        parsed = identifiers.parse_journal(doc_id)
        if parsed.lesson == key:
            student = people.student(connection, parsed.student) if parsed.student else None
            told = settled.settled(connection, states, viewer.computers, viewer.teacher, [doc_id])
            found.append(("" if student is None else student.list_name, told))
    return found


def documents_of(connection: Connection, key: LessonKey) -> list[str]:
    """Return the ids of all documents that a lesson may have on its page."""
    on = key.date
    found = [identifiers.lesson_id(key)]
    found += [
        mark.id
        for mark in marks.marks_of_group(connection, key.group, on, on)
        if mark.lesson == key
    ]
    found += [
        one.id
        for one in absences.absences_of_group(connection, key.group, on, on)
        if one.lesson == key
    ]
    # What a person did not accept, where nothing else was ever written.
    rejected = refusals.documents_of_group(connection, key.group)
    found += [one for one in rejected if identifiers.parse_journal(one).lesson == key]
    return list(dict.fromkeys(found))


def relations_of(
    connection: Connection, teacher: str, lesson: DayLesson
) -> list[permissions.Relation]:
    """Return how a teacher stands to a lesson, for ``permissions.may``."""
    facts = SchoolFacts(connection)
    found = []
    if facts.teaches(teacher, lesson.key):
        found.append(permissions.Relation.ASSIGNED)
    if facts.substitutes(teacher, lesson.key):
        found.append(permissions.Relation.SUBSTITUTE)
    for class_id in lesson.group.classes:
        school_class = groups.school_class(connection, class_id)
        if school_class is not None and school_class.homeroom_teacher == teacher:
            found.append(permissions.Relation.OWN_CLASS)
    return found


def _access(
    connection: Connection, viewer: Viewer, roles: frozenset[Role], lesson: DayLesson
) -> Access:
    relations = relations_of(connection, viewer.teacher, lesson)
    reads = permissions.may(roles, Action.READ_JOURNAL, *relations)
    # A closed month or a lesson too far ahead is said when a save is refused: those rules are the
    # door's. Here stands only what greys out the whole page.
    writes = permissions.may(roles, Action.WRITE_MARK, *relations)
    calendar = calendars.current(connection)
    future = calendar is not None and lesson.key.date > calendar.today(viewer.now)
    code = None if writes else writes.reason_code
    return Access(bool(reads), bool(writes), bool(writes) and not future, code)


def _columns(connection: Connection, lesson: DayLesson) -> list[Column]:
    if lesson.group.markless:
        return []
    on = lesson.key.date
    own_kind = (lesson.kept.work_kind if lesson.kept else None) or rules.WorkKind.ANSWER.value
    own_weight = rules.DEFAULT_WEIGHTS[rules.WorkKind(own_kind)]
    found = [Column(identifiers.OWN_COLUMN, None, own_kind, own_weight)]
    for work in lessons.works_of_lessons(connection, lesson.group.id, on, on):
        if work.lesson == lesson.key:
            found.append(_column(work))
    return found


def _column(work: Work) -> Column:
    kind = work.work_kind or rules.WorkKind.ANSWER.value
    weight = rules.DEFAULT_WEIGHTS[rules.WorkKind(kind)] if work.weight is None else work.weight
    return Column(work.id, work.title, kind, weight)


def _students(
    connection: Connection, states: States, lesson: DayLesson, columns: Sequence[Column]
) -> list[StudentLine]:
    key, on = lesson.key, lesson.key.date
    given = {
        (mark.student, mark.column): mark
        for mark in marks.marks_of_group(connection, key.group, on, on)
        if mark.lesson == key
    }
    away = {
        one.student: one
        for one in absences.absences_of_group(connection, key.group, on, on)
        if one.lesson == key
    }
    lines = []
    for student in _listed(connection, key.group, on, given, away):
        absence = away.get(student.id)
        found = [given.get((student.id, column.id)) for column in columns]
        lines.append(
            StudentLine(
                student=student,
                presence=presence_field(states, key, student.id, absence),
                marks=tuple(
                    mark_field(states, key, student.id, column.id, mark)
                    for column, mark in zip(columns, found, strict=True)
                ),
                implausible=_is_implausible(absence, found),
            )
        )
    return lines


def _listed(
    connection: Connection,
    group: str,
    on: date,
    given: Mapping[tuple[str, str], KeptMark],
    away: Mapping[str, KeptAbsence],
) -> list[Person]:
    """Return the members on the date; below them whoever was marked and is no member any more."""
    members = groups.roster(connection, group, on)
    known = {student.id for student in members}
    written = {student for student, _ in given} | set(away)
    return members + people.students(connection, sorted(written - known))


def _is_implausible(absence: KeptAbsence | None, found: Sequence[KeptMark | None]) -> bool:
    if absence is None or all(mark is None or mark.value is None for mark in found):
        return False
    return not attendance.mark_is_plausible(absence_code(absence), made_up_later=False)
