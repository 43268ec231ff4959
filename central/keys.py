"""Central's keys, in files beside the database, each replaced whole or not at all.

    entry-keys.json     {"central": hex, "nodes": {"<node>": hex, ...}}
    account-keys.json   {"signing": hex, "sealing": hex}

A key of a node stays for ever, also when the node is revoked: entries made under it must be told
from forged ones as long as the journal lives. Keys are 32 random bytes.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync import errors
from sync.documents.identifiers import Randomness
from sync.store import private_file

KEY_BYTES = 32

_ENTRY_KEYS = "entry-keys.json"
_ACCOUNT_KEYS = "account-keys.json"


@dataclass(frozen=True)
class EntryKeys:
    """The keys that seal entries: central's own, and by node."""

    central: bytes
    nodes: Mapping[str, bytes]

    def __repr__(self) -> str:
        """Show nothing secret."""
        return f"EntryKeys(nodes={len(self.nodes)})"


@dataclass(frozen=True)
class AccountKeys:
    """Private keys: ``signing`` (Ed25519) for the bundle, ``sealing`` (X25519) for messages."""

    signing: bytes
    sealing: bytes

    def __repr__(self) -> str:
        """Show nothing secret."""
        return "AccountKeys()"


class KeyFiles:
    """The keys of one data folder; safe between threads of the one process that owns it."""

    def __init__(self, folder: Path) -> None:
        """Read the keys of ``folder``.

        Raises:
            errors.StoreUnavailable: a file is missing or damaged, code ``keys_missing``. New keys
                are never made in its place: every entry sealed so far would become a forgery.
        """
        self._folder = folder
        self._guard = threading.Lock()
        entry_keys = _read(folder / _ENTRY_KEYS)
        account_keys = _read(folder / _ACCOUNT_KEYS)
        try:
            nodes = {node: _key(text) for node, text in entry_keys["nodes"].items()}
            self._entry_keys = EntryKeys(_key(entry_keys["central"]), nodes)
            self.account_keys = AccountKeys(
                _key(account_keys["signing"]), _key(account_keys["sealing"])
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _missing() from error

    def entry_keys(self) -> EntryKeys:
        """Return the keys of all makers of entries, as they are now."""
        with self._guard:
            return self._entry_keys

    def add_node(self, node: str, key: bytes) -> None:
        """Keep the key of a node just enrolled; it is on disk when this returns.

        Raises:
            errors.StoreUnavailable: it could not be written; nothing changed.
        """
        with self._guard:
            nodes = {**self._entry_keys.nodes, node: key}
            keys = EntryKeys(self._entry_keys.central, nodes)
            _write_entry_keys(self._folder, keys)
            self._entry_keys = keys


def files(folder: Path) -> tuple[Path, Path]:
    """Return where the keys of a folder are."""
    return folder / _ENTRY_KEYS, folder / _ACCOUNT_KEYS


def exist(folder: Path) -> bool:
    """Tell whether the folder has its keys: those that are written last."""
    return (folder / _ENTRY_KEYS).exists()


def create(folder: Path, randomness: Randomness) -> None:
    """Make the keys of a new data folder; to be called only if it has none.

    Raises:
        errors.StoreUnavailable: the folder cannot be written to.
    """
    signing, sealing = randomness(KEY_BYTES).hex(), randomness(KEY_BYTES).hex()
    _write(folder / _ACCOUNT_KEYS, {"signing": signing, "sealing": sealing})
    # Last, because a folder is recognised by it.
    _write_entry_keys(folder, EntryKeys(randomness(KEY_BYTES), {}))


def _write_entry_keys(folder: Path, keys: EntryKeys) -> None:
    nodes = {node: key.hex() for node, key in sorted(keys.nodes.items())}
    _write(folder / _ENTRY_KEYS, {"central": keys.central.hex(), "nodes": nodes})


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _missing() from error


def _missing() -> errors.StoreUnavailable:
    return errors.StoreUnavailable(code="keys_missing", hint="restore_backup")


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != KEY_BYTES:
        raise ValueError("a key of another length")
    return key


def _write(file: Path, value: Mapping[str, Any]) -> None:
    """Replace a file by one that its owner alone may read; a crash leaves the old or the new."""
    try:
        private_file.replace(file, json.dumps(value, indent=1))
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error
