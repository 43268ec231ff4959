"""Requests from elsewhere, old pages, foreign hosts, and the headers of every answer."""

import itsdangerous
import pytest

from tests.support.shell_program import (
    PASSWORD,
    ShellProgram,
    csrf_token,
    make_program,
    post,
    sign_in,
)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8802"},  # another program of this computer
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_request_of_another_page_is_refused_even_with_the_token(
    node: ShellProgram, headers: dict[str, str]
) -> None:
    client = sign_in(node.client())
    answer = post(client, "/", headers=headers)

    assert answer.status_code == 400
    assert "с другого сайта" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_request_of_an_own_page_passes(node: ShellProgram, headers: dict[str, str]) -> None:
    assert post(sign_in(node.client()), "/", headers=headers).status_code == 200


@pytest.mark.parametrize("token", [None, "", "x", "csrf"])
def test_request_without_its_token_is_refused(node: ShellProgram, token: str | None) -> None:
    client = sign_in(node.client())
    form = {} if token is None else {"csrf_token": token}
    answer = client.post("/", data=form)

    assert answer.status_code == 400
    assert "Страница открыта слишком давно" in answer.text


def test_token_of_another_session_is_refused(central: ShellProgram) -> None:
    foreign = csrf_token(sign_in(central.client(), "orlov"))

    answer = sign_in(central.client()).post("/", data={"csrf_token": foreign})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/lock", "/locked", "/password",
                                  "/language", "/session/active"])  # fmt: skip
def test_every_form_of_the_shell_asks_for_the_token(node: ShellProgram, path: str) -> None:
    client = sign_in(node.client())
    if path == "/locked":
        post(client, "/lock")

    assert client.post(path, data={"password": PASSWORD}).status_code == 400


def test_token_does_not_age(node: ShellProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal page stays open for a whole school day and goes on saving."""
    client = sign_in(node.client())
    token = csrf_token(client)
    signer = itsdangerous.TimestampSigner.get_timestamp
    monkeypatch.setattr(
        itsdangerous.TimestampSigner, "get_timestamp", lambda self: signer(self) + 30_000
    )

    assert client.post("/", headers={"X-CSRFToken": token}).status_code == 200


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost.elsewhere.example", "[::1]"])
def test_other_hosts_get_nothing(node: ShellProgram, host: str) -> None:
    """A name that an attacker's name server points at 127.0.0.1."""
    for path in ("/sign-in", "/", "/static/shell/shell.css", "/nothing"):
        assert node.client().get(path, headers={"Host": host}).status_code == 400


def test_host_with_any_port_is_fine(node: ShellProgram) -> None:
    assert node.client().get("/sign-in", headers={"Host": "localhost:8801"}).status_code == 200


# ------------------------------------------------------------------------------------ headers


def test_every_page_has_the_strict_headers(node: ShellProgram) -> None:
    client = sign_in(node.client())
    for path in ("/", "/sign-in", "/password", "/nothing", "/deputies", "/no-rule"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; manifest-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    ("program", "same_site"), [("node", "SameSite=Strict"), ("central", "SameSite=Lax")]
)
def test_cookies_are_closed_to_scripts_and_other_sites(program: str, same_site: str) -> None:
    client = make_program(program).client()  # type: ignore[arg-type]
    cookies = client.get("/sign-in").headers.getlist("Set-Cookie")
    cookies += sign_in_cookies(client)

    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert same_site in cookie
        assert "Expires" not in cookie


def sign_in_cookies(client: object) -> list[str]:
    answer = post(client, "/sign-in", {"login": "sokolova", "password": PASSWORD})  # type: ignore[arg-type]
    return list(answer.headers.getlist("Set-Cookie"))


def test_secure_program_marks_its_cookies_and_asks_for_tls() -> None:
    program = make_program("central", secure_cookies=True)
    answer = program.client().get("/sign-in", base_url="https://localhost")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-journal_central_")
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_files_are_kept_under_the_version_of_their_content(node: ShellProgram) -> None:
    client = node.client()
    page = client.get("/sign-in").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as kept, client.get(address.split("?")[0]) as asked_again:
        assert "?v=" in address
        assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in kept.headers
        assert asked_again.headers["Cache-Control"] == "no-cache"


def test_nothing_in_the_pages_points_elsewhere(node: ShellProgram) -> None:
    client = sign_in(node.client())
    pages = [client.get(path).text for path in ("/", "/password", "/nothing")]
    pages += [node.client().get("/sign-in").text]
    for name in ("shell.css", "shell.js", "request.js", "icon.svg"):
        with client.get(f"/static/shell/{name}") as file:
            pages.append(file.text)

    for page in pages:
        without_namespace = page.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in without_namespace
        assert "https://" not in without_namespace


def test_pages_hold_no_inline_script_or_style(node: ShellProgram) -> None:
    client = sign_in(node.client())
    for path in ("/", "/password", "/nothing"):
        page = client.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script type="module" src="')


def test_body_that_is_too_large_is_refused(node: ShellProgram) -> None:
    client = sign_in(node.client())
    token = csrf_token(client)
    answer = client.post("/", data=b"x" * (2 * 1024 * 1024), headers={"X-CSRFToken": token},
                         content_type="application/x-www-form-urlencoded")  # fmt: skip

    assert answer.status_code == 413
    assert "слишком большой" in answer.text
