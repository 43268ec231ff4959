"""Everything a network can do to a replication, over real HTTP through a proxy that does it."""

import itertools

import pytest

from sync import errors
from sync.replication.http_answers import Patience
from sync.replication.outcome import Ending
from sync.replication.replicator import Pace
from tests.support import pairs
from tests.support.fault_proxy import FaultProxy, body_limit
from tests.support.pairs import Link, disputed, everything, fill

PACE = Pace(page_rows=20, batch_documents=10, checkpoint_documents=20, push_times=1)


@pytest.fixture
def network(databases):
    with FaultProxy("127.0.0.1", databases.port) as proxy:
        yield proxy


@pytest.fixture
def link(network, name, remote, local):
    """A node that knows central only through the proxy, with something to say on both sides."""
    fill(local, range(60), "mine")
    fill(remote, range(60), "yours")
    disputed(local, "disputed", leaves=4)
    return Link(local, pairs.remote_peer(network.url, name), remote.uuid, pace=PACE)


def until_done(link, *, tries=50, renewed=None):
    """Run passes, each failure followed by another, until both sides are equal.

    ``renewed`` makes another link after each failure: the program was killed, and only what is on
    the disk remains.
    """
    failures = 0
    for _ in range(tries):
        try:
            if all(one.ended_because == Ending.COMPLETE for one in link.both()):
                return failures
        except errors.PeerUnreachable:
            failures += 1
        link = renewed() if renewed else link
    raise AssertionError("not done")


@pytest.fixture
def renewed(network, name, remote, local):
    """Makes a link with no memory of its own."""
    return lambda: Link(local, pairs.remote_peer(network.url, name), remote.uuid, pace=PACE)


def uploads(network):
    return [line for line in network.traffic.requests if "_bulk_docs" in line]


def test_an_undisturbed_run_sends_every_document_once(link, network, local, remote):
    until_done(link)

    assert everything(local) == everything(remote)
    assert len(uploads(network)) == 7  # 61 documents of 64 revisions in batches of ten


@pytest.mark.parametrize("fault", ["cut_request", "cut_answer", "html", "busy", "twice"])
def test_a_fault_at_any_single_request_changes_nothing_in_the_end(
    network, local, remote, name, fault
):
    small = Pace(page_rows=4, batch_documents=3, checkpoint_documents=6, push_times=1)
    rounds = itertools.count()

    def link():
        return Link(local, pairs.remote_peer(network.url, name), remote.uuid, pace=small)

    def meet(at):
        """Give both sides something to say, let the request number ``at`` fail, and go on."""
        number = next(rounds)
        fill(local, range(3), f"mine{number}-")
        fill(remote, range(3), f"yours{number}-")
        disputed(local, f"disputed{number}", leaves=3)
        network.forget_traffic()
        network.plan(*[None] * at, *[fault] * (at >= 0))
        failures = until_done(link(), renewed=link)
        # A repeated request moved no sequence, whatever was repeated.
        moved = [store.update_seq().partition("-")[0] for store in (local, remote)]
        assert moved == [str((number + 1) * 7)] * 2
        return failures

    assert meet(-1) == meet(-1) == 0
    requests = len(network.traffic.requests)
    assert requests >= 12
    failures = [meet(at) for at in range(requests - 1)]

    assert everything(local) == everything(remote)
    assert set(failures) <= {0, 1}
    assert sum(failures) == 0 if fault == "twice" else sum(failures) > len(failures) - 3


@pytest.mark.parametrize("fault", ["cut_request", "cut_answer"])
def test_a_network_that_fails_all_the_time_repeats_little(
    link, network, local, remote, renewed, fault
):
    calls = itertools.count(1)
    network.fail_when(lambda line, size: fault if next(calls) % 9 == 0 else None)

    failures = until_done(link, renewed=renewed)

    assert failures >= 4
    assert everything(local) == everything(remote)
    assert len(uploads(network)) <= 7 + 1  # what arrived before a cut is not sent again


def test_a_pulled_cable_is_noticed_and_its_return_is_enough(link, network, local, remote):
    network.cut()
    with pytest.raises(errors.PeerUnreachable) as error:
        link.pull.run_pass()
    assert error.value.code == "peer_unreachable"
    with pytest.raises(errors.PeerUnreachable):
        link.push.run_pass()

    network.restore()
    until_done(link)

    assert everything(local) == everything(remote)


def test_the_page_of_a_hotspot_is_no_data_and_moves_no_checkpoint(link, network, local, remote):
    network.fail_when(lambda line, size: "html")

    for replicator in (link.pull, link.push):
        with pytest.raises(errors.PeerUnreachable) as error:
            replicator.run_pass()
        assert error.value.code == "peer_page"

    assert local.get_local(link.pull._replication.id) is None
    assert remote.info().doc_count == 60


def test_silence_is_given_up_after_a_while_and_makes_the_next_batches_smaller(
    network, name, remote, local
):
    patience = Patience(connect_seconds=1, silence_seconds=0.2, answer_seconds=5)
    peer = pairs.remote_peer(network.url, name, patience=patience)
    link = Link(local, peer, remote.uuid, pace=PACE)
    fill(local, range(10))
    network.fail_when(lambda line, size: "hang" if "_bulk_docs" in line else None)
    before = link.push._allowance.bytes

    with pytest.raises(errors.PeerUnreachable) as error:
        link.push.run_pass()

    assert error.value.code == "peer_timeout"
    assert link.push._allowance.bytes == before // 2
    network.fail_when(None)
    assert link.push.run_pass().written == 10


def test_a_proxy_with_a_small_limit_still_lets_everything_through_that_fits(
    network, name, remote, local
):
    link = Link(local, pairs.remote_peer(network.url, name), remote.uuid)
    with local.transaction() as transaction:
        for number in range(300):
            noise = "".join(
                chr(0x4E00 + (number * 7919 + at * 104729) % 20000) for at in range(300)
            )
            transaction.put(f"d{number}", {"x": noise}, parent=None)
        transaction.put(
            "large",
            {"x": "".join(chr(0x4E00 + (at * at * 31 + at) % 20000) for at in range(50_000))},
            parent=None,
        )
    disputed(local, "disputed", leaves=5)
    network.fail_when(body_limit(32 * 1024))

    outcome = link.push.run_pass()

    assert outcome.ended_because == Ending.COMPLETE
    assert [(one.id, one.code) for one in outcome.verdicts] == [("large", "document_too_large")]
    assert remote.info().doc_count == 301
    assert everything(remote) == {
        doc_id: tree for doc_id, tree in everything(local).items() if doc_id != "large"
    }


def test_the_server_is_left_alone_for_as_long_as_it_asks(link, network):
    network.plan("busy")

    with pytest.raises(errors.PeerUnreachable) as error:
        link.push.run_pass()

    assert error.value.code == "peer_busy"
    assert error.value.params["retry_after"] == 7


def test_an_exchange_goes_compressed_both_ways(network, name, remote, local):
    link = Link(local, pairs.remote_peer(network.url, name), remote.uuid)
    for store, prefix in ((local, "mine"), (remote, "yours")):
        with store.transaction() as transaction:
            for number in range(500):
                value = {"n": number, "topic": "Повторение. Имя существительное", "mark": 5}
                transaction.put(f"{prefix}{number}", value, parent=None)
    payload = 2 * 500 * 100

    link.both()

    assert network.traffic.bytes_up < payload
    assert network.traffic.bytes_down < payload
    assert everything(local) == everything(remote)
