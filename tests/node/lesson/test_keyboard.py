"""A whole lesson with the keyboard only, without any network."""

import pytest
from playwright.sync_api import Page, expect

from sync.documents import identifiers
from tests.support import lesson_desk
from tests.support import sample_school as school
from tests.support.lesson_desk import LessonDesk
from tests.support.sample_node import SampleNode

pytestmark = pytest.mark.browser


def test_whole_lesson_is_kept_with_the_keyboard_only(
    node: SampleNode, port: int, page: Page
) -> None:
    lesson_desk.sign_in_by_keyboard(page, port)
    first = page.get_by_role("link", name="Математика").first
    for _ in range(40):
        if first.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("5А, Математика")
    desk = LessonDesk(node, page, school.LESSON_1)
    expect(page.locator("form.lesson.is-scripted")).to_be_visible()

    desk.type_russian("т")  # the topic of the plan
    expect(desk.field("topic")).to_have_value("Натуральные числа и нуль")
    expect(page.locator("[data-homework-offered]")).to_have_text("§ 1, № 12, 14")
    desk.type_russian("д")  # its homework
    expect(desk.field("homework")).to_have_value("§ 1, № 12, 14")
    desk.type_russian("с")  # the class list
    expect(desk.presence(school.ABRAMOV)).to_be_focused()
    desk.press("ArrowDown", "ArrowDown")
    desk.type_russian("н")  # Жуков is not there
    desk.press("ArrowDown")
    desk.type_russian("оп")  # Иванов came late
    page.keyboard.type(" 10")
    desk.press("Enter", "Home", "ArrowRight")
    expect(desk.mark(school.ABRAMOV)).to_be_focused()
    desk.press("5", "Enter", "4", "ArrowDown", "ArrowDown", "ArrowDown")
    desk.type_russian("зач")
    desk.press("Enter", "Escape")
    desk.type_russian("п")  # the roll-call is done
    expect(page.locator("[data-roll-call-text]")).to_have_text("Проведена, нет на уроке: 1.")
    expect(desk.words).to_contain_text("Сохранено на этом компьютере")
    desk.settle()

    kept = desk.kept()
    assert (kept["plan_topic"], kept["homework"], kept["roll_call"]) == ("p1", "§ 1, № 12, 14", 1)
    assert desk.kept_presence(school.ZHUKOV) == "absent"
    assert desk.kept_presence(school.IVANOV_A) == "late"
    marks = [desk.kept_mark(one) for one in school.ROSTER_5A]
    assert marks == [5, 4, None, None, "pass", None]


def test_keys_are_understood_in_the_latin_layout(desk: LessonDesk) -> None:
    desk.press("n")  # the key of «т»
    expect(desk.field("topic")).to_have_value("Натуральные числа и нуль")
    desk.press("c")  # the key of «с»
    desk.press("y")  # the key of «н»
    expect(desk.presence(school.ABRAMOV)).to_have_value("Н")
    desk.settle()

    assert desk.kept_presence(school.ABRAMOV) == "absent"


def test_absence_typed_into_the_marks_goes_to_the_presence(desk: LessonDesk) -> None:
    desk.mark(school.ABRAMOV).focus()
    desk.type_russian("н")
    expect(desk.presence(school.ABRAMOV)).to_have_value("Н")
    expect(desk.mark(school.ABRAMOV)).to_have_value("")
    desk.settle()

    assert desk.kept_presence(school.ABRAMOV) == "absent"
    assert desk.kept_mark(school.ABRAMOV) is None


def test_any_topic_is_found_by_typing_a_part_of_it(desk: LessonDesk) -> None:
    desk.field("topic").focus()
    desk.type_russian("контр")
    expect(desk.page.locator("#plan-topics li")).to_have_count(1)
    desk.press("ArrowDown", "Enter")
    expect(desk.field("topic")).to_have_value("Контрольная работа № 1")
    expect(desk.sign_of("topic")).to_have_attribute("data-state", "here")

    assert desk.kept()["plan_topic"] == "p4"


def test_topic_in_own_words_is_saved_with_enter(desk: LessonDesk) -> None:
    desk.field("topic").focus()
    desk.type_russian("повторение")
    desk.press("Enter")
    expect(desk.sign_of("topic")).to_have_attribute("data-state", "here")

    assert (desk.kept()["topic"], desk.kept()["plan_topic"]) == ("повторение", None)


def test_list_of_topics_closes_with_escape_and_what_was_typed_stays(desk: LessonDesk) -> None:
    desk.field("topic").focus()
    desk.type_russian("числ")
    desk.press("Escape")

    expect(desk.page.locator("#plan-topics")).to_be_hidden()
    expect(desk.field("topic")).to_have_value("числ")


def test_escape_gives_back_what_was_there(desk: LessonDesk) -> None:
    desk.mark(school.ABRAMOV).focus()
    desk.press("5")
    expect(desk.sign_of(f"mark:{school.ABRAMOV}:1")).to_have_attribute("data-state", "here")
    desk.type_russian("нез")
    desk.press("Escape")

    expect(desk.mark(school.ABRAMOV)).to_have_value("5")
    assert desk.kept_mark(school.ABRAMOV) == 5


def test_delete_takes_a_mark_back(desk: LessonDesk) -> None:
    desk.mark(school.ABRAMOV).focus()
    desk.press("5")
    expect(desk.sign_of(f"mark:{school.ABRAMOV}:1")).to_have_attribute("data-state", "here")
    desk.press("ArrowDown", "ArrowUp", "Delete")
    expect(desk.mark(school.ABRAMOV)).to_have_value("")
    desk.settle()

    assert desk.kept_mark(school.ABRAMOV) is None


def test_class_list_is_one_tab_stop(desk: LessonDesk) -> None:
    desk.type_russian("с")
    desk.press("ArrowDown", "ArrowRight", "Tab")
    outside = desk.page.evaluate("document.activeElement.closest('tbody') === null")
    desk.press("Shift+Tab")

    assert outside
    expect(desk.mark(school.YOLKINA)).to_be_focused()


def test_further_column_is_added_by_keyboard(desk: LessonDesk) -> None:
    desk.page.locator(".add-column summary").focus()
    desk.press("Enter", "Tab")
    expect(desk.page.locator("#new_work_kind")).to_be_focused()
    desk.press("Tab")
    desk.press("4", "Tab")  # its weight
    desk.page.keyboard.insert_text("Самостоятельная № 1")
    desk.press("Tab", "Enter")

    expect(desk.page.locator("th.cell-head").nth(2)).to_contain_text("Самостоятельная № 1")
    column = desk.page.locator("th[data-column]").nth(1).get_attribute("data-column")
    assert column is not None
    desk.mark(school.ABRAMOV, column).focus()
    desk.press("4")
    expect(desk.sign_of(f"mark:{school.ABRAMOV}:{column}")).to_have_attribute("data-state", "here")
    desk.settle()
    kept = desk.document(identifiers.mark_id(desk.lesson, school.ABRAMOV, column))
    assert (kept["value"], kept["weight"]) == (4, 4)


def test_absent_student_is_marked_by_one_click_and_back(desk: LessonDesk) -> None:
    switch = desk.page.locator(f'[data-student="{school.ZHUKOV}"] [data-absent]')
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(desk.presence(school.ZHUKOV)).to_have_value("")
    desk.settle()

    assert desk.kept_presence(school.ZHUKOV) is None
