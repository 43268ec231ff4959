"""What the central program is told at start: its data folder, and where it serves its pages.

A data folder holds

    journal.sqlite      documents, read tables, accounts, quarantine: everything but the keys
    entry-keys.json     the keys under which entries are sealed: central's own and each node's
    account-keys.json   the keys that sign the bundle of accounts and open sealed messages
    store.json          where CouchDB is, if it is the store; the database above is a copy then
    backups/            copies of the database, unless another place was named
    control.json        while the program runs: how its other commands reach it
    demonstration-clock.json    only in the folder of a demonstration

The two files of keys need a backup of their own: without them a restored journal could not tell
genuine entries from others. Nothing here opens the store; ``storage`` does.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8800
DEFAULT_HOST = "127.0.0.1"

_FOLDER_VARIABLE = "JOURNAL_CENTRAL_DATA"


@dataclass(frozen=True)
class Settings:
    """Where the data is and where the pages are served.

    Attributes:
        host: the address to listen on; another than loopback opens the pages to the network.
        public_names: names and addresses, without port, under which browsers may come.
        demonstration: the folder may have a demonstration's clock.
        backups: where the hourly backups go; None: into the data folder, which is on one disk.
        couchdb_url: the school's CouchDB; None: the store that the folder remembers.
        couchdb_credentials: the file with them; None: from the environment.
        diary: only guardians' pages, beside the central that writes.
    """

    data_directory: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    public_names: tuple[str, ...] = ("127.0.0.1", "localhost")
    demonstration: bool = False
    backups: Path | None = None
    couchdb_url: str | None = None
    couchdb_credentials: Path | None = None
    diary: bool = False

    @property
    def backup_directory(self) -> Path:
        """Return where the hourly backups go."""
        return self.backups or default_backups(self.data_directory)


def default_backups(folder: Path) -> Path:
    """Return where backups go unless another place is named: better than none, on one disk."""
    return folder / "backups"


def database_file(folder: Path) -> Path:
    """Return the file of the journal in a data folder."""
    return folder / "journal.sqlite"


def control_file(folder: Path) -> Path:
    """Return the file by which commands find the running program."""
    return folder / "control.json"


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder when none is named: JOURNAL_CENTRAL_DATA, else the system's usual one."""
    named = environment.get(_FOLDER_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        shared = environment.get("PROGRAMDATA", r"C:\ProgramData")
        return Path(shared) / "SchoolJournal" / "central"
    home = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "school-journal" / "central"
