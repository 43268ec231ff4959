"""Signing in and out, the lock screen, and the first own password, through the real pages."""

import re
from datetime import timedelta

import pytest

from tests.support.shell_program import (
    PASSWORD,
    ShellProgram,
    csrf_token,
    make_program,
    minutes,
    post,
    sign_in,
)

NEW = "чугун вторник парашют"


def test_teacher_signs_in_and_sees_the_name_in_the_head(node: ShellProgram) -> None:
    page = sign_in(node.client()).get("/").text

    assert "Соколова А. М." in page
    assert "На сервер ещё не ушло: 12 записей" in page


@pytest.mark.parametrize(("login", "password"), [("sokolova", "не тот"), ("nobody", PASSWORD)])
def test_wrong_login_and_wrong_password_have_the_same_page(
    node: ShellProgram, login: str, password: str
) -> None:
    client = node.client()
    answer = post(client, "/sign-in", {"login": login, "password": password})

    assert answer.status_code == 401
    assert "Логин или пароль не подошёл." in answer.text
    assert answer.text.count(login) == 1  # in its field, and nowhere is it said to be wrong
    assert password not in answer.text


def test_answers_to_wrong_pairs_differ_in_the_typed_login_only(node: ShellProgram) -> None:
    client = node.client()
    token = csrf_token(client)
    pages = []
    for login in ("sokolova", "nobody"):
        form = {"login": login, "password": "не тот", "csrf_token": token}
        answer = client.post("/sign-in", data=form)
        # Tokens carry the second in which they were signed.
        page = re.sub(r'"[\w.-]{60,}"', '"TOKEN"', answer.text.replace(login, "LOGIN"))
        pages.append((answer.status_code, page, answer.headers))

    assert pages[0][:2] == pages[1][:2]
    names = [sorted(name for name, _ in headers) for _, _, headers in pages]
    assert names[0] == names[1]


def test_page_says_when_to_try_again(node: ShellProgram) -> None:
    client = node.client()
    for _ in range(5):
        post(client, "/sign-in", {"login": "sokolova", "password": "не тот"})
    answer = post(client, "/sign-in", {"login": "sokolova", "password": PASSWORD})

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert "Следующая попытка – через 30 секунд." in answer.text

    node.clock.advance(timedelta(seconds=30))
    sign_in(client)


def test_long_wait_is_said_in_minutes(node: ShellProgram) -> None:
    client = node.client()
    for _ in range(8):
        post(client, "/sign-in", {"login": "sokolova", "password": "не тот"})
        node.clock.advance(minutes(16))
    node.clock.advance(minutes(-16))
    answer = post(client, "/sign-in", {"login": "sokolova", "password": PASSWORD})

    assert "через 4 минуты." in answer.text


def test_places_of_guessing_are_client_addresses_at_central(central: ShellProgram) -> None:
    for _ in range(6):
        post(central.client(), "/sign-in", {"login": "elkina", "password": "не тот"})
    client = central.client()
    token = csrf_token(client)
    form = {"login": "elkina", "password": PASSWORD, "csrf_token": token}

    assert client.post("/sign-in", data=form).status_code == 429
    elsewhere = {"REMOTE_ADDR": "10.0.0.7"}
    spoofed = client.post("/sign-in", data=form, headers={"X-Forwarded-For": "10.0.0.7"})
    assert spoofed.status_code == 429
    assert client.post("/sign-in", data=form, environ_overrides=elsewhere).status_code == 303


def test_session_and_csrf_token_are_new_after_sign_in(node: ShellProgram) -> None:
    client = node.client()
    before = csrf_token(client)
    with client.session_transaction() as cookie:
        raw_before = cookie["csrf_token"]
    sign_in(client)
    client.get("/")
    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] != raw_before

    assert client.post("/", data={"csrf_token": before}).status_code == 400


def test_planted_session_id_signs_nobody_in(node: ShellProgram) -> None:
    client = node.client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "account-1"

    assert client.get("/").status_code == 302


