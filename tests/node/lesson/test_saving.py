"""Nothing that was typed is lost: no answer, lost answers, refusals, others' changes, the lock."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from sync.documents import identifiers
from tests.support import lesson_desk
from tests.support import sample_school as school
from tests.support.lesson_desk import LessonDesk
from tests.support.sample_node import PASSWORD, SampleNode

pytestmark = pytest.mark.browser

SAVES = "**/save"
LOCKED = re.compile("/locked")
ABRAMOV = f"mark:{school.ABRAMOV}:1"


def values_of(desk: LessonDesk, student: str = school.ABRAMOV) -> list[object]:
    """Return the row of values that a mark was given."""
    document = desk.document(identifiers.mark_id(desk.lesson, student))
    return [one["new"] for one in document.get("entries", []) if one["field"] == "value"]


def put(desk: LessonDesk, value: int, seen: int | None = None) -> None:
    """Put a mark as a colleague on the same computer would have."""
    desk.node.node.journal.record_mark(
        school.SOKOLOVA,
        desk.lesson,
        school.ABRAMOV,
        value,
        seen=seen,
        token=f"token-elsewhere-{value}",
    )


def test_state_of_a_mark_is_a_sign_and_a_word(desk: LessonDesk) -> None:
    desk.mark(school.ABRAMOV).fill("5")
    sign = desk.sign_of(ABRAMOV)

    expect(sign).to_have_attribute("data-state", "here")
    expect(sign).to_have_attribute("aria-label", "сохранено на этом компьютере")
    expect(desk.words).to_contain_text("Сохранено на этом компьютере в 10:0")


def test_mark_typed_while_the_program_does_not_answer_is_saved_when_it_does(
    desk: LessonDesk,
) -> None:
    desk.page.route(SAVES, lambda route: route.abort())
    desk.mark(school.ABRAMOV).fill("5")
    expect(desk.words).to_contain_text("Программа на этом компьютере не отвечает.")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "saving")
    expect(desk.mark(school.ABRAMOV)).to_have_value("5")
    desk.page.unroute(SAVES)
    desk.settle()

    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "here")
    assert values_of(desk) == [5]


def test_mark_whose_answer_was_lost_is_one_entry(desk: LessonDesk) -> None:
    lost = 0

    def lose_two_answers(route: Route) -> None:
        nonlocal lost
        answer = route.fetch()
        if lost < 2:
            lost += 1
            route.abort()
        else:
            route.fulfill(response=answer)

    desk.page.route(SAVES, lose_two_answers)
    desk.mark(school.ABRAMOV).fill("5")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "here")

    assert lost == 2
    assert values_of(desk) == [5]


def test_value_typed_while_an_answer_is_awaited_is_saved_after_it(desk: LessonDesk) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    desk.page.route(SAVES, hold_the_first)
    with desk.page.expect_request(SAVES):
        desk.mark(school.ABRAMOV).fill("4")
    desk.mark(school.ABRAMOV).fill("5")
    held[0].continue_()
    desk.settle()

    expect(desk.mark(school.ABRAMOV)).to_have_value("5")
    assert values_of(desk) == [4, 5]


def test_refused_mark_stays_in_its_cell_with_the_reason(desk: LessonDesk) -> None:
    cell = desk.mark(school.ABRAMOV)
    cell.fill("7")
    desk.press("Enter")

    expect(desk.words).to_contain_text("Отметка 7 здесь не ставится")
    expect(desk.words).to_contain_text("5 4 3 2")
    expect(cell).to_have_value("7")
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "refused")

    cell.fill("5")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "here")
    expect(cell).not_to_have_attribute("aria-invalid", "true")
    assert values_of(desk) == [5]


def test_reason_of_an_absence_is_left_to_the_class_teacher(desk: LessonDesk) -> None:
    desk.presence(school.ABRAMOV).fill("б")
    desk.press("Enter")

    expect(desk.words).to_contain_text("классный руководитель")


@pytest.mark.parametrize(("key", "shown", "values"), [("Enter", "5", [4, 5]), ("Escape", "4", [4])])
def test_mark_changed_meanwhile_is_shown_and_the_teacher_chooses(
    desk: LessonDesk, key: str, shown: str, values: list[int]
) -> None:
    put(desk, 4)
    cell = desk.mark(school.ABRAMOV)
    cell.fill("5")
    expect(desk.words).to_contain_text("тем временем записано: «4»")
    expect(cell).to_have_value("5")
    cell.focus()
    desk.press(key)
    desk.settle()

    expect(cell).to_have_value(shown)
    assert values_of(desk) == values


def test_marks_of_others_appear_by_themselves(
    node: SampleNode, port: int, page_factory: Callable[..., Page]
) -> None:
    page = page_factory()
    page.clock.install()
    desk = lesson_desk.opened(node, port, page)
    put(desk, 4)
    page.clock.run_for(31_000)

    expect(desk.mark(school.ABRAMOV)).to_have_value("4")


# ----------------------------------------------------------------------- leaving, coming back


def test_text_that_was_being_typed_is_saved_when_the_page_is_left(desk: LessonDesk) -> None:
    desk.field("homework").focus()
    desk.type_russian("повторить")
    desk.page.goto(desk.page.url.split("/lesson")[0])
    # The browser sends it on its own, after the page; nobody can be asked when it is done.
    for _ in range(200):
        if desk.kept():
            break
        desk.page.wait_for_timeout(50)

    assert desk.kept()["homework"] == "повторить"


def test_text_survives_the_lock_and_is_saved_after_it(desk: LessonDesk) -> None:
    desk.field("homework").focus()
    desk.type_russian("выучить")
    desk.page.route(SAVES, lambda route: route.abort())
    desk.page.get_by_role("button", name="Заблокировать").click()
    expect(desk.page).to_have_url(LOCKED)
    assert "выучить" not in desk.page.content()
    desk.page.unroute(SAVES)
    desk.page.get_by_label("Пароль").fill(PASSWORD)
    desk.press("Enter")

    expect(desk.field("homework")).to_have_value("выучить")
    desk.settle()
    assert desk.kept()["homework"] == "выучить"


def test_session_that_was_locked_elsewhere_asks_for_the_password_and_saves_then(
    desk: LessonDesk,
) -> None:
    for record in list(desk.node.store.records.scan("sessions")):
        desk.node.store.records.overwrite("sessions", record.key, record.value | {"locked": True})
    desk.mark(school.ABRAMOV).fill("5")
    expect(desk.page).to_have_url(LOCKED)
    desk.page.get_by_label("Пароль").fill(PASSWORD)
    desk.press("Enter")

    expect(desk.mark(school.ABRAMOV)).to_have_value("5")
    desk.settle()
    assert values_of(desk) == [5]


def test_refused_text_is_there_again_after_a_reload(desk: LessonDesk) -> None:
    desk.mark(school.ABRAMOV).fill("7")
    desk.press("Enter")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "refused")
    desk.page.reload()

    expect(desk.mark(school.ABRAMOV)).to_have_value("7")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "refused")


def test_signing_out_leaves_nothing_of_what_was_typed_in_the_browser(desk: LessonDesk) -> None:
    desk.mark(school.ABRAMOV).fill("7")
    desk.press("Enter")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "refused")
    desk.page.get_by_role("button", name="Выйти").click()
    expect(desk.page.get_by_role("button", name="Войти")).to_be_visible()

    assert desk.page.evaluate("Object.keys(sessionStorage).length") == 0


# ------------------------------------------------------------------------------ the line below


def test_line_at_the_foot_counts_without_a_reload(
    node: SampleNode, port: int, page_factory: Callable[..., Page]
) -> None:
    page = page_factory()
    page.clock.install()
    desk = lesson_desk.opened(node, port, page)
    desk.mark(school.ABRAMOV).fill("5")
    expect(desk.sign_of(ABRAMOV)).to_have_attribute("data-state", "here")
    page.clock.run_for(6_000)

    expect(page.locator("#status-line")).to_contain_text("Только на этом компьютере: 1 запись.")
