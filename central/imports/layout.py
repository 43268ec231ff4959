"""The sheets of the workbook and their columns, with the headings as Russian schools write them.

The order of columns is free; letter case, ё or е and spaces in headings do not matter. All sheets
must be there, so that a mistyped name is noticed; a sheet without rows says nothing about its
subject and changes nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: its name in the code, its heading, further headings that mean the same."""

    name: str
    heading: str
    also: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Layout:
    """A sheet: its title and columns."""

    title: str
    columns: tuple[Column, ...]

    def heading(self, name: str) -> str:
        """Return the heading of the column with this name in the code."""
        return next(column.heading for column in self.columns if column.name == name)


def _optional(name: str, heading: str, *also: str) -> Column:
    return Column(name, heading, also, required=False)


_LAST = Column("last", "Фамилия")
_FIRST = Column("first", "Имя")
_PATRONYMIC = Column("patronymic", "Отчество")
_STARTS = Column("starts", "Начало")
_ENDS = Column("ends", "Конец", ("Окончание",))

SCHOOL = Layout("Школа", (Column("parameter", "Параметр"), Column("value", "Значение")))
TERMS = Layout(
    "Периоды",
    (
        Column("kind", "Тип"),
        Column("name", "Название"),
        _STARTS,
        _ENDS,
        Column("years", "Параллели"),
    ),
)
HOLIDAYS = Layout(
    "Каникулы",
    (Column("name", "Название"), _STARTS, _ENDS, Column("whose", "Классы", ("Параллели",))),
)
BELLS = Layout(
    "Звонки",
    (Column("number", "№ урока", ("Урок", "Номер урока")), _STARTS, _ENDS,
     _optional("shift", "Смена")),
)  # fmt: skip
SUBJECTS = Layout(
    "Предметы",
    (
        Column("name", "Предмет"),
        _optional("markless", "Безотметочное обучение (параллели)", "Безотметочное обучение"),
    ),
)
STAFF = Layout(
    "Сотрудники",
    (_LAST, _FIRST, _PATRONYMIC, Column("roles", "Роли", ("Роль", "Должность")),
     _optional("room", "Кабинет")),
)  # fmt: skip
CLASSES = Layout(
    "Классы",
    (
        Column("name", "Класс"),
        Column("year", "Параллель"),
        Column("letter", "Литера"),
        Column("homeroom", "Классный руководитель"),
        _optional("shift", "Смена"),
        _optional("continues", "Продолжает"),
    ),
)
STUDENTS = Layout(
    "Ученики",
    (
        Column("file_number", "№ личного дела", ("Личное дело", "Номер личного дела")),
        _LAST,
        _FIRST,
        _PATRONYMIC,
        Column("birth_date", "Дата рождения"),
        Column("sex", "Пол"),
        Column("class", "Класс"),
        Column("enrolled", "Зачислен", ("Дата зачисления",)),
    ),
)
GUARDIANS = Layout(
    "Родители",
    (
        _LAST,
        _FIRST,
        _PATRONYMIC,
        Column("phone", "Телефон"),
        Column("email", "Эл. почта", ("Электронная почта", "E-mail", "Email", "Почта")),
        Column("file_number", "№ личного дела ученика", ("№ личного дела",)),
        Column("relation", "Кем приходится"),
    ),
)
LOAD = Layout(
    "Нагрузка",
    (
        Column("teacher", "Сотрудник", ("Учитель",)),
        Column("subject", "Предмет"),
        Column("classes", "Класс", ("Классы",)),
        Column("subgroup", "Подгруппа"),
        Column("hours", "Часов в неделю"),
        _optional("room", "Кабинет"),
    ),
)
MEMBERS = Layout(
    "Подгруппы",
    (
        Column("class", "Класс"),
        Column("subject", "Предмет"),
        Column("subgroup", "Подгруппа"),
        Column("file_number", "№ личного дела", ("№ личного дела ученика",)),
    ),
)
TIMETABLE = Layout(
    "Расписание",
    (
        Column("classes", "Класс", ("Классы",)),
        Column("weekday", "День недели", ("День",)),
        Column("number", "№ урока", ("Урок", "Номер урока")),
        Column("subject", "Предмет"),
        Column("subgroup", "Подгруппа"),
        Column("teacher", "Сотрудник", ("Учитель",)),
        _optional("room", "Кабинет"),
        _optional("parity", "Чётность недели", "Чётность", "Неделя"),
        _optional("starts", "С"),
        _optional("ends", "По"),
    ),
)
PLAN = Layout(
    "КТП",
    (
        Column("subject", "Предмет"),
        Column("year", "Параллель"),
        Column("number", "№", ("Номер", "№ урока")),
        Column("title", "Тема", ("Тема урока",)),
        Column("hours", "Часов", ("Часы", "Количество часов")),
        _optional("homework", "Домашнее задание"),
    ),
)

#: In the order in which they are read: each refers only to those before it.
ALL = (
    SCHOOL,
    TERMS,
    BELLS,
    SUBJECTS,
    STAFF,
    CLASSES,
    HOLIDAYS,
    STUDENTS,
    GUARDIANS,
    LOAD,
    MEMBERS,
    TIMETABLE,
    PLAN,
)
