"""The signed list of accounts with which every node lets teachers in, also offline.

Central signs it with Ed25519; a node knows central's public key since its enrolment, so a bundle
may come by any way: from central, from a stick, from another node. Bundles are numbered, and a node
never takes an older one over a newer (``node_accounts``), or a dismissed teacher could come back.

    {"payload": base64url of canonical JSON, "signature": base64url}

It holds the argon2id verifiers of those who keep lessons and nobody else's, and the key for sealing
messages to central.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync import errors
from sync.accounts.accounts import Account, account_of
from sync.accounts.records import Records
from sync.clock import Clock
from sync.documents import canonical, strict_json
from sync.school.people import Role

ROLES_ON_NODES = frozenset({Role.TEACHER, Role.HOMEROOM_TEACHER})

_PURPOSE = b"school-journal account bundle 1\n"
_MOST_BYTES = 4 * 1024 * 1024
_COLLECTION, _KEY, _HANDED_IN = "issued_bundle", "latest", "handed_in"
_REMEMBERED = 200  # issued bundles; a node that held an older one is years behind


@dataclass(frozen=True)
class Bundle:
    """What central says about the accounts of teachers. ``sealing_key``: see ``sealing``."""

    serial: int
    issued_at: datetime
    sealing_key: bytes
    accounts: tuple[Account, ...]


def public_key_of(private_key: bytes) -> bytes:
    """Return the key with which nodes check bundles; keys are 32 raw bytes."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def build(
    accounts: Iterable[Account], serial: int, issued_at: datetime, sealing_key: bytes
) -> Bundle:
    """Return a bundle of those of ``accounts`` that may keep lessons and are not blocked."""
    chosen = [
        account
        for account in accounts
        if account.status == "active" and not ROLES_ON_NODES.isdisjoint(account.roles)
    ]
    in_order = sorted(chosen, key=lambda account: account.id)
    return Bundle(serial, issued_at, sealing_key, tuple(in_order))


def sign(bundle: Bundle, private_key: bytes) -> bytes:
    """Return the bundle as it travels; the same bundle and key give the same bytes."""
    payload = canonical.encode(_value_of(bundle))
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(_PURPOSE + payload)
    return canonical.encode({"payload": _text(payload), "signature": _text(signature)})


def verify(data: bytes, public_key: bytes) -> Bundle:
    """Return the bundle in ``data``.

    Raises:
        errors.BundleRefused: ``bundle_not_genuine``, not signed with central's key or altered;
            ``bundle_malformed``, not a bundle at all, or signed but not understood.
    """
    payload, signature = _parts(data)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _PURPOSE + payload)
    except InvalidSignature as error:
        raise errors.BundleRefused from error
    try:
        return _bundle_of(strict_json.loads(payload))
    except (errors.MalformedJson, KeyError, TypeError, ValueError) as error:
        raise errors.BundleRefused(code="bundle_malformed") from error


