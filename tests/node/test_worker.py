"""The worker lives through everything, wakes when it should, and ends when told."""

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from node import passes, worker
from node.passes import PassRecord
from node.worker import Worker
from sync import errors
from tests.support import sample_school
from tests.support.sample_node import SampleNode

AT = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
DONE = PassRecord(AT, AT, passes.COMPLETE)
SECONDS = 20.0  # that a loaded machine may take; a test that passes does not wait


class Runs:
    """Stands for the passes: counts them, and does what a test wants."""

    def __init__(self) -> None:
        self.thorough: list[bool] = []
        self.moved = threading.Condition()
        self.script: list[Callable[[], PassRecord]] = []

    def __call__(self, thoroughly: bool) -> PassRecord:
        with self.moved:
            self.thorough.append(thoroughly)
            step = self.script.pop(0) if self.script else lambda: DONE
            self.moved.notify_all()
        return step()

    def wait_for(self, number: int) -> None:
        with self.moved:
            assert self.moved.wait_for(lambda: len(self.thorough) >= number, SECONDS)


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def idle(node: SampleNode, runs: Runs) -> Worker:
    """A worker that was not started."""
    return Worker(node.node, node.passes, runs)


@pytest.fixture
def working(idle: Worker) -> Iterator[Worker]:
    idle.start()
    yield idle
    assert idle.stop(SECONDS)


def fail_with(error: BaseException) -> Callable[[], PassRecord]:
    def step() -> PassRecord:
        raise error

    return step


def test_first_pass_comes_by_itself_and_is_thorough(working: Worker, runs: Runs) -> None:
    runs.wait_for(1)

    assert runs.thorough[0]


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (RuntimeError("a bug"), worker.UNFORESEEN),
        (errors.StoreUnavailable(code="disk_full"), "disk_full"),
        (MemoryError(), worker.UNFORESEEN),
    ],
)
def test_pass_that_breaks_off_leaves_a_record_and_the_next_one_comes(
    idle: Worker, runs: Runs, node: SampleNode, error: BaseException, ending: str
) -> None:
    runs.script = [fail_with(error)]

    broken = idle.sync_once()
    whole = idle.sync_once()

    assert (broken.ending, whole.ending) == (ending, passes.COMPLETE)
    assert node.passes.last == whole


def test_names_and_secrets_are_not_logged(
    idle: Worker, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    params: dict[str, errors.Param] = {"typed": "Абрамов Пётр"}
    runs.script = [lambda: PassRecord(AT, AT, "peer_refused", params=params)]

    idle.sync_once()

    assert "peer_refused" in caplog.text
    assert "Абрамов" not in caplog.text


def test_button_makes_a_thorough_pass_at_once(working: Worker, runs: Runs) -> None:
    runs.wait_for(1)

    record = working.sync_and_wait(SECONDS)

    assert record == DONE
    assert runs.thorough[-1]


def test_write_makes_a_pass_soon(working: Worker, runs: Runs, node: SampleNode) -> None:
    runs.wait_for(1)

    node.node.journal.record_mark(
        sample_school.SOKOLOVA,
        sample_school.LESSON_1,
        sample_school.ABRAMOV,
        5,
        seen=None,
        token="token-1",
    )

    runs.wait_for(2)
    assert runs.thorough[1] is False


def test_what_the_worker_writes_itself_does_not_wake_it(
    idle: Worker, runs: Runs, node: SampleNode
) -> None:
    """Else each pass that brought something would be followed by another one, for ever."""
    ended = threading.Event()

    def write() -> PassRecord:
        sample_school.put(node.store, f"class:{sample_school.CLASS_5A}", shift=2)
        ended.set()
        return DONE

    runs.script = [write]
    idle.start()
    assert ended.wait(SECONDS)
    record = idle.sync_and_wait(SECONDS)
    due_in = idle._schedule.due_at - idle._steady()
    assert idle.stop(SECONDS)

    assert record == DONE
    assert len(runs.thorough) == 2
    assert due_in > 5.0


def test_saves_go_on_while_a_pass_hangs(idle: Worker, runs: Runs, node: SampleNode) -> None:
    let_go = threading.Event()

    def hang() -> PassRecord:
        assert let_go.wait(SECONDS)
        return DONE

    runs.script = [hang]
    idle.start()
    runs.wait_for(1)
    saved = node.node.journal.record_mark(
        sample_school.SOKOLOVA,
        sample_school.LESSON_1,
        sample_school.ABRAMOV,
        5,
        seen=None,
        token="token-1",
    )
    syncing = idle.is_syncing
    let_go.set()

    assert saved.entries == 1
    assert syncing
    assert idle.stop(SECONDS)


def test_running_pass_is_asked_to_end_with_the_program(idle: Worker, runs: Runs) -> None:
    noticed = threading.Event()

    def until_told() -> PassRecord:
        while not idle.should_stop():
            noticed.wait(0.01)
        noticed.set()
        return PassRecord(AT, AT, passes.STOPPED)

    runs.script = [until_told]
    idle.start()
    runs.wait_for(1)

    assert idle.stop(SECONDS)
    assert noticed.is_set()


def test_worker_that_never_started_can_be_stopped(idle: Worker) -> None:
    assert idle.stop()


def test_end_of_a_sleep_makes_a_thorough_pass(node: SampleNode, runs: Runs) -> None:
    an_hour_at_each_look = itertools.count(0.0, 3600.0)
    sleeper = Worker(
        node.node, node.passes, runs, wall=lambda: next(an_hour_at_each_look), slice_seconds=0.01
    )
    sleeper.start()
    runs.wait_for(3)

    assert sleeper.stop(SECONDS)
    assert all(runs.thorough)


def test_tokens_of_old_saves_are_forgotten_now_and_then(idle: Worker, node: SampleNode) -> None:
    before = node.store.records
    node.node.journal.record_mark(
        sample_school.SOKOLOVA,
        sample_school.LESSON_1,
        sample_school.ABRAMOV,
        5,
        seen=None,
        token="token-1",
    )
    late = AT.replace(month=12)

    idle._tidy(AT)
    kept = before.count("save")
    idle._tidy(late)

    assert (kept, before.count("save")) == (1, 0)
