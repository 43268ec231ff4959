"""What the program is told at start: its data folder, its port, and who this installation is.

A data folder holds

    identity.json       who this node is, and was before: written by ``journal-node enrol``
    journal.sqlite      everything that was kept and received
    control.json        while the program runs: how its other commands reach it
    demonstration-clock.json    only in the folder of a demonstration

Nothing here opens the store; ``storage`` does.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sync import errors
from sync.store import private_file

DEFAULT_PORT = 8801
#: A classroom PC serves itself and nobody else.
HOST = "127.0.0.1"

_FOLDER_VARIABLE = "JOURNAL_NODE_DATA"
_IDENTITY = "identity.json"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Settings:
    """Where the data is, where the pages are served, and whether this is a demonstration."""

    data_directory: Path
    port: int = DEFAULT_PORT
    demonstration: bool = False

    @property
    def database(self) -> Path:
        """Return the file of the journal."""
        return self.data_directory / "journal.sqlite"

    @property
    def control_file(self) -> Path:
        """Return the file by which commands find the running program."""
        return self.data_directory / "control.json"


@dataclass(frozen=True)
class Former:
    """An identity that was replaced by enrolling anew; its key proves that it was ours."""

    node: str
    entry_key: bytes

    def __repr__(self) -> str:
        """Show nothing secret."""
        return f"Former(node={self.node!r})"


@dataclass(frozen=True)
class Identity:
    """Who this installation is; made by central at enrolment and never changed.

    Attributes:
        node: the random id under which its entries are made.
        token: proves to central that it is this node.
        entry_key: 32 bytes shared with central; seals entries.
        central_url: where central is, without a path.
        central_uuid: the one database of central that this node belongs to.
        bundle_key: 32 bytes; the public key that signs the bundle of accounts.
        label: what people call this computer, such as «Кабинет 12».
        former: identities that this folder had before: they wrote here, too.
        machine: the fingerprint of the computer it was enrolled on; None if that is not known.
    """

    node: str
    token: str
    entry_key: bytes
    central_url: str
    central_uuid: str
    bundle_key: bytes
    label: str
    former: tuple[Former, ...] = ()
    machine: str | None = None

    @property
    def makers(self) -> tuple[str, ...]:
        """Return the ids under which entries were written in this folder, the present one first."""
        return (self.node, *(one.node for one in self.former))

    def __repr__(self) -> str:
        """Show nothing secret."""
        return f"Identity(node={self.node!r}, label={self.label!r})"


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the data folder when none is named: JOURNAL_NODE_DATA, else the system's usual one."""
    named = environment.get(_FOLDER_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(environment.get("PROGRAMDATA", r"C:\ProgramData")) / "SchoolJournal" / "node"
    shared = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(shared) / "school-journal" / "node"


def read_identity(folder: Path) -> Identity | None:
    """Return who this installation is; None before enrolment.

    Raises:
        errors.StoreUnavailable: the file is there and cannot be read; code ``identity_damaged``.
    """
    file = folder / _IDENTITY
    try:
        stored = json.loads(file.read_text("utf-8"))
        return _identity_of(stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.StoreUnavailable(code="identity_damaged", hint="enrol_node_again") from error


def write_identity(folder: Path, identity: Identity) -> None:
    """Write the identity whole or not at all, readable by the owner of the folder only.

    Raises:
        errors.StoreUnavailable: the folder cannot be written to.
    """
    told = {
        "entry_key": identity.entry_key.hex(),
        "bundle_key": identity.bundle_key.hex(),
        "former": [{"node": one.node, "entry_key": one.entry_key.hex()} for one in identity.former],
    }
    stored: dict[str, Any] = asdict(identity) | told
    text = json.dumps(stored, ensure_ascii=False, indent=2)
    try:
        private_file.replace(folder / _IDENTITY, text + "\n")
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error


def _identity_of(stored: Mapping[str, Any]) -> Identity:
    return Identity(
        node=_text(stored["node"]),
        token=_text(stored["token"]),
        entry_key=_key(stored["entry_key"]),
        central_url=_text(stored["central_url"]),
        central_uuid=_text(stored["central_uuid"]),
        bundle_key=_key(stored["bundle_key"]),
        label=_text(stored["label"]),
        former=tuple(
            Former(_text(one["node"]), _key(one["entry_key"])) for one in stored.get("former", ())
        ),
        machine=None if stored.get("machine") is None else _text(stored["machine"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a fact that is no text")
    return value


def _key(value: object) -> bytes:
    key = bytes.fromhex(_text(value))
    if len(key) != _KEY_BYTES:
        raise ValueError("a key of another length")
    return key
