"""The data folder of a node, opened: the journal's store, its door for writing, its secrets.

One process owns the folder for its life. Each opening begins a new epoch, and with it a new row of
entry numbers, so that a folder that was copied or put back can never reuse a number.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from node import machine
from node.settings import Identity, Settings
from sync import clock as clocks
from sync.clock import Clock
from sync.documents import identifiers, kinds
from sync.entries.door import Maker
from sync.entries.journal import Journal
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
from sync.projections.viewpoint import FromNode
from sync.store import soundness
from sync.store.connection import Database, FolderLock
from sync.store.document_store import DocumentStore
from sync.store.projector import Projection

_COOKIE_KEY = "node.cookie_key"
_TABLES_OF = "node.tables_of"
_COOKIE_KEY_BYTES = 32


@dataclass(frozen=True)
class Node:
    """An opened data folder. ``cookie_key`` signs cookies and lives as long as the folder.

    ``is_on_another_machine``: it was enrolled on another computer, so it may be a copy, and must
    not speak to central until it is enrolled anew.
    """

    settings: Settings
    identity: Identity
    clock: Clock
    store: DocumentStore
    journal: Journal
    cookie_key: bytes
    is_on_another_machine: bool = False


@contextmanager
def opened(
    settings: Settings,
    identity: Identity,
    *,
    clock: Clock | None = None,
    randomness: identifiers.Randomness = secrets.token_bytes,
    read_machine_id: machine.ReadId | None = None,
) -> Iterator[Node]:
    """Own the data folder and give it opened; close it afterwards.

    Args:
        clock: instead of the folder's own.
    Raises:
        errors.DemonstrationFolder: the folder's clock is a demonstration's, and nobody said so.
        errors.DataFolderBusy: another process has it.
        errors.StoreUnavailable: it cannot be opened, or is damaged.
    """
    shown = clock or clocks.clock_of_folder(
        settings.data_directory, demonstration=settings.demonstration
    )
    with FolderLock(settings.data_directory):
        store = _open_store(settings, identity, randomness)
        try:
            _show_what_this_node_wrote(store, identity.makers)
            maker = Maker(identity.node, identity.entry_key, identity.makers[1:])
            journal = Journal(store, maker, shown)
            elsewhere = machine.is_another(identity.machine, machine.fingerprint(read_machine_id))
            cookie_key = _cookie_key(store, randomness)
            yield Node(settings, identity, shown, store, journal, cookie_key, elsewhere)
        finally:
            store.close()


def _open_store(
    settings: Settings, identity: Identity, randomness: identifiers.Randomness
) -> DocumentStore:
    with ExitStack() as undo:
        database = Database(settings.database)
        undo.callback(database.close)
        soundness.refuse_damaged(database)
        store = DocumentStore(
            database,
            epoch=identifiers.new_id(randomness),
            uuid=identifiers.new_id(randomness),
            projections=read_tables(*identity.makers),
            # Nobody asks a node for what a document was; its entries say that.
            keep_old_bodies=False,
            revs_limit=kinds.MOST_REVISIONS,
        )
        undo.pop_all()
    return store


def read_tables(node: str, *former: str) -> Sequence[Projection]:
    """Return the read tables that a node keeps; ``former`` are identities that it had before."""
    here = FromNode(node, former)
    return (
        PeopleTables(),
        GroupTables(),
        CalendarTables(),
        PlanTables(),
        LessonTables(here),
        MarkTables(here),
        AbsenceTables(here),
        EntryIndex(only_of=(node, *former)),
        DisputeTables(),
        DecisionTables(),
        RejectionTables(),
    )


def _show_what_this_node_wrote(store: DocumentStore, makers: Sequence[str]) -> None:
    """Rebuild read tables that were kept for another identity: the folder was enrolled anew."""
    with store.transaction() as tx:
        before = tx.meta_get(_TABLES_OF)
    now = " ".join(makers)
    if before == now:
        return
    if before is not None:
        store.rebuild_projections()
    with store.transaction() as tx:
        tx.meta_set(_TABLES_OF, now)


def _cookie_key(store: DocumentStore, randomness: identifiers.Randomness) -> bytes:
    with store.transaction() as tx:
        kept = tx.meta_get(_COOKIE_KEY)
        if kept is None:
            kept = randomness(_COOKIE_KEY_BYTES).hex()
            tx.meta_set(_COOKIE_KEY, kept)
    return bytes.fromhex(kept)
