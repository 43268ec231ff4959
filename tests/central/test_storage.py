"""The data folder of central: set up once, owned by one, its keys never made anew."""

import json
import os
import random
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from central import keys, storage
from central.keys import KeyFiles
from central.reference import ReferenceWriter
from central.storage import Storage
from sync import clock as clocks
from sync import errors
from sync.clock import FixedClock
from sync.documents import entry
from tests.support import workbooks


def randomness(seed: int = 1) -> random.Random:
    return random.Random(seed)


def test_new_folder_is_set_up_with_keys_and_an_empty_journal(tmp_path: Path) -> None:
    folder = tmp_path / "school" / "central"

    storage.initialise(folder, randomness().randbytes)

    assert {"entry-keys.json", "account-keys.json", "journal.sqlite"} <= {
        one.name for one in folder.iterdir()
    }
    with Storage.open(folder) as opened:
        assert opened.store.info().doc_count == 0
        assert opened.maker.node == "central"
        assert len(opened.maker.key) == 32
        assert len(opened.cookie_key) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise on Windows")
def test_folder_and_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    storage.initialise(tmp_path / "central")

    assert stat.S_IMODE((tmp_path / "central").stat().st_mode) == 0o700
    for name in ("entry-keys.json", "account-keys.json"):
        assert stat.S_IMODE((tmp_path / "central" / name).stat().st_mode) == 0o600


