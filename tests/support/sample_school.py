"""A small school as documents, put straight into a store: for tests that need real school data.

    Wednesday 14.10.2026      5А                                 5Б
    1  08:30  room 12         Математика  (Соколова)
    2  09:25  room 12         Математика  (Соколова), the second of the day
    3  10:25  room 22                                            Математика  (Ёлкин for Соколова)
    4  11:25  rooms 21, 22    Английский 5А/1 (Константинопольская), 5А/2 (Ёлкин)
    5  12:20  rooms 12, 21    Разговоры о важном, no marks (Ёлкин)      ОБЗР (Константинопольская)

What it has on purpose: two namesakes in 5А, a name with Ё, very long names, a student who came in
October, subgroups, a double lesson, a substitution in another room, a subject without marks, a
topic of two hours, a guardian with children in two classes. Everything is fixed: ids, names, dates.

``fill(store)`` gives a store all of it, as central has it; ``fill(store, for_node=True)`` leaves
out what no node may hold. ``LESSON_…`` are the lessons of the day above.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sync.documents import canonical, entry, scope
from sync.documents.entry import Entry
from sync.documents.identifiers import LessonKey
from sync.store.document_store import DocumentStore

DAY = date(2026, 10, 14)
NOW = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)  # 10:00 at school, a break before the third lesson
CENTRAL_KEY = bytes(range(32))

CALENDAR = "c2026"
CLASS_5A, CLASS_5B = "c5a", "c5b"
MATHEMATICS, ENGLISH, SAFETY, TALKS = "math", "eng", "safety", "ta1ks"

SOKOLOVA = "tsk"  # Mathematics in both classes, class teacher of 5А
KONSTANTINOPOLSKAYA = "tknst"  # English 5А/1, Safety in 5Б
YOLKIN = "tek"  # English 5А/2, Talks in 5А, substitutes in 5Б
DEPUTY = "dep"
ADMINISTRATOR = "admn"

MATH_5A, MATH_5B = "gm5a", "gm5b"
ENGLISH_5A_1, ENGLISH_5A_2 = "ge5a1", "ge5a2"
SAFETY_5B = "gs5b"
TALKS_5A = "gt5a"

LESSON_1 = LessonKey(MATH_5A, DAY, 1)
LESSON_2 = LessonKey(MATH_5A, DAY, 2)
LESSON_SUBSTITUTED = LessonKey(MATH_5B, DAY, 1)
LESSON_ENGLISH_1 = LessonKey(ENGLISH_5A_1, DAY, 1)
LESSON_ENGLISH_2 = LessonKey(ENGLISH_5A_2, DAY, 1)
LESSON_TALKS = LessonKey(TALKS_5A, DAY, 1)
LESSON_SAFETY = LessonKey(SAFETY_5B, DAY, 1)

ABRAMOV, YOLKINA, ZHUKOV = "st1", "st2", "st3"
IVANOV_A, IVANOV_P = "st4", "st5"  # both are Иванов Иван
LONG_NAME = "st6"
BELOVA, GROMOV, YAKOVLEVA = "st7", "st8", "st9"
NEWCOMER = "st10"  # in 5Б since 12.10.2026

GUARDIAN_OF_TWO, GUARDIAN_OF_ONE = "gd1", "gd2"

#: 5А and 5Б in the order of the class list.
ROSTER_5A = (ABRAMOV, YOLKINA, ZHUKOV, IVANOV_A, IVANOV_P, LONG_NAME)
ROSTER_5B = (BELOVA, GROMOV, NEWCOMER, YAKOVLEVA)

_STARTS = "2026-09-01"
_OCTOBER = "2026-10-12"
_IMPORTED_AT = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)


def documents() -> dict[str, dict[str, Any]]:
    """Return every document of the school by id, each with central's entry."""
    values = _school() | _staff() | _students() | _guardians() | _teaching() | _plans()
    return {doc_id: _sealed(doc_id, value) for doc_id, value in values.items()}


def fill(store: DocumentStore, *, for_node: bool = False) -> None:
    """Put the school into an empty store, in one transaction."""
    with store.transaction() as tx:
        for doc_id, value in documents().items():
            if not (for_node and scope.CENTRAL in scope.keys_of(doc_id, value)):
                tx.put(doc_id, value, parent=None)


def put(store: DocumentStore, doc_id: str, **fields: Any) -> None:
    """Write one reference document anew: the fields given replace those it had."""
    with store.transaction() as tx:
        leaf = tx.get(doc_id)
        before = {} if leaf is None else leaf.value
        value = _sealed(doc_id, {**before, "kind": doc_id.partition(":")[0], "schema": 1, **fields})
        tx.put(doc_id, value, parent=None if leaf is None else leaf.rev)


