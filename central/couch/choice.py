"""What a data folder remembers of its CouchDB, and where the credentials come from.

``store.json``: {"store": "couchdb", "url", "credentials": file or null, "central": id}. A user name
and a password are in none of our files: they come from the named file (``user:password``, one
line) or from COUCHDB_USER and COUCHDB_PASSWORD. The id names this folder among the centrals of one
school.
"""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from central.couch.lease import Holder
from central.couch.server import Address
from sync import errors
from sync.documents import identifiers
from sync.documents.identifiers import Randomness
from sync.store import private_file

_FILE = "store.json"
_STORE = "couchdb"
_USER = "COUCHDB_USER"
_PASSWORD = "COUCHDB_PASSWORD"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Choice:
    """A folder's CouchDB; ``central`` names the folder, see ``Holder``."""

    url: str
    credentials_file: Path | None
    central: str


def remembered(folder: Path) -> Choice | None:
    """Return what the folder's store is; None: its own file.

    Raises:
        errors.StoreUnavailable: the file that says so cannot be read.
    """
    file = folder / _FILE
    if not file.exists():
        return None
    try:
        said = json.loads(file.read_text("utf-8"))
        named = said["credentials"]
        if said["store"] != _STORE:
            raise ValueError
        return Choice(str(said["url"]), None if named is None else Path(named), said["central"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable() from error


def made(folder: Path, url: str, credentials_file: Path | None, randomness: Randomness) -> Choice:
    """Return the choice of these options; a folder keeps its id. Nothing is written."""
    before = remembered(folder)
    central = identifiers.new_id(randomness) if before is None else before.central
    absolute = None if credentials_file is None else credentials_file.absolute()
    return Choice(url, absolute, central)


def remember(folder: Path, choice: Choice) -> None:
    """Let the folder's store be this from now on.

    Raises:
        errors.StoreUnavailable: the folder cannot be written to.
    """
    named = choice.credentials_file
    said = {
        "store": _STORE,
        "url": choice.url,
        "credentials": None if named is None else str(named),
        "central": choice.central,
    }
    try:
        private_file.replace(folder / _FILE, json.dumps(said, indent=1))
    except OSError as error:
        raise _unreadable() from error


def forget(folder: Path) -> None:
    """Let the folder's own file be the store again.

    Raises:
        errors.StoreUnavailable: the folder cannot be written to.
    """
    try:
        (folder / _FILE).unlink(missing_ok=True)
    except OSError as error:
        raise _unreadable() from error


def address_of(choice: Choice, environment: Mapping[str, str]) -> Address:
    """Return the address with its credentials.

    Raises:
        errors.StoreUnavailable: the address is none, or the credentials are not there.
    """
    return Address.of(choice.url, _credentials(choice.credentials_file, environment))


def holder_of(choice: Choice, randomness: Randomness) -> Holder:
    """Return who this folder is when it runs on this computer.

    The computer's name is part of it, so that a copied folder is another central.
    """
    host = socket.gethostname()
    return Holder(f"{host}/{choice.central}", host, identifiers.new_id(randomness))


def _credentials(file: Path | None, environment: Mapping[str, str]) -> tuple[str, str] | None:
    if file is None:
        user, password = environment.get(_USER), environment.get(_PASSWORD)
        return (user, password) if user and password else None
    try:
        user, colon, password = file.read_text("utf-8").strip().partition(":")
    except (OSError, ValueError) as error:
        raise _no_credentials() from error
    if not colon or not user or "\n" in password:
        raise _no_credentials()
    return user, password


def _no_credentials() -> errors.StoreUnavailable:
    return errors.StoreUnavailable(code="couch_credentials_file", hint="couch_credentials_how")


def _unreadable() -> errors.StoreUnavailable:
    return errors.StoreUnavailable(code="store_choice_unreadable", hint="check_folder_rights")
