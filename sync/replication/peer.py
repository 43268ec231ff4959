"""What a side of a replication must be able to do: the protocol's steps as verbs.

A pass from a source to a target is always the same row of questions:

    info               who are you?                                   both
    get_checkpoint     how far did we come last time?                 both
    changes            what has changed since?                        source
    revs_diff          which of these revisions do you lack?          target
    fetch              give me those, with their histories            source
    upload             keep them                                      target
    ensure_committed   is all of it on the disk?                      target
    put_checkpoint     remember how far we came                       target, then source

Every verb may be repeated with the same arguments: a repeated ``upload`` stores nothing twice and
moves no sequence. A verb either did what it says or raises one of

* ``errors.PeerUnreachable``: nobody answered, or not with what a peer answers (a page of a
  hotspot, a failing proxy); whether the last request took effect is unknown; try again later;
* ``errors.CredentialsRefused``: the whole request was refused with 401 or 403;
* ``errors.RequestTooLarge``: send less at once;
* ``errors.PeerRefused``: any other no to the whole request; repeating will not help;
* ``errors.ProtocolViolation``: the answer contradicts the protocol;
* ``errors.StoreUnavailable``: a local store cannot be used now.

Names of the steps: "CouchDB Replication Protocol", src/docs/src/replication/protocol.rst.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sync.replication.http_answers import Packed
from sync.replication.outcome import Verdict
from sync.store.values import ChangesPage, RevisionPath

#: Where a feed begins.
FROM_THE_START = "0"
#: The status of an answer to an upload beside another one, where others wait for their first.
TOO_MANY = 429


@dataclass(frozen=True)
class PeerInfo:
    """Which database a peer is, and how far it has come.

    ``uuid`` names the database, wherever it is served. ``epoch`` names this run of it and is None
    where the server has no such thing; while it stays the same, nobody has put an older copy of
    the database in its place.
    """

    uuid: str
    update_seq: str
    epoch: str | None = None


class Peer(Protocol):
    """A database that can be the source or the target of a replication."""

    @property
    def uploads_at_once(self) -> int:
        """Return how many uploads may be under way, each in a thread of its own."""

    def info(self) -> PeerInfo:
        """Return which database this is; the cheapest question, asked by an idle node."""

    def get_checkpoint(self, replication_id: str) -> Mapping[str, Any] | None:
        """Return the checkpoint kept under this id as it was written, or None."""

    def put_checkpoint(self, replication_id: str, checkpoint: Mapping[str, Any]) -> None:
        """Keep a checkpoint durably, in place of any earlier one under this id."""

    def changes(self, since: str, limit: int) -> ChangesPage:
        """Return at most ``limit`` changed documents after ``since``, each with all its leaves.

        A source that cannot honour ``since`` rewinds: it answers with what came before it, too.
        """

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return the offered revisions that are unknown here, for each document that has some."""

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return the wanted (id, revision) with history and body, in order.

        None where the body is no longer here: the document has moved on, and its newer leaf comes
        later in the feed.
        """

    def packed(self, paths: Sequence[RevisionPath], written: Sequence[bytes]) -> Packed | None:
        """Return what ``upload`` sends of these revisions, to be made ahead of it.

        Args:
            written: the JSON of each, see ``wire.written``.
        """

    def upload(
        self, paths: Sequence[RevisionPath], packed: Packed | None = None, *, beside: bool = False
    ) -> list[Verdict]:
        """Keep these revisions as they are, each durably; one verdict each, in order.

        Args:
            packed: the same revisions, made ahead; None to make it now.
            beside: another upload is under way. Where that is too much, PeerUnreachable has the
                param ``status`` of ``TOO_MANY``: to be sent again in its turn.
        """

    def ensure_committed(self) -> None:
        """Return when everything that was uploaded is on the disk."""
