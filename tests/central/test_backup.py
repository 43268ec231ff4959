"""Backups are whole, verified, made while central serves, and kept in a thinning row."""

import json
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from central import alarms, backup, cli, keys
from central.backup_keeper import BackupKeeper
from sync import errors
from sync.store.connection import Database
from tests.support import central_site, sample_school
from tests.support.central_site import CentralSite
from tests.support.sample_school import ABRAMOV, LESSON_1, SOKOLOVA

HOUR = timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CentralSite]:
    with central_site.opened(tmp_path / "central") as opened:
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "backups"


def put_mark(site: CentralSite, value: int, seen: int | None = None) -> None:
    site.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, value, seen=seen, token=f"t{value}")


def test_backup_holds_everything_and_says_when_it_was_made(site: CentralSite, target: Path) -> None:
    put_mark(site, 5)

    made = backup.make(site.storage, target)

    assert made.file == target / "journal-20261014T070000Z.sqlite"
    assert made.contents.documents == len(list(site.store.changes(0).rows))
    copy = Database(made.file)
    assert backup.noted_in(copy.read()) == made.at == sample_school.NOW
    copy.close()
    assert backup.verified_at(site.store.records) == made.at
    assert [file.name for file in target.iterdir()] == [made.file.name]


def test_nothing_is_verified_before_the_first_backup(site: CentralSite) -> None:
    assert backup.verified_at(site.store.records) is None


def test_copy_that_holds_less_is_no_backup(site: CentralSite, target: Path) -> None:
    made = backup.make(site.storage, target)
    before = site.store.database.read()
    more = backup.contents(before)
    put_mark(site, 5)

    for wrong in (
        (backup.contents(site.store.database.read()), made.at),
        (more, made.at + HOUR),
    ):
        with pytest.raises(errors.StoreUnavailable) as refused:
            backup.check(made.file, *wrong)
        assert refused.value.code == "backup_not_good"


def test_folder_that_cannot_be_used_is_told(site: CentralSite, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(errors.StoreUnavailable) as refused:
        backup.make(site.storage, tmp_path / "file" / "backups")

    assert refused.value.code == "backup_failed"
    assert backup.verified_at(site.store.records) is None


# ---------------------------------------------------------------------------------- which are kept


def test_row_of_backups_thins_out_with_age() -> None:
    end = datetime(2026, 10, 14, 12, tzinfo=UTC)
    hourly = [end - HOUR * number for number in range(24 * 400)]

    kept = sorted(backup.to_keep(hourly), reverse=True)

    assert kept[:24] == hourly[:24]
    days = {at.date() for at in kept}
    assert {(end - timedelta(days=number)).date() for number in range(30)} <= days
    assert len({(at.year, at.month) for at in kept}) == 12
    # The newest of each day and month: 14 October of the last hour, the others of 23 o'clock.
    assert {at.hour for at in kept[24:]} == {23}
    assert len(kept) <= 24 + 30 + 12


@given(
    st.lists(
        st.integers(0, 17_000).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + HOUR * hours),
        max_size=60,
    )
)
def test_thinning_twice_is_thinning_once_and_keeps_the_newest(times: list[datetime]) -> None:
    kept = backup.to_keep(times)

    assert backup.to_keep(kept) == kept
    assert not times or max(times) in kept


def test_too_many_files_are_deleted_and_foreign_ones_left(tmp_path: Path) -> None:
    end = datetime(2026, 10, 14, 12, tzinfo=UTC)
    for number in range(100):
        at = end - HOUR * number
        (tmp_path / at.strftime("journal-%Y%m%dT%H%M%SZ.sqlite")).write_text("")
    for name in ("journal-mine.sqlite", "notes.txt", "journal-20261014T000000Z.sqlite.part"):
        (tmp_path / name).write_text("")

    gone = backup.thin_out(tmp_path)

    left = {file.name for file in tmp_path.iterdir()}
    assert {"journal-mine.sqlite", "notes.txt"} <= left
    assert len(left) == 103 - len(gone)
    assert "journal-20261014T000000Z.sqlite.part" not in left
    # 24 hours, and the newest of the three days before that are not among them.
    assert len(left) - 2 == 24 + 3


