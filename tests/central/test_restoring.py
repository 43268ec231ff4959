"""A backup takes the place of the database whole or not at all, and nothing of the old is lost."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from central import alarms, backup, cli, restoring, settings
from central.storage import Storage
from sync import errors
from sync.clock import FixedClock
from sync.documents import identifiers
from sync.store.connection import FolderLock
from sync.store.epochs import Standing
from tests.support import central_site, sample_school
from tests.support.sample_school import ABRAMOV, LESSON_1, SOKOLOVA

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
CLOCK = FixedClock(sample_school.NOW + timedelta(days=1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a backup that has the mark 4, and a database in which it is 5 since."""
    folder = tmp_path / "central"
    with central_site.opened(folder) as site:
        site.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 4, seen=None, token="t4")
        backup.make(site.storage, tmp_path)
        site.client("sazonova")
        site.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=4, token="t5")
    return folder


@pytest.fixture
def file(folder: Path) -> Path:
    (found,) = folder.parent.glob("journal-*.sqlite")
    return found


def mark_in(folder: Path) -> object:
    with Storage.open(folder, CLOCK) as storage:
        leaf = storage.store.get(MARK)
        return None if leaf is None else leaf.value["value"]


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()} - {"journal.lock"}


def test_backup_is_in_place_and_the_replaced_database_is_kept(folder: Path, file: Path) -> None:
    done = restoring.restore(folder, file, CLOCK)

    assert mark_in(folder) == 4
    assert done.made_at == sample_school.NOW
    assert done.replaced is not None
    shutil.copyfile(done.replaced, settings.database_file(folder))
    assert mark_in(folder) == 5


def test_restored_journal_begins_an_epoch_and_tells_of_its_restore(
    folder: Path, file: Path
) -> None:
    with Storage.open(folder, CLOCK) as storage:
        later = storage.store.update_seq()

    restoring.restore(folder, file, CLOCK)

    with Storage.open(folder, CLOCK) as storage:
        assert storage.store.standing(later) is not Standing.HONOURED
        (alarm,) = alarms.open_alarms(storage.store.records)
        assert alarm.code == "set_back"
        (noted,) = storage.store.records.scan(restoring.RESTORES)
        assert noted.value["from"] == file.name


def test_everybody_is_signed_out_by_a_restore(tmp_path: Path) -> None:
    folder = tmp_path / "central"
    with central_site.opened(folder) as site:
        site.client("sazonova")
        made = backup.make(site.storage, tmp_path)
        assert site.store.records.count("sessions") == 1

    restoring.restore(folder, made.file, CLOCK)

    with Storage.open(folder, CLOCK) as storage:
        assert storage.store.records.count("sessions") == 0


def test_log_of_the_replaced_database_is_kept_with_it(folder: Path, file: Path) -> None:
    log = settings.database_file(folder).with_name("journal.sqlite-wal")
    log.write_bytes(b"what a power failure has left")

    done = restoring.restore(folder, file, CLOCK)

    assert done.replaced is not None
    kept = done.replaced.with_name(done.replaced.name + "-wal")
    assert kept.read_bytes() == b"what a power failure has left"
    assert mark_in(folder) == 4


def test_database_that_is_gone_comes_back(folder: Path, file: Path) -> None:
    settings.database_file(folder).unlink()

    assert restoring.restore(folder, file, CLOCK).replaced is None
    assert mark_in(folder) == 4


def test_damaged_database_is_replaced_and_kept(folder: Path, file: Path) -> None:
    settings.database_file(folder).write_bytes(b"no database at all")

    done = restoring.restore(folder, file, CLOCK)

    assert done.replaced is not None
    assert done.replaced.read_bytes() == b"no database at all"
    assert mark_in(folder) == 4


def test_copy_by_hand_with_its_log_is_taken_whole(tmp_path: Path) -> None:
    folder, copied = tmp_path / "central", tmp_path / "copy"
    copied.mkdir()
    with central_site.opened(folder) as site:
        site.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 4, seen=None, token="t4")
        for side in ("journal.sqlite", "journal.sqlite-wal"):
            shutil.copyfile(folder / side, copied / side)
    settings.database_file(folder).unlink()

    done = restoring.restore(folder, copied / "journal.sqlite", CLOCK)

    assert mark_in(folder) == 4
    assert done.made_at is None


def _garbage(file: Path) -> None:
    file.write_bytes(b"anything" * 1000)


def _half(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def _page_overwritten(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 4096] = b"\xff" * 4096
    file.write_bytes(bytes(whole))


def _another_database(file: Path) -> None:
    from sync.store.connection import Database

    file.unlink()
    other = Database(file)
    with other.write() as connection:
        connection.execute("CREATE TABLE something (else_ TEXT)")
    other.close()


def _gone(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("spoil", [_garbage, _half, _page_overwritten, _another_database, _gone])
def test_bad_file_changes_nothing(folder: Path, file: Path, spoil: object) -> None:
    assert callable(spoil)
    before = names(folder)
    spoil(file)

    with pytest.raises(errors.StoreUnavailable) as refused:
        restoring.restore(folder, file, CLOCK)

    assert refused.value.code in ("store_damaged", "not_a_journal", "backup_unreadable")
    assert names(folder) == before
    assert mark_in(folder) == 5


def test_running_central_is_not_restored_under_its_feet(folder: Path, file: Path) -> None:
    with FolderLock(folder), pytest.raises(errors.DataFolderBusy):
        restoring.restore(folder, file, CLOCK)

    assert mark_in(folder) == 5


def test_folder_without_its_keys_is_not_restored(folder: Path, file: Path) -> None:
    (folder / "entry-keys.json").unlink()

    with pytest.raises(errors.StoreUnavailable) as refused:
        restoring.restore(folder, file, CLOCK)

    assert refused.value.code == "keys_missing"


def test_database_in_place_is_no_backup_of_itself(folder: Path) -> None:
    with pytest.raises(errors.StoreUnavailable):
        restoring.restore(folder, settings.database_file(folder), CLOCK)

    assert mark_in(folder) == 5


def test_command_says_what_to_do_next(folder: Path, file: Path) -> None:
    done = CliRunner().invoke(
        cli.main, ["--lang", "en", "restore", str(file), "--data", str(folder)]
    )

    assert done.exit_code == 0, done.output
    assert "journal-central serve" in done.output
    assert "replaced-" in done.output
    assert mark_in(folder) == 4


def test_command_refuses_in_words(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no journal")

    done = CliRunner().invoke(
        cli.main, ["--lang", "en", "restore", str(tmp_path / "notes.txt"), "--data", str(folder)]
    )

    assert done.exit_code == 1
    assert "earlier backup" in done.output or "damaged" in done.output
