"""Which school a CouchDB holds, whose keys belong to it, and whether it is whole.

One document of the records database, ``school``: {"uuid", "keys", "ready"}. The identity is that of
the document store, so nodes meet the same database wherever it is kept. ``keys`` is a digest of
central's keys: a central with others could read everything and would write forgeries. ``ready`` is
false while a school is being moved in.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from central.couch import intent as intents
from central.couch.server import Couch
from central.keys import KeyFiles
from sync import errors
from sync.accounts import sealing
from sync.store.record_store import RecordStore

_DIGEST_BYTES = 16
_PURPOSE = b"journal-central-keys"
_NODE_KEYS = "node_keys"


@dataclass(frozen=True)
class School:
    """What CouchDB says it holds."""

    rev: str
    uuid: str
    keys: str
    ready: bool


def found(couch: Couch) -> School | None:
    """Return the school in CouchDB; None if there is none yet."""
    stored = couch.get(intents.SCHOOL)
    if stored is None:
        return None
    said = stored.body
    return School(stored.rev, str(said["uuid"]), str(said["keys"]), said.get("ready") is True)


def write(couch: Couch, uuid: str, keys: KeyFiles, *, ready: bool) -> None:
    """Say which school this is.

    Raises:
        errors.StoreUnavailable: another one was faster (``another_school``).
    """
    before = found(couch)
    body: dict[str, Any] = {"uuid": uuid, "keys": digest_of(keys), "ready": ready}
    if couch.put(intents.SCHOOL, None if before is None else before.rev, body) is None:
        raise errors.StoreUnavailable(code="another_school", hint="choose_another_database")


def refuse_other_keys(school: School, keys: KeyFiles) -> None:
    """Refuse to write for a school whose keys are others (``other_keys``)."""
    if school.keys != digest_of(keys):
        raise errors.StoreUnavailable(code="other_keys", hint="copy_the_keys")


def digest_of(keys: KeyFiles) -> str:
    """Return what names central's keys without telling anything of them."""
    account = keys.account_keys
    secret = keys.entry_keys().central + account.signing + account.sealing
    return hashlib.blake2b(secret, digest_size=_DIGEST_BYTES, person=_PURPOSE[:16]).hexdigest()


def share_node_key(records: RecordStore, keys: KeyFiles, node: str, key: bytes) -> None:
    """Keep a node's key where the next writing central finds it, sealed to central's own key."""
    public = sealing.public_key_of(keys.account_keys.sealing)
    records.overwrite(_NODE_KEYS, node, {"sealed": sealing.seal(public, key)})


def exchange_node_keys(records: RecordStore, keys: KeyFiles) -> None:
    """Bring the keys of nodes in this folder and those in CouchDB together."""
    shared = {record.key: record.value["sealed"] for record in records.scan(_NODE_KEYS)}
    here = dict(keys.entry_keys().nodes)
    for node, key in here.items():
        if node not in shared:
            share_node_key(records, keys, node, key)
    for node, sealed in shared.items():
        if node not in here:
            keys.add_node(node, sealing.unseal(keys.account_keys.sealing, sealed))
