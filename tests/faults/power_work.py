"""Work to be cut short: what nodes and central do to their files all day, on a watched disk.

Each ``Work`` opens its store on the disk and does one random thing per ``step``. What it was told
is done it writes down outside of the store; after each commit that list, the claims of checkpoints
and the uniqueness of entries are compared with what the store holds. What a failure leaves must be
one of these states, so all of it holds there, too.
"""

from pathlib import Path
from random import Random
from typing import Any, ClassVar

import apsw

from central.storage import read_tables as tables_of_central
from node.storage import read_tables as tables_of_node
from sync import errors
from sync.clock import FixedClock
from sync.documents import scope
from sync.entries.door import Maker
from sync.store.connection import Connection, Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.faults.power_disk import Disk, Operation, broken, full
from tests.faults.power_history import FILE, Content, History, WatchedDatabase
from tests.faults.power_teacher import Teacher, assert_entries_are_whole
from tests.store.stores import assert_figures_are_true
from tests.support import sample_school as school
from tests.support.apsw_driver import Driver

NODE = "n1"
KEY = bytes(32)
RESTARTS = 0.03  # of all steps

AS_NODE = {
    "projections": tables_of_node(NODE),
    "scope_keys": scope.keys_of,
    "keep_old_bodies": False,
}
AS_CENTRAL = {"projections": tables_of_central(), "scope_keys": scope.keys_of}


