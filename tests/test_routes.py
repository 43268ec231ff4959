"""Every route of both programs, with every method, as everybody: against one table.

The table says for each endpoint who gets in; the walk takes the endpoints, their methods and
addresses from the programs' own URL maps. A route that is in no table fails here, one without a
rule answers 403, and a line of a table that no route has any more fails as well.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from central import control, enrolment
from sync.school.people import Role
from sync.web import access
from sync.web.control import Call
from tests.support import central_site, sample_node, sample_school

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

ANYBODY = (
    "anonymous",
    "guardian",
    "teacher",
    "homeroom_teacher",
    "deputy_head",
    "technical_admin",
    "director",
)
ANYBODY_AND_NODES = (*ANYBODY, "node")
SIGNED_IN = ANYBODY[1:]
STAFF = ANYBODY[2:]
GUARDIAN = ("guardian",)
DESK = ("deputy_head", "director")
DECIDERS = ("deputy_head",)
ADMINISTRATORS = ("deputy_head", "technical_admin")
KEEPERS = ("teacher", "homeroom_teacher")
NODE = ("node",)

SHELL: Mapping[str, tuple[str, ...]] = {
    "shell.static": ANYBODY_AND_NODES,
    "shell.sign_in": ANYBODY_AND_NODES,
    "shell.enter": ANYBODY_AND_NODES,
    "shell.sign_out": ANYBODY_AND_NODES,
    "shell.language": ANYBODY_AND_NODES,
    "shell.lock": SIGNED_IN,
    "shell.locked": SIGNED_IN,
    "shell.unlock": SIGNED_IN,
    "shell.change_password": SIGNED_IN,
    "shell.keep_password": SIGNED_IN,
    "shell.active": SIGNED_IN,
}

CENTRAL: Mapping[str, tuple[str, ...]] = {
    **SHELL,
    "first_page": SIGNED_IN,
    "diary.static": ANYBODY_AND_NODES,
    "diary.start": GUARDIAN,
    "diary.week": GUARDIAN,
    "diary.marks": GUARDIAN,
    "diary.absences": GUARDIAN,
    "administration.start": STAFF,
    "administration.alarm_seen": ADMINISTRATORS,
    "desk.static": ANYBODY_AND_NODES,
    "desk.start": DESK,
    "desk.waiting": DESK,
    "desk.show": DESK,
    "desk.decide": DECIDERS,
    "desk.together": DESK,
    "desk.decide_together": DECIDERS,
    "desk.aside": DESK,
    "desk.settle_aside": DECIDERS,
    "desk.aside_item": DESK,
    "desk.settle_aside_item": DECIDERS,
    "desk.rejected": DESK,
    "desk.decided": DESK,
    "desk.decision": DESK,
    "desk.reopen": DECIDERS,
    "desk.protocol": DESK,
    "desk.protocol_file": DESK,
    "desk.correction": DESK,
    "desk.correction_form": DESK,
    "desk.correct": DECIDERS,
    # Whoever has a code may ask; what a wrong one gets is a test of enrolment.
    "enrolment.enrol": ANYBODY_AND_NODES,
    # Whoever has the secret of the folder; that all others get a 404 is a test of control.
    "control.tell_commands": ANYBODY_AND_NODES,
    "control.run": ANYBODY_AND_NODES,
    "node_desk.receipt": NODE,
    "node_desk.bundle": NODE,
    "node_desk.hand_back": NODE,
    "node_desk.password_change": NODE,
    "node_desk.heartbeat": NODE,
    "node_desk.still_mine": NODE,
    "replication.protocol": NODE,
}

NODE_PROGRAM: Mapping[str, tuple[str, ...]] = {
    **SHELL,
    "journal.static": ANYBODY_AND_NODES,
    "journal.day": KEEPERS,
    "journal.show_lesson": KEEPERS,
    "journal.keep_lesson": KEEPERS,
    "journal.save_field": KEEPERS,
    "journal.fields": KEEPERS,
    "journal.new_lesson": KEEPERS,
    "journal_sheet.choose": KEEPERS,
    "journal_sheet.sheet": KEEPERS,
    "journal_sheet.states": KEEPERS,
    "journal_sheet.cell_detail": KEEPERS,
    "journal_sheet.save_cell": KEEPERS,
    "own_values.choose": KEEPERS,
    "own_values.keep": KEEPERS,
    "sync_status.static": ANYBODY_AND_NODES,
    "sync_status.overview": KEEPERS,
    "sync_status.line": KEEPERS,
    "sync_status.sync_now": KEEPERS,
    "sync_status.understand": KEEPERS,
    "sync_status.withdraw": KEEPERS,
}

#: What stands for each argument of an address; ids are such that the view itself is reached.
ARGUMENTS = {
    "filename": "none.css",
    "student": sample_school.ABRAMOV,
    "on": "2026-10-14",
    "period": "q1",
    "rest": "journal",
    "group": sample_school.MATH_5B,  # one teacher's, with a substitute that day
    "day": "2026-10-14",
    "ordinal": "1",
    "document": f"mark:{sample_school.MATH_5B}:2026-10-14:1:{sample_school.ABRAMOV}:1",
    "rev": "1-0",
    "opaque": "none",
}

#: After these the session is another or none, so the walk signs in anew.
_ENDS_SESSION = frozenset({"shell.enter", "shell.sign_out", "shell.lock", "shell.unlock"})


@dataclass
class Walk:
    """One program with its table and the ways to come to it as each principal."""

    app: Flask
    table: Mapping[str, tuple[str, ...]]
    enter: Callable[[str], FlaskClient]
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known: dict[str, FlaskClient] = field(default_factory=dict)

    def ask(self, principal: str, method: str, path: str, endpoint: str) -> TestResponse:
        """Send a request with a valid CSRF token, so that only the rule can refuse it."""
        if principal not in self.known:
            self.known[principal] = self.enter(principal)
        client = self.known[principal]
        headers = dict(self.headers.get(principal, {}))
        if method not in ("GET", "HEAD", "OPTIONS"):
            page = client.get("/sign-in", follow_redirects=True).text
            headers["X-CSRFToken"] = sample_node.csrf_token(page)
        answer = client.open(path, method=method, headers=headers)
        answer.close()
        if endpoint in _ENDS_SESSION:
            del self.known[principal]
        return answer


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Central with somebody of every role, and one enrolled node."""
    with central_site.opened(tmp_path_factory.mktemp("central")) as site:
        logins = {
            "guardian": "abramova",
            "teacher": "elkin",
            "homeroom_teacher": "sokolova",
            "deputy_head": "sitnikova",
            "technical_admin": "sazonova",
            "director": "director",
        }
        site.add_account("director", sample_school.DEPUTY, Role.DIRECTOR)
        call = Call("127.0.0.1", 8800, "known to nobody here")
        site.app.register_blueprint(control.create_blueprint(site.storage, call))
        code = enrolment.invite(site.storage, "12").code
        welcome = enrolment.accept(site.storage, code, "nonce")
        credentials = {"Authorization": _basic(welcome.node, welcome.token)}
        yield Walk(
            site.app, CENTRAL, lambda who: site.client(logins.get(who)), {"node": credentials}
        )


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A node, where only those who keep lessons have accounts: all others stay outside."""
    folder: Path = tmp_path_factory.mktemp("node")
    sample_node.provision(folder)
    with sample_node.opened(folder) as opened:
        logins = {"teacher": "yolkin", "homeroom_teacher": "sokolova"}
        credentials = {"Authorization": _basic(sample_node.IDENTITY.node, "any")}
        yield Walk(
            opened.app,
            NODE_PROGRAM,
            lambda who: opened.client(logins.get(who)),
            {"node": credentials},
        )


@pytest.fixture(params=["central", "node"])
def walk(request: pytest.FixtureRequest) -> Walk:
    """Each program in turn."""
    found: Walk = request.getfixturevalue(request.param)
    return found


def test_every_route_has_a_rule_and_a_line_in_the_table(walk: Walk) -> None:
    endpoints = {rule.endpoint for rule in walk.app.url_map.iter_rules()}

    assert access.rules_missing(walk.app) == []
    assert endpoints == set(walk.table)


@pytest.mark.parametrize("principal", ANYBODY_AND_NODES)
def test_everybody_gets_where_the_table_says_and_nowhere_else(walk: Walk, principal: str) -> None:
    wrong = []
    for path, rules in _by_path(walk.app).items():
        for method in METHODS:
            rule = next((one for one in rules if method in (one.methods or ())), None)
            if rule is None:
                continue
            answer = walk.ask(principal, method, path, rule.endpoint)
            if answer.status_code == 405:
                continue  # the protocol's own word for a method it does not know
            let_in = _was_let_in(answer, rule.endpoint)
            if let_in is not (principal in _admitted(walk, rule.endpoint)):
                wrong.append((method, path, rule.endpoint, answer.status))
    assert wrong == []


@pytest.mark.parametrize("principal", ANYBODY_AND_NODES)
def test_methods_that_no_route_names_are_not_there(walk: Walk, principal: str) -> None:
    for path, rules in _by_path(walk.app).items():
        named = {method for rule in rules for method in rule.methods or ()}
        for method in set(METHODS) - named:
            answer = walk.ask(principal, method, path, "")
            # Behind the routes for nodes stands the protocol, which answers in its own words.
            not_there = (401, 404, 405) if path.startswith("/replication/") else (405,)
            assert answer.status_code in not_there, (method, path, answer.status)


@pytest.mark.parametrize("principal", ANYBODY_AND_NODES)
def test_nothing_is_served_where_no_route_is(walk: Walk, principal: str) -> None:
    for path in ("/none", "/admin", "/_all_dbs", "/diary/st1", "/static/../central", "/static/"):
        assert walk.ask(principal, "GET", path, "").status_code == 404


def test_route_whose_rule_was_forgotten_answers_403_and_is_named(central: Walk) -> None:
    app = Flask("forgotten", static_folder=None)

    @app.get("/forgotten")
    def forgotten() -> str:
        return "nobody thought of who may read this"

    assert access.rules_missing(app) == ["forgotten"]


def _admitted(walk: Walk, endpoint: str) -> tuple[str, ...]:
    admitted = walk.table[endpoint]
    if walk.table is NODE_PROGRAM:
        # Whoever has no account on a node comes as somebody who is not signed in.
        outside = set(ANYBODY_AND_NODES) - set(KEEPERS)
        if "anonymous" not in admitted:
            return tuple(who for who in admitted if who not in outside)
    return admitted


def _was_let_in(answer: TestResponse, endpoint: str) -> bool:
    """Tell whether the request came as far as the view, whatever the view said then."""
    to_sign_in = urlsplit(answer.headers.get("Location", "")).path == "/sign-in"
    refused = answer.status_code in (401, 403) and _code(answer) not in _SAID_BY_VIEWS
    # Signing out leads to the sign-in by itself.
    return not refused and (endpoint == "shell.sign_out" or not to_sign_in)


#: Refusals that the view itself makes, of what was typed and not of who asks.
_SAID_BY_VIEWS = frozenset({"sign_in_refused", "code_unknown", "malformed_json"})


def _code(answer: TestResponse) -> str:
    body = answer.get_json(silent=True)
    if isinstance(body, dict):
        error = body.get("error")
        return str(error.get("code") if isinstance(error, dict) else error)
    return "sign_in_refused" if 'type="password"' in answer.text else ""


def _by_path(app: Flask) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        found.setdefault(_filled(rule), []).append(rule)
    return found


def _filled(rule: Rule) -> str:
    path = ""
    for is_dynamic, data in rule._trace:
        if is_dynamic:
            path += ARGUMENTS[data]
        elif data != "|":
            path += data.lstrip("|")
    return path


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
