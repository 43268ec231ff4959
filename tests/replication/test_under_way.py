"""Two uploads at once: what is settled, in which order, and what an error of one of them leaves.

The target's answers are given by hand, in any order; nothing here waits for a clock.
"""

import hashlib
import threading

import pytest
from flask import Flask

from central.endpoint import protocol
from central.endpoint.bare import BareHost
from sync import errors
from sync.documents.judgement import Outcome
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Ending, Verdict
from sync.replication.peer import TOO_MANY
from sync.replication.replicator import Pace, Watch
from tests.support import pairs, served
from tests.support.pairs import Link, everything, fill

PATIENCE = 30
#: Pages of four documents in two loads each, and a checkpoint after every page.
PACE = Pace(page_rows=4, batch_documents=2, checkpoint_documents=4, push_times=1)


class Ferry(LocalPeer):
    """A target that takes two uploads at once and notes what it is asked, and in which order."""

    uploads_at_once = 2

    def __init__(self, store):
        super().__init__(store)
        self.changed = threading.Condition()
        self.begun, self.kept, self.checkpoints, self.besides = [], [], [], []
        self.now = self.most = 0
        self.before = {}  # what to do before an upload is kept, and after it, by its first document
        self.after = {}

    def upload(self, paths, packed=None, *, beside=False):
        first = paths[0].id
        with self.changed:
            self.begun.append(first)
            self.besides.append((first, beside))
            self.now += 1
            self.most = max(self.most, self.now)
            self.changed.notify_all()
        try:
            self.before.get(first, _nothing)()
            verdicts = super().upload(paths)
            with self.changed:
                self.kept.append(first)
                self.changed.notify_all()
            self.after.get(first, _nothing)()
            return verdicts
        finally:
            with self.changed:
                self.now -= 1
                self.changed.notify_all()

    def put_checkpoint(self, replication_id, checkpoint):
        super().put_checkpoint(replication_id, checkpoint)
        with self.changed:
            self.checkpoints.append(checkpoint["source_last_seq"])
            self.changed.notify_all()

    def wait_until(self, is_so):
        """Wait in an upload until something else has happened."""
        with self.changed:
            assert self.changed.wait_for(is_so, PATIENCE)


def _nothing():
    pass


def failing(error):
    def fail():
        raise error

    return fail


@pytest.fixture
def central(open_store):
    return open_store("central.sqlite")


@pytest.fixture
def ferry(central):
    return Ferry(central)


@pytest.fixture
def told():
    return []


@pytest.fixture
def link(local, central, ferry, told):
    watch = Watch(on_verdicts=lambda verdicts: told.extend(one.id for one in verdicts))
    return Link(local, ferry, central.uuid, pace=PACE, watch=watch)


def sequence_of(store, place):
    """The sequence of the document with this number, in the order in which they were put."""
    return store.changes(0).rows[place].seq


def test_two_uploads_are_under_way_and_never_three(local, central, ferry, link, told):
    fill(local, range(20))
    # The first is not kept before the second has begun, and so on; the last has nobody beside it.
    for first, second in ((0, 2), (4, 6), (8, 10)):
        ferry.before[f"d{first}"] = lambda second=f"d{second}": ferry.wait_until(
            lambda: second in ferry.begun
        )

    assert link.push.run_pass().written == 20

    assert everything(local) == everything(central)
    assert ferry.most == 2
    assert told == [f"d{number}" for number in range(20)]


def test_answers_out_of_order_are_settled_in_the_order_of_the_loads(
    local, central, ferry, link, told
):
    fill(local, range(8))
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.kept)
    ferry.before["d4"] = lambda: ferry.wait_until(lambda: "d6" in ferry.kept)

    outcome = link.push.run_pass()

    assert ferry.kept == ["d2", "d0", "d6", "d4"]
    assert told == [f"d{number}" for number in range(8)]
    assert (outcome.written, outcome.last_seq) == (8, local.update_seq())


