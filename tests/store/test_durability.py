"""What was acknowledged is there after kill -9, and each save waits for the disk exactly once."""

import random
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.store.stores import assert_figures_are_true, open_store, statements

_STRACE = shutil.which("strace")
_WAITS = ("fsync", "fdatasync", "sync_file_range", "msync")

# Saves without end; says the number of each after its transaction has ended.
_WRITER = """
import secrets, sys
from pathlib import Path
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
store = DocumentStore(
    Database(Path(sys.argv[1])), epoch=secrets.token_hex(6), uuid=secrets.token_hex(16)
)
number, last = store.records.count("saves"), int(sys.argv[2])
while number != last:
    with store.transaction() as running:
        rev = running.put(f"save:{number}", {"text": "ё" * (number % 700)}, parent=None)
        counted = running.get("counter")
        parent = None if counted is None else counted.rev
        running.put("counter", {"n": number}, parent=parent)
        running.records.put("saves", str(number), {"rev": rev}, None)
        running.put_local("checkpoint", {"n": number})
    print(number, flush=True)
    number += 1
import os
os._exit(0)
"""


def kill_while_it_saves(file: Path, after_saves: int) -> int:
    """Start a program that saves, kill it after it has told of some saves; return the last told."""
    command = [sys.executable, "-c", _WRITER, str(file), "-1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(after_saves)]
        process.kill()
        told += process.stdout.readlines()
    # A line is whole or was never sent; the last one may have been cut by the kill.
    numbers = [int(line) for line in told if line.endswith("\n")]
    return max(numbers, default=-1)


def assert_saves_are_whole(store: DocumentStore, last_told: int) -> None:
    """Every save that was told of is there; one more may be, but no part of one."""
    saves = {int(record.key): record.value["rev"] for record in store.records.scan("saves")}
    assert sorted(saves) == list(range(len(saves)))
    assert len(saves) > last_told
    for number, rev in saves.items():
        leaf = store.get(f"save:{number}")
        assert leaf is not None
        assert (leaf.rev, leaf.value) == (rev, {"text": "ё" * (number % 700)})
        assert len(store.leaves(f"save:{number}")) == 1
    ids = [row.id for row in store.changes(0).rows]
    assert sorted(ids) == sorted([*(f"save:{n}" for n in saves), *["counter"][: len(saves)]])
    counter, checkpoint = store.get("counter"), store.get_local("checkpoint")
    if saves:
        assert counter is not None
        assert checkpoint is not None
        assert counter.value == checkpoint[1] == {"n": len(saves) - 1}
    assert_figures_are_true(store)


def kill_many_times(file: Path, kills: int) -> None:
    seed = secrets.randbits(32)
    print(f"seed: {seed}")
    chance = random.Random(seed)
    last_told = -1
    for number in range(kills):
        last_told = max(last_told, kill_while_it_saves(file, chance.choice([0, 1, 2, 5, 12, 25])))
        if number % 5 == 4 or number == kills - 1:
            store = open_store(file)
            assert_saves_are_whole(store, last_told)
            store.close()
    assert last_told > 0


def test_acknowledged_saves_survive_kill(tmp_path: Path) -> None:
    kill_many_times(tmp_path / "journal.db", 30)


@pytest.mark.soak
def test_acknowledged_saves_survive_a_thousand_kills(tmp_path: Path) -> None:
    kill_many_times(tmp_path / "journal.db", 1000)


# ---------------------------------------------------------------------------- one commit each


def commits(store: DocumentStore) -> list[str]:
    """Collect from now on the beginnings and ends of the store's write transactions."""
    with store.database.write() as connection:
        seen = statements(connection)
    seen.clear()
    return seen


def test_each_save_and_each_received_batch_is_one_commit(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    seen = commits(store)
    batch = [RevisionPath(f"d{n}", ("2-b", "1-a"), False, {"n": n}) for n in range(500)]

    def count() -> int:
        number = sum(statement == "COMMIT" for statement in seen)
        assert sum(statement == "BEGIN IMMEDIATE" for statement in seen) == number
        seen.clear()
        return number

    store.put("a", {"n": 1}, parent=None)
    assert count() == 1
    store.insert(batch)
    assert count() == 1
    with store.transaction() as running:
        running.put("b", {}, parent=None)
        running.insert([RevisionPath("c", ("1-a",), False, {})])
        running.records.overwrite("c", "k", {})
        running.put_local("l", {})
        running.meta_set("k", 1)
    assert count() == 1
    store.records.overwrite("c", "k", {})
    assert count() == 1


# Only some systems let a program's calls be watched; elsewhere the commits are counted, see above.
if _STRACE is not None:

    def test_each_save_waits_for_the_disk_exactly_once(tmp_path: Path) -> None:
        def waits(saves: int) -> int:
            log, file = tmp_path / f"{saves}.log", tmp_path / f"{saves}.db"
            watched = [_STRACE, "-f", "-o", log, "-e", f"trace={','.join(_WAITS)}"]
            writer = [sys.executable, "-c", _WRITER, file, str(saves)]
            subprocess.run([*watched, *writer], check=True, stdout=subprocess.DEVNULL)
            return len(re.findall(rf"\b({'|'.join(_WAITS)})\(", log.read_text()))

        assert waits(45) - waits(5) == 40


def test_batch_that_brings_nothing_new_writes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    batch = [RevisionPath(f"d{n}", ("2-b", "1-a"), False, {"n": n}) for n in range(50)]
    store.insert(batch)
    log = tmp_path / "journal.db-wal"
    before = log.stat().st_size

    store.insert(batch)

    assert log.stat().st_size == before