def test_sign_out_ends_the_session_on_the_server(node: ShellProgram) -> None:
    client = sign_in(node.client())
    stolen = client.get_cookie(node.app.config["SESSION_COOKIE_NAME"])
    assert stolen is not None
    answer = post(client, "/sign-out")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.set_cookie(node.app.config["SESSION_COOKIE_NAME"], stolen.value)
    assert client.get("/").status_code == 302


def test_next_person_on_a_node_ends_the_session_before(node: ShellProgram) -> None:
    first = sign_in(node.client(), "sokolova")
    sign_in(node.client(), "orlov")

    assert first.get("/").status_code == 302


def test_signed_in_person_is_not_asked_again(node: ShellProgram) -> None:
    answer = sign_in(node.client()).get("/sign-in")

    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize(
    "target",
    ["//elsewhere.example/", "https://elsewhere.example", "/\\elsewhere.example", "/\tx", "x", ""],
)
def test_sign_in_never_leads_to_another_site(node: ShellProgram, target: str) -> None:
    form = {"login": "sokolova", "password": PASSWORD, "next": target}

    assert post(node.client(), "/sign-in", form).location == "/"


# --------------------------------------------------------------------------------- lock screen


def test_idle_screen_is_locked_by_the_server(node: ShellProgram) -> None:
    client = sign_in(node.client())
    node.clock.advance(minutes(5))
    answer = client.get("/deputies")

    assert answer.location == "/locked?next=/deputies"


def test_locked_screen_shows_no_pupil_and_no_menu(node: ShellProgram) -> None:
    client = sign_in(node.client())
    assert "Ёлкин" in client.get("/").text
    post(client, "/lock")
    page = client.get("/locked").text

    assert "Соколова А. М." in page
    assert "Ёлкин" not in page
    assert "<nav" not in page
    assert "На сервер ещё не ушло" not in page


def test_every_page_is_closed_while_locked(node: ShellProgram) -> None:
    client = sign_in(node.client(), "orlov")
    post(client, "/lock")

    for rule in node.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments or rule.endpoint == "shell.locked":
            continue
        answer = client.get(rule.rule)
        assert answer.status_code == 302, rule.rule
        assert answer.location.startswith("/locked"), rule.rule
    with_token = {"X-CSRFToken": csrf_token(client)}
    answer = client.post("/", json={}, headers=with_token)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "session_locked")


def test_own_password_leads_back_to_the_page(node: ShellProgram) -> None:
    client = sign_in(node.client())
    post(client, "/lock")
    wrong = post(client, "/locked", {"password": "не тот", "next": "/?week=7"})
    assert wrong.status_code == 401
    assert "Соколова А. М." in wrong.text
    right = post(client, "/locked", {"password": PASSWORD, "next": "/?week=7"})

    assert (right.status_code, right.location) == (303, "/?week=7")
    assert client.get("/").status_code == 200


def test_open_page_may_go_on_saving_after_the_lock(node: ShellProgram) -> None:
    """Its token stays good, so what was typed before the lock is not lost to an old page."""
    client = sign_in(node.client())
    page_token = csrf_token(client)
    post(client, "/lock")
    post(client, "/locked", {"password": PASSWORD})

    answer = client.post("/", json={}, headers={"X-CSRFToken": page_token})
    assert answer.json == {"saved_by": "staff-1"}


def test_another_person_can_sign_in_from_the_locked_screen(node: ShellProgram) -> None:
    client = sign_in(node.client())
    post(client, "/lock")
    assert post(client, "/sign-out").location == "/sign-in"

    sign_in(client, "orlov")
    assert "Орлов П. С." in client.get("/").text


def test_lock_of_a_session_that_has_ended_leads_to_sign_in(node: ShellProgram) -> None:
    client = sign_in(node.client())
    token = csrf_token(client)
    node.clock.advance(timedelta(hours=8))

    answer = client.post("/lock", data={"csrf_token": token, "next": "/"})
    assert answer.location == "/sign-in"


def test_page_that_asks_by_itself_is_no_sign_of_a_person(node: ShellProgram) -> None:
    client = sign_in(node.client())
    for _ in range(5):
        node.clock.advance(minutes(1))
        client.get("/", headers={"X-Passive": "1"})

    assert client.get("/").location == "/locked"