def test_what_came_after_a_failed_upload_is_not_counted_as_done(local, central, ferry, link, told):
    """The second has arrived, the first has not: the checkpoint stays before both."""
    fill(local, range(12))
    ferry.before["d4"] = lambda: (
        ferry.wait_until(lambda: "d6" in ferry.kept),
        failing(errors.PeerUnreachable(code="peer_timeout"))(),
    )

    with pytest.raises(errors.PeerUnreachable):
        link.push.run_pass()

    assert "d6" in ferry.kept
    assert told == ["d0", "d1", "d2", "d3"]
    assert set(ferry.checkpoints) <= {sequence_of(local, 3)}
    assert ferry.now == 0  # nothing is under way when the pass has ended

    ferry.before.clear()
    outcome = Link(local, ferry, central.uuid, pace=PACE).push.run_pass()
    assert everything(local) == everything(central)
    assert (outcome.read, outcome.sent) == (8, 6)  # what the later one achieved was not sent again


def test_a_cut_answer_of_the_second_leaves_the_first_settled(local, central, ferry, link, told):
    fill(local, range(8))
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.kept)
    ferry.after["d2"] = failing(errors.PeerUnreachable())

    with pytest.raises(errors.PeerUnreachable):
        link.push.run_pass()

    assert told == ["d0", "d1"]
    assert ferry.checkpoints == []
    ferry.after.clear()
    assert link.push.run_pass().last_seq == local.update_seq()
    assert everything(local) == everything(central)


def test_a_second_upload_that_is_too_large_is_halved_in_its_turn(local, central, ferry, link, told):
    fill(local, range(8))
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.begun)
    refused = iter([True])

    def refuse_once():
        if next(refused, False):
            raise errors.RequestTooLarge

    ferry.before["d2"] = refuse_once

    outcome = link.push.run_pass()

    assert outcome.written == 8
    assert told == [f"d{number}" for number in range(8)]
    assert "d3" in ferry.begun  # the half went by itself
    assert everything(local) == everything(central)


def test_a_pass_that_is_asked_to_stop_settles_what_is_under_way(local, central, ferry, told):
    fill(local, range(12))
    link = Link(
        local,
        ferry,
        central.uuid,
        pace=PACE,
        watch=Watch(
            on_verdicts=lambda verdicts: told.extend(one.id for one in verdicts),
            should_stop=lambda: len(ferry.begun) > 2,
        ),
    )
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.begun)

    outcome = link.push.run_pass()

    assert outcome.ended_because == Ending.STOPPED
    assert set(told) == set(everything(central))  # whatever arrived has its verdict
    assert len(told) < 12
    assert outcome.last_seq in {"0", sequence_of(local, 3), sequence_of(local, 7)}
    assert Link(local, ferry, central.uuid).push.run_pass().sent == 12 - len(told)
    assert everything(local) == everything(central)


def test_a_checkpoint_is_written_while_the_stream_goes_on(local, central, ferry, link):
    """And only up to what has its verdicts: the page before."""
    fill(local, range(12))
    ferry.before["d6"] = lambda: ferry.wait_until(lambda: ferry.checkpoints)

    link.push.run_pass()

    assert ferry.checkpoints[0] == sequence_of(local, 3)
    assert ferry.checkpoints[-1] == local.update_seq()
    kept = link.local.get_checkpoint(link.push._replication.id)
    assert [one["recorded_seq"] for one in kept["history"]] == ferry.checkpoints[::-1]


def test_a_checkpoint_that_fails_beside_the_stream_fails_the_pass(
    local, central, ferry, link, monkeypatch
):
    fill(local, range(12))
    monkeypatch.setattr(ferry, "put_checkpoint", failing_with_any(errors.PeerUnreachable()))

    with pytest.raises(errors.PeerUnreachable):
        link.push.run_pass()

    assert link.local.get_checkpoint(link.push._replication.id) is None
    assert link.push._position is None


def failing_with_any(error):
    def fail(*arguments):
        raise error

    return fail


def test_a_server_on_which_others_wait_is_sent_one_after_the_other(
    local, central, ferry, link, told
):
    fill(local, range(12))
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.begun)
    busy = errors.PeerUnreachable(code="peer_busy", status=TOO_MANY, retry_after=3)
    refused = iter([busy])

    def refuse_once():
        for error in refused:
            raise error

    ferry.before["d2"] = refuse_once

    assert link.push.run_pass().written == 12

    assert told == [f"d{number}" for number in range(12)]
    assert ferry.besides[:3] == [("d0", False), ("d2", True), ("d2", False)]
    # One may have been begun before that answer was heard.
    assert sum(beside for _, beside in ferry.besides[3:]) <= 1