class Work:
    """One store on the disk, and what is done to it."""

    options: ClassVar[dict[str, Any]] = {}
    purges = False  # so that the last sequences may have been those of documents that are gone

    def __init__(
        self, disk: Disk, folder: Path, chance: Random, driver: Driver, *, too_early: bool = False
    ) -> None:
        """Nothing is opened yet; ``too_early`` is the fault of ``WatchedDatabase``."""
        self.chance = chance
        self.clock = FixedClock(school.NOW)
        self.history = History()
        self.store: DocumentStore
        self._disk = disk
        self._file = folder / FILE
        self._driver = driver
        self._too_early = too_early
        self._opened = 0

    def do(self, length: int) -> int:
        """Work until the log of the disk has grown by so much; return where it began to count."""
        self.open()
        if self.store.info().doc_count == 0:
            self.begin()
        begun = len(self._disk.log)
        while len(self._disk.log) < begun + length:
            if self.chance.random() < RESTARTS:
                self.close()
                self.open()
            self.step()
        self.close()
        return begun

    def open(self) -> None:
        """Open the store, as at the start of a program."""
        self._opened += 1
        database = WatchedDatabase(
            self._disk, self._file, self._driver, self.history, too_early=self._too_early
        )
        database.looked = self.check
        self.store = self.store_on(database, f"e{self._opened}")

    def store_on(self, database: Database, epoch: str) -> DocumentStore:
        """Return the store as this work's program opens it."""
        return DocumentStore(database, epoch=epoch, uuid="u", **self.options)

    def close(self) -> None:
        """Close the store; its write-ahead log is emptied and deleted."""
        self.store.close()

    def end(self) -> None:
        """Let go of everything else."""

    def begin(self) -> None:
        """Fill a store that is new."""

    def step(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    def check(self, reader: Connection) -> None:
        """Compare what was told outside with what is there; after every commit."""

    def use(self, database: Database) -> None:
        """Go on with what was found after a failure: consistent, and it takes another write."""
        store = self.store_on(database, "after")
        try:
            assert_figures_are_true(store, purged=self.purges)
            kept = self._read_tables(store)
            store.rebuild_projections()
            assert self._read_tables(store) == kept
            store.put("after", {"n": 1}, parent=None)
            assert store.get("after") is not None
        finally:
            store.close()

    def _read_tables(self, store: DocumentStore) -> Content:
        names = [name for one in self.options.get("projections", ()) for name in one.tables]
        reader = store.database.read()
        return frozenset(
            (name, row)
            for name in (*names, "document_scope")
            for row in reader.execute(f'SELECT * FROM "{name}"').fetchall()
        )


class Saving(Work):
    """A teacher's saves on a node."""

    options = AS_NODE

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.teacher = Teacher(self.chance, self.clock, Maker(NODE, KEY))
        self.gone: set[str] = set()  # taken out on purpose

    def begin(self) -> None:
        school.fill(self.store, for_node=True)

    def step(self) -> None:
        self.teacher.save(self.store)

    def check(self, reader: Connection) -> None:
        assert_entries_are_whole(reader, self.teacher.told, frozenset(self.gone))


class Starting(Saving):
    """The same, looked at from the first byte of the file on, with many restarts."""

    def do(self, length: int) -> int:
        self.open()
        self.begin()
        while len(self._disk.log) < length:
            for _ in range(self.chance.randint(0, 2)):
                self.step()
            self.close()
            self.open()
        self.close()
        return 0


class SavingOnABadDisk(Saving):
    """The same on a disk that fails now and then; what failed is not told of."""

    failures = 0

    def step(self) -> None:
        self._disk.fault = self._fail_now_and_then
        try:
            super().step()
        except errors.StoreUnavailable:
            self.failures += 1
        finally:
            self._disk.fault = lambda operation: None

    def _fail_now_and_then(self, operation: Operation) -> None:
        if self.chance.random() < 0.01:
            raise self.chance.choice([broken(), broken(apsw.SQLITE_IOERR_FSYNC), full()])


class Removing(Saving):
    """Saves, and documents and refused leaves that leave the file again."""

    purges = True

    def step(self) -> None:
        mine = [one.id for one in self.store.all_docs().rows if one.id.startswith(("m", "a", "l"))]
        mine = [one for one in mine if one in {told[0] for told in self.teacher.told}]
        verb = self.chance.choice(["save", "save", "save", "remove", "purge", "forget"])
        if verb == "save" or not mine:
            super().step()
        elif verb == "forget":
            self.store.database.forget_deleted_bytes()
        elif verb == "purge":
            some = self.chance.sample(mine, min(len(mine), self.chance.randint(1, 3)))
            self.gone.update(some)
            with self.store.transaction() as tx:
                tx.purge(some)
        else:
            self._remove(self.chance.choice(mine))

    def _remove(self, doc_id: str) -> None:
        leaf = self.store.get(doc_id)
        assert leaf is not None
        history = self.store.path(doc_id, leaf.rev)
        keep = history[1] if len(history) > 1 and self.chance.random() < 0.5 else None
        value = {**leaf.value, "entries": leaf.value["entries"][:1]}
        self.gone.add(doc_id)
        with self.store.transaction() as tx:
            tx.remove_leaf(doc_id, leaf.rev, keep=keep, kept_value=value if keep else None)
            tx.records.overwrite("refused_leaf", doc_id, leaf.value)


class Batching(Work):
    """Batches of a bare store: new documents, edits, conflicts, tombstones, records."""

    options: ClassVar[dict[str, Any]] = {"revs_limit": 100}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.told: set[tuple[str, str]] = set()
        self._made = 0

    def step(self) -> None:
        verb = self.chance.choice(["insert", "insert", "edit", "records", "local", "compact"])
        if verb == "insert":
            paths = [self._path() for _ in range(self.chance.randint(1, 12))]
            self.store.insert(paths)
            self.told |= {(path.id, rev) for path in paths for rev in path.revisions}
        elif verb == "edit":
            self._edit()
        elif verb == "records":
            with self.store.transaction() as tx:
                for _ in range(self.chance.randint(1, 5)):
                    tx.records.overwrite("c", str(self.chance.randrange(20)), {"n": self._next()})
        elif verb == "local":
            self.store.put_local("checkpoint", {"n": self._next()})
        else:
            self.store.compact()

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _path(self) -> RevisionPath:
        """Return a path that may be new, meet another one, or come again."""
        chance = self.chance
        letters = "".join(chance.choice("ab") for _ in range(chance.randint(1, 4)))
        revisions = tuple(f"{n}-{letters[:n]}" for n in range(len(letters), 0, -1))
        value = {"by": letters, "text": "ё" * (len(letters) * 60)}
        return RevisionPath(f"d{chance.randrange(40)}", revisions, letters == "ab", value)

    def _edit(self) -> None:
        rows = self.store.all_docs().rows
        if not rows:
            return
        chosen = self.chance.choice(rows)
        leaf = self.store.get(chosen.id)
        assert leaf is not None
        deleted = self.chance.random() < 0.2
        rev = self.store.put(chosen.id, {"n": self._next()}, parent=leaf.rev, deleted=deleted)
        self.told.add((chosen.id, rev))

    def check(self, reader: Connection) -> None:
        assert not self.told - revisions(reader)


def revisions(reader: Connection) -> set[tuple[str, str]]:
    """Return all revisions that a store knows."""
    rows = reader.execute(
        "SELECT d.id, r.generation || '-' || r.digest FROM revision r"
        " JOIN document d ON d.document = r.document"
    ).fetchall()
    return {(doc_id, rev) for doc_id, rev in rows}
