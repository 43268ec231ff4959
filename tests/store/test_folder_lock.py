"""A data folder has one owner, whatever way the owner ends."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync import errors
from sync.store.connection import FolderLock

_OWNER = """
import sys
from pathlib import Path
from sync import errors
from sync.store.folder_lock import FolderLock
try:
    lock = FolderLock(Path(sys.argv[1]))
except errors.DataFolderBusy:
    print("busy", flush=True)
else:
    print("owned", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that takes the lock and keeps it until its input ends; with what it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_second_owner_in_the_same_process_is_refused(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(errors.DataFolderBusy) as refused:
        FolderLock(tmp_path)

    assert refused.value.params == {"folder": str(tmp_path)}
    FolderLock(tmp_path).release()


def test_second_process_is_refused(tmp_path: Path) -> None:
    with FolderLock(tmp_path), another_process(tmp_path) as (_, answer):
        assert answer == "busy"


def test_lock_is_free_after_kill(tmp_path: Path) -> None:
    with another_process(tmp_path) as (process, answer):
        assert answer == "owned"
        with pytest.raises(errors.DataFolderBusy):
            FolderLock(tmp_path)

        process.kill()
        process.wait()

        FolderLock(tmp_path).release()


def test_released_lock_can_be_taken_by_another_process(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.release()
    lock.release()

    with another_process(tmp_path) as (_, answer):
        assert answer == "owned"


def test_folder_that_is_not_there_cannot_be_owned(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        FolderLock(tmp_path / "nowhere")

    assert refused.value.code == "store_not_opened"
