"""The writer is handed on in the order of asking, and nobody waits longer than they said."""

import threading
from collections.abc import Iterator

import pytest

from sync.store.queue_lock import QueueLock

PATIENCE = 30


@pytest.fixture
def lock() -> Iterator[QueueLock]:
    lock = QueueLock()
    assert lock.acquire()
    yield lock
    assert lock.acquire(timeout=PATIENCE)  # however a test ends, nobody has kept it


def queued(lock: QueueLock, name: str, order: list[str]) -> threading.Thread:
    """Start a thread that takes the lock once, and return when it stands in the queue."""
    before = len(lock._waiting)

    def take() -> None:
        if lock.acquire(timeout=PATIENCE):
            order.append(name)
            lock.release()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    while len(lock._waiting) == before and thread.is_alive():
        pass
    return thread


def test_who_waited_longest_is_next(lock: QueueLock) -> None:
    order: list[str] = []
    threads = [queued(lock, name, order) for name in "abcde"]
    assert lock.is_awaited

    lock.release()

    for thread in threads:
        thread.join(PATIENCE)
    assert order == ["a", "b", "c", "d", "e"]
    assert not lock.is_awaited


def test_who_gives_it_back_does_not_get_it_before_who_waits(lock: QueueLock) -> None:
    order: list[str] = []
    thread = queued(lock, "save", order)

    lock.release()
    assert lock.acquire(timeout=PATIENCE)

    assert order == ["save"]
    lock.release()
    thread.join(PATIENCE)


def test_who_waited_in_vain_leaves_the_queue(lock: QueueLock) -> None:
    assert not lock.acquire(timeout=0.001)

    assert not lock.is_awaited
    lock.release()


def test_lock_that_nobody_holds_cannot_be_given_back() -> None:
    with pytest.raises(RuntimeError):
        QueueLock().release()


def test_many_threads_hold_it_one_at_a_time_and_the_impatient_leave_it_free() -> None:
    lock, inside, most = QueueLock(), [0], [0]

    def work(timeout: float) -> None:
        for _ in range(200):
            if lock.acquire(timeout=timeout):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1
                lock.release()

    waits = [PATIENCE, 0.0001] * 4
    threads = [threading.Thread(target=work, args=(timeout,)) for timeout in waits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert most == [1]
    assert lock.acquire(timeout=0)
    assert not lock.is_awaited
