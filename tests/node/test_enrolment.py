"""This computer's side of the introduction: what is asked, what is believed, what is written."""

import json
import stat
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node import enrolment, machine, settings
from sync import errors
from sync.documents import identity_proof
from sync.store.connection import FolderLock

CENTRAL = "http://127.0.0.1:8800"
ANSWER = {
    "node": "n0de1",
    "label": "Кабинет 104",
    "token": "ab" * 32,
    "entry_key": "01" * 32,
    "database": "d4tabase",
    "bundle_key": "02" * 32,
    "school_name": "Школа № 7",
}


class Central:
    """Stands for central: gives prepared answers, remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Any] | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, address: str, question: Mapping[str, Any]) -> tuple[int, bytes]:
        self.asked.append((address, dict(question)))
        answer = self.answers.pop(0)
        if answer is None:
            raise errors.PeerUnreachable
        status, body = answer
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()


def refused(tmp_path: Path, central: Central, address: str = CENTRAL) -> errors.JournalError:
    with pytest.raises(errors.JournalError) as error:
        enrolment.enrol(tmp_path / "node", address, "AAAA-BBBB-CCCC", post=central)
    assert settings.read_identity(tmp_path / "node") is None
    return error.value


def test_identity_is_written_as_central_gave_it(tmp_path: Path) -> None:
    central = Central((200, ANSWER))

    identity = enrolment.enrol(tmp_path / "node", CENTRAL + "/", "AAAA-BBBB-CCCC", post=central)

    assert settings.read_identity(tmp_path / "node") == identity
    assert (identity.node, identity.label) == ("n0de1", "Кабинет 104")
    assert identity.entry_key == bytes.fromhex(ANSWER["entry_key"])
    assert (identity.central_url, identity.central_uuid) == (CENTRAL, "d4tabase")
    ((address, question),) = central.asked
    assert address == f"{CENTRAL}/enrolment"
    assert question["code"] == "AAAA-BBBB-CCCC"
    assert len(question["nonce"]) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise on Windows")
def test_folder_and_identity_are_for_the_owner_alone(tmp_path: Path) -> None:
    enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=Central((200, ANSWER)))

    assert stat.S_IMODE((tmp_path / "node").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "node" / "identity.json").stat().st_mode) == 0o600


def test_lost_answer_is_asked_for_again_with_the_same_text(tmp_path: Path) -> None:
    central = Central(None, None, (200, ANSWER))

    enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=central)

    assert len({question["nonce"] for _, question in central.asked}) == 1


def test_central_that_does_not_answer_is_told(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path, Central(None, None, None)), errors.PeerUnreachable)


def test_nothing_listening_is_a_central_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(errors.PeerUnreachable):
        enrolment.enrol(tmp_path / "node", "http://127.0.0.1:9", "x")


@pytest.mark.parametrize("code", ["code_unknown", "code_expired", "code_used"])
def test_refused_code_is_said_as_central_said_it(tmp_path: Path, code: str) -> None:
    error = refused(tmp_path, Central((403, {"error": code, "hint": "x"})))

    assert isinstance(error, errors.EnrolmentRefused)
    assert (error.code, error.hint) == (code, "ask_for_new_code")


def test_too_many_tries_are_said(tmp_path: Path) -> None:
    error = refused(tmp_path, Central((429, {"error": "too_many_attempts"})))

    assert error.code == "enrolment_too_often"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, {}),
        (200, []),
        (200, {**ANSWER, "entry_key": "01"}),
        (200, {**ANSWER, "bundle_key": "zz" * 32}),
        (200, {**ANSWER, "node": "../../etc"}),
        (200, {**ANSWER, "node": "Имя"}),
        (200, {**ANSWER, "token": 5}),
        (200, {**ANSWER, "label": ""}),
        (302, b""),
        (404, b"Not found"),
        (403, {"error": "something"}),
    ],
)
def test_what_is_no_central_is_not_believed(tmp_path: Path, status: int, body: Any) -> None:
    error = refused(tmp_path, Central((status, body)))

    assert isinstance(error, errors.ProtocolViolation)
    assert error.code == "not_a_central"


def test_central_in_trouble_is_asked_later(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path, Central((503, {"error": "x"}))), errors.PeerUnreachable)


@pytest.mark.parametrize("said", [{"code": "failed"}, ["x"], None, 7])
def test_central_that_failed_is_asked_later_whatever_it_says(tmp_path: Path, said: Any) -> None:
    told = refused(tmp_path, Central((500, {"error": said})))

    assert isinstance(told, errors.PeerUnreachable)


def test_folder_enrolled_anew_names_and_proves_who_it_was(tmp_path: Path) -> None:
    first = enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=Central((200, ANSWER)))
    central = Central((200, {**ANSWER, "node": "n0de2", "entry_key": "03" * 32}))

    second = enrolment.enrol(tmp_path / "node", CENTRAL, "y", post=central)

    ((_, question),) = central.asked
    told: Any = question
    assert told["database"] == first.central_uuid
    (former,) = told["former"]
    assert former["node"] == "n0de1"
    assert identity_proof.is_proven("n0de1", told["nonce"], first.entry_key, former["proof"])
    assert first.entry_key.hex() not in json.dumps(told)
    assert settings.read_identity(tmp_path / "node") == second
    assert second.makers == ("n0de2", "n0de1")


def test_every_former_identity_is_named(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        central = Central((200, {**ANSWER, "node": f"n0de{number}"}))
        identity = enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=central)

    told: Any = central.asked[0][1]
    assert [one["node"] for one in told["former"]] == ["n0de2", "n0de1"]
    assert identity.makers == ("n0de3", "n0de2", "n0de1")


@pytest.mark.parametrize("code", ["former_not_proven", "another_journal"])
def test_folder_that_is_not_let_in_anew_stays_who_it_was(tmp_path: Path, code: str) -> None:
    first = enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=Central((200, ANSWER)))

    with pytest.raises(errors.EnrolmentRefused) as error:
        enrolment.enrol(tmp_path / "node", CENTRAL, "y", post=Central((403, {"error": code})))

    assert error.value.code == code
    assert settings.read_identity(tmp_path / "node") == first


def test_running_node_is_not_enrolled_under_its_feet(tmp_path: Path) -> None:
    enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=Central((200, ANSWER)))
    central = Central((200, ANSWER))

    with FolderLock(tmp_path / "node"), pytest.raises(errors.DataFolderBusy):
        enrolment.enrol(tmp_path / "node", CENTRAL, "y", post=central)

    assert central.asked == []


def test_machine_is_noted_as_a_digest(tmp_path: Path) -> None:
    identity = enrolment.enrol(
        tmp_path / "node",
        CENTRAL,
        "x",
        post=Central((200, ANSWER)),
        read_machine_id=lambda: "0123-MACHINE",
    )

    assert identity.machine == machine.fingerprint(lambda: "0123-machine\n")
    assert "0123" not in (identity.machine or "")


def test_moved_central_is_the_same_at_another_address(tmp_path: Path) -> None:
    first = enrolment.enrol(tmp_path / "node", CENTRAL, "x", post=Central((200, ANSWER)))

    moved = enrolment.move(tmp_path / "node", "https://journal.school/")

    assert moved == replace(first, central_url="https://journal.school")
    assert settings.read_identity(tmp_path / "node") == moved


def test_only_an_enrolled_folder_can_follow_a_moved_central(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreUnavailable) as error:
        enrolment.move(tmp_path, "https://journal.school/")

    assert error.value.code == "not_enrolled"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://journal.school", "https://journal.school"),
        ("https://journal.school:8443/", "https://journal.school:8443"),
        (" http://localhost:8800 ", "http://localhost:8800"),
        ("http://127.0.0.1:8800", "http://127.0.0.1:8800"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:8800", "http://[::1]:8800"),
    ],
)
def test_address_may_be_https_or_this_computer(typed: str, address: str) -> None:
    assert enrolment.checked_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["http://192.168.0.7:8800", "http://journal.school", "http://localhost.evil.example",
     "http://127.0.0.1.evil.example"],
)  # fmt: skip
def test_address_elsewhere_without_encryption_is_refused(tmp_path: Path, typed: str) -> None:
    central = Central((200, ANSWER))

    error = refused(tmp_path, central, typed)

    assert error.code == "enrolment_needs_encryption"
    assert central.asked == []


@pytest.mark.parametrize(
    "typed",
    ["", "journal.school", "ftp://journal.school", "https://", "https://user:word@journal.school",
     "https://journal.school/path", "https://journal.school?x=1", "https://journal.school:port",
     "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(errors.EnrolmentRefused) as error:
        enrolment.checked_address(typed)

    assert error.value.code == "address_not_understood"
