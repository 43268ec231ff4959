"""The uploads that are under way: begun in the order of the loads, and concluded in that order.

While central stores one load it can already read the next, so two go at once, on connections of
their own. What central makes of the second says nothing before the first has its verdicts: an
error of the first leaves the second unheard of, and it is repeated some day.

A load waits for its turn, and is sent by whoever concludes it, if it has a document in common with
one under way, if it is known to be too large, or if it is the only one; all do where the target has
one writer.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sync import errors
from sync.replication import batches
from sync.replication.batches import Allowance
from sync.replication.loads import Load
from sync.replication.outcome import Verdict
from sync.replication.peer import TOO_MANY, Peer


@dataclass(frozen=True)
class Begun:
    """A load in its turn; ``answer`` is to come if it is being sent, ``beside`` another one."""

    load: Load
    ids: frozenset[str]
    answer: Future[list[Verdict]] | None
    beside: bool
    is_known_to_be_too_large: bool


class UnderWay:
    """The loads of one pass that have been begun and not concluded; used by one thread."""

    def __init__(self, target: Peer, allowance: Allowance, at_once: int) -> None:
        """Send to ``target``, ``at_once`` at most."""
        self._target = target
        self._allowance = allowance
        self._at_once = at_once
        self._begun: deque[Begun] = deque()
        self._pool: ThreadPoolExecutor | None = None
        self._aside: Future[None] | None = None

    def __enter__(self) -> Self:
        """Begin nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until nothing is under way any more; an error aside is raised if there is none."""
        if self._pool is not None:
            self._pool.shutdown()
        if error is None:
            self._end_aside()

    def __bool__(self) -> bool:
        """Tell whether there is anything to conclude."""
        return bool(self._begun)

    @property
    def has_room(self) -> bool:
        """Tell whether another load may be begun before the first of these is concluded."""
        if self._begun and self._begun[0].answer is None:
            return False  # nothing to wait for
        return sum(bool(one.load.groups) for one in self._begun) < self._at_once

    def begin(self, load: Load) -> None:
        """Send a load, or put it in its place in the row."""
        ids = frozenset(group[0][0].id for group in load.groups)
        beside = any(one.load.groups for one in self._begun)
        # As much was refused before, when this one had been made already.
        too_large = len(ids) > 1 and self._allowance.forbids(batches.size_of(load.groups))
        answer = None
        if load.groups and not too_large and self._may_go_now(load, ids, beside):
            paths = batches.paths_of(load.groups)
            answer = self._threads().submit(self._target.upload, paths, load.body, beside=beside)
        self._begun.append(Begun(load, ids, answer, beside, too_large))

    def _may_go_now(self, load: Load, ids: frozenset[str], beside: bool) -> bool:
        if self._at_once < 2 or (load.is_last and not beside):
            return False  # a pass of a single upload starts no thread
        return all(ids.isdisjoint(one.ids) for one in self._begun)

    def first(self) -> Begun:
        """Take the first of them, to be concluded."""
        return self._begun.popleft()

    def answer_to(self, begun: Begun) -> list[Verdict]:
        """Return the target's word on a load, sent now unless it is under way; may raise."""
        paths = batches.paths_of(begun.load.groups)
        if begun.answer is None:
            return self._target.upload(paths, begun.load.body)
        try:
            return begun.answer.result()
        except errors.PeerUnreachable as error:
            if not begun.beside or error.params.get("status") != TOO_MANY:
                raise
        self._at_once = 1  # others are waiting
        return self._target.upload(paths, begun.load.body)

    # ------------------------------------------------------------------------------ beside them

    def aside(self, call: Callable[[], None]) -> None:
        """Do something while uploads go on, after what was done aside before; it may raise that."""
        self._end_aside()
        if self._at_once < 2:
            call()
            return
        self._aside = self._threads().submit(call)

    def _end_aside(self) -> None:
        before, self._aside = self._aside, None
        if before is not None:
            before.result()

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._at_once + 1, thread_name_prefix="uploads")
        return self._pool
