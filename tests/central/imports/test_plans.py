"""Topics keep their ids when numbers shift, because lessons name topics by id."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from central.imports import compare_plans
from central.imports.draft import Topic
from central.imports.settle import Status
from central.storage import Storage
from tests.support import workbooks
from tests.support.workbooks import Book, one

PLAN = "КТП"


def topics(central: Storage, class_name: str = "5А") -> dict[str, str]:
    group = workbooks.group_of(central, class_name, "Математика")
    return {one["title"]: one["id"] for one in one(central, "plan", group=group)["topics"]}


def with_titles(*titles: str) -> Book:
    """Return the small school with these topics of mathematics, numbered anew."""
    book = Book()
    others = [row for row in book.sheets[PLAN][1:] if row[0] != "Математика"]
    rows = [["Математика", 5, number, title, 1, None] for number, title in enumerate(titles, 1)]
    book.sheets[PLAN] = [book.sheets[PLAN][0], *rows, *others]
    return book


def test_topic_put_in_front_shifts_numbers_and_changes_no_id(school: Storage) -> None:
    before = topics(school)

    report = workbooks.bring(
        school, with_titles("Повторение", "Натуральные числа", "Сложение", "Вычитание")
    )

    after = topics(school)
    assert list(after) == ["Повторение", "Натуральные числа", "Сложение", "Вычитание"]
    assert {title: after[title] for title in before} == before
    assert topics(school, "5Б") == after
    assert report.counts[(PLAN, Status.ADDED)] == 1
    assert report.counts[(PLAN, Status.CHANGED)] == 2  # hours and homework were typed anew
    assert report.written == 2  # the copies of 5А and 5Б


def test_reworded_topic_keeps_its_id(school: Storage) -> None:
    before = topics(school)

    workbooks.bring(school, with_titles("Натуральные числа", "Сложение чисел", "Вычитание"))

    assert topics(school)["Сложение чисел"] == before["Сложение"]


def test_same_titles_again_and_again_are_told_apart_by_their_order(central: Storage) -> None:
    titles = ["Дроби", "Контрольная работа", "Проценты", "Контрольная работа", "Повторение"]
    workbooks.bring(central, with_titles(*titles))
    group = workbooks.group_of(central, "5А", "Математика")
    before = [one["id"] for one in one(central, "plan", group=group)["topics"]]

    workbooks.bring(central, with_titles("Введение", *titles[:3], "Резерв", *titles[3:]))

    after = [one["id"] for one in one(central, "plan", group=group)["topics"]]
    assert after[1:4] == before[:3]
    assert after[5:] == before[3:]
    assert len(set(after)) == 7


def test_topic_that_the_file_dropped_stays_in_its_place_and_is_listed(school: Storage) -> None:
    before = topics(school)
    book = with_titles("Натуральные числа", "Вычитание")

    report = workbooks.bring(school, book)

    assert topics(school) == before
    assert list(topics(school)) == ["Натуральные числа", "Сложение", "Вычитание"]
    assert [(one.sheet, one.label) for one in report.findings] == [(PLAN, "Математика, 5")]
    assert report.counts[(PLAN, Status.MISSING)] == 1
    again = workbooks.bring(school, book)
    assert (again.changes, again.written) == (0, 0)
    assert again.counts[(PLAN, Status.MISSING)] == 1


def test_dropped_topic_that_comes_back_is_the_same_one(school: Storage) -> None:
    before = topics(school)
    workbooks.bring(school, with_titles("Натуральные числа", "Вычитание"))

    workbooks.bring(school, with_titles("Натуральные числа", "Сложение", "Вычитание"))

    assert topics(school) == before


def test_copy_changed_in_the_journal_is_left_alone_and_the_other_copies_follow(
    school: Storage,
) -> None:
    group = workbooks.group_of(school, "5А", "Математика")
    plan = one(school, "plan", group=group)
    shorter = plan["topics"][:2]
    workbooks.change(school, "plan", plan["id"], topics=shorter)

    kept = workbooks.bring(school, Book())
    conflict = workbooks.bring(school, Book().set(PLAN, 2, "Домашнее задание", "п. 11"))

    assert [(one.status, one.label) for one in kept.findings] == [(Status.KEPT, "5А, Математика")]
    assert [(one.status, one.label) for one in conflict.findings] == [
        (Status.CONFLICT, "5А, Математика")
    ]
    assert one(school, "plan", group=group)["topics"] == shorter
    other = workbooks.group_of(school, "5Б", "Математика")
    assert one(school, "plan", group=other)["topics"][0]["homework"] == "п. 11"


def test_rows_may_stand_in_any_order_and_are_taken_by_number(central: Storage) -> None:
    book = Book()
    book.sheets[PLAN][1:4] = reversed(book.sheets[PLAN][1:4])

    workbooks.bring(central, book)

    assert list(topics(central)) == ["Натуральные числа", "Сложение", "Вычитание"]


TITLES = st.lists(st.sampled_from("АБВГД"), max_size=12)


@given(TITLES, TITLES)
def test_no_two_topics_share_an_id_and_every_row_of_the_file_is_there_in_order(
    before: list[str], after: list[str]
) -> None:
    old = [{"id": f"old{number}", "title": title, "hours": 1, "homework": None}
           for number, title in enumerate(before)]  # fmt: skip
    rows = [Topic(number + 2, number + 1, title, 1, None) for number, title in enumerate(after)]
    fresh = iter(range(1000))

    class Stub:
        def new_id(self) -> str:
            return f"new{next(fresh)}"

    merged: list[dict[str, Any]] = compare_plans._matched(Stub(), old, rows)  # type: ignore[arg-type]

    ids = [topic["id"] for topic in merged]
    assert len(ids) == len(set(ids))
    assert {one["id"] for one in old} <= set(ids)
    rest = iter(topic["title"] for topic in merged)
    assert all(title in rest for title in after)  # a subsequence, in the file's order
    if before == after:
        assert merged == old