class BundleOffice:
    """Central's side: the latest bundle, issued anew whenever an account in it has changed."""

    def __init__(
        self, records: Records, clock: Clock, signing_key: bytes, sealing_key: bytes
    ) -> None:
        """Keep the latest in ``records``; ``sealing_key`` is the public one."""
        self._records = records
        self._clock = clock
        self._signing_key = signing_key
        self._sealing_key = sealing_key

    def latest(self, accounts: Iterable[Account]) -> bytes:
        """Return the signed bundle of ``accounts``; a new serial if they differ from the last.

        Raises:
            errors.RecordConflict: another thread issued one in this moment; ask again.
        """
        held = self._records.get(_COLLECTION, _KEY)
        serial = held.value["serial"] if held else 0
        fresh = build(accounts, serial + 1, self._clock.now(), self._sealing_key)
        digest = canonical.digest16(canonical.encode([a.as_value() for a in fresh.accounts]))
        if held is not None and held.value["digest"] == digest:
            return bytes(held.value["data"].encode())
        data = sign(fresh, self._signing_key)
        value = {
            "serial": fresh.serial,
            "digest": digest,
            "data": data.decode(),
            "settled": held.value.get("settled", 0) if held else 0,
            "history": _extended(held.value.get("history", {}) if held else {}, fresh.serial, data),
        }
        self._records.put(_COLLECTION, _KEY, value, held.revision if held else None)
        return data

    def newer_than(self, serial: int, accounts: Iterable[Account]) -> bytes | None:
        """Return the latest signed bundle if its serial is above ``serial``, else None.

        While one of another life of central waits for a person (``hand_in``), nothing is issued
        that would take its place on nodes.
        """
        data = self.latest(accounts)
        held = self._records.get(_COLLECTION, _KEY)
        if held is None or held.value["serial"] <= serial:
            return None
        waiting = self.handed_in()
        return data if waiting is None or held.value["serial"] < waiting.serial else None

    # ------------------------------------------------- what a restored central has forgotten

    def is_known(self, serial: int, digest: str) -> bool:
        """Tell whether this central remembers to have issued a bundle, or need not remember.

        A central that was restored does not: the bundle is of a life that it has lost.

        Args:
            digest: ``digest_of`` the bundle as it travels.
        """
        held = self._records.get(_COLLECTION, _KEY)
        if serial == 0 or (held is not None and serial <= held.value.get("settled", 0)):
            return True
        if held is None or serial > held.value["serial"]:
            return False
        return bool(held.value.get("history", {}).get(str(serial), digest) == digest)

    def hand_in(self, data: bytes) -> Bundle | None:
        """Keep a bundle that a node hands back until a person decides; None if it is no news.

        Raises:
            errors.BundleRefused: central has never signed it.
        """
        found = verify(data, public_key_of(self._signing_key))
        waiting = self._records.get(_COLLECTION, _HANDED_IN)
        if self.is_known(found.serial, digest_of(data)):
            return None
        if waiting is not None and waiting.value["serial"] >= found.serial:
            return None
        value = {"serial": found.serial, "data": data.decode()}
        revision = None if waiting is None else waiting.revision
        self._records.put(_COLLECTION, _HANDED_IN, value, revision)
        return found

    def handed_in(self) -> Bundle | None:
        """Return the newest bundle that was handed back and waits for a person; None if none."""
        record = self._records.get(_COLLECTION, _HANDED_IN)
        if record is None:
            return None
        return verify(record.value["data"].encode(), public_key_of(self._signing_key))

    def settle(self) -> None:
        """Go on above what was handed in: its accounts were taken over, or given up."""
        waiting = self._records.get(_COLLECTION, _HANDED_IN)
        held = self._records.get(_COLLECTION, _KEY)
        if waiting is None:
            return
        before: Mapping[str, Any] = {"serial": 0, "data": "", "history": {}}
        if held is not None:
            before = held.value
        serial = max(int(waiting.value["serial"]), int(before["serial"]))
        # Another digest than any: the next bundle is issued anew, above both.
        value = {**before, "serial": serial, "settled": serial, "digest": ""}
        self._records.put(_COLLECTION, _KEY, value, None if held is None else held.revision)
        self._records.delete(_COLLECTION, _HANDED_IN)


def digest_of(data: bytes) -> str:
    """Return what a bundle is told from another of its serial by."""
    return canonical.digest16(data)


def _extended(history: Mapping[str, str], serial: int, data: bytes) -> dict[str, str]:
    kept = {**history, str(serial): digest_of(data)}
    newest = sorted(kept, key=int)[-_REMEMBERED:]
    return {number: kept[number] for number in newest}


def _value_of(bundle: Bundle) -> dict[str, Any]:
    return {
        "serial": bundle.serial,
        "issued_at": bundle.issued_at.isoformat(),
        "sealing_key": _text(bundle.sealing_key),
        "accounts": [account.as_value() for account in bundle.accounts],
    }


def _bundle_of(value: dict[str, Any]) -> Bundle:
    return Bundle(
        serial=int(value["serial"]),
        issued_at=datetime.fromisoformat(value["issued_at"]),
        sealing_key=_bytes(value["sealing_key"]),
        accounts=tuple(account_of(account) for account in value["accounts"]),
    )


def _parts(data: bytes) -> tuple[bytes, bytes]:
    try:
        outer = strict_json.loads(data, max_bytes=_MOST_BYTES)
        return _bytes(outer["payload"]), _bytes(outer["signature"])
    except (errors.MalformedJson, KeyError, TypeError, ValueError) as error:
        raise errors.BundleRefused(code="bundle_malformed") from error


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
