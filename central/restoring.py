"""A backup takes the place of the database: whole, verified, and nothing of the old one is lost.

    backup file ──> copied beside, every page and table checked, folded into one fresh file
    database    ──> set aside under another name, with its log
    copy        ──> in its place; the next start begins a new epoch by itself

Central must not be running. Everybody is signed out: who may come in is as it was at the backup, so
what was blocked or revoked since must be blocked again. What nodes have since the backup they give
back by themselves.
"""

import contextlib
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from central import alarms, backup, settings
from central.backup import Contents
from central.couch import choice
from central.keys import KeyFiles
from sync import errors
from sync.accounts import sessions
from sync.accounts.accounts import AccountBook
from sync.accounts.sessions import Sessions
from sync.clock import Clock
from sync.documents import entry, identifiers
from sync.store.connection import Database, FolderLock
from sync.store.document_store import DocumentStore

RESTORES = "restore"

_SIDE_FILES = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Restored:
    """What was done. ``replaced`` is the old database under its new name, None if there was none.

    ``made_at`` is when the backup was begun; None for a copy that was not made by ``backup``.
    """

    made_at: datetime | None
    contents: Contents
    replaced: Path | None


def restore(folder: Path, file: Path, clock: Clock) -> Restored:
    """Put the database in ``file`` in the place of that of the data folder.

    Raises:
        errors.StoreUnavailable: the file is no whole journal (``not_a_journal``,
            ``store_damaged``), the keys are missing (``keys_missing``), or the folder cannot be
            written to. Then everything is as it was.
        errors.DataFolderBusy: central is running.
    """
    if choice.remembered(folder) is not None:
        # The file is a copy then: what was put in its place would be brought up to date at once.
        raise errors.StoreUnavailable(code="store_is_couchdb", hint="restore_couchdb")
    with FolderLock(folder):
        KeyFiles(folder)
        database = settings.database_file(folder)
        if file.resolve() == database.resolve():
            raise errors.StoreUnavailable(code="not_a_journal", hint="check_backup_file")
        fresh = _verified_copy(file, folder)
        try:
            made_at, found = _look_into(fresh)
            replaced = _set_aside(database, clock.now())
            fresh.replace(database)
        except OSError as error:
            raise _unusable() from error
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
        _note(database, clock, file.name, replaced)
    return Restored(made_at, found, replaced)


def _verified_copy(file: Path, folder: Path) -> Path:
    """Return a whole copy of ``file`` in ``folder``, with what its log holds."""
    fresh, work = folder / "journal-restored.sqlite", folder / "restoring"
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        # The shared-memory file is made anew; the log, where a copy by hand has one, is needed.
        for side in ("", "-wal"):
            source = file.with_name(file.name + side)
            if side == "" or source.exists():
                shutil.copyfile(source, work / ("journal.sqlite" + side))
        copy = Database(work / "journal.sqlite")
        try:
            copy.backup(fresh)  # checks the integrity of what it has written
        finally:
            copy.close()
    except OSError as error:
        raise errors.StoreUnavailable(code="backup_unreadable", hint="check_backup_file") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return fresh


def _look_into(file: Path) -> tuple[datetime | None, Contents]:
    copy = Database(file)
    try:
        return backup.noted_in(copy.read()), backup.contents(copy.read())
    except errors.StoreUnavailable as error:
        # A whole database of something else has not these tables.
        raise errors.StoreUnavailable(code="not_a_journal", hint="check_backup_file") from error
    finally:
        copy.close()
        for side in _SIDE_FILES[1:]:
            file.with_name(file.name + side).unlink(missing_ok=True)


def _set_aside(database: Path, now: datetime) -> Path | None:
    if not database.exists():
        return None
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = database.with_name(f"replaced-{stamp}.sqlite")
    # The log first: a database that is still in its place must not meet another one's log.
    for side in reversed(_SIDE_FILES):
        old = database.with_name(database.name + side)
        if old.exists():
            old.replace(aside.with_name(aside.name + side))
    return aside


def _note(database: Path, clock: Clock, name: str, replaced: Path | None) -> None:
    """Open what is in place now, so that it is known to be good; sign everybody out; tell.

    The read tables are left to the next start: records do not touch them.
    """
    now = clock.now()
    new_id = identifiers.new_id(secrets.token_bytes)
    store = DocumentStore(Database(database), epoch=new_id, uuid=new_id)
    try:
        sign_ins = Sessions(store.records, clock, sessions.CENTRAL_LIMITS)
        for account in AccountBook(store.records, clock).all():
            sign_ins.close_all(account.id)
        noted = {
            "at": entry.instant_text(now),
            "from": name,
            "replaced": None if replaced is None else replaced.name,
        }
        store.records.overwrite(RESTORES, entry.instant_text(now), noted)
        alarms.raise_alarm(store.records, alarms.SET_BACK, alarms.JOURNAL, now)
    finally:
        store.close()


def _unusable() -> errors.StoreUnavailable:
    return errors.StoreUnavailable(code="store_not_opened", hint="check_folder_rights")
