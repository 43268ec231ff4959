"""What a node asks central beside the replication: receipts, accounts, passwords, a pulse.

All go through the HTTP of the replication: the same credentials and time-outs, and nothing that is
not central JSON is taken for an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync import errors
from sync.documents import canonical, entry, strict_json
from sync.replication.remote_peer import RemotePeer

#: As many as central answers for at once.
MOST_ASKED = 1_000
_MOST_OF_A_LABEL = 80


@dataclass(frozen=True)
class Asked:
    """An entry of this node: which one, and its digest.

    ``former`` is the maker if the node was another one then; it may ask about its former selves.
    """

    epoch: str
    seq: int
    digest: str
    former: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What central says of one entry: accepted, quarantined, rejected, or unknown."""

    asked: Asked
    state: str
    code: str | None


@dataclass(frozen=True)
class Receipts:
    """The answers in order; ``fork``: central holds another entry under one of the numbers.

    What central had before ``safe_until`` is in a verified backup; ``update_seq`` is how far it is.
    """

    receipts: Sequence[Receipt]
    fork: bool
    at: datetime
    safe_until: datetime | None = None
    update_seq: str | None = None


@dataclass(frozen=True)
class Pulse:
    """Central's time, the version of what this node is to hold, and whether it was set back.

    ``computers`` is what people call the school's computers, by node.
    """

    at: datetime
    scope_version: str
    set_back: bool = False
    computers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StillMine:
    """Which documents are this node's no longer, by the scope of ``scope_version``.

    ``still_open`` are those of them that it has written on and that wait for a person at central.
    """

    not_mine: frozenset[str]
    still_open: frozenset[str]
    scope_version: str
    at: datetime


@dataclass(frozen=True)
class BundleAnswer:
    """The signed bundle if there is a newer one; or whether ours is wanted back."""

    data: bytes | None = None
    hand_back: bool = False


@dataclass(frozen=True)
class PasswordAnswer:
    """Whether central took a password change; the code says why not."""

    taken: bool
    code: str | None


class ServerCalls:
    """The calls over one peer; each may raise what a ``Peer``'s verb may raise."""

    def __init__(self, peer: RemotePeer) -> None:
        """Ask where ``peer`` asks."""
        self._peer = peer

    def receipts(self, asked: Sequence[Asked]) -> Receipts:
        """Return what became of entries, at most ``MOST_ASKED``; asking none notes a contact."""
        rows = [_row(one) for one in asked]
        said = _object(self._peer.exchange("POST", "_receipt", body={"entries": rows}).value)
        states = said.get("states")
        if not isinstance(states, list) or len(states) != len(asked):
            raise _not_understood("receipt")
        found = [_receipt(one, state) for one, state in zip(asked, states, strict=True)]
        safe_until, update_seq = said.get("backup_verified_at"), said.get("update_seq")
        return Receipts(
            found,
            said.get("fork") is True,
            _instant(said.get("time"), "receipt"),
            None if safe_until is None else _instant(safe_until, "receipt"),
            update_seq if isinstance(update_seq, str) else None,
        )

    def bundle(self, have: int, digest: str | None = None) -> BundleAnswer:
        """Ask for the accounts, if central has newer ones than ``have``, whose digest is told."""
        parameters = {"have": str(have)} | ({} if digest is None else {"digest": digest})
        answer = self._peer.exchange("GET", "_bundle", parameters=parameters, may_be_empty=True)
        if answer.value is None:
            return BundleAnswer()
        said = _object(answer.value)
        if said.get("hand_back") is True:
            return BundleAnswer(hand_back=True)
        return BundleAnswer(canonical.encode(said))

    def hand_back(self, data: bytes) -> None:
        """Give central the bundle of accounts that it has forgotten."""
        self._peer.exchange("POST", "_bundle", body=strict_json.loads(data))

    def change_password(self, sealed: str) -> PasswordAnswer:
        """Hand a sealed password change to central."""
        said = _object(
            self._peer.exchange("POST", "_password_change", body={"sealed": sealed}).value
        )
        if not isinstance(said.get("taken"), bool):
            raise _not_understood("password_change")
        code = said.get("code")
        return PasswordAnswer(said["taken"], code if isinstance(code, str) else None)

    def heartbeat(self, told: Mapping[str, Any]) -> Pulse:
        """Tell how this node is."""
        said = _object(self._peer.exchange("POST", "_heartbeat", body=dict(told)).value)
        version = said.get("scope_version")
        if not isinstance(version, str):
            raise _not_understood("heartbeat")
        at = _instant(said.get("time"), "heartbeat")
        return Pulse(at, version, said.get("set_back") is True, _labels(said.get("computers")))

    def still_mine(self, ids: Sequence[str]) -> StillMine:
        """Ask which of these documents, at most ``MOST_ASKED``, this node is to hold no longer."""
        said = _object(self._peer.exchange("POST", "_still_mine", body={"ids": list(ids)}).value)
        version = said.get("scope_version")
        if not isinstance(version, str):
            raise _not_understood("still_mine")
        asked = frozenset(ids)
        not_mine = asked & _texts(said.get("not_mine"))
        still_open = asked & _texts(said.get("open"))
        return StillMine(not_mine, still_open, version, _instant(said.get("time"), "still_mine"))


def _labels(told: object) -> dict[str, str]:
    """Return what computers are called; an older central says nothing of it."""
    if not isinstance(told, Mapping):
        return {}
    return {key: str(label)[:_MOST_OF_A_LABEL] for key, label in told.items()}


def _row(asked: Asked) -> list[str | int]:
    row: list[str | int] = [asked.epoch, asked.seq, asked.digest]
    return row if asked.former is None else [*row, asked.former]


def _receipt(asked: Asked, said: Any) -> Receipt:
    named = _object(said)
    same = (named.get("epoch"), named.get("seq"), named.get("digest"))
    state, code = named.get("state"), named.get("code")
    if same != (asked.epoch, asked.seq, asked.digest) or not isinstance(state, str):
        raise _not_understood("receipt")
    return Receipt(asked, state, code if isinstance(code, str) else None)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _not_understood("object")
    return value


def _texts(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _not_understood("still_mine")
    return frozenset(value)


def _instant(text: Any, step: str) -> datetime:
    if not isinstance(text, str):
        raise _not_understood(step)
    try:
        return entry.instant(text)
    except errors.MalformedEntry as error:
        raise _not_understood(step) from error


def _not_understood(step: str) -> errors.ProtocolViolation:
    return errors.ProtocolViolation(step=step)
