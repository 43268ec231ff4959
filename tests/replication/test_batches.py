"""How much may be sent at once, going by what became of what was sent before."""

from sync.replication.batches import Allowance
from sync.store.values import RevisionPath


def test_a_line_that_was_silent_grows_back_slowly_and_only_then_further():
    allowance = Allowance(100_000, 10, most_times=4)
    batch = [[(RevisionPath("a", ("1-a",), False, {}), b" " * 60_000)]] * 10
    for _ in range(2):
        allowance.unanswered()
    grown = []

    while not grown or grown[-1] < 400_000:
        allowance.answered(batch, 0.1)
        grown.append(allowance.bytes)

    assert grown[0] == 31_250
    assert grown[-3:] == [100_000, 200_000, 400_000]
    assert allowance.documents <= 40


def test_a_small_batch_says_nothing_about_the_line():
    allowance = Allowance(100_000, 10, most_times=4)

    allowance.answered([[(RevisionPath("a", ("1-a",), False, {}), b" " * 100)]], 0.1)

    assert allowance.bytes == 100_000
