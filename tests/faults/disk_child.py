"""A program that saves until its disk is full, in a file system of two megabytes of its own.

``python -m tests.faults.disk_child FOLDER`` runs in a namespace of its own, mounts the file system
on the folder, and tells line by line what happened. The store and the driver are the product's.
"""

import subprocess
import sys
from pathlib import Path

from sync import errors
from sync.store.connection import Database
from sync.store.document_store import DocumentStore

MOST_SAVES = 10_000


def fill_up(store: DocumentStore, first: int) -> tuple[int, str]:
    """Save until it is refused; return the number of the save that was, and the code."""
    for number in range(first, first + MOST_SAVES):
        try:
            store.put(f"save:{number}", {"text": "ё" * 2000}, parent=None)
        except errors.StoreUnavailable as error:
            return number, error.code
    return first + MOST_SAVES, "never full"


def main() -> None:
    """Fill the disk, read, make room, save again; then look at everything in a new start."""
    folder = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=True)
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(600_000))
    store = DocumentStore(Database(folder / "journal.db"), epoch="e1", uuid="u")
    last, code = fill_up(store, 0)
    print("full", last, code)
    print("readable", all(store.get(f"save:{number}") for number in range(last)))
    print("not half", store.get(f"save:{last}") is None, fill_up(store, last)[1])
    ballast.unlink()
    more, code = fill_up(store, last)
    print("works again", more - last, code)
    store.close()
    again = DocumentStore(Database(folder / "journal.db"), epoch="e2", uuid="u")
    print("kept", all(again.get(f"save:{number}") for number in range(more)))
    answer = again.database.read().execute("PRAGMA integrity_check").fetchone()
    print("integrity", answer[0] if answer else None)


if __name__ == "__main__":
    main()
