"""Deadlines: what of a lesson is still missing, since when, and what may be entered when.

Whether a teacher was in time is judged by the clock of the computer where the entry was made, not
by its arrival at central: nobody is late because of the network. Delays are counted in school days
of the class:

    lesson on Friday, written work: 3 school days
    Fri     Sat Sun     Mon  Tue  Wed     Thu        Fri
    lesson              1    2    3       late 1     late 2       not entered: missing
                                  └ due

Entered by Wednesday it is ``in_time``; if it then reaches central on Thursday only, it is
``in_time_arrived_late``. Before the due day has ended a thing that is not there is ``not_due``.

``missing_parts`` applies this to one lesson of the page "today": what is expected from the moment
the lesson begins, what is overdue by how many school days, and what is only worth a reminder
(homework, an hour after the lesson). A cancelled lesson expects nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sync.school.marks import WorkKind
from sync.school.school_year import SchoolYear, Term
from sync.school.timetable import PlannedLesson


class Part(StrEnum):
    """What a lesson has to have."""

    TOPIC = "topic"
    ROLL_CALL = "roll_call"
    HOMEWORK = "homework"


ORAL_WORK = frozenset({WorkKind.ANSWER, WorkKind.HOMEWORK})


@dataclass(frozen=True)
class Deadlines:
    """A school's deadlines; days are school days of the class unless the name says otherwise.

    Defaults: daily filling is the regulation's clause C2; the others are usual and to be replaced
    by the school's local act.
    """

    lesson_parts_days: int = 0
    homework_reminder: timedelta = timedelta(hours=1)
    oral_mark_days: int = 0
    written_mark_days: int = 3
    essay_mark_days: int = 7
    absence_reason_days: int = 3
    term_mark_days_before_end: int = 2
    edit_window_days: int = 7
    month_locked_on_day: int = 5
    free_deletion: timedelta = timedelta(hours=24)
    prepare_calendar_days_ahead: int = 14
    roll_call_before_lesson: bool = False
    warns_only: frozenset[Part] = field(default=frozenset({Part.HOMEWORK}))

    def mark_days(self, work_kind: str) -> int:
        """Return how many school days after the lesson a mark for such a work may take."""
        if work_kind in ORAL_WORK:
            return self.oral_mark_days
        return self.essay_mark_days if work_kind == WorkKind.ESSAY else self.written_mark_days


DEFAULT = Deadlines()


@dataclass(frozen=True)
class SchoolDays:
    """The school days of one class: its calendar, year of study and id."""

    calendar: SchoolYear
    year_of_study: int | None = None
    class_id: str | None = None

    def after(self, day: date, count: int) -> date:
        """Return the school day ``count`` school days after ``day``."""
        return self.calendar.teaching_day_after(day, count, self.year_of_study, self.class_id)

    def before(self, day: date, count: int) -> date:
        """Return the school day with ``count`` more of them up to ``day``."""
        return self.calendar.teaching_day_before(day, count, self.year_of_study, self.class_id)

    def between(self, earlier: date, later: date) -> int:
        """Count the school days after ``earlier`` up to ``later``."""
        return self.calendar.teaching_days_between(
            earlier, later, self.year_of_study, self.class_id
        )


# ---------------------------------------------------------------------------------------- verdicts


class Timeliness(StrEnum):
    """How a thing stands to its due day."""

    NOT_DUE = "not_due"
    IN_TIME = "in_time"
    IN_TIME_ARRIVED_LATE = "in_time_arrived_late"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True)
class Verdict:
    """The result of a deadline.

    ``days_late`` is the number of school days after the due day until the entry, or until today
    when it is missing. What is late at all is late by one, even on a free day.
    """

    timeliness: Timeliness
    due: date
    days_late: int = 0


def judge(
    due: date,
    entered_on: date | None,
    today: date,
    days: SchoolDays,
    *,
    arrived_on: date | None = None,
) -> Verdict:
    """Judge one thing by its due day; all dates are dates at school.

    Args:
        due: the last day in time.
        entered_on: when it was entered, by the clock of the entry; None if it is not there.
        arrived_on: when it came to central; None where that is not known or not asked.
    """
    if entered_on is None:
        if today <= due:
            return Verdict(Timeliness.NOT_DUE, due)
        return Verdict(Timeliness.MISSING, due, _days_late(due, today, days))
    if entered_on > due:
        return Verdict(Timeliness.LATE, due, _days_late(due, entered_on, days))
    if arrived_on is not None and arrived_on > due:
        return Verdict(Timeliness.IN_TIME_ARRIVED_LATE, due)
    return Verdict(Timeliness.IN_TIME, due)


def _days_late(due: date, day: date, days: SchoolDays) -> int:
    return max(1, days.between(due, day)) if day > due else 0


def part_due(lesson_date: date, days: SchoolDays, rules: Deadlines = DEFAULT) -> date:
    """Return the last day on which topic, roll-call and homework are in time."""
    return days.after(lesson_date, rules.lesson_parts_days)


def mark_due(
    lesson_date: date, work_kind: str, days: SchoolDays, rules: Deadlines = DEFAULT
) -> date:
    """Return the last day on which a mark for such a work is in time."""
    return days.after(lesson_date, rules.mark_days(work_kind))


def reason_due(returned_on: date, days: SchoolDays, rules: Deadlines = DEFAULT) -> date:
    """Return the last day for the reason of an absence, counted from the student's return."""
    return days.after(returned_on, rules.absence_reason_days)


