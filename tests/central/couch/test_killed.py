"""kill -9 of the writing central at any moment: what it said is saved is in CouchDB, whole."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.couch_site import central_on, new_address

_PROGRAM = """
import sys
from pathlib import Path
from central.couch.server import Address
from tests.central.couch.test_authority import save
from tests.support.couch_site import central_on
server, school, folder, first = sys.argv[1:]
import os
user = os.environ.get("COUCHDB_USER")
credentials = (user, os.environ["COUCHDB_PASSWORD"]) if user else None
with central_on(Path(folder) / "one.db", Address(server, school, credentials)) as central:
    print("begun", flush=True)
    for number in range(int(first), 1_000_000):
        save(central.store, number)
        print(number, flush=True)
"""
_KILLS = 8


def test_what_was_saved_before_a_kill_is_whole_for_the_next_central(
    tmp_path: Path, couch_server: str
) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    moments = random.Random(seed)
    address = new_address(couch_server)
    saved: list[int] = []
    for attempt in range(_KILLS):
        where = [address.server, address.school, str(tmp_path), str(attempt * 10_000)]
        child = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *where], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(moments.uniform(0.01, 0.6))
        child.kill()
        saved += [int(line) for line in child.stdout.read().split()]
        child.wait()
        child.stdout.close()
        if attempt % 3 == 2:  # and the disk is gone with it
            for file in tmp_path.glob("one.db*"):
                file.unlink()

    with central_on(tmp_path / "next.db", address) as central:
        tried = [number * 10_000 + place for number in range(_KILLS) for place in range(2000)]
        there = [number for number in tried if central.store.get(f"lesson{number}") is not None]
        assert saved
        assert set(saved) <= set(there)
        for number in there:
            assert len(central.store.leaves(f"mark{number}")) == 2
            assert central.store.records.get("saves", f"{number}") is not None
        assert len([n for n in tried if central.store.records.get("saves", f"{n}")]) == len(there)
        # At most the one save of each life whose answer was never heard.
        assert len(there) <= len(saved) + _KILLS
