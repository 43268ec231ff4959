"""A class as large as they get, with a term of marks: for the journal sheet at its real size.

6В has 35 students (the longest names, two namesakes, one who left in September, one who came in
October) and eight lessons of Russian a week, so that the first term has 61 columns, further works
among them. ``add(store)`` puts it into a store that holds the sample school; ``live_through`` keeps
its lessons up to the sample's day through the product's own door.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from sync.clock import Clock, FixedClock
from sync.documents.identifiers import LessonKey
from sync.entries.door import Maker
from sync.entries.journal import Journal, Presence
from sync.projections import day, groups
from sync.projections.day import DayLesson
from sync.school.attendance import Presence as Stated
from sync.store.document_store import DocumentStore
from tests.support import sample_school as school

CLASS, SUBJECT, GROUP = "c6v", "rvs", "gr6v"
LEFT, NEWCOMER = "kd07", "kd21"
ILL = "kd04"  # the whole week from 21.09.2026; the class teacher has stated it
LEFT_ON, CAME_ON = "2026-09-18", "2026-10-05"

_NAMES = (
    "Абдуллаева Сабина Рустамовна",
    "Агафонов Лев Денисович",
    "Бондаренко Вероника Павловна",
    "Васильев-Южин Константин Эммануилович",
    "Гречко Иван Иванович",
    "Дмитриева Анна Сергеевна",
    "Ёжиков Пётр Алексеевич",
    "Еремеева Дарья Олеговна",
    "Жданова Полина Михайловна",
    "Зайцев Михаил Юрьевич",
    "Иванов Иван Андреевич",
    "Иванов Иван Петрович",
    "Калашников Тимур Русланович",
    "Константинопольская Александра Владиславовна",
    "Кузнецова Мария Ильинична",
    "Лебедев Артём Витальевич",
    "Мальцева Ева Романовна",
    "Мухаметшина Аделина Ильдаровна",
    "Никитин Фёдор Глебович",
    "Орлова Ксения Андреевна",
    "Павлов Егор Дмитриевич",
    "Рахимов Амир Фаридович",
    "Рождественская Елизавета Константиновна",
    "Савельев Марк Антонович",
    "Сидоренко Алёна Викторовна",
    "Тихонов Роман Евгеньевич",
    "Ульянова София Максимовна",
    "Федосеева Варвара Игоревна",
    "Хайруллин Булат Маратович",
    "Цветкова Арина Станиславовна",
    "Чернышёв Глеб Борисович",
    "Шевченко Яна Тарасовна",
    "Щербаков Никита Олегович",
    "Эйвазова Лейла Рашидовна",
    "Яковлев Степан Кириллович",
)
STUDENTS = tuple(f"kd{number:02}" for number in range(1, len(_NAMES) + 1))

# Weekday and lesson number; Tuesdays, Thursdays and Fridays have two.
_HOURS = ("11", "22", "23", "31", "42", "43", "54", "55")
_WORKS = ("control", "dictation", "independent")


def add(store: DocumentStore) -> None:
    """Put the class, its group and its timetable into a store with the sample school."""
    dated = {"starts": "2026-09-01", "ends": None}
    school.put(store, f"subject:{SUBJECT}", name="Русский язык", markless_years=[])
    school.put(
        store,
        f"class:{CLASS}",
        calendar=school.CALENDAR,
        name="6В",
        year_of_study=6,
        letter="В",
        homeroom_teacher=school.YOLKIN,
        shift=1,
        continues=None,
    )
    for student, name in zip(STUDENTS, _NAMES, strict=True):
        _put_student(store, student, name)
    group = {"calendar": school.CALENDAR, "subject": SUBJECT, "classes": [CLASS]}
    school.put(store, f"teaching_group:{GROUP}", **group, subgroup=None, members=None)
    load = {"group": GROUP, "teacher": school.SOKOLOVA, "room": "12", "weekly_hours": 8}
    school.put(store, f"assignment:{GROUP}", **load, **dated)
    slots = [
        {"weekday": int(hour[0]), "number": int(hour[1]), "shift": 1, **dated} for hour in _HOURS
    ]
    school.put(store, f"timetable:{GROUP}", group=GROUP, slots=slots)


def live_through(store: DocumentStore, maker: Maker, until: date) -> None:
    """Keep the lessons of the term up to a date, the same every time."""
    connection = store.database.read()
    group = groups.group(connection, GROUP)
    if group is None:
        raise LookupError(GROUP)
    found = day.lessons_of_groups(connection, [group], date(2026, 9, 1), until)
    for number, lesson in enumerate(found):
        _keep(store, maker, number, lesson)


def _put_student(store: DocumentStore, student: str, name: str) -> None:
    last, first, patronymic = name.split()
    enrollment: dict[str, Any] = {"class": CLASS, "starts": "2026-09-01", "ends": None}
    if student == LEFT:
        enrollment["ends"] = LEFT_ON
    if student == NEWCOMER:
        enrollment["starts"] = CAME_ON
    school.put(
        store,
        f"student:{student}",
        last=last,
        first=first,
        patronymic=patronymic,
        distinction=patronymic if last == "Иванов" else None,
        enrollments=[enrollment],
    )


def _keep(store: DocumentStore, maker: Maker, number: int, lesson: DayLesson) -> None:
    key = lesson.key
    journal = Journal(store, maker, _after(key))
    fields = {"topic": f"Тема урока {number + 1}"}
    if number % 9 == 4:
        fields["work_kind"] = _WORKS[number // 9 % len(_WORKS)]
    journal.describe_lesson(school.SOKOLOVA, key, fields, seen={}, token=f"lesson-{number}")
    column = "1"
    if number % 20 == 7:
        column = f"wk{number:02}"
        journal.add_work(
            school.SOKOLOVA,
            key,
            column,
            title=None,
            work_kind="test",
            weight=2,
            token=f"work-{number}",
        )
    present = [one.id for one in groups.roster(store.database.read(), GROUP, key.date)]
    for student, value in _marks_of(number, present):
        journal.record_mark(
            school.SOKOLOVA,
            key,
            student,
            value,
            seen=None,
            token=f"mark-{number}-{student}",
            column=column,
        )
    for student, stated in _away(number, key.date, present):
        journal.record_absence(
            school.SOKOLOVA, key, student, stated, seen=None, token=f"away-{number}-{student}"
        )
    if _is_ill(key.date):
        told = [(key, ILL, "ill", None)]
        journal.state_reason(school.YOLKIN, told, token=f"reason-{number}")


def _after(key: LessonKey) -> Clock:
    """Return a clock of the lesson's day, before the sample's moment."""
    return FixedClock(datetime.combine(key.date, time(6, 30), UTC))


def _marks_of(number: int, present: list[str]) -> Iterator[tuple[str, int | str]]:
    whole_class = number % 9 == 4
    values: tuple[int | str, ...] = (5, 4, 4, 3, 5, 2, 4, 5, 3, "debt", 4, "pass")
    for place, student in enumerate(present):
        if whole_class or (number * 7 + place * 5) % 11 == 0:
            yield student, values[(number + place * 3) % (8 if whole_class else len(values))]


def _is_ill(on: date) -> bool:
    return date(2026, 9, 21) <= on <= date(2026, 9, 25)


def _away(number: int, on: date, present: list[str]) -> Iterator[tuple[str, Presence]]:
    for place, student in enumerate(present):
        turn = (number * 3 + place * 13) % 37
        if turn == 5 or (student == ILL and _is_ill(on)):
            yield student, Presence(Stated.ABSENT.value)
        elif turn == 9:
            yield student, Presence(Stated.LATE.value, 10 if place % 2 else None)
