"""How a classroom PC becomes a node: an administrator's code, used once, against an identity.

    journal-central enrol-node --room 104          journal-node enrol --central … --code …
      makes the node's record, shows a code   ──>    sends the code and a random text of its own
      token's digest, entry key, code used    <──    POST /enrolment
                                              ──>    node id, token, entry key, keys of central

The code has 60 bits, lives a day and is kept as a digest. If the answer is lost, the same code with
the same random text is answered again until the day is over: nobody else knows that text.

A folder that was enrolled before (its computer was replaced, or the folder copied) gets a new
identity and proves which ones it had: their entries may still come through it, and it may ask about
them. A folder with the journal of another database is not let in: an administrator has to say first
that this central continues that one (``adopt``).

The codes of ``EnrolmentRefused``: ``code_unknown``, ``code_expired``, ``code_used``,
``enrolment_needs_encryption``, ``former_not_proven``, ``another_journal``.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from central.storage import Storage
from sync import errors
from sync.accounts import bundle
from sync.documents import entry, identifiers, identity_proof
from sync.projections import calendars
from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore

CODE_LIFE = timedelta(hours=24)

_NODES = "node"
_CONTINUES = "central.continues"
_CODES = "enrolment_code"
_TOKEN_BYTES = 32
_KEY_BYTES = 32
_CODE_GROUP = 4
_CODE_LENGTH = 12
_MOST_NONCE = 100
# Crockford's reading of what people confuse.
_LOOK_ALIKES = str.maketrans("oilOIL", "011011")


@dataclass(frozen=True)
class NodeRecord:
    """A node as central knows it. ``status``: ``invited``, ``enrolled`` or ``revoked``.

    ``former`` are identities that the same data folder had before, all of them.
    ``homeroom`` are ids of classes whose whole journal the node holds besides what its room gives.
    """

    id: str
    label: str
    room: str
    homeroom: tuple[str, ...]
    status: str
    token_digest: str | None
    created_at: str
    enrolled_at: str | None = None
    former: tuple[str, ...] = ()
    revoked_at: str | None = None

    def as_value(self) -> dict[str, Any]:
        """Return the record as a JSON object."""
        return {
            "id": self.id,
            "label": self.label,
            "room": self.room,
            "homeroom": list(self.homeroom),
            "status": self.status,
            "token_sha256": self.token_digest,
            "created_at": self.created_at,
            "enrolled_at": self.enrolled_at,
            "former": list(self.former),
            "revoked_at": self.revoked_at,
        }


@dataclass(frozen=True)
class Invitation:
    """What the administrator is shown once."""

    node: NodeRecord
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Welcome:
    """What a node is told, once: everything it is from now on."""

    node: str
    label: str
    token: str
    entry_key: bytes
    database: str
    bundle_key: bytes
    school_name: str

    def as_json(self) -> dict[str, str]:
        """Return the answer as it is sent."""
        return {
            "node": self.node,
            "label": self.label,
            "token": self.token,
            "entry_key": self.entry_key.hex(),
            "database": self.database,
            "bundle_key": self.bundle_key.hex(),
            "school_name": self.school_name,
        }


def invite(
    storage: Storage, room: str, label: str | None = None, homeroom: Sequence[str] = ()
) -> Invitation:
    """Make a node's record and a code for it.

    Args:
        label: what people call the computer; None: the room.
        homeroom: ids of classes.
    """
    now = storage.clock.now()
    node = NodeRecord(
        id=identifiers.new_id(storage.randomness),
        label=label or room,
        room=room,
        homeroom=tuple(homeroom),
        status="invited",
        token_digest=None,
        created_at=entry.instant_text(now),
    )
    code = identifiers.new_id(storage.randomness).upper()
    expires_at = now + CODE_LIFE
    value = {"node": node.id, "expires_at": expires_at.isoformat(), "nonce": None}
    with storage.store.transaction() as tx:
        tx.records.put(_NODES, node.id, node.as_value(), None)
        tx.records.put(_CODES, _digest(code), value, None)
    return Invitation(node, shown(code), expires_at)


def accept(
    storage: Storage,
    code: str,
    nonce: str,
    *,
    former: Sequence[tuple[str, str]] = (),
    database: str | None = None,
) -> Welcome:
    """Enrol the node whose code this is and return its identity; the code is used then.

    Args:
        nonce: random text of the node; the same code with the same nonce is answered again.
        former: (node, proof) of identities it had before, see ``identity_proof``.
        database: the database that its journal belongs to; None if it has none yet.
    Raises:
        errors.EnrolmentRefused: see the module's codes.
    """
    token = storage.randomness(_TOKEN_BYTES).hex()
    own_database = storage.store.uuid
    bundle_key = bundle.public_key_of(storage.keys.account_keys.signing)
    with storage.store.transaction() as tx:
        _refuse_another_journal(storage, database)
        node = _node_of_code(tx.records, code, nonce, storage.clock.now())
        proven = _proven(storage, tx.records, nonce, former)
        key = storage.keys.entry_keys().nodes.get(node.id)
        if key is None:
            # On disk before the commit: a key too many does no harm, one too few loses entries.
            key = storage.randomness(_KEY_BYTES)
            storage.keys.add_node(node.id, key)
        enrolled = replace(
            node,
            status="enrolled",
            token_digest=_digest(token),
            enrolled_at=entry.instant_text(storage.clock.now()),
            former=proven,
        )
        tx.records.overwrite(_NODES, node.id, enrolled.as_value())
        storage.share_node_key(tx.records, node.id, key)
        school = calendars.school_name(tx.connection)
    return Welcome(node.id, node.label, token, key, own_database, bundle_key, school)


def _refuse_another_journal(storage: Storage, database: str | None) -> None:
    """Refuse a folder with the journal of another database, before its code is used."""
    known = (storage.store.uuid, *continues(storage.store))
    if database is not None and database not in known:
        raise errors.EnrolmentRefused(code="another_journal", hint="adopt_first")


def _proven(
    storage: Storage, records: RecordStore, nonce: str, former: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the proven former identities, and those that these had had before."""
    keys, found = storage.keys.entry_keys().nodes, dict[str, None]()
    for node, shown_proof in former:
        key = keys.get(node)
        if key is None or not identity_proof.is_proven(node, nonce, key, shown_proof):
            raise errors.EnrolmentRefused(code="former_not_proven", hint="use_another_folder")
        found[node] = None
        before = find(records, node)
        found.update(dict.fromkeys(() if before is None else before.former))
    return tuple(found)


