"""What the documents of the small school hold after its first import."""

from datetime import date

from central.storage import Storage
from sync.projections import calendars, day, groups, people, plans
from sync.school.school_year import Parity
from tests.support import workbooks
from tests.support.workbooks import Book, one

WEDNESDAY = date(2026, 10, 14)


def test_calendar_holds_the_year_with_its_terms_holidays_and_bells(school: Storage) -> None:
    calendar = one(school, "calendar")

    assert calendar["school_name"] == "Школа № 7"
    assert (calendar["label"], calendar["timezone"]) == ("2026/2027", "Europe/Moscow")
    assert (calendar["starts"], calendar["ends"]) == ("2026-09-01", "2027-05-26")
    assert calendar["weekdays"] == 5
    first = calendar["terms"][0]
    assert first == {
        "id": first["id"],
        "kind": "quarter",
        "name": "I четверть",
        "starts": "2026-09-01",
        "ends": "2026-10-25",
        "years": list(range(1, 10)),
    }
    assert calendar["holidays"] == [
        {"name": "Осенние", "starts": "2026-10-26", "ends": "2026-11-02", "years": None}
        | {"classes": None}
    ]
    assert calendar["bells"][0] == {
        "shift": 1,
        "number": 1,
        "starts": "08:30",
        "ends": "09:15",
        "valid_from": None,
        "valid_to": None,
    }


def test_people_are_kept_with_their_facts(school: Storage) -> None:
    teacher = one(school, "staff", last="Соколова")
    assert teacher["roles"] == ["homeroom_teacher", "teacher"]
    assert teacher["room"] == "12"
    assert one(school, "staff", last="Ситникова")["roles"] == ["deputy_head"]
    assert one(school, "subject", name="Английский язык")["markless_years"] == [1]
    five_a = one(school, "class", name="5А")
    assert five_a["homeroom_teacher"] == teacher["id"]
    assert (five_a["year_of_study"], five_a["letter"], five_a["shift"]) == (5, "А", 1)
    student = one(school, "student", last="Дёмина")
    assert student["enrollments"] == [
        {"class": one(school, "class", name="5Б")["id"], "starts": "2026-10-12", "ends": None}
    ]
    assert student["distinction"] is None
    guardian = one(school, "guardian", last="Белова")
    child = one(school, "student", last="Белова")
    assert guardian["children"] == [{"student": child["id"], "relation": "мать"}]
    assert (guardian["phone"], guardian["email"]) == ("+7 900 000-00-02", "vera@example.org")


def test_file_number_and_birthday_stand_in_a_document_of_their_own(school: Storage) -> None:
    """The student's document goes to nodes, the card never does."""
    student = one(school, "student", last="Абрамов")
    card = one(school, "student_card", file_number="А-01")

    assert card["id"] == student["id"]
    assert (card["birth_date"], card["sex"]) == ("2015-03-01", "male")
    assert "birth_date" not in student
    assert "file_number" not in student


def test_group_has_its_assignment_timetable_and_plan_from_the_start_of_the_year(
    school: Storage,
) -> None:
    group = workbooks.group_of(school, "5А", "Математика")

    leaf = school.store.get(f"teaching_group:{group}")
    assert leaf is not None
    assert leaf.value["members"] is None
    assignment = one(school, "assignment", group=group)
    assert assignment["teacher"] == one(school, "staff", last="Соколова")["id"]
    assert (assignment["room"], assignment["weekly_hours"]) == ("12", "3")
    assert (assignment["starts"], assignment["ends"]) == ("2026-09-01", None)
    slots = one(school, "timetable", group=group)["slots"]
    assert slots[0] == {
        "weekday": 1,
        "number": 1,
        "room": "12",
        "parity": None,
        "shift": 1,
        "starts": "2026-09-01",
        "ends": None,
    }
    assert [(slot["weekday"], slot["number"]) for slot in slots] == [(1, 1), (2, 2), (3, 1)]
    topics = one(school, "plan", group=group)["topics"]
    assert [(topic["title"], topic["hours"], topic["homework"]) for topic in topics] == [
        ("Натуральные числа", 1, "п. 1"),
        ("Сложение", 2, "п. 2"),
        ("Вычитание", 1, None),
    ]


def test_each_group_of_a_year_has_its_own_copy_of_the_plan(school: Storage) -> None:
    first = one(school, "plan", group=workbooks.group_of(school, "5А", "Математика"))
    second = one(school, "plan", group=workbooks.group_of(school, "5Б", "Математика"))

    assert first["id"] != second["id"]
    assert first["topics"] == second["topics"]


def test_read_tables_know_the_school_at_once(school: Storage) -> None:
    connection = school.store.database.read()
    teacher = one(school, "staff", last="Ёлкин")["id"]
    calendar = calendars.current(connection)

    lessons = day.lessons_of_teacher(connection, teacher, WEDNESDAY)

    assert [(one.number, one.group.class_title, one.room) for one in lessons] == [
        (2, "5Б", "12"),
        (3, "5А/1", "22"),
    ]
    assert calendar is not None
    assert calendar.week_parity(WEDNESDAY) is Parity.ODD
    english = workbooks.group_of(school, "5А", "Английский язык", 1)
    names = [person.name.last for person in groups.roster(connection, english, WEDNESDAY)]
    assert names == ["Абрамов", "Белова"]
    assert len(plans.topics(connection, english)) == 2
    assert len(people.all_staff(connection)) == 4


def test_namesakes_of_one_class_are_told_apart_by_the_patronymic(central: Storage) -> None:
    book = Book().add("Ученики", "А-06", "Абрамов", "Пётр", "Олегович", None, "м", "5А")
    book.add("Ученики", "А-07", "Абрамов", "Пётр", "Юрьевич", None, "м", "5Б")

    workbooks.bring(central, book)

    found = {
        value["patronymic"]: value["distinction"]
        for value in workbooks.values_of(central, "student")
        if value["last"] == "Абрамов"
    }
    assert found == {"Ильич": "Ильич", "Олегович": "Олегович", "Юрьевич": None}


def test_namesakes_with_one_patronymic_are_numbered_in_the_order_of_file_numbers(
    central: Storage,
) -> None:
    book = Book().add("Ученики", "А-00", "Абрамов", "Петр", "Ильич", date(2014, 1, 1), "м", "5А")

    workbooks.bring(central, book)

    older = one(central, "student", first="Петр")
    assert older["id"] == one(central, "student_card", file_number="А-00")["id"]
    assert older["distinction"] == "1"
    assert one(central, "student", first="Пётр", last="Абрамов")["distinction"] == "2"
