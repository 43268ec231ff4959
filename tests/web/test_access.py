"""Deny by default: the rule of a view decides, and a view without one is closed."""

import pytest
from flask import Blueprint, Flask

from sync.school.people import Role
from sync.web import access
from tests.support.shell_program import ShellProgram, make_program, post, sign_in

OPEN_TO_ALL = {
    "shell.sign_in",
    "shell.enter",
    "shell.sign_out",
    "shell.language",
    "shell.static",
}


def test_only_these_endpoints_of_the_shell_are_open_to_strangers(node: ShellProgram) -> None:
    endpoints = {rule.endpoint for rule in node.app.url_map.iter_rules()}
    open_ones = {
        endpoint
        for endpoint in endpoints
        if (rule := access.rule_of(node.app, endpoint)) is not None and rule.admits(None)
    }

    assert open_ones == OPEN_TO_ALL


def test_forgotten_rule_is_named(node: ShellProgram) -> None:
    assert access.rules_missing(node.app) == ["sample.forgotten"]


def test_page_without_a_rule_is_closed_to_everybody(node: ShellProgram) -> None:
    for login in ("sokolova", "orlov", "elkina"):
        answer = sign_in(node.client(), login).get("/no-rule")

        assert answer.status_code == 403
        assert "a page whose rule was forgotten" not in answer.text


@pytest.mark.parametrize(("login", "status"), [("orlov", 200), ("sokolova", 403), ("elkina", 403)])
def test_rule_asks_for_one_of_its_roles(node: ShellProgram, login: str, status: int) -> None:
    assert sign_in(node.client(), login).get("/deputies").status_code == status


def test_strangers_are_sent_to_the_sign_in_page_and_back(node: ShellProgram) -> None:
    client = node.client()
    answer = client.get("/deputies?class=7b")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/deputies?class%3D7b"
    signed_in = post(
        client,
        "/sign-in",
        {"login": "orlov", "password": "лавина сосед корабль", "next": "/deputies?class=7b"},
    )
    assert signed_in.location == "/deputies?class=7b"


def test_unknown_page_is_404_for_strangers_too(node: ShellProgram) -> None:
    assert node.client().get("/nothing").status_code == 404


def test_changed_roles_count_with_the_next_request(node: ShellProgram) -> None:
    client = sign_in(node.client(), "orlov")
    assert client.get("/deputies").status_code == 200
    node.book.set_roles("account-3", [Role.TEACHER])

    assert client.get("/deputies").status_code == 403


def test_rule_without_roles_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        access.allow()


def test_view_called_static_does_not_pass_for_a_file() -> None:
    app = Flask(__name__, static_folder=None)
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/report/<name>", "static", lambda name: name)
    app.register_blueprint(pages)

    assert access.rule_of(app, "pages.static") is None


def make_endpoint() -> Blueprint:
    endpoint = Blueprint("endpoint", __name__, url_prefix="/replication")
    access.own_guard(endpoint)
    endpoint.add_url_rule("/x", "x", lambda: {"ok": True}, methods=["GET", "POST"])
    return endpoint


def test_blueprint_with_its_own_guard_needs_neither_cookie_nor_token() -> None:
    program = make_program(blueprints=[make_endpoint()])

    answer = program.client().post(
        "/replication/x", json={}, headers={"Origin": "http://elsewhere.example"}
    )

    assert answer.json == {"ok": True}
    assert "Content-Security-Policy" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_own_guard_of_one_blueprint_opens_no_other() -> None:
    program = make_program(blueprints=[make_endpoint()])

    assert program.client().get("/").status_code == 302


def test_menu_shows_what_the_person_may_open(node: ShellProgram) -> None:
    assert "Контроль" in sign_in(node.client(), "orlov").get("/").text
    assert "Контроль" not in sign_in(node.client(), "sokolova").get("/").text


def test_nobody_is_nobody(node: ShellProgram) -> None:
    with node.app.test_request_context("/"):
        assert access.actor_or_none() is None
        with pytest.raises(LookupError):
            access.actor()
