"""Errors are pages in the look or JSON for modules, say the next step, and show nothing inside."""

from typing import Any

import pytest
from flask import Blueprint, abort

from sync import errors
from sync.web import access
from tests.support.shell_program import ShellProgram, csrf_token, make_program, post, sign_in


def program_with(error: Exception | int) -> ShellProgram:
    """Return a program with a page that fails in one way."""
    pages = Blueprint("failing", __name__)

    @pages.route("/fails", methods=["GET", "POST"])
    @access.signed_in
    def fails() -> str:
        if isinstance(error, int):
            abort(error)
        raise error

    return make_program(blueprints=[pages])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.SignInNeeded(), 401),
        (errors.NotPermitted(code="not_your_lesson"), 403),
        (errors.RevisionConflict(id="mark:x"), 409),
        (errors.RecordConflict(collection="a", key="b"), 409),
        (errors.MarkNotUnderstood(typed="7", allowed="5 4 3 2"), 422),
        (errors.TooManyAttempts(seconds=30), 429),
        (errors.StoreUnavailable(), 503),
        (errors.PeerUnreachable(), 502),
        (errors.PeerRefused(), 502),
        (errors.MalformedJson(problem="not_json"), 400),
        (errors.JournalError(), 500),
    ],
)
def test_every_branch_of_the_error_tree_has_its_status(
    error: errors.JournalError, status: int
) -> None:
    assert sign_in(program_with(error).client()).get("/fails").status_code == status


def test_refusal_says_what_happened_and_what_to_do() -> None:
    refusal = errors.MarkNotUnderstood(typed="7", allowed="5 4 3 2")
    page = sign_in(program_with(refusal).client()).get("/fails").text

    assert "«7» – не отметка" in page
    assert "Здесь можно: 5 4 3 2" in page
    assert "mark_not_understood" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/json"},
        {"Sec-Fetch-Dest": "empty"},
        {"Content-Type": "application/json"},
    ],
)
def test_modules_of_a_page_get_json(headers: dict[str, str]) -> None:
    refusal = errors.MarkNotUnderstood(typed="7", allowed="5 4 3 2")
    client = sign_in(program_with(refusal).client())
    token = {"X-CSRFToken": csrf_token(client)}
    answer = client.post("/fails", headers=headers | token)

    assert answer.status_code == 422
    assert answer.json == {
        "error": {
            "code": "mark_not_understood",
            "message": "«7» – не отметка.",
            "next_step": "Здесь можно: 5 4 3 2",
            "params": {"typed": "7", "allowed": "5 4 3 2"},
        }
    }


def test_modules_learn_that_the_session_is_over(node: ShellProgram) -> None:
    answer = node.client().get("/", headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"]["code"] == "sign_in_needed"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 418, 503])
def test_http_errors_are_pages_in_the_look(status: int) -> None:
    answer = sign_in(program_with(status).client()).get("/fails")

    assert answer.status_code == status
    assert "masthead" in answer.text
    assert "На первую страницу" in answer.text


def test_wrong_method_names_the_right_ones(node: ShellProgram) -> None:
    answer = post(sign_in(node.client()), "/deputies")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_unforeseen_failure_shows_nothing_of_the_inside(
    node: ShellProgram, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in(node.client())
    for headers in ({}, {"Accept": "application/json"}):
        answer = client.get("/breaks", headers=headers)

        assert answer.status_code == 500
        assert "ZeroDivisionError" not in answer.text
        assert "Traceback" not in answer.text
        assert "secret of the program" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_page_says_it_when_the_store_itself_fails(
    node: ShellProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page about a broken store must not ask the store who is signed in."""
    client = sign_in(node.client())

    def failing(*arguments: Any) -> Any:
        raise errors.StoreUnavailable(code="store_damaged", hint="restore_backup")

    monkeypatch.setattr(node.records, "get", failing)
    answer = client.get("/")

    assert answer.status_code == 503
    assert "Файл с данными повреждён" in answer.text
    assert "Восстановите данные из резервной копии." in answer.text
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"


def test_typed_text_is_escaped_in_an_error() -> None:
    refusal = errors.MarkNotUnderstood(typed="<script>alert(1)</script>", allowed="5")
    page = sign_in(program_with(refusal).client()).get("/fails").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_redirects_of_routing_are_no_errors() -> None:
    pages = Blueprint("folder", __name__)
    pages.add_url_rule("/folder/", "folder", access.public(lambda: "inside"))

    answer = make_program(blueprints=[pages]).client().get("/folder")
    assert answer.status_code == 308