def test_a_server_that_asks_to_be_left_alone_is_left_alone(local, central, ferry, link):
    fill(local, range(12))
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.begun)
    ferry.before["d2"] = failing(errors.PeerUnreachable(code="peer_busy", status=503))

    with pytest.raises(errors.PeerUnreachable):
        link.push.run_pass()

    assert ferry.begun.count("d2") == 1


def test_uploads_of_one_document_never_overtake_each_other(local, central, ferry, link):
    """A document that is saved while a pass runs comes again in a later load of it."""
    fill(local, range(6))

    def save_again():
        rev = local.get("d0").rev
        local.put("d0", {"n": "again"}, parent=rev)

    ferry.before["d0"] = lambda: (
        ferry.before.pop("d0"),
        save_again(),
    )
    overlapping = []
    upload = ferry.upload

    def watched(paths, packed=None, *, beside=False):
        ids = {path.id for path in paths}
        overlapping.extend(ids & running)
        running.update(ids)
        try:
            return upload(paths, packed, beside=beside)
        finally:
            running.difference_update(ids)

    running: set[str] = set()
    ferry.upload = watched

    link.push.run_pass()
    link.push.run_pass()

    assert overlapping == []
    assert central.get("d0").value == {"n": "again"}
    assert everything(central)["d0"] == everything(local)["d0"]


def test_a_refusal_in_the_second_is_told_in_its_place(local, central, ferry, link, told):
    fill(local, range(8))
    upload = ferry.upload
    refused = Verdict("d2", "", Outcome.REFUSED, "bad_mac")

    def judged(paths, packed=None, *, beside=False):
        return [refused if one.id == "d2" else one for one in upload(paths, packed, beside=beside)]

    ferry.upload = judged
    ferry.before["d0"] = lambda: ferry.wait_until(lambda: "d2" in ferry.kept)

    outcome = link.push.run_pass()

    assert (outcome.written, outcome.refused) == (7, 1)
    assert told == [f"d{number}" for number in range(8)]


def test_a_long_push_begins_with_small_loads(local, central, ferry):
    """The server has something to do while the next one is made."""
    sizes = []
    upload = ferry.upload

    def noted(paths, packed=None, *, beside=False):
        sizes.append(len(paths))
        return upload(paths, packed, beside=beside)

    ferry.upload = noted
    fill(local, range(1000))

    assert Link(local, ferry, central.uuid).push.run_pass().written == 1000

    assert sorted(sizes) == [100, 100, 300, 500]
    assert everything(local) == everything(central)


def test_what_is_under_way_is_settled_before_the_next_load_fails(
    local, central, ferry, link, told, monkeypatch
):
    fill(local, range(12))
    revs_diff = ferry.revs_diff
    answered = threading.Event()

    def fail_at_the_second_page(offered):
        if "d4" in offered:
            answered.set()
            raise errors.PeerUnreachable
        return revs_diff(offered)

    monkeypatch.setattr(ferry, "revs_diff", fail_at_the_second_page)
    ferry.before["d2"] = lambda: answered.wait(PATIENCE)

    with pytest.raises(errors.PeerUnreachable):
        link.push.run_pass()

    assert told == ["d0", "d1", "d2", "d3"]
    assert set(everything(central)) == set(told)


def test_a_long_push_gets_through_a_server_with_a_single_place(local, tmp_path):
    """Over HTTP: the second upload finds no place beside the first, and goes after it."""
    host = BareHost(tmp_path / "central")
    host.create("journal")
    central = host.store("journal")
    app = Flask(__name__)
    app.register_blueprint(protocol.create_blueprint(host, threads=8, pushes_at_once=1))
    with local.transaction() as transaction:
        for number in range(1000):
            noise = hashlib.sha256(b"%d" % number).hexdigest()  # large when packed, too
            transaction.put(f"d{number}", {"x": noise}, parent=None)

    with served.serve(app, threads=8) as port:
        peer = pairs.remote_peer(f"http://127.0.0.1:{port}/", "journal")
        outcome = Link(local, peer, central.uuid).push.run_pass()

    assert (outcome.ended_because, outcome.written) == (Ending.COMPLETE, 1000)
    assert everything(local) == everything(central)
    host.close()
