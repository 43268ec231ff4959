"""Weeks of lessons kept in the sample school, through the product's own door; the same every time.

Everything that the diary can show occurs: marks of all kinds and weights, signs, further works,
comments, absences with and without reasons, lateness, long homework, lessons nobody kept.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from sync.projections import calendars, day, groups
from sync.projections.day import DayLesson
from sync.school.attendance import Presence as Stated
from sync.school.attendance import Reason
from sync.store.connection import Connection
from tests.support import sample_school as school
from tests.support.central_site import CentralSite

_TOPICS = (
    "Натуральные числа и нуль",
    "Сравнение натуральных чисел. Координатный луч",
    "Округление натуральных чисел",
    "Present Simple: вопросы и ответы",
    "Действия по сигналу «Внимание всем!» и порядок эвакуации из здания школы при пожаре",
)
_HOMEWORK = (
    "§ 1, № 12, 14",
    "§ 2, № 25 (а, в); повторить правило на с. 18",
    (
        "Учебник с. 34, упр. 5, слова выучить. Кто не сдал проект «Моя семья», принести к "
        "пятнице: плакат А3 и рассказ на 8–10 предложений"
    ),
    None,
)
_KINDS = ("answer", "answer", "homework", "independent", "control")
_VALUES: tuple[int | str, ...] = (5, 4, 4, 3, 5, 2, "debt", 4, 5)


def live_through(site: CentralSite, first: date, last: date) -> int:
    """Keep every lesson between two dates but one in nine; return how many were kept."""
    kept = 0
    with site.store.database.snapshot() as connection:
        lessons = list(_lessons(connection, first, last))
    for number, lesson in enumerate(lessons):
        if number % 9 == 5 or lesson.cancelled:
            continue
        local = datetime.combine(lesson.key.date, time(5 + (lesson.number or 1)))
        with site.at(local.astimezone(site.clock.now().tzinfo)):
            _keep(site, lesson, number)
        kept += 1
    return kept


def _lessons(connection: Connection, first: date, last: date) -> Iterator[DayLesson]:
    wanted = [
        group
        for one in (school.CLASS_5A, school.CLASS_5B)
        for group in groups.groups_of_class(connection, one)
    ]
    assert calendars.current(connection) is not None
    yield from day.lessons_of_groups(connection, wanted, first, last)


def _keep(site: CentralSite, lesson: DayLesson, number: int) -> None:
    planned, key = lesson.planned, lesson.key
    assert planned is not None
    author = planned.given_by
    assert author is not None
    kind = _KINDS[number % len(_KINDS)]
    fields = {
        "number": lesson.number,
        "topic": _TOPICS[number % len(_TOPICS)],
        "homework": _HOMEWORK[number % len(_HOMEWORK)],
        "work_kind": kind,
    }
    site.journal.describe_lesson(author, key, fields, seen={}, token=f"describe {key}")
    with site.store.database.snapshot() as connection:
        roster = [one.id for one in groups.roster(connection, key.group, key.date)]
        markless = lesson.group.markless
    away = _away(roster, number)
    site.journal.call_roll(author, key, away, token=f"roll {key}")
    if not markless:
        _mark(site, author, key, [one for one in roster if one not in away], number)
    ill = [one for one, stated in away.items() if stated.presence == Stated.ABSENT]
    if ill and lesson.group.classes == (school.CLASS_5A,) and number % 2:
        reasons = [(key, one, list(Reason)[number % 3], None) for one in ill]
        site.journal.state_reason(school.SOKOLOVA, reasons, token=f"reason {key}")


def _away(roster: Sequence[str], number: int) -> dict[str, Presence]:
    away = {
        one: Presence(Stated.ABSENT)
        for place, one in enumerate(roster)
        if (number * 7 + place) % 11 == 0
    }
    late = roster[(number * 5) % len(roster)]
    if number % 8 == 3 and late not in away:
        away[late] = Presence(Stated.LATE, 10)
    return away


def _mark(
    site: CentralSite, author: str, key: LessonKey, present: Sequence[str], number: int
) -> None:
    for place, student in enumerate(present):
        if (number + place) % 2 == 0:
            value = _VALUES[(number + 2 * place) % len(_VALUES)]
            comment = "Молодец, отвечал у доски" if (number + place) % 7 == 0 else None
            site.journal.record_mark(
                author, key, student, value, seen=None, comment=comment, token=f"{key} {student}"
            )
    if number % 6 == 0:
        work = "w0rk" + str(number)
        site.journal.add_work(
            author,
            key,
            work,
            title="Словарный диктант",
            work_kind="dictation",
            weight=2,
            token=f"work {key}",
        )
        for student in present:
            site.journal.record_mark(
                author, key, student, 4, seen=None, column=work, token=f"{key} {work} {student}"
            )
