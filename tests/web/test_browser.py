"""The shell in a real browser: accessible, by keyboard, and dark when nobody is there."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, PageFactory, assert_accessible
from tests.support.served import serve
from tests.support.shell_program import PASSWORD, ShellProgram, make_program

pytestmark = pytest.mark.browser


@pytest.fixture
def program() -> ShellProgram:
    return make_program("node")


@pytest.fixture
def address(program: ShellProgram) -> Iterator[str]:
    with serve(program.app) as port:
        yield f"http://127.0.0.1:{port}"


def sign_in(page: Page, address: str, login: str = "sokolova") -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Вход")
    page.wait_for_load_state("load")  # the modules have run


@pytest.mark.parametrize(
    ("scheme", "screen"),
    [("light", {"viewport": {"width": 1366, "height": 768}}), ("dark", PHONE)],
)
def test_every_page_of_the_shell_is_accessible(
    page_factory: PageFactory, address: str, scheme: str, screen: dict[str, object]
) -> None:
    page = page_factory(color_scheme=scheme, **screen)
    page.goto(f"{address}/sign-in")
    assert_accessible(page)
    page.get_by_label("Логин").fill("sokolova")
    page.get_by_label("Пароль").fill("не тот")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Логин или пароль не подошёл.")
    assert_accessible(page)

    sign_in(page, address, "orlov")
    for path in ("/", "/password", "/nothing"):
        page.goto(f"{address}{path}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.get_by_role("button", name="Заблокировать").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Экран заблокирован")
    assert_accessible(page)


def test_sign_in_needs_no_mouse(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    page.keyboard.type("sokolova")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Сегодня")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="К содержанию")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_abandoned_screen_locks_by_itself_and_the_draft_comes_back(
    page: Page, address: str
) -> None:
    page.clock.install()
    sign_in(page, address)
    page.get_by_label("Тема").fill("Решение линейных уравнений")
    page.clock.run_for(4 * 60 * 1000)
    expect(page.get_by_text("Ёлкин Пётр")).to_be_visible()

    page.clock.run_for(70 * 1000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Экран заблокирован")
    assert "Ёлкин" not in page.content()
    page.get_by_label("Пароль").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Тема")).to_have_value("Решение линейных уравнений")


def test_screen_locks_even_when_the_program_does_not_answer(page: Page, address: str) -> None:
    page.clock.install()
    sign_in(page, address)
    page.route("**/lock", lambda route: route.abort())
    page.clock.run_for(6 * 60 * 1000)
    expect(page.locator("body")).to_be_empty()
    assert "Ёлкин" not in page.content()

    page.unroute("**/lock")
    page.clock.run_for(2_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Экран заблокирован")


def test_typing_keeps_the_screen_open_and_the_server_informed(
    page: Page, address: str, program: ShellProgram
) -> None:
    page.clock.install()
    sign_in(page, address)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url))
    for _ in range(4):
        page.clock.run_for(2 * 60 * 1000)
        with page.expect_response("**/session/active") as answer:
            page.get_by_label("Тема").press_sequentially("а")
        assert answer.value.status == 204

    expect(page.get_by_role("heading", level=1)).to_have_text("Сегодня")
    # The browser may fetch the page's icon whenever it likes.
    names = [url.rpartition("/")[2] for url in told if "icon.svg" not in url]
    assert names == ["active"] * 4


def test_server_that_has_locked_takes_the_page_away_with_the_next_request(
    page: Page, address: str, program: ShellProgram
) -> None:
    page.clock.install()
    sign_in(page, address)
    page.get_by_label("Тема").fill("Дроби")
    (row,) = program.records.scan("sessions")
    program.records.overwrite("sessions", row.key, row.value | {"locked": True})
    page.clock.run_for(61_000)
    page.get_by_label("Тема").press("!")

    expect(page.get_by_role("heading", level=1)).to_have_text("Экран заблокирован")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Тема")).to_have_value(re.compile("Дроби"))


def test_back_button_shows_nothing_after_sign_out(page: Page, address: str) -> None:
    sign_in(page, address)
    page.get_by_label("Тема").fill("Дроби")
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Вход")
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Вход")
    assert "Ёлкин" not in page.content()
    assert page.evaluate("sessionStorage.length") == 0


def test_draft_of_one_teacher_is_not_shown_to_the_next(page: Page, address: str) -> None:
    sign_in(page, address)
    page.get_by_label("Тема").fill("Дроби")
    page.get_by_role("button", name="Заблокировать").click()
    page.get_by_role("button", name="Войти другому человеку").click()
    sign_in(page, address, "orlov")

    expect(page.get_by_label("Тема")).to_have_value("")


def test_language_changes_where_one_stands(page: Page, address: str) -> None:
    sign_in(page, address)
    page.goto(f"{address}/password")
    page.get_by_role("button", name="EN").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Change the password")


def test_printed_page_has_no_menus(page: Page, address: str) -> None:
    sign_in(page, address)
    page.emulate_media(media="print")

    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.locator(".status-line")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_reduced_motion_is_honoured(page_factory: PageFactory, address: str) -> None:
    page = page_factory(reduced_motion="reduce")
    sign_in(page, address)

    longest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('*')].map("
        "e => parseFloat(getComputedStyle(e).transitionDuration) || 0))"
    )
    assert longest == 0
