"""The browser fixtures notice what they promise to notice."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page

from tests.support.browser import Conduct, PageFactory, assert_accessible

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'"
PAGES = {
    "/plain": "<!doctype html><html lang=ru><title>Журнал</title><main><h1>Урок</h1></main>",
    "/foreign": "<!doctype html><html lang=ru><title>Ж</title><img alt='' src='http://pictures.test/a.png'>",
    "/inline": "<!doctype html><html lang=ru><title>Ж</title><script>window.ran = true</script>",
    "/broken": "<!doctype html><html lang=ru><title>Ж</title><script src='/error.js'></script>",
    "/error.js": "throw new Error('spoilt')",
    "/nameless": "<!doctype html><html lang=ru><title>Ж</title><main><input></main>",
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path, "").encode()
        self.send_response(200)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.path != "/foreign":
            self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_good_page_raises_no_complaint(page: Page, conduct: Conduct, site: str) -> None:
    page.goto(site + "/plain")

    assert page.text_content("h1") == "Урок"
    assert_accessible(page)
    assert conduct == Conduct()


def test_request_to_elsewhere_is_aborted_and_noted(page: Page, conduct: Conduct, site: str) -> None:
    page.goto(site + "/foreign", wait_until="load")

    assert conduct.foreign_requests == ["http://pictures.test/a.png"]
    conduct.foreign_requests.clear()


def test_inline_script_is_noted_as_policy_violation(
    page: Page, conduct: Conduct, site: str
) -> None:
    page.goto(site + "/inline")

    assert page.evaluate("window.ran") is None
    assert len(conduct.policy_violations) == 1
    conduct.policy_violations.clear()


def test_error_in_a_script_is_noted(page: Page, conduct: Conduct, site: str) -> None:
    page.goto(site + "/broken")

    assert len(conduct.script_errors) == 1
    assert "spoilt" in conduct.script_errors[0]
    conduct.script_errors.clear()


def test_input_without_a_name_is_not_accessible(page: Page, site: str) -> None:
    page.goto(site + "/nameless")

    with pytest.raises(AssertionError, match="label"):
        assert_accessible(page)


def test_phone_page_has_the_width_of_a_phone(
    phone_page: Page, page_factory: PageFactory, site: str
) -> None:
    phone_page.goto(site + "/plain")

    assert phone_page.evaluate("navigator.maxTouchPoints") > 0
    assert phone_page.evaluate("screen.width") == 412
