"""Weeks of lessons as teachers would have kept them: drawn, not yet written.

For each lesson of the timetable one save, at the minute its teacher made it: topic by the plan,
homework, roll-call, marks. Most lessons are kept before the bell, some in the break or in the
evening. On Friday afternoons class teachers state the reasons of absences. Of the last day only
what lies before ``until`` is there: the lesson that is just being given has its roll-call, if that.

The draw is a function of the store's school and the seed; nothing is written here.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demonstration.pupils import Pupil, pupils_of_school
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.door import Step
from sync.projections import calendars, day, groups, plans
from sync.projections.day import DayLesson
from sync.school import marks
from sync.school.attendance import Presence
from sync.school.marks import CONTROL_KINDS, DEFAULT_WEIGHTS, Sign, WorkKind
from sync.school.school_year import SchoolYear
from sync.store.connection import Connection

# A lesson that nobody kept at all, and one whose roll-call was not called as done.
_FORGOTTEN = 0.008
_NO_ROLL_CALL = 0.01

_FRIDAY = 5
_REASONS_STATED_AT = time(15, 40)
_BEFORE_BELLS = time(8, 30)

# A topic of the plan that begins so is a written work: everybody is marked, with its weight.
_WORKS_OF_THE_PLAN = {
    "контрольная работа": WorkKind.CONTROL,
    "контрольный диктант": WorkKind.DICTATION,
    "диктант": WorkKind.DICTATION,
    "лабораторная работа": WorkKind.LABORATORY,
    "практическая работа": WorkKind.PRACTICAL,
    "сочинение": WorkKind.ESSAY,
    "изложение": WorkKind.ESSAY,
}
_FURTHER_WORKS = (
    (WorkKind.INDEPENDENT, "Самостоятельная работа"),
    (WorkKind.INDEPENDENT, "Проверочная работа"),
    (WorkKind.TEST, "Тест по пройденной теме"),
    (WorkKind.CONTROL, "Входная контрольная работа"),
)
_COMMENTS = ("Работа у доски", "Хорошая работа на уроке", "Нужно повторить правило")
_SPORT = "физическая культура"


@dataclass(frozen=True)
class Save:
    """What one person wrote with one press of "save"."""

    at: datetime
    author: str
    lesson: LessonKey | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Missed:
    """An absence that waits for its reason."""

    noted_at: datetime
    lesson: LessonKey
    pupil: Pupil


@dataclass
class _Reached:
    """Where a group stands: its plan, one entry an hour, and what comes next."""

    topics: Sequence[plans.PlanTopic]
    lessons: int = 0
    next_work: int = field(default=0)


class Weeks:
    """The draw for one school; to be used once."""

    def __init__(self, connection: Connection, seed: str, first: date, until: datetime) -> None:
        """Draw the days from ``first`` to the one of ``until`` (aware)."""
        calendar = calendars.current(connection)
        if calendar is None:
            raise LookupError("the school year has not reached this store")
        self._connection = connection
        self._seed = seed
        self._until = until.astimezone(UTC)
        self._calendar: SchoolYear = calendar
        self._zone = ZoneInfo(calendar.timezone)
        self._days = _days_between(first, calendar.today(until))
        self._pupils = pupils_of_school(connection, seed, self._days)
        self._reached: dict[str, _Reached] = {}
        self._missed: list[_Missed] = []

    def saves(self, untouched: Collection[LessonKey] = ()) -> list[Save]:
        """Return all saves in the order of time; lessons in ``untouched`` have none."""
        found = []
        every = {
            one.id: one
            for school_class in groups.all_classes(self._connection)
            for one in groups.groups_of_class(self._connection, school_class.id)
        }
        lessons = day.lessons_of_groups(
            self._connection, list(every.values()), self._days[0], self._days[-1]
        )
        for lesson in lessons:
            if lesson.planned is None or lesson.cancelled or lesson.planned.given_by is None:
                continue
            reached = self._group(lesson)  # an untouched lesson has its topic, too
            save = None if lesson.key in untouched else self._keep(lesson, reached)
            if save is not None:
                found.append(save)
        found.extend(self._reasons())
        return sorted(found, key=lambda save: (save.at, save.author, str(save.lesson)))

    # ------------------------------------------------------------------------------ a lesson

    def _keep(self, lesson: DayLesson, reached: _Reached) -> Save | None:
        """Return what was saved of a lesson; None if it was not (yet) kept."""
        planned = lesson.planned
        if planned is None or planned.given_by is None:
            return None
        draw = self._draw(lesson)
        starts, ends = self._times(lesson)
        at = _moment_of_save(draw, ends)
        roll = self._roll(lesson, draw)
        drawn = _LessonDraw(lesson, draw, reached, roll)
        steps = drawn.whole()
        if draw.random() < _FORGOTTEN:
            return None
        if at >= self._until:
            # Just being given: some teachers call the roll at once, the rest comes at its end.
            at = starts + timedelta(minutes=draw.randint(3, 9), seconds=draw.randint(0, 59))
            if at >= self._until or draw.random() < 0.3:
                return None
            steps = drawn.begun()
        self._missed.extend(
            _Missed(at, lesson.key, pupil)
            for pupil, presence, _ in roll
            if presence is Presence.ABSENT
        )
        return Save(at, planned.given_by, lesson.key, tuple(steps))

    def _draw(self, lesson: DayLesson) -> random.Random:
        key = lesson.key
        group = f"{lesson.group.class_title} {lesson.group.subject_name}"
        return random.Random(f"{self._seed}, {group}, {key.date}, {key.ordinal}")  # noqa: S311

    def _times(self, lesson: DayLesson) -> tuple[datetime, datetime]:
        planned = lesson.planned
        starts = (planned.starts if planned else None) or _BEFORE_BELLS
        ends = planned.ends if planned else None
        begins = self._instant(lesson.key.date, starts)
        over = begins + timedelta(minutes=45) if ends is None else None
        return begins, over or self._instant(lesson.key.date, ends or starts)

    def _instant(self, on: date, at: time) -> datetime:
        return datetime.combine(on, at, tzinfo=self._zone).astimezone(UTC)

    def _group(self, lesson: DayLesson) -> _Reached:
        reached = self._reached.get(lesson.group.id)
        if reached is None:
            hours = [
                topic
                for topic in plans.topics(self._connection, lesson.group.id)
                for _ in range(topic.hours)
            ]
            draw = random.Random(f"{self._seed}, {lesson.group.class_title}, works")  # noqa: S311
            reached = _Reached(hours, next_work=draw.randint(3, 7))
            self._reached[lesson.group.id] = reached
        reached.lessons += 1
        return reached

    def _roll(
        self, lesson: DayLesson, draw: random.Random
    ) -> list[tuple[Pupil, Presence | None, int | None]]:
        """Return the group with what the roll-call says of each: presence and minutes late."""
        sport = lesson.group.subject_name.casefold() == _SPORT
        found = []
        for person in groups.roster(self._connection, lesson.group.id, lesson.key.date):
            pupil = self._pupils.get(person.id)
            if pupil is None:
                continue
            presence, minutes = _presence(pupil, lesson, draw, sport=sport)
            found.append((pupil, presence, minutes))
        return found

    # ------------------------------------------------------------------------- class teachers

    def _reasons(self) -> Iterator[Save]:
        """Yield what class teachers stated on Fridays; most absences have a reason by then."""
        waiting = sorted(self._missed, key=lambda one: (one.noted_at, str(one.lesson)))
        for friday in (one for one in self._days if one.isoweekday() == _FRIDAY):
            at = self._instant(friday, _REASONS_STATED_AT)
            if at >= self._until:
                return
            due = [one for one in waiting if one.noted_at < at]
            waiting = [one for one in waiting if one.noted_at >= at]
            for school_class in groups.all_classes(self._connection):
                own = [one for one in due if one.pupil.school_class == school_class.id]
                steps = tuple(self._reason_steps(own))
                if school_class.homeroom_teacher and steps:
                    at += timedelta(minutes=7)
                    yield Save(at, school_class.homeroom_teacher, None, steps)

    def _reason_steps(self, missed: Iterable[_Missed]) -> Iterator[Step]:
        for one in missed:
            reason = one.pupil.away.get(one.lesson.date)
            if reason is not None:
                doc_id = identifiers.absence_id(one.lesson, one.pupil.id)
                yield Step(doc_id, {"reason": reason.value}, {"reason": None})


@dataclass(frozen=True)
class _LessonDraw:
    """One lesson while its save is put together."""

    lesson: DayLesson
    draw: random.Random
    reached: _Reached
    roll: Sequence[tuple[Pupil, Presence | None, int | None]]

    def whole(self) -> list[Step]:
        """Return the steps of a lesson kept to its end."""
        topic = self._topic()
        kind = _work_of_plan(topic)
        fields = self._head(topic) | self._homework(topic)
        if self.draw.random() < _NO_ROLL_CALL:
            del fields["roll_call"]
        if kind is not None:
            fields["work_kind"] = kind.value
        work = self._further_work() if kind is None else []
        steps = [_lesson_step(self.lesson.key, fields), *self._absences(), *work]
        return steps if self.lesson.group.markless else [*steps, *self._marks(kind)]

    def begun(self) -> list[Step]:
        """Return the steps of a lesson that is being given: who is there, maybe the topic."""
        topic = self._topic() if self.draw.random() < 0.7 else None
        return [_lesson_step(self.lesson.key, self._head(topic)), *self._absences()]

    def _topic(self) -> plans.PlanTopic | None:
        place = self.reached.lessons - 1
        return self.reached.topics[place] if place < len(self.reached.topics) else None

    def _head(self, topic: plans.PlanTopic | None) -> dict[str, str | int | None]:
        absent = sum(1 for _, presence, _ in self.roll if presence is Presence.ABSENT)
        fields: dict[str, str | int | None] = {
            "number": self.lesson.number,
            "room": self.lesson.room,
            "roll_call": absent,
        }
        return fields if topic is None else fields | {"topic": topic.title, "plan_topic": topic.id}

    def _homework(self, topic: plans.PlanTopic | None) -> dict[str, str | int | None]:
        if topic is None or topic.homework is None or self.draw.random() < 0.08:
            return {}
        return {"homework": topic.homework}

    def _absences(self) -> Iterator[Step]:
        for pupil, presence, minutes in self.roll:
            if presence is not None:
                doc_id = identifiers.absence_id(self.lesson.key, pupil.id)
                fields = {"presence": presence.value, "minutes": minutes}
                yield Step(doc_id, fields, {"presence": None})

    def _marks(self, kind: WorkKind | None) -> Iterator[Step]:
        """Yield the lesson's own column: everybody's work, or the answers of some."""
        present = self._there()
        if kind is not None:
            yield from self._column(identifiers.OWN_COLUMN, kind, present)
            yield from self._debts(identifiers.OWN_COLUMN, kind)
            return
        asked = self.draw.sample(present, min(len(present), self.draw.randint(2, 6)))
        given = self.draw.choice((WorkKind.ANSWER, WorkKind.ANSWER, WorkKind.HOMEWORK))
        yield from self._column(identifiers.OWN_COLUMN, WorkKind.ANSWER, asked, given)

    def _further_work(self) -> list[Step]:
        """Return a further column with its marks, every seven lessons or so."""
        if self.reached.lessons != self.reached.next_work or self.lesson.group.markless:
            return []
        self.reached.next_work += self.draw.randint(6, 9)
        kind, title = self.draw.choice(_FURTHER_WORKS)
        work = identifiers.new_id(self.draw.randbytes)
        fields = {"title": title, "work_kind": kind.value, "weight": DEFAULT_WEIGHTS[kind]}
        column = Step(identifiers.work_id(self.lesson.key, work), fields)
        return [column, *self._column(work, kind, self._there()), *self._debts(work, kind)]

    def _there(self) -> list[Pupil]:
        return [pupil for pupil, presence, _ in self.roll if presence is not Presence.ABSENT]

    def _column(
        self,
        column: str,
        kind: WorkKind,
        marked: Iterable[Pupil],
        prepared: WorkKind | None = None,
    ) -> Iterator[Step]:
        for pupil in marked:
            care = pupil.care if prepared is WorkKind.HOMEWORK else 0
            value = _mark_of(self.draw, pupil.ability + care)
            fields = self._mark(value, kind)
            if self.draw.random() < 0.02 and column == identifiers.OWN_COLUMN:
                fields["comment"] = _COMMENTS[2 if value < 4 else self.draw.randrange(2)]
            doc_id = identifiers.mark_id(self.lesson.key, pupil.id, column)
            yield Step(doc_id, fields, {"value": None})

    def _debts(self, column: str, kind: WorkKind) -> Iterator[Step]:
        """Yield a point for some who missed a work that has to be written."""
        for pupil, presence, _ in self.roll:
            owes = presence is Presence.ABSENT and kind in CONTROL_KINDS
            if owes and self.draw.random() < 0.5:
                doc_id = identifiers.mark_id(self.lesson.key, pupil.id, column)
                yield Step(doc_id, self._mark(Sign.DEBT.value, kind), {"value": None})

    def _mark(self, value: int | str, kind: WorkKind) -> dict[str, str | int | None]:
        work_kind, weight = marks.stated(kind.value, DEFAULT_WEIGHTS[kind])
        return {"value": value, "weight": weight, "work_kind": work_kind}


def _lesson_step(lesson: LessonKey, fields: Mapping[str, str | int | None]) -> Step:
    return Step(identifiers.lesson_id(lesson), fields, dict.fromkeys(fields))


def _presence(
    pupil: Pupil, lesson: DayLesson, draw: random.Random, *, sport: bool
) -> tuple[Presence | None, int | None]:
    chance = draw.random()
    if lesson.key.date in pupil.away:
        return Presence.ABSENT, None
    if sport and pupil.released:
        return Presence.EXEMPT_PRESENT, None
    if chance < 0.006:
        return Presence.ABSENT, None
    late = 0.03 if lesson.number == 1 else 0.006
    if chance < 0.006 + late:
        return Presence.LATE, draw.randint(2, 15)
    return None, None


def _mark_of(draw: random.Random, ability: float) -> int:
    return min(5, max(2, round(draw.gauss(ability, 0.7))))


def _work_of_plan(topic: plans.PlanTopic | None) -> WorkKind | None:
    """Return what kind of written work a topic is; a work's later hours are none ("№ 1. ...")."""
    title = "" if topic is None else topic.title.casefold()
    if ". " in title:
        return None
    for beginning, kind in _WORKS_OF_THE_PLAN.items():
        if title.startswith(beginning):
            return kind
    return None


def _moment_of_save(draw: random.Random, ends: datetime) -> datetime:
    """Return when a lesson is saved: before its bell, in the break, or in the evening."""
    chance = draw.random()
    if chance < 0.86:
        minutes = -draw.randint(1, 8)
    elif chance < 0.95:
        minutes = draw.randint(1, 7)
    else:
        minutes = draw.randint(60, 240)
    return ends + timedelta(minutes=minutes, seconds=draw.randint(0, 59))


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=passed) for passed in range((last - first).days + 1)]
