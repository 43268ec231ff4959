"""A code against an identity: once, for a day, and answered again when the answer was lost."""

import hashlib
import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from central import app as central_app
from central import enrolment
from central.endpoint.register import NodeRegister
from central.storage import Storage
from node import enrolment as node_enrolment
from sync import errors
from sync.accounts import bundle
from sync.clock import FixedClock
from tests.support import workbooks
from tests.support.workbooks import one


def refusal(central: Storage, code: str, nonce: str = "n") -> str:
    with pytest.raises(errors.EnrolmentRefused) as refused:
        enrolment.accept(central, code, nonce)
    return refused.value.code


def test_code_has_sixty_bits_and_is_kept_as_a_digest(school: Storage) -> None:
    invitation = enrolment.invite(school, "104")

    bare = invitation.code.replace("-", "")
    assert len(bare) == 12
    assert set(bare) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    (record,) = school.store.records.scan("enrolment_code")
    assert record.key == hashlib.sha256(bare.encode()).hexdigest()
    assert bare not in str(record.value)


def test_node_is_told_everything_it_is_from_now_on(school: Storage) -> None:
    invitation = enrolment.invite(school, "104", "Кабинет физики")

    welcome = enrolment.accept(school, invitation.code, "n")

    assert (welcome.node, welcome.label) == (invitation.node.id, "Кабинет физики")
    assert welcome.database == school.store.uuid
    assert welcome.school_name == "Школа № 7"
    assert welcome.entry_key == school.keys.entry_keys().nodes[welcome.node]
    assert welcome.bundle_key == bundle.public_key_of(school.keys.account_keys.signing)
    record = enrolment.find(school.store.records, welcome.node)
    assert record is not None
    assert record.status == "enrolled"
    assert record.token_digest == hashlib.sha256(welcome.token.encode()).hexdigest()
    assert welcome.token not in str(record)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{joined}", "{confused}"])
def test_code_may_be_typed_as_people_type(school: Storage, typed: str) -> None:
    code = enrolment.invite(school, "104").code
    confused = code.replace("0", "O").replace("1", "l")
    text = typed.format(code, lower=code.lower(), joined=code.replace("-", ""), confused=confused)

    assert enrolment.accept(school, text, "n").node


def test_code_works_once(school: Storage) -> None:
    code = enrolment.invite(school, "104").code
    enrolment.accept(school, code, "first")

    assert refusal(school, code, "second") == "code_used"


def test_lost_answer_is_given_again_to_the_same_asker(school: Storage) -> None:
    code = enrolment.invite(school, "104").code
    lost = enrolment.accept(school, code, "first")

    again = enrolment.accept(school, code, "first")

    assert (again.node, again.entry_key) == (lost.node, lost.entry_key)
    records = school.store.records
    assert enrolment.authenticated(records, again.node, again.token) is not None
    assert enrolment.authenticated(records, again.node, lost.token) is None


def test_code_lives_a_day(school: Storage) -> None:
    code = enrolment.invite(school, "104").code
    assert isinstance(school.clock, FixedClock)

    school.clock.advance(timedelta(hours=24))

    assert refusal(school, code) == "code_expired"


@pytest.mark.parametrize("code", ["", "0000-0000-0000", "я" * 500, "\udcff"])
def test_code_that_nobody_made_is_refused(school: Storage, code: str) -> None:
    enrolment.invite(school, "104")

    assert refusal(school, code) == "code_unknown"


def test_refused_code_changes_nothing(school: Storage) -> None:
    code = enrolment.invite(school, "104").code
    enrolment.accept(school, code, "first")
    before = [(one.key, one.revision) for one in school.store.records.scan("node")]

    refusal(school, code, "second")

    assert [(one.key, one.revision) for one in school.store.records.scan("node")] == before
    assert len(school.keys.entry_keys().nodes) == 1


def test_revoked_node_is_let_in_no_more_and_its_key_stays(school: Storage) -> None:
    welcome = enrolment.accept(school, enrolment.invite(school, "104").code, "n")
    records = school.store.records

    enrolment.revoke(records, welcome.node)

    assert enrolment.authenticated(records, welcome.node, welcome.token) is None
    assert welcome.node in school.keys.entry_keys().nodes
    assert [one.status for one in enrolment.all_nodes(records)] == ["revoked"]
    with pytest.raises(errors.EnrolmentRefused):
        enrolment.revoke(records, "nobody")


def test_invited_node_is_not_let_in_yet(school: Storage) -> None:
    invitation = enrolment.invite(school, "104")

    assert enrolment.authenticated(school.store.records, invitation.node.id, "") is None


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with workbooks.opened(tmp_path) as central:
        code = enrolment.invite(central, "104").code
        welcome = enrolment.accept(central, code, "n")

    with workbooks.opened(tmp_path) as central:
        records = central.store.records
        assert enrolment.authenticated(records, welcome.node, welcome.token) is not None
        assert central.keys.entry_keys().nodes[welcome.node] == welcome.entry_key
        assert refusal(central, code, "other") == "code_used"