# -------------------------------------------------------------------------------------- the thread


def test_backup_is_made_every_hour_in_which_something_changed(
    site: CentralSite, target: Path
) -> None:
    keeper = BackupKeeper(site.storage, target)

    assert keeper.make_if_due() is not None
    put_mark(site, 5)
    assert keeper.make_if_due() is None  # not an hour yet
    site.clock.advance(HOUR)
    assert keeper.make_if_due() is not None
    site.clock.advance(HOUR)
    assert keeper.make_if_due() is None  # nothing changed
    put_mark(site, 4, 5)
    assert keeper.make_if_due() is not None
    assert len(list(target.iterdir())) == 3


def test_keeper_started_anew_waits_for_the_hour(site: CentralSite, target: Path) -> None:
    BackupKeeper(site.storage, target).make_if_due()
    put_mark(site, 5)

    assert BackupKeeper(site.storage, target).make_if_due() is None


def test_clock_set_back_does_not_end_the_backups(site: CentralSite, target: Path) -> None:
    keeper = BackupKeeper(site.storage, target)
    keeper.make_if_due()
    put_mark(site, 5)
    site.clock.advance(-timedelta(days=300))

    assert keeper.make_if_due() is not None


def test_backup_that_fails_raises_the_alarm_and_is_tried_again(
    site: CentralSite, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    keeper = BackupKeeper(site.storage, blocked)

    assert keeper.make_if_due() is None
    (alarm,) = alarms.open_alarms(site.store.records)
    assert (alarm.code, alarm.params) == ("backup_failed", {"code": "backup_failed"})

    blocked.unlink()
    assert keeper.make_if_due() is not None


def test_thread_makes_one_at_once_and_ends_cleanly(site: CentralSite, target: Path) -> None:
    keeper = BackupKeeper(site.storage, target, look_every_seconds=0.01)
    keeper.start()
    keeper.stop()

    (made,) = target.iterdir()
    assert made.suffix == ".sqlite"


# ------------------------------------------------------------------------------------ the commands


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.main, ["--lang", "en", *arguments])
    return done.exit_code, done.output


def test_command_says_where_the_backup_is(tmp_path: Path) -> None:
    folder = str(tmp_path / "central")
    with central_site.opened(tmp_path / "central"):
        pass

    code, said = run("backup", "--data", folder)
    assert code == 0
    assert Path(said.splitlines()[0]).parent == tmp_path / "central" / "backups"

    code, said = run("backup", "--to", str(tmp_path / "stick"), "--data", folder)
    assert code == 0
    assert Path(said.splitlines()[0]).parent == tmp_path / "stick"
    assert "documents" in said


def test_keys_are_copied_for_their_owner_alone(tmp_path: Path) -> None:
    with central_site.opened(tmp_path / "central"):
        pass

    code, said = run(
        "backup-keys", "--to", str(tmp_path / "safe"), "--data", str(tmp_path / "central")
    )

    assert code == 0
    copied = keys.KeyFiles(tmp_path / "safe")
    assert copied.entry_keys() == keys.KeyFiles(tmp_path / "central").entry_keys()
    assert set(said.splitlines()) == {str(file) for file in (tmp_path / "safe").iterdir()}
    if sys.platform != "win32":
        for file in (tmp_path / "safe").iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_damaged_keys_are_not_copied(tmp_path: Path) -> None:
    with central_site.opened(tmp_path / "central"):
        pass
    damaged, _ = keys.files(tmp_path / "central")
    damaged.write_text(json.dumps({"central": "short", "nodes": {}}))

    code, said = run(
        "backup-keys", "--to", str(tmp_path / "safe"), "--data", str(tmp_path / "central")
    )

    assert code == 1
    assert "keys" in said
    assert not (tmp_path / "safe").exists()
