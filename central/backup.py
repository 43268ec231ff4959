"""Copies of central's database: made while it serves, verified, and kept in a thinning row.

    note of its time ──> in the database, so also in the copy
    VACUUM INTO      ──> the state at that moment, complete or not there (``Database.backup``)
    verified         ──> integrity, the note, as many documents and entries as before the copy
    noted again      ──> the time of the last verified backup; nodes purge nothing that is newer

A backup holds all but the keys. Without the keys no entry in it can be told from a forged one, so
their two files are copied by ``back_up_keys``, rarely, and kept somewhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from central import keys
from central.storage import Storage
from sync import errors
from sync.documents import entry
from sync.store import bodies, private_file
from sync.store.connection import Connection, Database
from sync.store.record_store import RecordStore

#: How many of each are kept: the newest of as many hours, days and months.
HOURLY, DAILY, MONTHLY = 24, 30, 12
EVERY = timedelta(hours=1)

_NOTES = "backup"
_MADE, _VERIFIED = "made", "verified"
_NAME = "journal-%Y%m%dT%H%M%SZ.sqlite"
_OWNER_ONLY = 0o700


@dataclass(frozen=True)
class Contents:
    """What a database holds: how far it is, and what is counted in its tables."""

    seq: int
    documents: int
    revisions: int
    records: int


@dataclass(frozen=True)
class Backup:
    """A verified copy. ``at``: everything that was stored before is in it."""

    file: Path
    at: datetime
    contents: Contents


def make(storage: Storage, folder: Path) -> Backup:
    """Write a verified copy into ``folder``, and note that it was made.

    Raises:
        errors.StoreUnavailable: the disk is full, the folder cannot be used, or the copy is not
            what it should be (``backup_not_good``); then it is not kept and not counted.
    """
    at = storage.clock.now().replace(microsecond=0)
    database = storage.store.database
    _make_folder(folder)
    storage.store.records.overwrite(_NOTES, _MADE, {"at": entry.instant_text(at)})
    with database.snapshot() as connection:
        before = contents(connection)
    file = folder / at.astimezone(UTC).strftime(_NAME)
    database.backup(file)
    try:
        copied = check(file, before, at)
    except errors.StoreUnavailable:
        file.unlink(missing_ok=True)
        raise
    noted = {"at": entry.instant_text(at), "file": file.name, "documents": copied.documents}
    storage.store.records.overwrite(_NOTES, _VERIFIED, noted)
    return Backup(file, at, copied)


def check(file: Path, before: Contents, at: datetime) -> Contents:
    """Return what a copy holds that was begun at ``at`` when there was ``before``.

    Raises:
        errors.StoreUnavailable: it holds less, or is of another time; code ``backup_not_good``.
    """
    copy = Database(file)
    try:
        connection = copy.read()
        found = contents(connection)
        made_at = noted_in(connection)
    finally:
        copy.close()
    lost = found.seq < before.seq or found.documents < before.documents
    lost = lost or found.revisions < before.revisions
    if lost or made_at is None or made_at < at:
        raise errors.StoreUnavailable(code="backup_not_good", hint="make_backup_again")
    return found


def contents(connection: Connection) -> Contents:
    """Return what is counted in a database."""
    rows = connection.execute(
        "SELECT (SELECT seq FROM tally), (SELECT count(*) FROM document),"
        " (SELECT count(*) FROM revision), (SELECT count(*) FROM record)"
    ).fetchall()
    return Contents(*rows[0])


def noted_in(connection: Connection) -> datetime | None:
    """Return when the backup was begun whose copy this database is; None if it is none."""
    row = connection.execute(
        "SELECT json FROM record WHERE collection = ? AND key = ?", (_NOTES, _MADE)
    ).fetchone()
    return None if row is None else entry.instant(bodies.decode_object(row[0])["at"])


def verified_at(records: RecordStore) -> datetime | None:
    """Return the time of the last verified backup: what is older is safe on two disks."""
    found = records.get(_NOTES, _VERIFIED)
    return None if found is None else entry.instant(found.value["at"])


def thin_out(folder: Path) -> list[Path]:
    """Delete the backups of ``folder`` that are too many, and return which; see ``to_keep``."""
    files = {
        made_at: file for file in folder.glob("journal-*.sqlite") if (made_at := _time_of(file))
    }
    kept = to_keep(files)
    gone = [file for at, file in sorted(files.items()) if at not in kept]
    # What a crash has left of a copy that was never finished.
    gone += list(folder.glob("journal-*.sqlite.part"))
    for file in gone:
        file.unlink(missing_ok=True)
    return gone


def to_keep(times: Iterable[datetime]) -> set[datetime]:
    """Return the newest of each of the last 24 hours, 30 days and 12 months that have one."""
    newest_first = sorted(times, reverse=True)
    kept: set[datetime] = set()
    for pattern, number in (("%Y%m%d%H", HOURLY), ("%Y%m%d", DAILY), ("%Y%m", MONTHLY)):
        newest: dict[str, datetime] = {}
        for at in newest_first:
            newest.setdefault(at.strftime(pattern), at)
        kept.update(list(newest.values())[:number])
    return kept


def back_up_keys(folder: Path, target: Path) -> list[Path]:
    """Copy the two files with keys from the data folder into ``target``, for their owner alone.

    Raises:
        errors.StoreUnavailable: they are damaged, or the target cannot be written to.
    """
    keys.KeyFiles(folder)  # raises if one is not whole
    _make_folder(target)
    written = []
    try:
        for file in keys.files(folder):
            copy = target / file.name
            private_file.replace(copy, file.read_text("utf-8"))
            written.append(copy)
    except OSError as error:
        raise _unusable() from error
    keys.KeyFiles(target)
    return written


def _time_of(file: Path) -> datetime | None:
    try:
        return datetime.strptime(file.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
    except OSError as error:
        raise _unusable() from error


def _unusable() -> errors.StoreUnavailable:
    return errors.StoreUnavailable(code="backup_failed", hint="check_folder_rights")
