"""The journal on this machine as a side of a replication."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync import errors
from sync.documents.judgement import Outcome
from sync.replication import wire
from sync.replication.http_answers import Packed
from sync.replication.outcome import Verdict
from sync.replication.peer import PeerInfo
from sync.store.document_store import DocumentStore
from sync.store.values import ChangesPage, RevisionPath


class LocalPeer:
    """A document store of this process; see ``Peer`` for what each verb promises.

    Everything that arrives is kept as it is: whoever pulls trusts the source.
    """

    def __init__(self, store: DocumentStore) -> None:
        """Speak for ``store``."""
        self._store = store

    @property
    def uploads_at_once(self) -> int:
        """Return one: there is one writer."""
        return 1

    def info(self) -> PeerInfo:
        """Return the identity of the store."""
        return PeerInfo(self._store.uuid, self._store.update_seq(), self._store.epoch)

    def get_checkpoint(self, replication_id: str) -> Mapping[str, Any] | None:
        """Return the checkpoint from the store's local documents."""
        kept = self._store.get_local(replication_id)
        return None if kept is None else kept[1]

    def put_checkpoint(self, replication_id: str, checkpoint: Mapping[str, Any]) -> None:
        """Write the checkpoint to the store's local documents."""
        self._store.put_local(replication_id, checkpoint)

    def changes(self, since: str, limit: int) -> ChangesPage:
        """Return a page of the feed with all leaves."""
        return self._store.changes(since, limit=limit, style_all=True)

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return what the store lacks."""
        return {
            doc_id: lacking.missing for doc_id, lacking in self._store.revs_diff(offered).items()
        }

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions with their histories."""
        return self._store.fetch(wanted)

    def packed(self, paths: Sequence[RevisionPath], written: Sequence[bytes]) -> Packed | None:
        """Return nothing: here the revisions go as they are."""
        return None

    def upload(
        self, paths: Sequence[RevisionPath], packed: Packed | None = None, *, beside: bool = False
    ) -> list[Verdict]:
        """Keep the revisions in one commit.

        If one of them cannot be kept, the others still are: then each is tried by itself.
        """
        if not any(wire.has_attachments(path.value) for path in paths):
            try:
                self._store.insert(paths)
            except errors.ProtocolViolation:
                pass
            else:
                return [Verdict(path.id, path.rev, Outcome.ACCEPTED) for path in paths]
        return [self._keep_alone(path) for path in paths]

    def _keep_alone(self, path: RevisionPath) -> Verdict:
        if wire.has_attachments(path.value):
            return Verdict(path.id, path.rev, Outcome.REFUSED, "attachments_not_kept")
        try:
            self._store.insert([path])
        except errors.ProtocolViolation as error:
            return Verdict(path.id, path.rev, Outcome.REFUSED, error.code)
        return Verdict(path.id, path.rev, Outcome.ACCEPTED)

    def ensure_committed(self) -> None:
        """Return at once: every commit of the store is durable before it is acknowledged."""