def test_folder_is_not_set_up_twice(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    before = (tmp_path / "entry-keys.json").read_bytes()

    with pytest.raises(errors.StoreUnavailable) as refused:
        storage.initialise(tmp_path)

    assert refused.value.code == "already_initialised"
    assert (tmp_path / "entry-keys.json").read_bytes() == before


def test_folder_that_was_never_set_up_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(tmp_path)

    assert refused.value.code == "not_initialised"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lost", ["entry-keys.json", "account-keys.json"])
def test_lost_keys_are_asked_for_and_never_made_anew(tmp_path: Path, lost: str) -> None:
    storage.initialise(tmp_path)
    (tmp_path / lost).unlink()

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(tmp_path)

    assert (refused.value.code, refused.value.hint) == ("keys_missing", "restore_backup")
    assert not (tmp_path / lost).exists()


def test_lost_journal_is_asked_for_and_never_replaced_by_an_empty_one(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    KeyFiles(tmp_path).add_node("n1", bytes(32))
    (tmp_path / "journal.sqlite").unlink()

    with pytest.raises(errors.StoreUnavailable) as opening:
        Storage.open(tmp_path)
    with pytest.raises(errors.StoreUnavailable) as initialising:
        storage.initialise(tmp_path)

    assert opening.value.code == initialising.value.code == "database_missing"
    assert not (tmp_path / "journal.sqlite").exists()


@pytest.mark.parametrize(
    "left", [(), ("account-keys.json",), ("account-keys.json", "entry-keys.json")]
)
def test_set_up_that_was_cut_short_can_be_repeated(tmp_path: Path, left: tuple[str, ...]) -> None:
    storage.initialise(tmp_path)
    for one in list(tmp_path.iterdir()):
        if one.name not in left:
            one.unlink()

    storage.initialise(tmp_path)

    Storage.open(tmp_path).close()


def test_journal_without_any_keys_is_not_given_new_ones(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    (tmp_path / "entry-keys.json").unlink()
    (tmp_path / "account-keys.json").unlink()

    with pytest.raises(errors.StoreUnavailable) as refused:
        storage.initialise(tmp_path)

    assert refused.value.code == "keys_missing"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"central": "00"}', '{"central": 5, "nodes": {}}', "\udcff"]
)
def test_damaged_keys_are_an_error(tmp_path: Path, content: str) -> None:
    storage.initialise(tmp_path)
    (tmp_path / "entry-keys.json").write_text(content, "utf-8", "surrogateescape")

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(tmp_path)

    assert refused.value.code == "keys_missing"


def test_folder_has_one_owner_and_is_free_after_an_error(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    with Storage.open(tmp_path), pytest.raises(errors.DataFolderBusy):
        Storage.open(tmp_path)
    (tmp_path / "account-keys.json").rename(tmp_path / "elsewhere")
    with pytest.raises(errors.StoreUnavailable):
        Storage.open(tmp_path)
    (tmp_path / "elsewhere").rename(tmp_path / "account-keys.json")

    Storage.open(tmp_path).close()


def test_cookie_key_and_database_live_as_long_as_the_folder(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    with Storage.open(tmp_path) as opened:
        first = (opened.cookie_key, opened.store.uuid, opened.store.epoch)

    with Storage.open(tmp_path) as opened:
        second = (opened.cookie_key, opened.store.uuid, opened.store.epoch)

    assert first[:2] == second[:2]
    assert first[2] != second[2]


def test_folder_of_a_demonstration_is_opened_only_as_one(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    clocks.write_demonstration_clock(tmp_path, workbooks.IMPORTED_AT, workbooks.IMPORTED_AT)

    with pytest.raises(errors.DemonstrationFolder):
        Storage.open(tmp_path)
    Storage.open(tmp_path, demonstration=True).close()


# -------------------------------------------------------------------------------------------- keys


def test_key_of_a_node_is_on_disk_when_it_is_known(tmp_path: Path) -> None:
    keys.create(tmp_path, randomness().randbytes)
    files = KeyFiles(tmp_path)

    files.add_node("n1", bytes(range(32)))

    assert KeyFiles(tmp_path).entry_keys().nodes == {"n1": bytes(range(32))}
    assert KeyFiles(tmp_path).entry_keys().central == files.entry_keys().central
    assert not list(tmp_path.glob("*.new"))


def test_key_that_cannot_be_written_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.create(tmp_path, randomness().randbytes)
    files = KeyFiles(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.StoreUnavailable):
        files.add_node("n1", bytes(32))
    monkeypatch.undo()

    assert files.entry_keys().nodes == {}
    assert KeyFiles(tmp_path).entry_keys().nodes == {}
    files.add_node("n2", bytes(32))
    assert set(KeyFiles(tmp_path).entry_keys().nodes) == {"n2"}


def test_half_written_keys_of_a_crash_do_no_harm(tmp_path: Path) -> None:
    keys.create(tmp_path, randomness().randbytes)
    (tmp_path / "entry-keys.json.new").write_text('{"cent', "utf-8")

    files = KeyFiles(tmp_path)
    files.add_node("n1", bytes(32))

    assert set(KeyFiles(tmp_path).entry_keys().nodes) == {"n1"}


def test_keys_are_not_shown_by_accident(tmp_path: Path) -> None:
    keys.create(tmp_path, randomness().randbytes)
    files = KeyFiles(tmp_path)
    files.add_node("n1", bytes(range(32)))
    shown = f"{files.entry_keys()!r} {files.account_keys!r}"

    secrets = json.loads((tmp_path / "entry-keys.json").read_text("utf-8"))

    assert secrets["central"][:8] not in shown
    assert repr(files.entry_keys().central) not in shown
    assert repr(files.account_keys.signing) not in shown


# --------------------------------------------------------------------------------------- reference


@contextmanager
def written(opened: Storage) -> Iterator[ReferenceWriter]:
    """Give a writer in a transaction of its own."""
    now = opened.clock.now()
    with (
        opened.store.transaction() as tx,
        ReferenceWriter(tx, opened.maker, opened.store.epoch, now) as writer,
    ):
        yield writer


def test_reference_document_carries_an_entry_per_edit_in_one_chain(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    with Storage.open(tmp_path, FixedClock(workbooks.IMPORTED_AT)) as opened:
        rev = None
        for room in ("1", "2", "2"):
            with written(opened) as writer:
                name = {"last": "Ёлкин", "first": "Пётр", "patronymic": "", "roles": []}
                value = {"kind": "staff", "schema": 1, **name, "room": room}
                rev = writer.put("staff:ek", value, parent=rev)
        leaf = opened.store.get("staff:ek")
        key = opened.keys.entry_keys().central

    assert leaf is not None
    raw = entry.entries_of(leaf.value)
    entries = [entry.parse(one) for one in raw]
    assert [one.seq for one in entries] == [1, 2, 3]
    assert entries[0].old is None
    assert [one.old for one in entries[1:]] == [one.new for one in entries[:-1]]
    assert [one.previous for one in entries[1:]] == [
        entry.digest_of("staff:ek", one) for one in raw[:-1]
    ]
    assert all(entry.is_genuine("staff:ek", one, key) for one in raw)


def test_reference_document_that_moved_on_is_not_overwritten(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    value = {"kind": "subject", "schema": 1, "name": "Физика", "markless_years": []}
    with Storage.open(tmp_path, FixedClock(workbooks.IMPORTED_AT)) as opened:
        with written(opened) as writer:
            first = writer.put("subject:f", value, parent=None)
            writer.put("subject:f", value | {"name": "Химия"}, parent=first)

        with pytest.raises(errors.RevisionConflict), written(opened) as writer:
            writer.put("subject:f", value, parent=first)

        with opened.store.transaction() as tx:
            assert tx.meta_get("journal.head")["seq"] == 2


def test_document_too_large_to_travel_is_refused(tmp_path: Path) -> None:
    storage.initialise(tmp_path)
    with Storage.open(tmp_path, FixedClock(workbooks.IMPORTED_AT)) as opened:
        value = {"kind": "plan", "schema": 1, "group": "g", "topics": [{"title": "я" * 300_000}]}
        with pytest.raises(errors.EntryRefused) as refused, written(opened) as writer:
            writer.put("plan:p", value, parent=None)

    assert refused.value.code == "too_large"