def continues(store: DocumentStore) -> tuple[str, ...]:
    """Return the databases whose place this one has taken, as an administrator has said."""
    kept = store.records.get(_CONTINUES, _CONTINUES)
    return () if kept is None else tuple(kept.value["databases"])


def adopt(storage: Storage, database: str) -> None:
    """Let the nodes of a lost database refill this one.

    Raises:
        errors.EnrolmentRefused: it is this very database (``same_database``), or no id at all.
    """
    if not database or database == storage.store.uuid or len(database) > _MOST_NONCE:
        raise errors.EnrolmentRefused(code="same_database", hint="check_database_id")
    databases = list(dict.fromkeys((*continues(storage.store), database)))
    storage.store.records.overwrite(_CONTINUES, _CONTINUES, {"databases": databases})


def _node_of_code(records: RecordStore, code: str, nonce: str, now: datetime) -> NodeRecord:
    """Mark the code as used by ``nonce`` and return its node."""
    key = _digest(normalized(code))
    record = records.get(_CODES, key)
    if record is None or not 0 < len(nonce) <= _MOST_NONCE:
        raise errors.EnrolmentRefused(code="code_unknown")
    value = record.value
    if now >= datetime.fromisoformat(value["expires_at"]):
        raise errors.EnrolmentRefused(code="code_expired")
    used_by = value["nonce"]
    if used_by is not None and not hmac.compare_digest(used_by, _digest(nonce)):
        raise errors.EnrolmentRefused(code="code_used")
    node = find(records, value["node"])
    if node is None or node.status == "revoked":
        raise errors.EnrolmentRefused(code="code_unknown")
    records.put(_CODES, key, {**value, "nonce": _digest(nonce)}, record.revision)
    return node


def find(records: RecordStore, node: str) -> NodeRecord | None:
    """Return the record of a node, None if there is none."""
    record = records.get(_NODES, node)
    return None if record is None else _node_record(record.value)


def all_nodes(records: RecordStore) -> Iterator[NodeRecord]:
    """Yield the records of all nodes, those invited and revoked too."""
    for record in records.scan(_NODES):
        yield _node_record(record.value)


def authenticated(records: RecordStore, node: str, token: str) -> NodeRecord | None:
    """Return the node if it is enrolled, not revoked, and the token is its own."""
    record = find(records, node)
    if record is None or record.status != "enrolled" or record.token_digest is None:
        return None
    return record if hmac.compare_digest(record.token_digest, _digest(token)) else None


def revoke(records: RecordStore, node: str, at: datetime | None = None) -> None:
    """Close the way in for a node at once; its key stays, since its entries must stay genuine.

    What another node brings of its entries afterwards waits for a person: see ``revoked``.

    Raises:
        errors.EnrolmentRefused: there is no such node, code ``node_unknown``.
    """
    record = find(records, node)
    if record is None:
        raise errors.EnrolmentRefused(code="node_unknown", hint="check_node")
    since = record.revoked_at or (None if at is None else entry.instant_text(at))
    revoked_record = replace(record, status="revoked", revoked_at=since, token_digest=None)
    records.overwrite(_NODES, node, revoked_record.as_value())


def revoked(records: RecordStore) -> frozenset[str]:
    """Return the nodes that were revoked."""
    return frozenset(one.id for one in all_nodes(records) if one.status == "revoked")


def normalized(code: str) -> str:
    """Return a typed code in the form it was made in: no dashes, O as 0, I and L as 1."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", code).translate(_LOOK_ALIKES).upper()


def shown(code: str) -> str:
    """Return a code as people read it: ``7Q4M-0K2X-9TZC``."""
    groups = range(0, _CODE_LENGTH, _CODE_GROUP)
    return "-".join(code[start : start + _CODE_GROUP] for start in groups)


def _node_record(value: Mapping[str, Any]) -> NodeRecord:
    return NodeRecord(
        id=value["id"],
        label=value["label"],
        room=value["room"],
        homeroom=tuple(value["homeroom"]),
        status=value["status"],
        token_digest=value["token_sha256"],
        created_at=value["created_at"],
        enrolled_at=value["enrolled_at"],
        former=tuple(value.get("former", ())),
        revoked_at=value.get("revoked_at"),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
