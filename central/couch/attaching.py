"""A store is attached to its CouchDB: the right school, the lease, caught up; then kept so.

    check        CouchDB, not too old, lets us in
    school       is it ours? an empty file becomes this school's, a full one must be
    lease        only for the central that writes; a second one waits until it is free
    catch up     what an earlier writer left open is finished, the file follows

Threads keep the lease and follow from then on; see ``Attachment``.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from central.couch import school as schools
from central.couch.authority import CouchAuthority
from central.couch.following import COUNT
from central.couch.lease import Holder, Lease, State
from central.couch.school import School
from central.couch.server import Couch
from central.keys import KeyFiles
from sync import errors
from sync.documents.identifiers import Randomness
from sync.store.document_store import DocumentStore

#: Guardians see what is new this many seconds later on a diary-only central.
FOLLOW_SECONDS = 2.0

#: Opens the folder's file; given an identity, a file without any content becomes that database.
OpenStore = Callable[[str | None], DocumentStore]
#: Told who has the lease, again and again; False gives up.
Wait = Callable[[State], bool]

log = logging.getLogger(__name__)


def not_waiting(state: State) -> bool:
    """Give up at once."""
    return False


@dataclass(frozen=True)
class Wish:
    """How a central wants to be attached.

    ``first``: the databases may be made, and the school in them, if there is none.
    """

    writes: bool
    first: bool
    wait: Wait = not_waiting


class Attachment:
    """A store with its authority; closes what it opened.

    The lease is kept from the beginning, by a thread that waits for nothing else: an import may
    hold the file's writer for longer than the lease lasts.
    """

    def __init__(
        self, store: DocumentStore, couch: Couch, lease: Lease | None, authority: CouchAuthority
    ) -> None:
        """Keep the lease, if there is one."""
        self.store = store
        self.couch = couch
        self.lease = lease
        self._authority = authority
        self._ended = threading.Event()
        self._lost: Callable[[], None] = lambda: None
        self._threads: list[threading.Thread] = []
        if lease is not None:
            self._run(lease.keep)

    @property
    def is_lost(self) -> bool:
        """Tell whether another central has taken over."""
        return self.lease is not None and self.lease.is_lost

    def start(self, lost: Callable[[], None]) -> None:
        """Follow CouchDB in a thread; ``lost`` is called when another central has taken over."""
        self._lost = lost
        self._run(self._authority.catch_up)

    def catch_up(self) -> None:
        """Bring the store to CouchDB's present state now."""
        self._authority.catch_up()

    def close(self) -> None:
        """End the threads, let the lease go and close the store."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        if self.lease is not None:
            self.lease.release()
        self.store.close()

    def _run(self, step: Callable[[], None]) -> None:
        thread = threading.Thread(
            target=self._repeat, args=(step,), name=f"couchdb {step.__name__}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _repeat(self, step: Callable[[], None]) -> None:
        """Take a step every now and then, until the end, or until another central writes."""
        away = False
        while not self._ended.wait(FOLLOW_SECONDS):
            try:
                step()
                away = False
            except errors.StoreUnavailable as error:
                if self.is_lost:
                    log.error("another central writes now")
                    self._lost()
                    return
                if not away:
                    log.warning("CouchDB cannot be used now: %s", error)
                away = True


def attach(
    couch: Couch,
    open_store: OpenStore,
    keys: KeyFiles,
    holder: Holder,
    randomness: Randomness,
    wish: Wish,
) -> Attachment:
    """Return the store with CouchDB as its authority, at CouchDB's present state.

    Raises:
        errors.StoreUnavailable: CouchDB cannot be used (see ``Couch.check``); its databases are
            gone or hold no school (``couch_database_missing``), are being filled
            (``couch_not_ready``), hold another school (``another_school``), or an older state than
            this file has seen (``couch_set_back``); the keys are not the school's (``other_keys``);
            another central writes (``lease_held``); there is a school here that CouchDB does not
            have (``migrate_first``).
    """
    couch.check()
    if wish.first:
        couch.create()
    school = None if couch.missing() else schools.found(couch)
    store = _open_as(school, open_store)
    try:
        school = school or _first_school(couch, store, keys, wish)
        if wish.writes:
            schools.refuse_other_keys(school, keys)
        lease = Lease(couch, holder) if wish.writes else None
        if lease is not None:
            _take(lease, store, wish.wait)
        authority = CouchAuthority(store, couch, lease, randomness)
        authority.catch_up()
        if lease is not None:
            lease.sweep()
        store.submit_to(authority)
        if wish.writes:
            schools.exchange_node_keys(store.records, keys)
    except BaseException:
        store.close()
        raise
    return Attachment(store, couch, lease, authority)


def _open_as(school: School | None, open_store: OpenStore) -> DocumentStore:
    if school is not None and not school.ready:
        raise errors.StoreUnavailable(code="couch_not_ready", hint="migrate_again")
    store = open_store(None if school is None else school.uuid)
    if school is not None and store.uuid != school.uuid:
        store.close()
        raise errors.StoreUnavailable(code="another_school", hint="choose_another_database")
    return store


def _first_school(couch: Couch, store: DocumentStore, keys: KeyFiles, wish: Wish) -> School:
    """Make the school of an empty folder in an empty CouchDB, if this is its first time."""
    if not wish.first or not wish.writes:
        raise errors.StoreUnavailable(code="couch_database_missing", hint="restore_couchdb")
    if not is_empty(store):
        raise errors.StoreUnavailable(code="migrate_first", hint="migrate_store")
    schools.write(couch, store.uuid, keys, ready=True)
    made = schools.found(couch)
    if made is None:
        raise errors.StoreUnavailable(code="couch_refused", hint="look_into_couchdb_log")
    return made


def is_empty(store: DocumentStore) -> bool:
    """Tell whether there is nothing of a school in the file."""
    info = store.info()
    rows = store.database.read().execute("SELECT count(*) FROM record").fetchall()
    return info.doc_count + info.doc_del_count + int(rows[0][0]) == 0


def _take(lease: Lease, store: DocumentStore, wait: Wait) -> None:
    while (held := lease.try_take()) is not None:
        if not wait(held):
            raise errors.StoreUnavailable(
                code="lease_held", hint="see_writing_central", host=held.host[:100]
            )
    # A file that has seen more than CouchDB holds is the only trace of what a restore threw away.
    if lease.count <= int(store.meta_get(COUNT) or 0):
        lease.release()
        raise errors.StoreUnavailable(code="couch_set_back", hint="migrate_again")