def _sealed(doc_id: str, value: Mapping[str, Any]) -> dict[str, Any]:
    bare = {name: part for name, part in value.items() if name != "entries"}
    made = Entry(
        field=entry.WHOLE,
        old=None,
        new=canonical.digest16(canonical.encode(bare)),
        author=entry.CENTRAL_AUTHOR,
        node="central",
        epoch="e1",
        seq=1,
        written_at=_IMPORTED_AT,
    )
    return bare | {"entries": [entry.seal(doc_id, made, CENTRAL_KEY).as_json()]}


def _document(kind: str, opaque: str, /, **fields: Any) -> dict[str, dict[str, Any]]:
    return {f"{kind}:{opaque}": {"kind": kind, "schema": 1, **fields}}


def _school() -> dict[str, dict[str, Any]]:
    bells = ("08:30 09:15", "09:25 10:10", "10:25 11:10", "11:25 12:10", "12:20 13:05")
    years = list(range(1, 10))
    quarters = (
        ("q1", "I четверть", _STARTS, "2026-10-25"),
        ("q2", "II четверть", "2026-11-03", "2026-12-30"),
        ("q3", "III четверть", "2027-01-11", "2027-03-26"),
        ("q4", "IV четверть", "2027-04-05", "2027-05-26"),
    )
    return _document(
        "calendar",
        CALENDAR,
        school_name="МБОУ «Средняя школа № 1» (пример)",
        label="2026/2027",
        timezone="Europe/Moscow",
        starts=_STARTS,
        ends="2027-05-26",
        weekdays=5,
        terms=[
            {"id": one, "kind": "quarter", "name": name, "starts": first, "ends": last}
            | {"years": years}
            for one, name, first, last in quarters
        ],
        holidays=[
            {"name": "Осенние каникулы", "starts": "2026-10-26", "ends": "2026-11-02"},
            {"name": "День народного единства", "starts": "2026-11-04", "ends": "2026-11-04"},
            {"name": "Зимние каникулы", "starts": "2026-12-31", "ends": "2027-01-10"},
            {"name": "Весенние каникулы", "starts": "2027-03-27", "ends": "2027-04-04"},
        ],
        bells=[
            {"shift": 1, "number": number, "starts": times[:5], "ends": times[6:]}
            | {"valid_from": None, "valid_to": None}
            for number, times in enumerate(bells, start=1)
        ],
    )


def _staff() -> dict[str, dict[str, Any]]:
    people = (
        (SOKOLOVA, "Соколова Анна Михайловна", ["teacher", "homeroom_teacher"], "12"),
        (KONSTANTINOPOLSKAYA, "Константинопольская Александра Владиславовна", ["teacher"], "21"),
        (YOLKIN, "Ёлкин Пётр Сергеевич", ["teacher"], "22"),
        (DEPUTY, "Ситникова Ирина Антоновна", ["deputy_head"], "102"),
        (ADMINISTRATOR, "Сазонова Алина Викторовна", ["technical_admin"], "103"),
    )
    found: dict[str, dict[str, Any]] = {}
    for person, name, roles, room in people:
        found |= _document("staff", person, **_name(name), roles=roles, room=room)
    return found


def _students() -> dict[str, dict[str, Any]]:
    people = (
        (ABRAMOV, "Абрамов Пётр Ильич", CLASS_5A, None, _STARTS),
        (YOLKINA, "Ёлкина Дарья Олеговна", CLASS_5A, None, _STARTS),
        (ZHUKOV, "Жуков Сергей Иванович", CLASS_5A, None, _STARTS),
        (IVANOV_A, "Иванов Иван Андреевич", CLASS_5A, "Андреевич", _STARTS),
        (IVANOV_P, "Иванов Иван Петрович", CLASS_5A, "Петрович", _STARTS),
        (LONG_NAME, "Константинопольская Александра Владиславовна", CLASS_5A, None, _STARTS),
        (BELOVA, "Белова Юлия Романовна", CLASS_5B, None, _STARTS),
        (GROMOV, "Громов Лев Ильич", CLASS_5B, None, _STARTS),
        (YAKOVLEVA, "Яковлева Алиса Денисовна", CLASS_5B, None, _STARTS),
        (NEWCOMER, "Новиков Тимур Рашидович", CLASS_5B, None, _OCTOBER),
    )
    found: dict[str, dict[str, Any]] = {}
    for number, (person, name, school_class, distinction, starts) in enumerate(people, start=1):
        enrollment = {"class": school_class, "starts": starts, "ends": None}
        found |= _document(
            "student", person, **_name(name), distinction=distinction, enrollments=[enrollment]
        )
        born = {"birth_date": f"2015-03-{number:02}", "sex": None}
        found |= _document("student_card", person, file_number=f"Б-{number:04}", **born)
    return found


