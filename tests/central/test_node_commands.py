"""The commands about classroom PCs: who is known, who is shut out, which journal is continued."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from central import cli, enrolment
from central.storage import Storage
from tests.support import central_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with central_site.opened(tmp_path / "central"):
        pass
    return tmp_path / "central"


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.main, ["--lang", "en", *arguments, "--data", str(folder)])
    return done.exit_code, done.output


def enrolled(folder: Path) -> tuple[str, str]:
    with Storage.open(folder) as storage:
        welcome = enrolment.accept(storage, enrolment.invite(storage, "12", "Room 12").code, "n")
        return welcome.node, welcome.token


def test_computers_are_listed_with_the_journals_own_id(folder: Path) -> None:
    node, _ = enrolled(folder)

    code, said = run(folder, "nodes")

    assert code == 0
    assert f"{node}  connected  Room 12" in said
    with Storage.open(folder) as storage:
        assert storage.store.uuid in said


def test_revoked_computer_is_out_at_once(folder: Path) -> None:
    node, token = enrolled(folder)

    code, said = run(folder, "revoke-node", node)

    assert code == 0
    assert "revoked" in said
    assert f"{node}  revoked" in run(folder, "nodes")[1]
    with Storage.open(folder) as storage:
        records = storage.store.records
        assert enrolment.authenticated(records, node, token) is None
        record = enrolment.find(records, node)
        assert record is not None
        assert record.revoked_at is not None
        assert record.token_digest is None
        assert enrolment.revoked(records) == {node}


def test_computer_nobody_knows_cannot_be_revoked(folder: Path) -> None:
    code, said = run(folder, "revoke-node", "unknown")

    assert code == 1
    assert said.strip()


def test_adopted_journal_is_told_and_kept(folder: Path) -> None:
    assert run(folder, "adopt", "0ld1")[0] == 0
    assert run(folder, "adopt", "0ld2")[0] == 0
    assert run(folder, "adopt", "0ld1")[0] == 0

    said = run(folder, "nodes")[1]
    with Storage.open(folder) as storage:
        assert enrolment.continues(storage.store) == ("0ld1", "0ld2")
    assert "It continues: 0ld1" in said


def test_journal_does_not_continue_itself(folder: Path) -> None:
    with Storage.open(folder) as storage:
        own = storage.store.uuid

    code, said = run(folder, "adopt", own)

    assert code == 1
    assert "another journal" in said
