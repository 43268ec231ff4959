"""Who an installation is, and where its data lies."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from node import settings
from sync import errors

IDENTITY = settings.Identity(
    node="nd1",
    token="a-token",
    entry_key=bytes(range(32)),
    central_url="http://127.0.0.1:8800",
    central_uuid="abc",
    bundle_key=bytes(32),
    label="Кабинет 12",
)


def test_identity_is_read_as_it_was_written(tmp_path: Path) -> None:
    settings.write_identity(tmp_path, IDENTITY)

    assert settings.read_identity(tmp_path) == IDENTITY


def test_identity_is_missing_before_enrolment(tmp_path: Path) -> None:
    assert settings.read_identity(tmp_path) is None


def test_identity_written_again_replaces_the_earlier_one(tmp_path: Path) -> None:
    settings.write_identity(tmp_path, IDENTITY)
    settings.write_identity(tmp_path, replace(IDENTITY, label="Кабинет 21"))

    assert settings.read_identity(tmp_path) == replace(IDENTITY, label="Кабинет 21")
    assert [file.name for file in tmp_path.iterdir()] == ["identity.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"node": 1}', "\ufeff{", '{"entry_key": "zz", "bundle_key": "00"}']
)
def test_damaged_identity_is_said_to_be_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "identity.json").write_text(text, "utf-8")

    with pytest.raises(errors.StoreUnavailable) as refused:
        settings.read_identity(tmp_path)

    assert refused.value.code == "identity_damaged"


def test_identity_with_a_short_key_is_damaged(tmp_path: Path) -> None:
    settings.write_identity(tmp_path, replace(IDENTITY, entry_key=bytes(16)))

    with pytest.raises(errors.StoreUnavailable):
        settings.read_identity(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows protects files by their folder")
def test_identity_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings.write_identity(tmp_path, IDENTITY)

    assert (tmp_path / "identity.json").stat().st_mode & 0o077 == 0


def test_identity_shows_no_secret_when_it_is_printed() -> None:
    shown = repr(IDENTITY)

    assert "a-token" not in shown
    assert IDENTITY.entry_key.hex() not in shown
    assert repr(IDENTITY.entry_key) not in shown


def test_named_folder_wins_over_the_usual_one() -> None:
    assert settings.default_folder({"JOURNAL_NODE_DATA": "elsewhere"}) == Path("elsewhere")


def test_folder_that_cannot_be_written_to_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreUnavailable):
        settings.write_identity(tmp_path / "missing", IDENTITY)
