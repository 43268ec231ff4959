from datetime import UTC, datetime

import pytest

from sync.replication import checkpoints
from sync.replication.checkpoints import Direction, Replication, Session

AT = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
REPLICATION = Replication("node1", "central1", Direction.PUSH, "v1")


def written(*sessions):
    """Return the checkpoint of a side that has written these, in this order."""
    checkpoint = None
    for session_id, sequence in sessions:
        checkpoint = checkpoints.extended(
            checkpoint,
            Session(session_id, sequence),
            replication=REPLICATION,
            recorded_at=AT,
            read=1,
            written=1,
        )
    return checkpoint


def test_both_sides_agree_on_their_last_checkpoint():
    side = written(("a", "1-e"), ("b", "2-e"))

    assert checkpoints.common_ancestry(side, side) == Session("b", "2-e")


def test_a_restored_target_that_forgot_the_last_sessions_goes_back_to_the_newest_common_one():
    source = written(("a", "1-e"), ("b", "2-e"), ("c", "3-e"))
    target = written(("a", "1-e"))

    assert checkpoints.common_ancestry(source, target) == Session("a", "1-e")
    assert checkpoints.common_ancestry(target, source) == Session("a", "1-e")


def test_nothing_in_common_means_from_the_start():
    assert checkpoints.common_ancestry(written(("a", "1-e")), written(("b", "1-e"))) is None
    assert checkpoints.common_ancestry(None, written(("b", "1-e"))) is None
    assert checkpoints.common_ancestry(written(("b", "1-e")), None) is None


def test_the_smaller_sequence_counts_when_one_id_stands_on_both_sides_with_two():
    assert checkpoints.common_ancestry(written(("a", "9-e")), written(("a", "10-e"))) == Session(
        "a", "9-e"
    )
    assert checkpoints.common_ancestry(written(("a", "100-e")), written(("a", "50-e"))) == Session(
        "a", "50-e"
    )


@pytest.mark.parametrize(("one", "other"), [("9-e", "10-f"), ("x", "y"), ("9-e", "9-f")])
def test_sequences_that_cannot_be_compared_mean_from_the_start(one, other):
    ancestry = checkpoints.common_ancestry(written(("a", one)), written(("a", other)))

    assert ancestry == Session("a", "0")


def test_a_copied_disk_and_its_original_find_their_own_sessions_again():
    target = written(("a", "1-e"), ("original", "2-o"), ("copy", "2-c"), ("original2", "3-o"))
    original = written(("a", "1-e"), ("original", "2-o"), ("original2", "3-o"))
    copy = written(("a", "1-e"), ("copy", "2-c"))

    assert checkpoints.common_ancestry(original, target) == Session("original2", "3-o")
    assert checkpoints.common_ancestry(copy, target) == Session("copy", "2-c")


def test_a_side_keeps_fifty_sessions():
    side = written(*[(f"s{number}", f"{number}-e") for number in range(60)])

    assert len(side["history"]) == 50
    assert side["history"][0]["session_id"] == side["session_id"] == "s59"
    assert side["source_last_seq"] == "59-e"


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"history": "x"},
        {"history": [1]},
        {"history": [{"session_id": "a"}]},
        {"history": [{"session_id": 1, "recorded_seq": "1-e"}]},
        {"history": [{"session_id": "a", "recorded_seq": 1}]},
        {"history": [{"session_id": "", "recorded_seq": "1-e"}]},
    ],
)
def test_a_damaged_checkpoint_counts_as_none_and_is_replaced(damaged):
    good = written(("a", "1-e"))

    assert checkpoints.common_ancestry(damaged, good) is None
    renewed = checkpoints.extended(
        damaged,
        Session("b", "2-e"),
        replication=REPLICATION,
        recorded_at=AT,
        read=0,
        written=0,
    )
    assert checkpoints.sessions_of(renewed) == (Session("b", "2-e"),)


def test_a_checkpoint_says_whose_it_is_and_when_it_was_written():
    side = written(("a", "1-e"))

    assert side["node"] == "node1"
    assert side["recorded_at"] == "2026-10-14T07:00:00+00:00"


def test_each_fact_of_a_replication_changes_its_id_and_nothing_else_does():
    ids = {
        Replication("node1", "central1", Direction.PUSH, "v1").id,
        Replication("node2", "central1", Direction.PUSH, "v1").id,
        Replication("node1", "central2", Direction.PUSH, "v1").id,
        Replication("node1", "central1", Direction.PULL, "v1").id,
        Replication("node1", "central1", Direction.PUSH, "v2").id,
    }

    assert len(ids) == 5
    # Golden: another id after an update would make every node look at everything again.
    assert REPLICATION.id == "9c093461df13038ea94686127a005fac"
