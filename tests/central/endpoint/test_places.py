"""Places for what keeps a thread long: however many peers hang on the feed, saves find a thread."""

import queue
import threading

import pytest

from central.endpoint.places import HOLD_SECONDS, PollPlaces

THREADS = 16
POLLS = 100
PATIENCE = 30


def serve(requests: queue.Queue) -> None:
    """One of the threads of a server: it takes the next request and answers it."""
    while (request := requests.get()) is not None:
        request()


def test_a_hundred_polls_at_sixteen_threads_leave_threads_for_saves():
    places = PollPlaces(THREADS)
    held: queue.Queue[float] = queue.Queue()
    waiting, answered, leave = threading.Semaphore(0), threading.Semaphore(0), threading.Event()

    def wait(seconds: float) -> None:
        held.put(seconds)
        waiting.release()
        leave.wait(PATIENCE)

    def poll() -> None:
        places.hold(wait, 60.0)
        answered.release()

    requests: queue.Queue = queue.Queue()
    for _ in range(POLLS):
        requests.put(poll)
    threads = [threading.Thread(target=serve, args=(requests,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    # Twelve of the polls are held; the other 88 are answered at once by the four threads left.
    for _ in range(THREADS * 3 // 4):
        assert waiting.acquire(timeout=PATIENCE)
    for _ in range(POLLS - THREADS * 3 // 4):
        assert answered.acquire(timeout=PATIENCE)

    saved = threading.Event()
    requests.put(saved.set)
    assert saved.wait(PATIENCE)

    assert not answered.acquire(blocking=False)  # all those held still hang
    leave.set()
    for _ in threads:
        requests.put(None)
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(held.get() for _ in range(held.qsize())) == [1.0] * 4 + [HOLD_SECONDS] * 8


@pytest.mark.parametrize(("threads", "most"), [(4, 3), (8, 6), (16, 12), (32, 24)])
def test_at_most_three_quarters_of_the_threads_are_held(threads: int, most: int):
    places = PollPlaces(threads)
    held = []

    def wait(seconds: float) -> None:
        held.append(seconds)
        places.hold(wait, 60.0)  # the next poll comes while this one hangs

    places.hold(wait, 60.0)

    assert len(held) == most
