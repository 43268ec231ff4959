"""A small school's workbook, made anew for each test, to be changed before it is imported.

    5А  Абрамов, Белова, Волков      Соколова: Математика (room 12), class teacher of 5А
    5Б  Громов, Дёмина               Ёлкин: Английский 5А/1 (22), Математика 5Б (12)
                                     Орлова: Английский 5А/2 (21)

Rows are lists as a person would type them; row 2 of a sheet is the first under the headings, as in
Excel. ``bring`` imports a book into an opened data folder of central.
"""

import copy
import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from central import storage
from central.imports import school_import
from central.imports.school_import import Report, Wishes
from central.reference import ReferenceWriter
from central.storage import Storage
from sync.clock import FixedClock

IMPORTED_AT = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)
STARTS = date(2026, 9, 1)
DATA = Path(__file__).parent.parent / "data"

Rows = list[list[Any]]

_OPENINGS = itertools.count()

_SHEETS: Mapping[str, Rows] = {
    "Школа": [
        ["Параметр", "Значение"],
        ["Название", "Школа № 7"],
        ["Учебный год", "2026/2027"],
        ["Часовой пояс", "Europe/Moscow"],
        ["Учебных дней в неделе", 5],
    ],
    "Периоды": [
        ["Тип", "Название", "Начало", "Конец", "Параллели"],
        ["четверть", "I четверть", STARTS, date(2026, 10, 25), "1-9"],
        ["четверть", "II четверть", date(2026, 11, 3), date(2026, 12, 30), "1-9"],
        ["четверть", "III четверть", date(2027, 1, 11), date(2027, 3, 26), "1-9"],
        ["четверть", "IV четверть", date(2027, 4, 5), date(2027, 5, 26), "1-9"],
    ],
    "Каникулы": [
        ["Название", "Начало", "Конец", "Классы"],
        ["Осенние", date(2026, 10, 26), date(2026, 11, 2), "все"],
    ],
    "Звонки": [
        ["№ урока", "Начало", "Конец"],
        [1, "08:30", "09:15"],
        [2, "09:25", "10:10"],
        [3, "10:25", "11:10"],
    ],
    "Предметы": [
        ["Предмет", "Безотметочное обучение (параллели)"],
        ["Математика", None],
        ["Английский язык", 1],
    ],
    "Сотрудники": [
        ["Фамилия", "Имя", "Отчество", "Роли", "Кабинет"],
        ["Соколова", "Анна", "Михайловна", "учитель; классный руководитель", 12],
        ["Ёлкин", "Пётр", "Сергеевич", "учитель", 22],
        ["Орлова", "Инна", "Львовна", "учитель", 21],
        ["Ситникова", "Ирина", "Антоновна", "заместитель директора по УВР", None],
    ],
    "Классы": [
        ["Класс", "Параллель", "Литера", "Классный руководитель"],
        ["5А", 5, "А", "Соколова Анна Михайловна"],
        ["5Б", 5, "Б", None],
    ],
    "Ученики": [
        ["№ личного дела", "Фамилия", "Имя", "Отчество", "Дата рождения", "Пол", "Класс",
         "Зачислен"],
        ["А-01", "Абрамов", "Пётр", "Ильич", date(2015, 3, 1), "м", "5А", STARTS],
        ["А-02", "Белова", "Юлия", "Романовна", date(2015, 4, 2), "ж", "5А", STARTS],
        ["А-03", "Волков", "Лев", "Ильич", date(2015, 5, 3), "м", "5А", STARTS],
        ["А-04", "Громов", "Олег", "Юрьевич", date(2015, 6, 4), "м", "5Б", STARTS],
        ["А-05", "Дёмина", "Алла", "Игоревна", date(2015, 7, 5), "ж", "5Б", date(2026, 10, 12)],
    ],
    "Родители": [
        ["Фамилия", "Имя", "Отчество", "Телефон", "Эл. почта", "№ личного дела ученика",
         "Кем приходится"],
        ["Абрамова", "Ольга", "Юрьевна", "+7 900 000-00-01", None, "А-01", "мать"],
        ["Белова", "Вера", "Ильинична", "+7 900 000-00-02", "vera@example.org", "А-02", "мать"],
        ["Громов", "Юрий", "Львович", None, None, "А-04", "отец"],
    ],
    "Нагрузка": [
        ["Сотрудник", "Предмет", "Класс", "Подгруппа", "Часов в неделю", "Кабинет"],
        ["Соколова Анна Михайловна", "Математика", "5А", None, 3, 12],
        ["Ёлкин Пётр Сергеевич", "Математика", "5Б", None, 2, 12],
        ["Ёлкин Пётр Сергеевич", "Английский язык", "5А", 1, 1, 22],
        ["Орлова Инна Львовна", "Английский язык", "5А", 2, 1, 21],
    ],
    "Подгруппы": [
        ["Класс", "Предмет", "Подгруппа", "№ личного дела"],
        ["5А", "Английский язык", 1, "А-01"],
        ["5А", "Английский язык", 1, "А-02"],
        ["5А", "Английский язык", 2, "А-03"],
    ],
    "Расписание": [
        ["Класс", "День недели", "№ урока", "Предмет", "Подгруппа", "Сотрудник", "Кабинет"],
        ["5А", "Понедельник", 1, "Математика", None, "Соколова Анна Михайловна", 12],
        ["5А", "Вторник", 2, "Математика", None, "Соколова Анна Михайловна", 12],
        ["5А", "Среда", 1, "Математика", None, "Соколова Анна Михайловна", 12],
        ["5Б", "Понедельник", 2, "Математика", None, "Ёлкин Пётр Сергеевич", 12],
        ["5Б", "Среда", 2, "Математика", None, "Ёлкин Пётр Сергеевич", 12],
        ["5А", "Среда", 3, "Английский язык", 1, "Ёлкин Пётр Сергеевич", 22],
        ["5А", "Среда", 3, "Английский язык", 2, "Орлова Инна Львовна", 21],
    ],
    "КТП": [
        ["Предмет", "Параллель", "№", "Тема", "Часов", "Домашнее задание"],
        ["Математика", 5, 1, "Натуральные числа", 1, "п. 1"],
        ["Математика", 5, 2, "Сложение", 2, "п. 2"],
        ["Математика", 5, 3, "Вычитание", 1, None],
        ["Английский язык", 5, 1, "Hello", 1, None],
        ["Английский язык", 5, 2, "My school", 1, "ex. 3"],
    ],
}  # fmt: skip


