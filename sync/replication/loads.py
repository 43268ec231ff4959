"""What is to be brought over, load by load, prepared one load ahead of what is on its way.

    +- locate changed documents        a page of the source's feed
    |  calculate revision difference   what of it the target lacks
    |  fetch, packed into batches      all leaves of a document together, sized for the line
    +- the page's end                  everything of it was handed on

While the target works on one load, the next one is read and its request's body is made in a thread
of its own, so that neither side waits for the other. One, not more: memory holds one page, this one
and what is under way. A pass of a single batch starts no thread.

Where nearly everything is missing, as after a day without network, asking for the difference costs
as much as it saves. So of a long page a few documents are asked for first, and if the target has
none of those all are sent: what it has after all is not stored twice.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sync import errors
from sync.documents.judgement import Outcome
from sync.replication import batches
from sync.replication.batches import Allowance, Group
from sync.replication.http_answers import Packed
from sync.replication.outcome import Verdict
from sync.replication.peer import Peer
from sync.store.values import ChangeRow, ChangesPage, RevisionPath

_WORTH_A_SAMPLE = 200
_SAMPLE = 16
_WORTH_A_SMALL_ONE, _FIRST = 600, 100


@dataclass(frozen=True)
class Load:
    """What goes to the target at once.

    ``body`` is what goes to the target, made ahead. ``refused`` are verdicts on what cannot even be
    fetched. ``page`` is named by the load with which it ends. ``is_last``: nothing follows that
    would be worth preparing.
    """

    groups: list[Group]
    body: Packed | None = None
    refused: tuple[Verdict, ...] = ()
    page: ChangesPage | None = None
    is_last: bool = False


class Loads:
    """Makes the loads of one pass; used by one thread at a time."""

    def __init__(self, source: Peer, target: Peer, allowance: Allowance, page_rows: int) -> None:
        """Nothing is asked yet."""
        self._source = source
        self._target = target
        self._allowance = allowance
        self._page_rows = page_rows
        self._has_begun = False

    def after(self, since: str) -> Generator[Load, None, None]:
        """Yield everything that the target lacks of what was changed after ``since``."""
        while True:
            page = self._locate_changed_documents(since)
            missing = self._calculate_revision_difference(page)
            is_end = not page.rows or page.pending == 0
            yield from self._loads_of(missing, is_end)
            yield Load([], page=page, is_last=is_end)
            if is_end:
                return
            since = page.last_seq

    def _locate_changed_documents(self, since: str) -> ChangesPage:
        rows = self._page_rows * self._allowance.times
        page = self._source.changes(since, int(rows))
        if page.rows and page.last_seq == since:
            raise errors.ProtocolViolation(code="feed_stands_still", since=since[:80])
        return page

    def _calculate_revision_difference(self, page: ChangesPage) -> dict[str, tuple[str, ...]]:
        if not page.rows:
            return {}
        if len(page.rows) >= _WORTH_A_SAMPLE:
            some = page.rows[:: len(page.rows) // _SAMPLE]
            if self._missing(some) == _revisions_of(some):
                return _revisions_of(page.rows)
        return self._missing(page.rows)

    def _missing(self, rows: Sequence[ChangeRow]) -> dict[str, tuple[str, ...]]:
        return self._target.revs_diff(_revisions_of(rows))

    def _loads_of(self, missing: dict[str, tuple[str, ...]], is_end: bool) -> Iterator[Load]:
        left = sum(map(len, missing.values()))
        # A small one first, if many follow: a server that can take two waits for nothing else yet.
        is_first = not self._has_begun and self._target.uploads_at_once > 1
        self._has_begun = True
        first = _FIRST if is_first and left >= _WORTH_A_SMALL_ONE else None
        for wanted in batches.portions(missing, self._allowance, first):
            left -= len(wanted)
            refused: list[Verdict] = []
            groups = batches.grouped(self._fetch_changed_documents(wanted, refused))
            packed = list(batches.packed(groups, self._allowance)) or [[]]
            for place, batch in enumerate(packed, start=1):
                is_last = is_end and not left and place == len(packed)
                body = batches.body_of(batch, self._target) if batch else None
                yield Load(batch, body, tuple(refused) if place == 1 else (), is_last=is_last)

    def _fetch_changed_documents(
        self, wanted: list[tuple[str, str]], refused: list[Verdict]
    ) -> list[RevisionPath]:
        try:
            return [path for path in self._source.fetch(wanted) if path is not None]
        except errors.RequestTooLarge:
            if len(wanted) == 1:
                refused.append(too_large(*wanted[0]))
                return []
        except errors.PeerUnreachable:
            self._allowance.unanswered()
            raise
        middle = len(wanted) // 2
        return [
            path
            for half in (wanted[:middle], wanted[middle:])
            for path in self._fetch_changed_documents(half, refused)
        ]


def ahead(loads: Iterator[Load]) -> Generator[Load, None, None]:
    """Yield the loads, each made while the one before is dealt with; to be closed by the caller.

    An error in making a load comes up after the one before it was dealt with.
    """
    load = next(loads, None)
    if load is None or load.is_last:
        if load is not None:
            yield load
        yield from loads
        return
    with ThreadPoolExecutor(1, thread_name_prefix="loads") as worker:
        while load is not None:
            following = worker.submit(next, loads, None)
            yield load
            load = following.result()


def too_large(doc_id: str, rev: str) -> Verdict:
    """Return the verdict on a revision that does not pass even alone."""
    return Verdict(doc_id, rev, Outcome.REFUSED, "document_too_large")


def _revisions_of(rows: Sequence[ChangeRow]) -> dict[str, tuple[str, ...]]:
    return {row.id: row.revs for row in rows}
