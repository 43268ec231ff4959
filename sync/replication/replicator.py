"""One pass: everything the source has and the target lacks, page by page, until there is no more.

    verify peers                       is this the central we know? else stop and let a person say
    find common ancestry               the newest checkpoint that both sides remember
    +- locate changed documents        a page of the source's feed
    |  calculate revision difference   what of it the target lacks
    |  fetch and upload batches        all leaves of a document together, sized for the line
    +- record replication checkpoint   after the durable commit; on the target, then on the source

The next load is made while one is on its way (``loads``), and a server is sent two at once
(``under_way``). Verdicts are settled in the order of the loads, and the checkpoint moves only past
what has one, while later loads go on. So whatever goes wrong in between (a cut, a kill, a power
failure) costs some repetition and never a document: what arrived already is filtered out by the
difference, and an upload may be repeated.

A source that was restored rewinds its feed; that is followed, nothing here compares sequences. A
replicator that stays alive remembers where it was, and asks for checkpoints again only when one of
the two databases has begun a new epoch, that is, has been restarted or put back.

Names of the steps: "CouchDB Replication Protocol", src/docs/src/replication/protocol.rst.
"""

import contextlib
import functools
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync import errors
from sync.clock import Clock
from sync.documents import identifiers
from sync.documents.judgement import Outcome
from sync.replication import batches, checkpoints
from sync.replication.batches import Allowance, Group
from sync.replication.checkpoints import Direction, Replication, Session
from sync.replication.loads import Load, Loads, ahead, too_large
from sync.replication.outcome import Ending, PassOutcome, Progress, Tally, Verdict
from sync.replication.peer import FROM_THE_START, Peer, PeerInfo
from sync.replication.under_way import UnderWay
from sync.store.values import ChangesPage


@dataclass(frozen=True)
class Pace:
    """How much at once, and how often a checkpoint."""

    page_rows: int = 1000
    batch_documents: int = 500
    batch_bytes: int = 1_000_000  # before compression, which leaves about a tenth
    #: What is sent to a server that answers quickly may become so many times as large. What is
    #: fetched may not: it is stored where somebody saves a mark.
    push_times: int = 4
    checkpoint_documents: int = 2000
    checkpoint_seconds: float = 5.0
    ahead: bool = True  # prepare the next load while one is on its way
    # Having looked at fewer than this, and sent nothing, is not worth a write on both sides.
    checkpoint_worth_documents: int = 100


@dataclass(frozen=True)
class Watch:
    """What a pass tells while it runs, and whom it asks whether to go on.

    ``on_verdicts`` gets every batch's verdicts before any checkpoint moves past them.
    """

    on_verdicts: Callable[[Sequence[Verdict]], None] = lambda verdicts: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass
class _Position:
    """Where a living replicator is: valid while neither database begins a new epoch."""

    since: str
    epochs: tuple[str | None, str | None]
    checkpoints: dict[str, Mapping[str, Any] | None]  # of "source" and "target", as last known
    seen: str = ""  # the source's sequence when everything was last known to be at the target
    recorded_at: float = 0.0
    read_since: int = 0
    sent_since: int = 0
    written_since: int = 0


