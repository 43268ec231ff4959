"""The desk in a real browser, with a real conflict of two computers, for everybody and on paper."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from node.sync_pass import Sync
from sync import clock as clocks
from sync.documents import identifiers
from sync.documents.identifiers import OWN_COLUMN
from tests.central.desk import scenes
from tests.support import central_site, node_site, sample_school, served
from tests.support.browser import PHONE, PageFactory, assert_accessible
from tests.support.central_site import CentralSite
from tests.support.fault_proxy import FaultProxy
from tests.support.node_process import NodeProcess
from tests.support.sample_school import BELOVA, GROMOV, LONG_NAME, YAKOVLEVA, ZHUKOV

pytestmark = pytest.mark.browser

NARROW = {**PHONE, "viewport": {"width": 360, "height": 740}}
#: A pass of a node takes a second; a busy machine takes longer.
PATIENCE_SECONDS = 60
LESSON = sample_school.LESSON_SUBSTITUTED


def enter(page: Page, url: str, login: str) -> Page:
    """Sign in through the form."""
    page.goto(f"{url}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", central_site.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    return page


def press(page: Page, *keys: str) -> None:
    """Press keys once the page takes them."""
    expect(page.locator("html.has-script")).to_have_count(1)
    for key in keys:
        page.keyboard.press(key)


# ------------------------------------------------------------------- two computers and the server


@dataclass
class Room:
    """A classroom PC as a process of its own, and the network between it and the server."""

    program: NodeProcess
    network: FaultProxy
    login: str

    def sheet(self, page: Page) -> Page:
        """Open the sheet of 5Б."""
        page.goto(f"{self.program.url}/journal/{LESSON.group}")
        expect(page.locator("#sheet td[tabindex='0']")).to_be_focused()
        return page

    def sync(self, page: Page) -> None:
        """Press the button that syncs."""
        page.goto(f"{self.program.url}/sync")
        page.get_by_role("button", name="Синхронизировать").click()


@dataclass
class School:
    """The server in this process, two computers in theirs."""

    site: CentralSite
    url: str
    teacher: Room
    substitute: Room

    def conflicting(self, doc_id: str) -> int:
        """Return how many values stand against each other at the server."""
        return sum(1 for leaf in self.site.store.leaves(doc_id) if not leaf.deleted)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """Central and two enrolled computers that have synced once and are now without a network."""
    with ExitStack() as running:
        site = running.enter_context(central_site.opened(tmp_path / "central"))
        port = running.enter_context(served.serve(site.app))
        rooms = []
        for room, label, login in (("12", "Кабинет 12", "sokolova"), ("22", "22", "elkin")):
            network = running.enter_context(FaultProxy("127.0.0.1", port))
            home = tmp_path / room
            node_site.enrol(site, network, home, room=room, label=label)
            with node_site.opened_node(home) as node:
                assert Sync(node.node, node_site.peer_of(node)).run().ending == "complete"
            clocks.write_demonstration_clock(home, sample_school.NOW, clocks.SystemClock().now())
            network.cut()
            program = NodeProcess(home).start()
            running.callback(program.kill)
            rooms.append(Room(program, network, login))
        yield School(site, f"http://127.0.0.1:{port}", *rooms)


def cell_of(page: Page, student: str) -> Locator:
    """Return the cell of a student in the lesson's own column."""
    key = f"{LESSON.date}:{LESSON.ordinal}:{OWN_COLUMN}"
    index = page.evaluate(
        "key => [...document.querySelectorAll('th[data-key]')]"
        ".findIndex(head => head.dataset.key === key)",
        key,
    )
    return page.locator(f"tr[data-student={student}] td").nth(index + 1)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def put_mark(page: Page, student: str, key: str) -> None:
    """Type a mark and wait until it is kept on this computer."""
    cell_of(page, student).click()
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(cell_of(page, student)).to_contain_text(key)
    expect(page.locator("#status-line")).to_contain_text("запис")