def term_marks_due(term: Term, days: SchoolDays, rules: Deadlines = DEFAULT) -> date:
    """Return the school day so many school days before the last one of the term."""
    return days.before(term.ends, rules.term_mark_days_before_end)


# ------------------------------------------------------------------------------ parts of a lesson


@dataclass(frozen=True)
class MissingPart:
    """A part that a lesson does not have yet.

    ``is_warning`` marks a reminder: the part may rightly be missing (no homework was set).
    ``days_late`` counts school days after the due day, 0 while there is time.
    """

    part: Part
    due: date
    is_warning: bool = False
    days_late: int = 0


def missing_parts(
    lesson: PlannedLesson,
    recorded: Mapping[Part, bool],
    now: datetime,
    days: SchoolDays,
    rules: Deadlines = DEFAULT,
) -> tuple[MissingPart, ...]:
    """Return what a lesson lacks at an instant, in the order of ``Part``.

    Nothing is expected before the lesson begins (before its day, where no bell is known) nor of a
    cancelled one; homework only after the lesson's end and the reminder's time.

    Args:
        recorded: what is there; a part that is not named is not there. A homework that was
            expressly not set counts as recorded.
        now: the present instant, aware.
    """
    if lesson.cancelled:
        return ()
    local = days.calendar.local(now)
    due = part_due(lesson.date, days, rules)
    missing = [
        part
        for part in Part
        if not recorded.get(part, False) and _is_expected(part, lesson, local, rules)
    ]
    days_late = _days_late(due, local.date(), days)
    return tuple(MissingPart(part, due, part in rules.warns_only, days_late) for part in missing)


def _is_expected(part: Part, lesson: PlannedLesson, local: datetime, rules: Deadlines) -> bool:
    if local.date() != lesson.date:
        return local.date() > lesson.date
    wall = datetime.combine(lesson.date, local.time())
    if part is Part.HOMEWORK:
        ends = datetime.combine(lesson.date, lesson.ends or time.max)
        return wall >= ends + rules.homework_reminder
    return wall >= datetime.combine(lesson.date, lesson.starts or time.min)


# --------------------------------------------------------------------------- what may be entered


def window_closes(lesson_date: date, days: SchoolDays, rules: Deadlines = DEFAULT) -> date:
    """Return the last day on which a lesson may be edited freely.

    For marks of homework, count from the day it was set.
    """
    return days.after(lesson_date, rules.edit_window_days)


def is_window_open(
    lesson_date: date, on: date, days: SchoolDays, rules: Deadlines = DEFAULT
) -> bool:
    """Tell whether a lesson may still be edited freely on a day."""
    return on <= window_closes(lesson_date, days, rules)


def month_locked_at(
    lesson_date: date, calendar: SchoolYear, rules: Deadlines = DEFAULT
) -> datetime:
    """Return the instant from which lessons of this date's month are locked.

    It is 00:01 at school on the given day of the next month, in UTC.
    """
    next_month = (lesson_date.replace(day=1) + timedelta(days=32)).replace(day=1)
    locked_on = next_month + timedelta(days=rules.month_locked_on_day - 1)
    return calendar.instant(locked_on, time(0, 1))


def may_delete_without_reason(
    entered_at: datetime, now: datetime, rules: Deadlines = DEFAULT
) -> bool:
    """Tell whether an author may take back an own entry without saying why."""
    return now - entered_at <= rules.free_deletion


def may_enter_ahead(
    part: Part | None,
    lesson: PlannedLesson,
    now: datetime,
    calendar: SchoolYear,
    rules: Deadlines = DEFAULT,
) -> bool:
    """Tell whether something may be entered now for a lesson that may not have been held yet.

    Topics and homework may be prepared some days ahead. Marks (``part`` None) and the roll-call
    wait for the lesson to begin; by a setting, only for its day.
    """
    local = calendar.local(now)
    if part in (Part.TOPIC, Part.HOMEWORK):
        return lesson.date <= local.date() + timedelta(days=rules.prepare_calendar_days_ahead)
    if local.date() != lesson.date or rules.roll_call_before_lesson:
        return lesson.date <= local.date()
    return local.time() >= (lesson.starts or time.min)
