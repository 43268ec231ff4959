"""The data folder of central, set up or opened: the journal's store, its clock, its keys.

One process owns the folder for its life. Each opening begins a new epoch, and with it a new row of
entry numbers, so that a folder that was copied or put back can never reuse a number.

With Apache CouchDB as the store (``couch``) the file in the folder is what pages read, and a copy
that is filled again when it is lost; the keys stay in the folder.
"""

import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from central import keys, settings
from central.couch import attaching, choice
from central.couch import school as schools
from central.couch.attaching import Attachment, Wait, Wish
from central.couch.choice import Choice
from central.couch.server import Couch
from central.keys import KeyFiles
from sync import clock as clocks
from sync import errors
from sync.accounts.records import retried
from sync.clock import Clock
from sync.documents import entry, identifiers, kinds, scope
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
from sync.store import soundness
from sync.store.connection import Database, FolderLock
from sync.store.document_store import DocumentStore
from sync.store.projector import Projection
from sync.store.record_store import RecordStore

#: The maker of entries that are made at central.
CENTRAL_NODE = entry.CENTRAL_NODE

_COOKIE_KEY = "central.cookie_key"
_COOKIE_KEY_BYTES = 32
_OWNER_ONLY = 0o700
_LEAST_DATABASE_BYTES = 512


@dataclass(frozen=True)
class StoreWish:
    """What a start says about the store; nothing: as the folder remembers.

    Attributes:
        url: the school's CouchDB; remembered when it could be opened.
        credentials: the file with them; None: from the environment.
        diary: read documents only, beside the central that writes.
        file_only: open the folder's own file, whatever the folder remembers; to move it.
        wait: told who writes, while another central does; False gives up.
    """

    url: str | None = None
    credentials: Path | None = None
    diary: bool = False
    file_only: bool = False
    wait: Wait = attaching.not_waiting


@dataclass(frozen=True)
class Storage:
    """An opened data folder; ``with Storage.open(...) as storage``.

    ``cookie_key`` signs the cookies of the pages and lives as long as the store. ``attachment`` is
    None unless the store is CouchDB.
    """

    folder: Path
    clock: Clock
    store: DocumentStore
    keys: KeyFiles
    cookie_key: bytes
    randomness: Randomness
    lock: FolderLock
    attachment: Attachment | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock | None = None,
        *,
        demonstration: bool = False,
        randomness: Randomness = secrets.token_bytes,
        wish: StoreWish | None = None,
    ) -> Self:
        """Own the folder and open what is in it; it must be closed.

        Args:
            clock: instead of the folder's own.
            demonstration: a folder with a demonstration's clock is welcome.
            wish: another store than the folder remembers, or another part in it.
        Raises:
            errors.StoreUnavailable: never set up (``not_initialised``), the keys or the database
                gone (``keys_missing``, ``database_missing``), or it cannot be opened. A journal
                that is gone is never replaced by an empty one.
            errors.DemonstrationFolder: the folder's clock is a demonstration's, and nobody said so.
            errors.DataFolderBusy: another process owns it.
        """
        wanted = wish or StoreWish()
        chosen = _chosen(folder, wanted, randomness)
        _refuse_missing(folder, is_copy=chosen is not None)
        shown = clock or clocks.clock_of_folder(folder, demonstration=demonstration)
        with ExitStack() as undo:
            lock = undo.enter_context(FolderLock(folder))
            key_files = KeyFiles(folder)
            if chosen is None:
                attachment, store = None, _open_store(folder, randomness)
                undo.callback(store.close)
            else:
                attachment = _attach(folder, key_files, chosen, wanted, randomness)
                undo.callback(attachment.close)
                store = attachment.store
            # With CouchDB two centrals may be making it at once.
            cookie_key = retried(lambda: _cookie_key(store, randomness))
            undo.pop_all()
        return cls(folder, shown, store, key_files, cookie_key, randomness, lock, attachment)

    @property
    def maker(self) -> Maker:
        """Return the maker of the entries that this installation writes."""
        return Maker(CENTRAL_NODE, self.keys.entry_keys().central)

    @property
    def is_diary(self) -> bool:
        """Tell whether this central only shows the diary, beside the one that writes."""
        return self.attachment is not None and self.attachment.lease is None

    def share_node_key(self, records: RecordStore, node: str, key: bytes) -> None:
        """Let whichever central writes next know a node's key, in the transaction of ``records``.

        Only with CouchDB; else the folder is the only one.
        """
        if self.attachment is not None:
            schools.share_node_key(records, self.keys, node, key)

    def close(self) -> None:
        """Close the store and let the folder go."""
        if self.attachment is None:
            self.store.close()
        else:
            self.attachment.close()
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


def _is_there(database: Path) -> bool:
    """Tell whether there is a file that can be a database: SQLite takes less for a new one."""
    return database.exists() and database.stat().st_size >= _LEAST_DATABASE_BYTES


def _open_store(folder: Path, randomness: Randomness, uuid: str | None = None) -> DocumentStore:
    database = Database(settings.database_file(folder))
    with ExitStack() as undo:
        undo.callback(database.close)
        soundness.refuse_damaged(database)
        store = DocumentStore(
            database,
            epoch=identifiers.new_id(randomness),
            uuid=uuid or identifiers.new_id(randomness),
            projections=read_tables(),
            scope_keys=scope.keys_of,
            revs_limit=kinds.MOST_REVISIONS,
        )
        undo.pop_all()
    return store


def _chosen(folder: Path, wanted: StoreWish, randomness: Randomness) -> Choice | None:
    if wanted.file_only:
        return None
    if wanted.url is not None:
        return choice.made(folder, wanted.url, wanted.credentials, randomness)
    remembered = choice.remembered(folder)
    if remembered is None and wanted.diary:
        raise errors.StoreUnavailable(code="diary_needs_couchdb", hint="name_couchdb")
    return remembered


def _refuse_missing(folder: Path, *, is_copy: bool) -> None:
    has_database = _is_there(settings.database_file(folder))
    if not has_database and not keys.exist(folder):
        raise errors.StoreUnavailable(code="not_initialised", hint="initialise_folder")
    if not has_database and not is_copy:
        raise errors.StoreUnavailable(code="database_missing", hint="restore_backup")


def _attach(
    folder: Path, key_files: KeyFiles, chosen: Choice, wanted: StoreWish, randomness: Randomness
) -> Attachment:
    attachment = attaching.attach(
        Couch(choice.address_of(chosen, os.environ)),
        lambda uuid: _open_copy(folder, uuid, randomness),
        key_files,
        choice.holder_of(chosen, randomness),
        randomness,
        Wish(
            writes=not wanted.diary,
            first=wanted.url is not None and not wanted.diary,
            wait=wanted.wait,
        ),
    )
    if wanted.url is not None:
        choice.remember(folder, chosen)
    return attachment


def _open_copy(folder: Path, uuid: str | None, randomness: Randomness) -> DocumentStore:
    """Open the file as a copy of the school ``uuid``; one that holds nothing yet becomes that."""
    store = _open_store(folder, randomness, uuid)
    if uuid is None or store.uuid == uuid or not attaching.is_empty(store):
        return store
    store.close()
    file = settings.database_file(folder)
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
    return _open_store(folder, randomness, uuid)


def _cookie_key(store: DocumentStore, randomness: Randomness) -> bytes:
    with store.transaction() as tx:
        kept = tx.meta_get(_COOKIE_KEY)
        if kept is None:
            kept = randomness(_COOKIE_KEY_BYTES).hex()
            tx.meta_set(_COOKIE_KEY, kept)
    return bytes.fromhex(kept)