def test_typing_puts_the_lock_off(node: ShellProgram) -> None:
    client = sign_in(node.client())
    token = csrf_token(client)
    for _ in range(4):
        node.clock.advance(minutes(4))
        assert client.post("/session/active", headers={"X-CSRFToken": token}).status_code == 204

    assert client.get("/").status_code == 200


def test_restarted_node_asks_for_the_password_and_goes_on(node: ShellProgram) -> None:
    client = sign_in(node.client())
    node.entrance.sessions._seen.clear()  # what a restart forgets

    assert client.get("/").location == "/locked"
    assert post(client, "/locked", {"password": PASSWORD}).location == "/"


def test_block_of_an_account_counts_at_once(node: ShellProgram) -> None:
    client = sign_in(node.client())
    node.book.block("account-1")

    assert client.get("/").location == "/sign-in"


# ------------------------------------------------------------------------------- own password


def test_handed_out_password_opens_only_the_page_for_an_own_one(node: ShellProgram) -> None:
    client = sign_in(node.client(), "konstantin")
    for path in ("/", "/deputies", "/no-rule"):
        assert client.get(path).location.startswith("/password")
    page = client.get("/password").text

    assert "Придумайте свой пароль" in page
    assert "<nav" not in page
    token = csrf_token(client)
    answer = client.post("/", json={}, headers={"X-CSRFToken": token})
    assert answer.json["error"]["code"] == "new_password_needed"


def test_own_password_opens_the_program(node: ShellProgram) -> None:
    client = sign_in(node.client(), "konstantin")
    form = {"old": PASSWORD, "new": NEW, "repeated": NEW}
    assert post(client, "/password", form).location == "/"

    assert client.get("/").status_code == 200
    sign_in(node.client(), "konstantin", NEW)


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"old": "не тот", "new": NEW, "repeated": NEW}, 401, "Логин или пароль не подошёл."),
        ({"old": PASSWORD, "new": NEW, "repeated": "x"}, 422, "два раза по-разному"),
        ({"old": PASSWORD, "new": "мало", "repeated": "мало"}, 422, "меньше 10 знаков"),
        (
            {"old": PASSWORD, "new": "konstantin85", "repeated": "konstantin85"},
            422,
            "легко подобрать",
        ),
        ({"old": PASSWORD, "new": PASSWORD, "repeated": PASSWORD}, 422, "совпадает с прежним"),
        ({}, 401, "не подошёл"),
    ],
)
def test_refused_password_comes_back_with_the_reason(
    node: ShellProgram, form: dict[str, str], status: int, sentence: str
) -> None:
    client = sign_in(node.client(), "konstantin")
    answer = post(client, "/password", form)

    assert answer.status_code == status
    assert sentence in answer.text
    assert all(f'value="{typed}"' not in answer.text for typed in form.values())
    assert client.get("/").location.startswith("/password")


def test_own_name_is_no_password(node: ShellProgram) -> None:
    client = sign_in(node.client(), "konstantin")
    name = "Константинопольская1"
    answer = post(client, "/password", {"old": PASSWORD, "new": name, "repeated": name})

    assert "легко подобрать" in answer.text


def test_passwords_are_not_logged(node: ShellProgram, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    client = node.client()
    post(client, "/sign-in", {"login": "sokolova", "password": "тайное слово"})
    sign_in(client)

    assert "тайное" not in caplog.text
    assert PASSWORD not in caplog.text


# ------------------------------------------------------------------------- two programs, one host


def test_programs_on_one_host_keep_their_cookies_apart() -> None:
    first = make_program("node", secret_key=b"first node")
    second = make_program("node", secret_key=b"second node")
    central = make_program("central", secret_key=b"central")
    names = {p.app.config["SESSION_COOKIE_NAME"] for p in (first, second, central)}

    assert len(names) == 3


def test_cookie_of_another_program_is_no_sign_in() -> None:
    first = make_program("node", secret_key=b"first node")
    second = make_program("node", secret_key=b"second node")
    client = sign_in(first.client())
    cookie = client.get_cookie(first.app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None

    other = second.client()
    other.set_cookie(second.app.config["SESSION_COOKIE_NAME"], cookie.value)
    assert other.get("/").status_code == 302