def test_conflict_made_offline_in_two_rooms_is_settled_and_seen_in_both(
    school: School, page_factory: PageFactory
) -> None:
    mark = identifiers.mark_id(LESSON, BELOVA)
    rooms = (school.teacher, school.substitute)
    pages = [enter(page_factory(), room.program.url, room.login) for room in rooms]
    for room, page, key in zip(rooms, pages, "45", strict=True):
        put_mark(room.sheet(page), BELOVA, key)

    for number, (room, page) in enumerate(zip(rooms, pages, strict=True), start=1):
        room.network.restore()
        room.sync(page)
        until(lambda number=number: school.conflicting(mark) == number)

    deputy = enter(page_factory(), school.url, "sitnikova")
    expect(deputy.locator(".nav-count")).to_have_text("1")
    deputy.get_by_role("link", name="Сверка").click()
    deputy.get_by_role("link", name="Белова Юлия: отметка").click()
    expect(deputy.get_by_text("Кабинет 12").first).to_be_visible()
    expect(deputy.get_by_text("Предлагается: Урок провёл заменяющий учитель.")).to_be_visible()
    expect(deputy.get_by_role("radio", checked=True)).to_have_count(1)
    press(deputy, "Control+Enter")
    expect(deputy.get_by_role("heading", name="Отметка: 5")).to_be_visible()
    decision = deputy.url

    for room, page in zip(rooms, pages, strict=True):
        room.sync(page)

        def shows_the_decision(room: Room = room, page: Page = page) -> bool:
            return "5" in cell_of(room.sheet(page), BELOVA).inner_text()

        until(shows_the_decision)
        cell_of(page, BELOVA).click()
        page.keyboard.press("Space")
        detail = page.locator(".settled")
        expect(detail).to_contain_text("Ситникова И. А.")
        expect(detail).to_contain_text("Урок провёл заменяющий учитель.")

    def has_come_back() -> bool:
        return deputy.goto(decision) is not None and all(
            deputy.get_by_text(f"{where}: 14 октября").count() == 1
            for where in ("Кабинет 12", "кабинет 22")
        )

    until(has_come_back)


# --------------------------------------------------------------------------- at the server alone


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CentralSite]:
    """Central with something open of every kind."""
    with central_site.opened(tmp_path) as opened:
        rooms = scenes.rooms(opened)
        for student in (BELOVA, GROMOV, YAKOVLEVA):
            scenes.two_marks(opened, rooms, student)
        scenes.two_homeworks(opened, rooms)
        scenes.own_marks(opened, rooms, sample_school.ABRAMOV)
        scenes.not_hers(opened, rooms, ZHUKOV)
        scenes.not_hers(opened, rooms, LONG_NAME)
        yield opened


@pytest.fixture
def address(site: CentralSite) -> Iterator[str]:
    """Where the program is served."""
    with served.serve(site.app) as port:
        yield f"http://127.0.0.1:{port}"


def test_key_chooses_a_version_and_the_offered_reason_goes_with_the_suggestion(
    page: Page, address: str, site: CentralSite
) -> None:
    mark = scenes.mark_of(BELOVA)
    enter(page, address, "sitnikova").goto(f"{address}/desk/conflict/{mark}")
    reason = page.get_by_label("Основание решения")
    expect(reason).to_have_value("Урок провёл заменяющий учитель.")

    press(page, "1")
    expect(reason).to_have_value("")
    expect(page.locator(".side").first.get_by_role("radio")).to_be_checked()
    press(page, "2")
    expect(reason).to_have_value("Урок провёл заменяющий учитель.")

    third = page.locator("[name='third-0-value']")
    third.fill("3")
    expect(page.get_by_role("radio", name="Другое значение")).to_be_checked()
    expect(reason).to_have_value("")
    reason.fill("Спросили обоих, ответ на тройку")
    press(page, "Control+Enter")
    expect(page.get_by_role("heading", name="Отметка: 3")).to_be_visible()
    assert [leaf.value["value"] for leaf in site.store.leaves(mark) if not leaf.deleted] == [3]


