"""How much goes into one request: by bytes and by count, smaller where the way is narrow.

A batch is a list of documents, each with all its revisions that travel, because the leaves of one
document belong into one commit: nobody is to see a conflict come and go.

A request that was too large is halved, and nothing above half its size is tried again as long as
the program runs: a proxy's limit does not go away. After silence the next ones are smaller, too,
but they grow again: a slow line may have been busy. Where answers come quickly they grow further,
up to a bound: a commit of many documents costs the target less than many commits.
"""

from collections.abc import Iterator, Sequence

from sync.replication import wire
from sync.replication.http_answers import Packed
from sync.replication.peer import Peer
from sync.store.values import RevisionPath

#: A revision and its JSON as it travels: made once, for its size and for the body.
Written = tuple[RevisionPath, bytes]
#: One document with those of its revisions that travel.
Group = list[Written]
_LEAST_BYTES = 16 * 1024
_GROWTH = 5 / 4
_QUICK_SECONDS = 2.0
_STEP = 3
_GUESSED_BYTES = 1000  # of a revision, before any was seen
_WEIGHT_OF_OLD = 3


class Allowance:
    """How large the next requests may be; lives as long as the replicator."""

    def __init__(self, first_bytes: int, first_documents: int, most_times: int = 1) -> None:
        """Begin with these; ``most_times`` as much is the most that is ever sent."""
        self._first_bytes = first_bytes
        self._first_documents = first_documents
        self._ceiling = first_bytes * most_times
        self._average = float(_GUESSED_BYTES)
        self.bytes = first_bytes

    @property
    def documents(self) -> int:
        """How many revisions to ask a source for, going by the sizes seen last."""
        most = self._first_documents * self.times
        return max(1, int(min(most, self.bytes / self._average)))

    @property
    def times(self) -> float:
        """How many times as much as at first may be sent now; 1 if less."""
        return max(1.0, self.bytes / self._first_bytes)

    def seen(self, sizes: Sequence[int]) -> None:
        """Take note of the sizes of fetched revisions."""
        if sizes:
            now = sum(sizes) / len(sizes)
            self._average = (self._average * _WEIGHT_OF_OLD + now) / (_WEIGHT_OF_OLD + 1)

    def too_large(self, size: int) -> None:
        """Never again send as much as was refused, ``size`` bytes."""
        self._ceiling = max(_LEAST_BYTES, min(self._ceiling, size // 2))
        self.bytes = min(self.bytes, self._ceiling)

    def forbids(self, size: int) -> bool:
        """Tell whether so much was refused before."""
        return size > self._ceiling

    def unanswered(self) -> None:
        """Send half as much for now."""
        self.bytes = max(_LEAST_BYTES, self.bytes // 2)

    def answered(self, groups: Sequence[Group], seconds: float) -> None:
        """Send a little more again; twice as much if this was much and went fast.

        Args:
            groups: the documents that were sent.
            seconds: how long the answer was waited for.
        """
        if self.bytes < self._first_bytes:
            grown = min(self._first_bytes, int(self.bytes * _GROWTH))
        elif seconds < _QUICK_SECONDS and self._is_much(groups):
            grown = self.bytes * 2
        else:
            return
        self.bytes = min(self._ceiling, grown)

    def _is_much(self, groups: Sequence[Group]) -> bool:
        revisions = sum(map(len, groups))
        return size_of(groups) > self.bytes // 2 or revisions > self.documents // 2


def size_of(groups: Sequence[Group]) -> int:
    """Return how many bytes all revisions of these documents take, before compression."""
    return sum(len(written) for group in groups for _, written in group)


def paths_of(groups: Sequence[Group]) -> list[RevisionPath]:
    """Return all revisions of these documents."""
    return [path for group in groups for path, _ in group]


def body_of(groups: Sequence[Group], target: Peer) -> Packed | None:
    """Return the body of an upload of these documents."""
    written = [written for group in groups for _, written in group]
    return target.packed(paths_of(groups), written)


def grouped(paths: Sequence[RevisionPath]) -> list[Group]:
    """Return revisions by document; those of one document stand together in ``paths``."""
    groups: list[Group] = []
    doc_id = None
    for path in paths:
        if path.id != doc_id:
            groups.append([])
            doc_id = path.id
        groups[-1].append((path, wire.written(path)))
    return groups


def portions(
    missing: dict[str, tuple[str, ...]], allowance: Allowance, first: int | None = None
) -> Iterator[list[tuple[str, str]]]:
    """Return (id, revision) in portions of about the allowed number; a document stays whole.

    ``first``: at most so many in the first portion, and a few times as many in each one after it,
    so that the next one is ready before the target is.
    """
    portion: list[tuple[str, str]] = []
    for doc_id, revs in missing.items():
        most = allowance.documents if first is None else min(first, allowance.documents)
        if portion and len(portion) + len(revs) > most:
            yield portion
            portion, first = [], None if first is None else first * _STEP
        portion.extend((doc_id, rev) for rev in revs)
    if portion:
        yield portion


def packed(groups: Sequence[Group], allowance: Allowance) -> Iterator[list[Group]]:
    """Return documents in batches of at most the allowed bytes; a larger document goes alone."""
    batch: list[Group] = []
    filled = 0
    for group in groups:
        sizes = [len(written) for _, written in group]
        allowance.seen(sizes)
        if batch and filled + sum(sizes) > allowance.bytes:
            yield batch
            batch, filled = [], 0
        batch.append(group)
        filled += sum(sizes)
    if batch:
        yield batch


def halves(groups: list[Group]) -> tuple[list[Group], list[Group]] | None:
    """Return two smaller batches; None for a single revision.

    The leaves of one document are parted only where they do not pass together.
    """
    if len(groups) == 1:
        groups = [[written] for written in groups[0]]
    if len(groups) == 1:
        return None
    middle = len(groups) // 2
    return groups[:middle], groups[middle:]
