"""The data folder of central, set up or opened: the journal's store, its clock, its keys.

One process owns the folder for its life. Each opening begins a new epoch, and with it a new row of
entry numbers, so that a folder that was copied or put back can never reuse a number.
"""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from central import keys, settings
from central.keys import KeyFiles
from sync import clock as clocks
from sync import errors
from sync.clock import Clock
from sync.documents import entry, identifiers, scope
from sync.documents.identifiers import Randomness
from sync.entries.door import Maker
from sync.projections.absences import AbsenceTables
from sync.projections.calendars import CalendarTables
from sync.projections.decisions import DecisionTables, RejectionTables
from sync.projections.disputes import DisputeTables
from sync.projections.entry_index import EntryIndex
from sync.projections.groups import GroupTables
from sync.projections.lessons import LessonTables
from sync.projections.marks import MarkTables
from sync.projections.people import PeopleTables
from sync.projections.plans import PlanTables
from sync.projections.viewpoint import FromCentral
from sync.store.connection import Database, FolderLock
from sync.store.document_store import DocumentStore
from sync.store.projector import Projection

#: The maker of entries that are made at central.
CENTRAL_NODE = entry.CENTRAL_NODE

_COOKIE_KEY = "central.cookie_key"
_COOKIE_KEY_BYTES = 32
_OWNER_ONLY = 0o700


@dataclass(frozen=True)
class Storage:
    """An opened data folder; ``with Storage.open(...) as storage``.

    ``cookie_key`` signs the cookies of the pages and lives as long as the folder.
    """

    folder: Path
    clock: Clock
    store: DocumentStore
    keys: KeyFiles
    cookie_key: bytes
    randomness: Randomness
    lock: FolderLock

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock | None = None,
        *,
        demonstration: bool = False,
        randomness: Randomness = secrets.token_bytes,
    ) -> Self:
        """Own the folder and open what is in it; it must be closed.

        Args:
            clock: instead of the folder's own.
            demonstration: a folder with a demonstration's clock is welcome.
        Raises:
            errors.StoreUnavailable: never set up (``not_initialised``), the keys or the database
                gone (``keys_missing``, ``database_missing``), or it cannot be opened. A journal
                that is gone is never replaced by an empty one.
            errors.DemonstrationFolder: the folder's clock is a demonstration's, and nobody said so.
            errors.DataFolderBusy: another process owns it.
        """
        has_database = settings.database_file(folder).exists()
        if not has_database and not keys.exist(folder):
            raise errors.StoreUnavailable(code="not_initialised", hint="initialise_folder")
        if not has_database:
            raise errors.StoreUnavailable(code="database_missing", hint="restore_backup")
        shown = clock or clocks.clock_of_folder(folder, demonstration=demonstration)
        with ExitStack() as undo:
            lock = undo.enter_context(FolderLock(folder))
            key_files = KeyFiles(folder)
            store = _open_store(folder, randomness)
            undo.callback(store.close)
            cookie_key = _cookie_key(store, randomness)
            undo.pop_all()
        return cls(folder, shown, store, key_files, cookie_key, randomness, lock)

    @property
    def maker(self) -> Maker:
        """Return the maker of the entries that this installation writes."""
        return Maker(CENTRAL_NODE, self.keys.entry_keys().central)

    def close(self) -> None:
        """Close the store and let the folder go."""
        self.store.close()
        self.lock.release()

    def __enter__(self) -> Self:
        """Return self: everything is open since ``open``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def initialise(folder: Path, randomness: Randomness = secrets.token_bytes) -> None:
    """Make a new data folder with its keys and an empty journal.

    Raises:
        errors.StoreUnavailable: it was set up before, holds a journal without its keys, or cannot
            be written to. Nothing that was there is changed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error
    with FolderLock(folder):
        if settings.database_file(folder).exists():
            KeyFiles(folder)  # raises if they are gone
            raise errors.StoreUnavailable(code="already_initialised", hint="use_another_folder")
        if not keys.exist(folder):
            keys.create(folder, randomness)
        # With keys of nodes the journal is lost, without them this was never finished.
        elif KeyFiles(folder).entry_keys().nodes:
            raise errors.StoreUnavailable(code="database_missing", hint="restore_backup")
        _open_store(folder, randomness).close()


def read_tables() -> Sequence[Projection]:
    """Return the read tables that central keeps."""
    here = FromCentral()
    return (
        PeopleTables(),
        GroupTables(),
        CalendarTables(),
        PlanTables(),
        LessonTables(here),
        MarkTables(here),
        AbsenceTables(here),
        EntryIndex(),
        DisputeTables(),
        DecisionTables(),
        RejectionTables(),
    )


def _open_store(folder: Path, randomness: Randomness) -> DocumentStore:
    database = Database(settings.database_file(folder))
    with ExitStack() as undo:
        undo.callback(database.close)
        store = DocumentStore(
            database,
            epoch=identifiers.new_id(randomness),
            uuid=identifiers.new_id(randomness),
            projections=read_tables(),
            scope_keys=scope.keys_of,
        )
        undo.pop_all()
    return store


def _cookie_key(store: DocumentStore, randomness: Randomness) -> bytes:
    with store.transaction() as tx:
        kept = tx.meta_get(_COOKIE_KEY)
        if kept is None:
            kept = randomness(_COOKIE_KEY_BYTES).hex()
            tx.meta_set(_COOKIE_KEY, kept)
    return bytes.fromhex(kept)