class Book:
    """A workbook to be changed; rows and columns are named as Excel shows them."""

    def __init__(self) -> None:
        self.sheets: dict[str, Rows] = copy.deepcopy(dict(_SHEETS))

    def set(self, sheet: str, row: int, column: str, value: Any) -> "Book":
        """Type ``value`` into a cell; an unknown heading becomes a new column."""
        rows = self.sheets[sheet]
        if column not in rows[0]:
            rows[0].append(column)
            for each in rows[1:]:
                each.append(None)
        rows[row - 1][rows[0].index(column)] = value
        return self

    def add(self, sheet: str, *values: Any) -> "Book":
        """Type a row under the last one."""
        rows = self.sheets[sheet]
        rows.append([*values, *[None] * (len(rows[0]) - len(values))])
        return self

    def remove(self, sheet: str, row: int) -> "Book":
        """Delete a row; those below move up."""
        del self.sheets[sheet][row - 1]
        return self

    def save(self, path: Path) -> Path:
        """Write the file."""
        book = openpyxl.Workbook(write_only=True)
        for title, rows in self.sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(path)
        return path


@contextmanager
def opened(folder: Path, at: datetime = IMPORTED_AT) -> Iterator[Storage]:
    """Give a data folder of central, made if it is new, with a clock that stands still."""
    # Never the same twice: each opening begins an epoch that must be new.
    randomness = random.Random(f"{folder} {next(_OPENINGS)}").randbytes
    if not (folder / "entry-keys.json").exists():
        storage.initialise(folder, randomness)
    with Storage.open(folder, FixedClock(at), randomness=randomness) as central:
        yield central


def bring(central: Storage, book: Book, **wishes: Any) -> Report:
    """Import the book."""
    path = book.save(central.folder / "book.xlsx")
    return school_import.import_school(path, central, Wishes(**wishes))


def values_of(central: Storage, kind: str) -> list[dict[str, Any]]:
    """Return the values of all documents of a kind."""
    page = central.store.all_docs(startkey=f"{kind}:", endkey=f"{kind};", include_docs=True)
    return [row.value for row in page.rows if row.value is not None]


def one(central: Storage, kind: str, **fields: Any) -> dict[str, Any]:
    """Return the one document of a kind that has these fields, with its ``id``."""
    page = central.store.all_docs(startkey=f"{kind}:", endkey=f"{kind};", include_docs=True)
    found = [
        {**row.value, "id": row.id.partition(":")[2]}
        for row in page.rows
        if row.value is not None
        and all(row.value.get(name) == value for name, value in fields.items())
    ]
    assert len(found) == 1, (kind, fields, len(found))
    return found[0]


def change(central: Storage, kind: str, opaque: str, **fields: Any) -> None:
    """Change a document in the journal, as an administrator at central would."""
    doc_id = f"{kind}:{opaque}"
    with central.store.transaction() as tx:
        leaf = tx.get(doc_id)
        assert leaf is not None
        with ReferenceWriter(
            tx, central.maker, central.store.epoch, central.clock.now(), author="dep"
        ) as writer:
            writer.put(doc_id, {**leaf.value, **fields}, parent=leaf.rev)


def group_of(central: Storage, class_name: str, subject: str, subgroup: int | None = None) -> str:
    """Return the id of a teaching group."""
    classes = [one(central, "class", name=name)["id"] for name in class_name.split(", ")]
    subject_id = one(central, "subject", name=subject)["id"]
    group = one(
        central, "teaching_group", subject=subject_id, classes=sorted(classes), subgroup=subgroup
    )
    return str(group["id"])


def next_year() -> Book:
    """Return the small school a year later: 5А is 6А now."""
    book = Book().set("Школа", 3, "Значение", "2027-2028")
    for row in range(2, 6):
        for column in ("Начало", "Конец"):
            place = book.sheets["Периоды"][0].index(column)
            before = book.sheets["Периоды"][row - 1][place]
            book.set("Периоды", row, column, before.replace(year=before.year + 1))
    book.sheets["Каникулы"] = book.sheets["Каникулы"][:1]
    for sheet in ("Классы", "Ученики", "Нагрузка", "Подгруппы", "Расписание"):
        place = book.sheets[sheet][0].index("Класс")
        for values in book.sheets[sheet][1:]:
            values[place] = values[place].replace("5", "6")
    for row in (2, 3):
        book.set("Классы", row, "Параллель", 6)
        book.set("Классы", row, "Продолжает", "5А" if row == 2 else "5Б")
    for row in range(2, 7):
        book.set("КТП", row, "Параллель", 6)
    return book