def _guardians() -> dict[str, dict[str, Any]]:
    children = [{"student": ABRAMOV, "relation": "мать"}, {"student": GROMOV, "relation": "мать"}]
    one_child = [{"student": IVANOV_P, "relation": "отец"}]
    contact = {"phone": "+7 900 000-00-00", "email": None}
    name = _name("Абрамова Ольга Юрьевна")
    return _document("guardian", GUARDIAN_OF_TWO, **name, **contact, children=children) | _document(
        "guardian", GUARDIAN_OF_ONE, **_name("Иванов Пётр Львович"), **contact, children=one_child
    )


def _teaching() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for opaque, name, markless in (
        (MATHEMATICS, "Математика", []),
        (ENGLISH, "Иностранный язык (английский)", []),
        (SAFETY, "Основы безопасности и защиты Родины", []),
        (TALKS, "Разговоры о важном", list(range(1, 12))),
    ):
        found |= _document("subject", opaque, name=name, markless_years=markless)
    for opaque, name, homeroom_teacher in ((CLASS_5A, "5А", SOKOLOVA), (CLASS_5B, "5Б", None)):
        found |= _document(
            "class",
            opaque,
            calendar=CALENDAR,
            name=name,
            year_of_study=5,
            letter=name[1:],
            homeroom_teacher=homeroom_teacher,
            shift=1,
            continues=None,
        )
    return found | _groups() | _substitution()


def _groups() -> dict[str, dict[str, Any]]:
    first, second = (ABRAMOV, ZHUKOV, IVANOV_P), (YOLKINA, IVANOV_A, LONG_NAME)
    groups: tuple[tuple[str, str, str, tuple[str, ...] | None, str, str, str], ...] = (
        # group, subject, class, members, teacher, room, (weekday, number) of its lessons
        (MATH_5A, MATHEMATICS, CLASS_5A, None, SOKOLOVA, "12", "11 22 31 32 51"),
        (MATH_5B, MATHEMATICS, CLASS_5B, None, SOKOLOVA, "12", "12 33 41"),
        (ENGLISH_5A_1, ENGLISH, CLASS_5A, first, KONSTANTINOPOLSKAYA, "21", "34 52"),
        (ENGLISH_5A_2, ENGLISH, CLASS_5A, second, YOLKIN, "22", "34 52"),
        (SAFETY_5B, SAFETY, CLASS_5B, None, KONSTANTINOPOLSKAYA, "21", "35"),
        (TALKS_5A, TALKS, CLASS_5A, None, YOLKIN, "12", "35"),
    )
    found: dict[str, dict[str, Any]] = {}
    for group, subject, school_class, members, teacher, room, hours in groups:
        subgroup = None if members is None else 1 + (members is second)
        dated = {"starts": _STARTS, "ends": None}
        found |= _document(
            "teaching_group",
            group,
            calendar=CALENDAR,
            subject=subject,
            classes=[school_class],
            subgroup=subgroup,
            members=None if members is None else [{"student": one} | dated for one in members],
        )
        load = {"weekly_hours": len(hours.split()), **dated}
        found |= _document("assignment", group, group=group, teacher=teacher, room=room, **load)
        slots = [
            {"weekday": int(hour[0]), "number": int(hour[1]), "shift": 1, **dated}
            for hour in hours.split()
        ]
        found |= _document("timetable", group, group=group, slots=slots)
    return found


def _substitution() -> dict[str, dict[str, Any]]:
    return _document(
        "substitution",
        "sb1",
        group=MATH_5B,
        date=DAY.isoformat(),
        ordinal=1,
        teacher=YOLKIN,
        room="22",
        number=None,
        change="same_subject",
        reason="курсы повышения квалификации",
    )


def _plans() -> dict[str, dict[str, Any]]:
    topics = (
        ("p1", "Натуральные числа и нуль", 1, "§ 1, № 12, 14"),
        ("p2", "Сравнение натуральных чисел", 2, "§ 2, № 25"),
        ("p3", "Сложение и вычитание натуральных чисел", 1, "§ 3, № 31–33"),
        ("p4", "Контрольная работа № 1", 1, None),
        ("p5", "Умножение натуральных чисел", 2, "§ 4, № 40"),
    )
    rows = [
        {"id": one, "title": title, "hours": hours, "homework": homework}
        for one, title, hours, homework in topics
    ]
    return _document("plan", MATH_5A, group=MATH_5A, topics=rows) | _document(
        "plan", MATH_5B, group=MATH_5B, topics=rows[:2]
    )


def _name(full: str) -> dict[str, str]:
    last, first, patronymic = full.split()
    return {"last": last, "first": first, "patronymic": patronymic}