def test_several_are_settled_at_once_and_one_is_opened_again(page: Page, address: str) -> None:
    enter(page, address, "sitnikova").goto(f"{address}/desk/")
    page.get_by_role("link", name="Решить вместе").click()
    page.get_by_role("checkbox", name="Урок").uncheck()
    page.get_by_role("button", name="Решить все отмеченные").click()
    expect(page.get_by_text("Решено: 3 расхождения.")).to_be_visible()
    expect(page.locator(".desk-list tbody tr")).to_have_count(1)

    page.get_by_role("link", name="Решённые").click()
    page.get_by_role("link", name="Громов Лев: отметка").click()
    page.get_by_text("Отменить решение").first.click()
    page.get_by_label("Почему отменяется").fill("Учитель показал тетрадь")
    page.get_by_role("button", name="Отменить решение").click()
    expect(page.get_by_text("Это уже решали")).to_be_visible()
    press(page, "1")
    page.get_by_label("Основание решения").fill("По тетради")
    press(page, "Control+Enter")
    expect(page.get_by_role("heading", name="Отметка: 4")).to_be_visible()


def test_what_was_put_aside_is_accepted_and_rejected(
    page: Page, address: str, site: CentralSite
) -> None:
    enter(page, address, "sitnikova").goto(f"{address}/desk/aside")
    page.get_by_role("checkbox", name="Отметить все").check()
    expect(page.get_by_role("checkbox", name="Жуков Сергей: отметка")).to_be_checked()
    page.get_by_role("checkbox", name="Жуков Сергей: отметка").uncheck()
    page.get_by_label("Основание").fill("Замена не была внесена")
    page.get_by_role("button", name="Принять отмеченные").click()
    expect(page.get_by_text("Принята 1 запись.")).to_be_visible()

    page.get_by_role("link", name="Жуков Сергей: отметка").click()
    page.get_by_label("Основание").fill("Отметка в чужом классе")
    page.get_by_role("button", name="Отклонить").click()
    expect(page.get_by_text("Отклонена 1 запись")).to_be_visible()
    expect(page.get_by_text("Ничего не ждёт")).to_be_visible()


def paths(site: CentralSite) -> list[str]:
    """Return the pages of the desk, each with something on it."""
    decided = identifiers.opaque_of(scenes.decided(site, scenes.mark_of(GROMOV)))
    return [
        "/desk/",
        "/desk/waiting",
        "/desk/aside",
        "/desk/rejected",
        "/desk/decided",
        f"/desk/decision/{decided}",
        "/desk/protocol",
        "/desk/correction?class=c5b&group=gm5b&date=2026-10-14",
        f"/desk/correction/{scenes.mark_of(GROMOV)}",
        f"/desk/conflict/{scenes.mark_of(BELOVA)}",
        f"/desk/conflict/{identifiers.lesson_id(LESSON)}",
        f"/desk/conflict/{scenes.mark_of(sample_school.ABRAMOV, sample_school.LESSON_1)}",
    ]


def test_every_page_fits_a_phone_and_everybody(
    page_factory: PageFactory, address: str, site: CentralSite
) -> None:
    found = paths(site)
    phone = enter(page_factory(**NARROW), address, "sitnikova")
    wide = enter(page_factory(viewport={"width": 1280, "height": 800}), address, "sitnikova")
    for path in found:
        phone.goto(f"{address}{path}")
        wider = phone.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert (path, wider) == (path, 0)
        wide.goto(f"{address}{path}")
        assert_accessible(wide)
        wide.emulate_media(color_scheme="dark")
        assert_accessible(wide)
        wide.emulate_media(color_scheme="light")


def test_protocol_prints_with_the_school_and_a_line_to_sign(
    page: Page, address: str, site: CentralSite
) -> None:
    scenes.decided(site, scenes.mark_of(GROMOV))
    enter(page, address, "sitnikova").goto(f"{address}/desk/protocol")
    page.emulate_media(media="print")

    assert page.get_by_text("МБОУ «Средняя школа № 1» (пример)").is_visible()
    assert page.get_by_text("Заместитель директора ____").is_visible()
    for hidden in (".masthead", ".tabs", ".filters", ".toolbar"):
        assert not page.locator(hidden).is_visible(), hidden


def test_conflict_is_decided_without_javascript(
    page_factory: PageFactory, address: str, site: CentralSite
) -> None:
    page = enter(page_factory(java_script_enabled=False), address, "sitnikova")
    page.goto(f"{address}/desk/conflict/{identifiers.lesson_id(LESSON)}")
    page.get_by_role("radio", name="Объединить тексты").check()
    page.get_by_label("Основание решения").fill("Нужны оба задания")
    page.get_by_role("button", name="Решить").click()

    expect(page.get_by_text("Тексты объединены.")).to_be_visible()