# ---------------------------------------------------------------------------------------- register


def test_register_gives_an_enrolled_node_its_scope(school: Storage) -> None:
    welcome = enrolment.accept(school, enrolment.invite(school, "21").code, "n")
    register = NodeRegister(school.store, school.clock)

    guest = register.guest(welcome.node, welcome.token)

    assert guest is not None
    group = workbooks.group_of(school, "5А", "Английский язык", 2)
    five_a = one(school, "class", name="5А")["id"]
    assert guest.scope == {"school", f"group:{group}", f"class:{five_a}"}
    assert register.guest(welcome.node, "wrong") is None
    assert register.guest("nobody", welcome.token) is None


def test_scope_of_a_node_follows_the_school(school: Storage) -> None:
    welcome = enrolment.accept(school, enrolment.invite(school, "21").code, "n")
    register = NodeRegister(school.store, school.clock)
    before = register.guest(welcome.node, welcome.token)
    group = workbooks.group_of(school, "5Б", "Математика")

    assignment = one(school, "assignment", group=group)["id"]
    workbooks.change(school, "assignment", assignment, room="21")
    after = register.guest(welcome.node, welcome.token)

    assert before is not None
    assert after is not None
    assert f"group:{group}" in after.scope - before.scope
    assert after.scope_version != before.scope_version


# -------------------------------------------------------------------------------------- over HTTP


@pytest.fixture
def app(school: Storage) -> Flask:
    return central_app.create_app(school)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as opened:
        yield opened


def ask(client: FlaskClient, code: Any, nonce: Any = "n", **more: Any) -> tuple[int, Any]:
    answer = client.post("/enrolment", json={"code": code, "nonce": nonce}, **more)
    return answer.status_code, answer.get_json(silent=True)


def test_code_is_exchanged_over_http(school: Storage, client: FlaskClient) -> None:
    invitation = enrolment.invite(school, "104")

    answer = client.post("/enrolment", json={"code": invitation.code, "nonce": "n"})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.get_json()) == {
        "node", "label", "token", "entry_key", "database", "bundle_key", "school_name",
    }  # fmt: skip
    assert answer.get_json()["node"] == invitation.node.id


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[]", 400),
        (b'{"code": 5, "nonce": "n"}', 400),
        (b'{"code": "a", "code": "b", "nonce": "n"}', 400),
        (b'{"code": "0000-0000-0000", "nonce": "n"}', 403),
        (b'{"code": "' + b"x" * 100_000 + b'", "nonce": "n"}', 413),
    ],
)
def test_what_is_no_code_is_refused(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/enrolment", data=body, content_type="application/json")

    assert answer.status_code == status


def test_trying_codes_takes_longer_and_longer(school: Storage, client: FlaskClient) -> None:
    chance = random.Random(3)
    tries = [ask(client, f"{chance.getrandbits(60):012X}")[0] for _ in range(8)]
    code = enrolment.invite(school, "104").code

    assert tries == [403] * 5 + [429] * 3
    status, said = ask(client, code)
    assert (status, said["error"]) == (429, "too_many_attempts")
    assert isinstance(school.clock, FixedClock)
    school.clock.advance(timedelta(minutes=16))
    assert ask(client, code)[0] == 200


def test_without_encryption_only_this_computer_is_answered(
    school: Storage, client: FlaskClient
) -> None:
    code = enrolment.invite(school, "104").code
    elsewhere = {"REMOTE_ADDR": "192.168.0.7"}

    status, said = ask(client, code, environ_overrides=elsewhere)
    assert (status, said["error"]) == (403, "enrolment_needs_encryption")

    secure = elsewhere | {"wsgi.url_scheme": "https"}
    assert ask(client, code, environ_overrides=secure)[0] == 200


def test_computer_and_central_understand_each_other(
    school: Storage, client: FlaskClient, tmp_path: Path
) -> None:
    def post(address: str, question: Mapping[str, str]) -> tuple[int, bytes]:
        answer = client.post(address, json=dict(question))
        return answer.status_code, answer.get_data()

    code = enrolment.invite(school, "104", "Кабинет физики").code
    address = "http://127.0.0.1:8800"

    identity = node_enrolment.enrol(tmp_path / "node", address, code, post=post)

    assert identity.entry_key == school.keys.entry_keys().nodes[identity.node]
    assert (identity.label, identity.central_uuid) == ("Кабинет физики", school.store.uuid)
    records = school.store.records
    assert enrolment.authenticated(records, identity.node, identity.token) is not None
    with pytest.raises(errors.EnrolmentRefused) as refused:
        node_enrolment.enrol(tmp_path / "other", address, code, post=post)
    assert refused.value.code == "code_used"


def test_way_in_asks_for_no_cookie_and_sets_none(school: Storage, client: FlaskClient) -> None:
    answer = client.post("/enrolment", json={"code": "x", "nonce": "n"})

    assert "Set-Cookie" not in answer.headers
    assert client.get("/enrolment").status_code == 405
