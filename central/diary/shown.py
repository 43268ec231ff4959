"""Marks and absences as the diary shows and explains them.

A withdrawn mark is not shown. Of a disputed one (two people wrote different values and nobody has
decided yet) the last value that nobody disputes is shown, which may be none, with the word for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.documents import entry
from sync.documents.identifiers import OWN_COLUMN, LessonKey
from sync.projections import day, journal_sheet, lessons
from sync.projections.absences import KeptAbsence
from sync.projections.lessons import KeptLesson, Work
from sync.projections.marks import KeptMark
from sync.school import attendance, marks
from sync.school.attendance import AbsenceCode
from sync.store.connection import Connection


@dataclass(frozen=True)
class ShownMark:
    """A mark with all that explains it; ``value`` None only where it is disputed."""

    kept: KeptMark
    topic: str | None
    title: str | None
    teacher: str | None

    @property
    def value(self) -> int | str | None:
        """Return the stored value."""
        return self.kept.value

    @property
    def weight(self) -> int:
        """Return the weight that was copied into the mark."""
        return 1 if self.kept.weight is None else self.kept.weight

    @property
    def work_kind(self) -> str:
        """Return what the mark was given for (a ``marks.WorkKind``)."""
        return self.kept.work_kind or marks.WorkKind.ANSWER.value

    @property
    def written_at(self) -> datetime | None:
        """Return when the teacher last wrote the mark, by the clock of the classroom PC."""
        return None if self.kept.written_at is None else entry.instant(self.kept.written_at)


@dataclass(frozen=True)
class ShownAbsence:
    """An absence with its code; ``code`` None only where it is disputed."""

    kept: KeptAbsence
    code: AbsenceCode | None

    @property
    def letters(self) -> str:
        """Return the school's letters, with the minutes of a lateness: ``Н``, ``ОП 10``."""
        if self.code is None:
            return ""
        return attendance.DEFAULT_LETTERS.text(self.code, self.kept.minutes)


def explained(connection: Connection, found: Iterable[KeptMark]) -> list[ShownMark]:
    """Return the marks that stand or are disputed, in their order, with what explains them."""
    standing = [mark for mark in found if mark.value is not None or mark.disputed]
    held = {key: lessons.kept_lesson(connection, key) for key in {one.lesson for one in standing}}
    works = _works(connection, standing)
    authors = [mark.author for mark in standing if mark.author is not None]
    teachers = day.names_of_staff(connection, authors)
    return [_explained(mark, held, works, teachers) for mark in standing]


def absences_shown(found: Iterable[KeptAbsence]) -> list[ShownAbsence]:
    """Return the absences that stand or are disputed, in their order."""
    shown = [ShownAbsence(kept, journal_sheet.absence_code(kept)) for kept in found]
    return [one for one in shown if one.code is not None or one.kept.disputed]


def _works(connection: Connection, found: Sequence[KeptMark]) -> dict[str, Work]:
    in_works = {mark.lesson for mark in found if mark.column != OWN_COLUMN}
    return {
        work.id: work
        for key in in_works
        for work in lessons.works_of_lessons(connection, key.group, key.date, key.date)
    }


def _explained(
    mark: KeptMark,
    held: Mapping[LessonKey, KeptLesson | None],
    works: Mapping[str, Work],
    teachers: Mapping[str, str],
) -> ShownMark:
    kept, work = held[mark.lesson], works.get(mark.column)
    return ShownMark(
        kept=mark,
        topic=None if kept is None else kept.topic,
        title=None if work is None else work.title,
        teacher=teachers.get(mark.author or ""),
    )
