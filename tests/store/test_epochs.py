"""Sequences after restarts, copied files, clones and forgeries: never "no changes" by mistake."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import errors
from sync.store.document_store import DocumentStore
from sync.store.epochs import Standing
from tests.store.stores import open_store


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "journal.db"


def put(store: DocumentStore, *doc_ids: str) -> None:
    for doc_id in doc_ids:
        store.put(doc_id, {}, parent=None)


def ids_after(store: DocumentStore, since: str) -> list[str]:
    return [row.id for row in store.changes(since).rows]


def test_sequence_names_number_and_epoch(file: Path) -> None:
    store = open_store(file, epoch="abc")
    assert store.update_seq() == "0-abc"

    put(store, "a", "b")

    assert store.update_seq() == "2-abc"
    assert [row.seq for row in store.changes(0).rows] == ["1-abc", "2-abc"]
    assert store.info().update_seq == "2-abc"


@pytest.mark.parametrize("zero", [0, "0", "0-abc", "0-never"])
def test_zero_is_the_beginning_in_any_writing(file: Path, zero: str | int) -> None:
    store = open_store(file, epoch="abc")
    put(store, "a")

    assert [row.id for row in store.changes(zero).rows] == ["a"]
    assert store.standing(zero) is Standing.HONOURED


def test_sequence_of_the_start_before_goes_on_where_it_was(file: Path) -> None:
    first = open_store(file)
    put(first, "a", "b")
    since = first.update_seq()
    middle = first.changes(0, limit=1).last_seq
    first.close()

    second = open_store(file)
    put(second, "c")

    assert ids_after(second, since) == ["c"]
    assert ids_after(second, middle) == ["b", "c"]
    assert second.standing(since) is Standing.HONOURED


def test_every_start_is_an_epoch_of_its_own(file: Path) -> None:
    epochs = set()
    for number in range(5):
        store = open_store(file)
        put(store, f"d{number}")
        epochs.add(store.update_seq().partition("-")[2])
        store.close()

    assert len(epochs) == 5
    rows = open_store(file).database.read().execute("SELECT started_after, ended_at FROM epoch")
    assert rows.fetchall() == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, None)]


def test_file_copied_back_by_hand_rewinds_to_what_both_pasts_share(file: Path) -> None:
    live = open_store(file)
    put(live, "a", "b")
    shared = live.update_seq()
    live.database.backup(file.with_name("copy.db"))
    put(live, "c", "d", "e")
    lost_future = live.update_seq()
    live.close()
    shutil.copy(file.with_name("copy.db"), file)
    for rest in ("journal.db-wal", "journal.db-shm"):
        file.with_name(rest).unlink(missing_ok=True)

    restored = open_store(file)
    put(restored, "f", "g", "h")  # as many as were lost: the bare number would say "no changes"

    assert restored.standing(lost_future) is Standing.AHEAD
    assert ids_after(restored, lost_future) == ["f", "g", "h"]
    assert ids_after(restored, shared) == ["f", "g", "h"]
    assert restored.wait_for_change(lost_future, timeout_seconds=0) is True


def test_clone_does_not_know_the_epoch_of_the_other(file: Path) -> None:
    first = open_store(file)
    put(first, "a")
    first.close()
    clone_file = file.with_name("clone.db")
    shutil.copy(file, clone_file)
    original, clone = open_store(file), open_store(clone_file)
    put(original, "b", "c")
    put(clone, "d")

    assert clone.standing(original.update_seq()) is Standing.UNKNOWN_EPOCH
    assert ids_after(clone, original.update_seq()) == ["a", "d"]
    assert ids_after(original, clone.update_seq()) == ["a", "b", "c"]


def test_number_from_the_future_of_this_epoch_rewinds_to_its_start(file: Path) -> None:
    first = open_store(file)
    put(first, "a", "b")
    first.close()
    store = open_store(file, epoch="now1")
    put(store, "c", "d")

    assert store.standing("5-now1") is Standing.AHEAD
    assert ids_after(store, "5-now1") == ["c", "d"]
    assert ids_after(store, "4-now1") == []
    assert ids_after(store, "999999999999999999-now1") == ["c", "d"]


@pytest.mark.parametrize("since", ["7-unknown", "7", 7, "3-g1AAAACTeJzLYWBg.~_-="])
def test_unknown_epoch_rewinds_to_the_beginning(file: Path, since: str | int) -> None:
    store = open_store(file)
    put(store, "a", "b")

    assert store.standing(since) is Standing.UNKNOWN_EPOCH
    assert [row.id for row in store.changes(since).rows] == ["a", "b"]


@pytest.mark.parametrize("since", ["7-", "-7", "a", "1e3", "9" * 19, "1-ä", "1-" + "a" * 5000])
def test_garbage_is_no_sequence(file: Path, since: str) -> None:
    store = open_store(file)

    with pytest.raises(errors.BadSequence):
        store.standing(since)
    with pytest.raises(errors.BadSequence):
        store.wait_for_change(since, timeout_seconds=0)


@pytest.mark.parametrize("epoch", ["", "a-b", "ä", "a b", "x" * 65])
def test_epoch_that_would_not_survive_a_url_is_refused(file: Path, epoch: str) -> None:
    with pytest.raises(ValueError, match="epoch"):
        open_store(file, epoch=epoch)


def test_epoch_is_never_used_twice(file: Path) -> None:
    open_store(file, epoch="once").close()

    with pytest.raises(ValueError, match="fresh"):
        open_store(file, epoch="once")