class Replicator:
    """Brings a target up to a source, again and again; used by one thread at a time."""

    def __init__(
        self,
        source: Peer,
        target: Peer,
        replication: Replication,
        *,
        clock: Clock,
        randomness: identifiers.Randomness = secrets.token_bytes,
        monotonic: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Nothing is asked yet; ``replication`` says which side is central."""
        self._source = source
        self._target = target
        self._replication = replication
        self._clock = clock
        self._randomness = randomness
        self._monotonic = monotonic
        self._pace = pace or Pace()
        self._watch = watch or Watch()
        times = self._pace.push_times if replication.direction == Direction.PUSH else 1
        self._allowance = Allowance(self._pace.batch_bytes, self._pace.batch_documents, times)
        self._position: _Position | None = None

    def run_pass(self, central: PeerInfo | None = None) -> PassOutcome:
        """Send what the target lacks; return when it has everything or why not.

        Args:
            central: what central just said of itself, if it was asked already; then a pass with
                nothing to do asks nothing more.
        Raises:
            errors.PeerUnreachable: try again later; param ``retry_after`` may say when.
            errors.PeerRefused, errors.ProtocolViolation: trying again will not help.
            errors.StoreUnavailable: the local store.
        """
        tally = Tally(self._position.since if self._position else FROM_THE_START)
        position, self._position = self._position, None  # trusted again only after a good end
        try:
            ending, self._position = self._run(position, central, tally)
        except errors.CredentialsRefused:
            ending = Ending.CREDENTIALS_REFUSED
        return tally.outcome(ending)

    def _run(
        self, position: _Position | None, central: PeerInfo | None, tally: Tally
    ) -> tuple[Ending, _Position | None]:
        source, target = self._get_peers_information(central)
        if not self._is_known(source, target):
            return Ending.CENTRAL_UNKNOWN, None
        epochs = (source.epoch, target.epoch)
        if position is None or None in epochs or position.epochs != epochs:
            position = self._find_common_ancestry(epochs)
        tally.last_seq = position.since
        if source.update_seq in (position.since, position.seen):
            return Ending.COMPLETE, position
        ending = self._copy(position, tally)
        if position.sent_since or position.read_since >= self._pace.checkpoint_worth_documents:
            self._next_checkpoint(position)()
        if ending == Ending.COMPLETE:
            position.seen = source.update_seq
        return ending, position

    # ------------------------------------------------------------------------ before the first page

    def _get_peers_information(self, central: PeerInfo | None) -> tuple[PeerInfo, PeerInfo]:
        pulling = self._replication.direction == Direction.PULL
        source = central if pulling and central else self._source.info()
        target = central if not pulling and central else self._target.info()
        return source, target

    def _is_known(self, source: PeerInfo, target: PeerInfo) -> bool:
        central = source if self._replication.direction == Direction.PULL else target
        return central.uuid == self._replication.central

    def _find_common_ancestry(self, epochs: tuple[str | None, str | None]) -> _Position:
        replication_id = self._replication.id
        kept = {
            "source": self._source.get_checkpoint(replication_id),
            "target": self._target.get_checkpoint(replication_id),
        }
        common = checkpoints.common_ancestry(kept["source"], kept["target"])
        since = common.sequence if common else FROM_THE_START
        return _Position(since, epochs, kept, recorded_at=self._monotonic())

    # ------------------------------------------------------------------------------ load by load

    def _copy(self, position: _Position, tally: Tally) -> Ending:
        made = Loads(self._source, self._target, self._allowance, self._pace.page_rows)
        loads = made.after(position.since)
        at_once = self._target.uploads_at_once if self._pace.ahead else 1
        ending = Ending.COMPLETE
        with (
            contextlib.closing(ahead(loads) if self._pace.ahead else loads) as following,
            UnderWay(self._target, self._allowance, at_once) as under_way,
        ):
            for load in self._with_room(following, under_way, position, tally):
                if self._watch.should_stop():
                    ending = Ending.STOPPED
                    break
                under_way.begin(load)
            while under_way:
                self._conclude(under_way, position, tally)
        return ending

    def _with_room(
        self, loads: Iterator[Load], under_way: UnderWay, position: _Position, tally: Tally
    ) -> Iterator[Load]:
        """Yield each load when it can be begun: memory holds what is under way and one more."""
        while True:
            while not under_way.has_room:
                self._conclude(under_way, position, tally)
            try:
                load = next(loads, None)
            except errors.JournalError:
                while under_way:  # what is being answered counts, whatever cannot be read after it
                    self._conclude(under_way, position, tally)
                raise
            if load is None:
                return
            yield load

    def _conclude(self, under_way: UnderWay, position: _Position, tally: Tally) -> None:
        """Settle the first load that was begun, as soon as the target has said its word."""
        begun = under_way.first()
        load = begun.load
        if load.refused:
            self._settle(load.refused, position, tally)
        if load.groups and begun.is_known_to_be_too_large:
            self._settle_halves(load.groups, position, tally)
        elif load.groups:
            answer = functools.partial(under_way.answer_to, begun)
            self._settle_batch(load.groups, answer, position, tally)
        if load.page is not None:
            self._leave_behind(load.page, position, tally)
            if not load.is_last and self._is_checkpoint_due(position):
                under_way.aside(self._next_checkpoint(position))

    def _leave_behind(self, page: ChangesPage, position: _Position, tally: Tally) -> None:
        """Move past a page of which everything has a verdict."""
        position.since = tally.last_seq = page.last_seq
        position.read_since += len(page.rows)
        tally.read += len(page.rows)
        self._watch.on_progress(Progress(tally.read, tally.sent, page.pending))

    def _settle_batch(
        self,
        batch: list[Group],
        answer: Callable[[], list[Verdict]],
        position: _Position,
        tally: Tally,
    ) -> None:
        """Settle what the target says of a batch, or of its parts if it is too large."""
        verdicts = self._verdicts(batch, answer)
        if verdicts is None:
            self._settle_halves(batch, position, tally)
        else:
            self._settle(verdicts, position, tally)

    def _settle_halves(self, batch: list[Group], position: _Position, tally: Tally) -> None:
        smaller = batches.halves(batch)
        if smaller is None:
            path, _ = batch[0][0]
            self._settle([too_large(path.id, path.rev)], position, tally)
            return
        for half in smaller:
            self._settle_batch(half, functools.partial(self._upload, half), position, tally)

    def _upload(self, batch: list[Group]) -> list[Verdict]:
        body = batches.body_of(batch, self._target)
        return self._target.upload(batches.paths_of(batch), body)

    def _verdicts(
        self, batch: list[Group], answer: Callable[[], list[Verdict]]
    ) -> list[Verdict] | None:
        """Return the answer, None if the batch is too large; remember to send less next time."""
        began = self._monotonic()
        try:
            verdicts = answer()
        except errors.RequestTooLarge:
            self._allowance.too_large(batches.size_of(batch))
            return None
        except errors.PeerUnreachable:
            # A server that is down looks the same as a line too slow for the batch.
            self._allowance.unanswered()
            raise
        if len(verdicts) != sum(map(len, batch)):
            raise errors.ProtocolViolation(code="answer_not_understood", step="upload")
        self._allowance.answered(batch, self._monotonic() - began)
        return verdicts

    def _settle(self, verdicts: Sequence[Verdict], position: _Position, tally: Tally) -> None:
        self._watch.on_verdicts(verdicts)
        tally.add(verdicts)
        position.sent_since += len(verdicts)
        position.written_since += sum(verdict.outcome == Outcome.ACCEPTED for verdict in verdicts)

    # ------------------------------------------------------------------------------- checkpoints

    def _is_checkpoint_due(self, position: _Position) -> bool:
        waited = self._monotonic() - position.recorded_at
        return (
            position.read_since >= self._pace.checkpoint_documents
            or waited >= self._pace.checkpoint_seconds
        )

    def _next_checkpoint(self, position: _Position) -> Callable[[], None]:
        """Return how to write down on both sides that all up to here is on the target's disk.

        What is done until then belongs to the one after.
        """
        session = Session(identifiers.new_id(self._randomness), position.since)
        record = functools.partial(
            self._record, position.checkpoints, session, position.read_since, position.written_since
        )
        position.recorded_at = self._monotonic()
        position.read_since = position.sent_since = position.written_since = 0
        return record

    def _record(
        self,
        kept: dict[str, Mapping[str, Any] | None],
        session: Session,
        read: int,
        written: int,
    ) -> None:
        self._target.ensure_committed()
        for side, peer in (("target", self._target), ("source", self._source)):
            checkpoint = checkpoints.extended(
                kept[side],
                session,
                replication=self._replication,
                recorded_at=self._clock.now(),
                read=read,
                written=written,
            )
            peer.put_checkpoint(self._replication.id, checkpoint)
            kept[side] = checkpoint
