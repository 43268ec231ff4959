import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import errors
from sync.documents.judgement import Outcome
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Ending, Verdict
from sync.replication.replicator import Pace, Watch
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.support import pairs
from tests.support.pairs import Link, disputed, everything, fill

STRANGE_IDS = ["a/b", "a?b", "a#b", "a%b", "%2F", "a+b", "a b", "ä", "nul\0nul", "😀", "_design/x"]
SMALL = Pace(page_rows=7, batch_documents=3, batch_bytes=400, checkpoint_documents=10, push_times=1)


class Recording(LocalPeer):
    """A local peer that notes what is asked of it and can be told to say no."""

    def __init__(self, store):
        super().__init__(store)
        self.calls = []
        self.uploads = []
        self.refuse = {}

    def upload(self, paths, packed=None, *, beside=False):
        self.uploads.append(list(paths))
        self.calls.append("upload")
        kept = [path for path in paths if path.id not in self.refuse]
        super().upload(kept)
        return [
            Verdict(path.id, path.rev, *self.refuse.get(path.id, (Outcome.ACCEPTED,)))
            for path in paths
        ]

    def changes(self, since, limit):
        self.calls.append(("changes", since, limit))
        return super().changes(since, limit)

    def get_checkpoint(self, replication_id):
        self.calls.append("get_checkpoint")
        return super().get_checkpoint(replication_id)

    def put_checkpoint(self, replication_id, checkpoint):
        self.calls.append("put_checkpoint")
        super().put_checkpoint(replication_id, checkpoint)

    def ensure_committed(self):
        self.calls.append("ensure_committed")


@pytest.fixture
def central(open_store):
    return open_store("central.sqlite")


@pytest.fixture
def peer(central):
    return Recording(central)


@pytest.fixture
def link(local, central, peer):
    return Link(local, peer, central.uuid)


# --------------------------------------------------------------------------------- what travels


def test_two_stores_are_equal_after_one_exchange_over_http(databases, name, remote, local):
    link = Link(local, pairs.remote_peer(databases.url, name), remote.uuid)
    fill(local, range(300), "mine")
    fill(remote, range(300), "yours")
    for store in (local, remote):
        disputed(store, f"disputed-{store.uuid}", leaves=5)
        rev = store.put(f"gone-{store.uuid}", {"x": 1}, parent=None)
        store.put(f"gone-{store.uuid}", {"why": "left"}, parent=rev, deleted=True)
        store.put("met", {"by": store.uuid}, parent=None)
    for doc_id in STRANGE_IDS:
        local.put(doc_id, {"ä\0😀": [1.0, None, True, "\x1f\u2028"]}, parent=None)

    pulled, pushed = link.both()

    assert (pulled.ended_because, pushed.ended_because) == (Ending.COMPLETE, Ending.COMPLETE)
    assert everything(local) == everything(remote)
    assert len(local.leaves("met")) == 2
    assert pushed.written == 300 + 5 + 1 + 1 + len(STRANGE_IDS)
    assert [(one.read, one.sent) for one in link.both()] == [(pushed.written - 4, 0), (0, 0)]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_two_stores_converge_whatever_is_edited_and_however_often_they_meet(data):
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as folder:
        stores = [
            DocumentStore(
                Database(Path(folder) / f"{which}.sqlite"), epoch=f"e{which}", uuid=f"u{which}"
            )
            for which in range(2)
        ]
        link = Link(stores[0], LocalPeer(stores[1]), "u1", pace=SMALL)
        for step in data.draw(
            st.lists(
                st.tuples(
                    st.sampled_from(["put", "put", "put", "delete", "pull", "push"]),
                    st.integers(0, 1),
                    st.sampled_from("abc"),
                    st.integers(0, 3),
                ),
                max_size=25,
            )
        ):
            _do(step, stores, link, numbers)
        link.both()
        link.both()

        assert everything(stores[0]) == everything(stores[1])
        assert all(outcome.sent == 0 for outcome in link.both())
        for store in stores:
            store.close()


def _do(step, stores, link, numbers):
    action, which, doc_id, choice = step
    if action in ("pull", "push"):
        getattr(link, action).run_pass()
        return
    store = stores[which]
    living = [leaf for leaf in store.leaves(doc_id) if not leaf.deleted]
    if not living and action == "delete":
        return
    parent = living[choice % len(living)].rev if living else None
    # Some edits are the same on both sides, and must meet in one revision.
    value = {"same": choice} if choice < 2 else {"n": next(numbers)}
    store.put(doc_id, value, parent=parent, deleted=action == "delete")


def test_all_leaves_of_a_document_travel_in_one_commit(local, central, peer):
    link = Link(local, peer, central.uuid, pace=SMALL)
    for number in range(6):
        disputed(local, f"d{number}", leaves=5)

    link.push.run_pass()

    for number in range(6):
        batches = [
            batch for batch in peer.uploads if any(path.id == f"d{number}" for path in batch)
        ]
        assert len(batches) == 1
        assert sum(path.id == f"d{number}" for path in batches[0]) == 5
    assert everything(local) == everything(central)


def test_only_missing_leaves_are_sent(local, central, peer, link):
    disputed(local, "d", leaves=2)
    link.push.run_pass()
    disputed(local, "d", leaves=3)

    outcome = link.push.run_pass()

    assert outcome.sent == 1
    assert [path.rev for path in peer.uploads[-1]] == ["2-d"]


def test_batches_are_bounded_by_bytes_and_count_and_a_large_document_goes_alone(
    local, central, peer
):
    pace = Pace(page_rows=50, batch_documents=4, batch_bytes=1000, push_times=1)
    link = Link(local, peer, central.uuid, pace=pace)
    fill(local, range(30))
    local.put("large", {"x": "x" * 5000}, parent=None)
    fill(local, range(30, 60))

    link.push.run_pass()

    assert everything(local) == everything(central)
    assert max(len(batch) for batch in peer.uploads) <= 4
    assert [len(batch) for batch in peer.uploads if any(path.id == "large" for path in batch)] == [
        1
    ]


GROWING = Pace(page_rows=10, batch_documents=4, push_times=4)


def test_uploads_grow_where_answers_come_quickly(local, central, peer):
    fill(local, range(200))
    link = Link(local, peer, central.uuid, pace=GROWING, monotonic=lambda: 0.0)

    link.push.run_pass()

    sizes = [len(batch) for batch in peer.uploads]
    assert everything(local) == everything(central)
    assert sizes[0] == 4
    assert max(sizes) == 16


def test_uploads_do_not_grow_on_a_slow_line(local, central, peer):
    seconds = itertools.count(step=3.0)
    fill(local, range(200))
    link = Link(local, peer, central.uuid, pace=GROWING, monotonic=lambda: next(seconds))

    link.push.run_pass()

    assert max(len(batch) for batch in peer.uploads) == 4


def test_what_is_fetched_does_not_grow(local, central):
    """It is stored where somebody saves a mark."""
    peer, fetched = LocalPeer(central), []
    fetch = peer.fetch
    peer.fetch = lambda wanted: fetched.append(len(wanted)) or fetch(wanted)
    fill(central, range(200))

    Link(local, peer, central.uuid, pace=GROWING, monotonic=lambda: 0.0).pull.run_pass()

    assert everything(local) == everything(central)
    assert max(fetched) == 4


def test_the_feed_is_read_page_by_page(local, central, peer):
    fill(central, range(100))
    link = Link(local, peer, central.uuid, pace=SMALL)

    outcome = link.pull.run_pass()

    pages = [call for call in peer.calls if call[0] == "changes"]
    assert len(pages) == 15
    assert {limit for _, _, limit in pages} == {7}
    assert (outcome.read, outcome.written) == (100, 100)


# ------------------------------------------------------------------------------------- verdicts


def test_a_refused_document_stops_nothing_and_does_not_vanish(local, central, peer):
    told = []
    link = Link(local, peer, central.uuid, watch=Watch(on_verdicts=told.extend))
    fill(local, range(500))
    peer.refuse = {f"d{number}": (Outcome.REFUSED, "bad_mac") for number in (3, 77, 499)}
    peer.refuse["d9"] = (Outcome.QUARANTINED, "term_locked", "closed")

    outcome = link.push.run_pass()

    assert (outcome.written, outcome.refused, outcome.quarantined) == (496, 3, 1)
    assert outcome.last_seq == local.update_seq()
    assert {verdict.id for verdict in outcome.verdicts} == {"d3", "d77", "d499", "d9"}
    assert len(told) == 500
    assert central.info().doc_count == 496
    assert link.push.run_pass().sent == 0

    peer.refuse = {}
    rev = local.get("d3").rev
    local.put("d3", {"n": "corrected"}, parent=rev)
    assert link.push.run_pass().written == 1
    assert central.get("d3").value == {"n": "corrected"}


def test_verdicts_are_told_before_the_checkpoint_moves_past_them(local, central, peer):
    link = Link(
        local,
        peer,
        central.uuid,
        watch=Watch(on_verdicts=lambda verdicts: peer.calls.append("told")),
    )
    fill(local, range(3))

    link.push.run_pass()

    order = [call for call in peer.calls if call in ("upload", "told", "put_checkpoint")]
    assert order == ["upload", "told", "put_checkpoint"]


def test_an_answer_of_the_wrong_length_stops_the_pass_without_a_checkpoint(
    local, central, peer, link, monkeypatch
):
    fill(local, range(3))
    monkeypatch.setattr(peer, "upload", lambda paths, packed: [])

    with pytest.raises(errors.ProtocolViolation):
        link.push.run_pass()

    assert "put_checkpoint" not in peer.calls


# ------------------------------------------------------------------------- order and remembering


def test_the_checkpoint_is_written_after_the_commit_on_the_target_before_the_source(
    local, central, peer, link, monkeypatch
):
    source_calls = peer.calls
    monkeypatch.setattr(
        link.local,
        "put_checkpoint",
        lambda *arguments: source_calls.append("put_checkpoint at source"),
    )
    fill(local, range(3))

    link.push.run_pass()

    assert peer.calls == [
        "get_checkpoint",
        "upload",
        "ensure_committed",
        "put_checkpoint",
        "put_checkpoint at source",
    ]


def test_checkpoints_come_every_so_many_documents(local, central, peer):
    fill(local, range(100))
    link = Link(local, peer, central.uuid, pace=SMALL)

    link.push.run_pass()

    assert peer.calls.count("put_checkpoint") >= 100 // 14
    assert peer.calls[-1] == "put_checkpoint"


def test_every_checkpoint_is_a_session_of_its_own(local, central, peer):
    fill(local, range(100))
    link = Link(local, peer, central.uuid, pace=SMALL)

    link.push.run_pass()

    (kept,) = central.database.read().execute("SELECT count(*) FROM local_document").fetchone()
    assert kept == 1
    checkpoint = link.local.get_checkpoint(link.push._replication.id)
    sessions = [entry["session_id"] for entry in checkpoint["history"]]
    assert len(sessions) == len(set(sessions)) >= 7
    assert checkpoint["history"] == peer.get_checkpoint(link.push._replication.id)["history"]


def test_an_idle_pass_asks_nothing_when_central_was_just_asked(local, central, peer, link):
    fill(local, range(3))
    link.both()
    link.both()
    peer.calls.clear()
    info = peer.info()

    outcomes = [link.pull.run_pass(info), link.push.run_pass(info)]

    assert peer.calls == []
    assert all(outcome.ended_because == Ending.COMPLETE for outcome in outcomes)


def test_a_living_replicator_goes_on_without_asking_for_checkpoints(local, central, peer, link):
    fill(local, range(3))
    link.push.run_pass()
    peer.calls.clear()
    fill(local, [3])

    assert link.push.run_pass().written == 1
    assert "get_checkpoint" not in peer.calls


def test_a_new_epoch_of_central_makes_it_ask_for_checkpoints_again(
    local, central, peer, link, open_store
):
    fill(local, range(3))
    link.push.run_pass()
    central.close()
    peer = link.push._target = Recording(open_store("central.sqlite"))

    assert link.push.run_pass().sent == 0
    assert peer.calls == ["get_checkpoint"]


def test_a_new_replicator_begins_at_the_checkpoint(local, central, peer, link):
    fill(local, range(150))
    fill(central, range(150), "c")
    link.both()

    later = Link(local, peer, central.uuid)
    peer.calls.clear()
    fill(central, range(150, 160), "c")
    outcome = later.pull.run_pass()

    assert (outcome.read, outcome.written) == (160, 10)  # its own pushed ones come by once
    again = Link(local, peer, central.uuid).pull.run_pass()
    assert again.read == 0


# --------------------------------------------------------------------------------------- endings


def test_an_unknown_central_is_told_nothing_and_gives_nothing(local, central, peer):
    link = Link(local, peer, "the-one-we-enrolled-at")
    fill(local, range(3))
    fill(central, range(3), "c")

    outcomes = link.both()

    assert [outcome.ended_because for outcome in outcomes] == [Ending.CENTRAL_UNKNOWN] * 2
    assert peer.calls == []
    assert local.info().doc_count == central.info().doc_count == 3


def test_refused_credentials_end_the_pass_and_keep_the_checkpoint(
    local, central, peer, link, monkeypatch
):
    fill(local, range(3))
    link.push.run_pass()
    checkpoint = link.local.get_checkpoint(link.push._replication.id)
    fill(local, range(3, 6))

    def refuse(paths, packed):
        raise errors.CredentialsRefused(status=401)

    monkeypatch.setattr(peer, "upload", refuse)
    assert link.push.run_pass().ended_because == Ending.CREDENTIALS_REFUSED
    assert link.local.get_checkpoint(link.push._replication.id) == checkpoint

    monkeypatch.undo()
    assert link.push.run_pass().written == 3


def test_a_pass_that_is_asked_to_stop_ends_and_goes_on_later(local, central, peer):
    stops = itertools.count()
    pace = Pace(page_rows=10, batch_documents=2, push_times=1)
    link = Link(
        local, peer, central.uuid, pace=pace, watch=Watch(should_stop=lambda: next(stops) > 9)
    )
    fill(local, range(100))

    outcome = link.push.run_pass()

    assert outcome.ended_because == Ending.STOPPED
    assert 0 < central.info().doc_count < 100
    Link(local, peer, central.uuid).push.run_pass()
    assert everything(local) == everything(central)


def test_progress_is_told_with_what_is_still_to_come(local, central, peer):
    told = []
    link = Link(local, peer, central.uuid, pace=SMALL, watch=Watch(on_progress=told.append))
    fill(local, range(21))

    link.push.run_pass()

    assert [(one.read, one.sent, one.pending) for one in told] == [
        (7, 7, 14),
        (14, 14, 7),
        (21, 21, 0),
    ]


def test_a_feed_that_stands_still_is_noticed(local, central, peer, link, monkeypatch):
    fill(central, range(3))
    page = central.changes(0)
    stuck = type(page)(page.rows, "0", 5)
    monkeypatch.setattr(peer, "changes", lambda since, limit: stuck)

    with pytest.raises(errors.ProtocolViolation):
        link.pull.run_pass()


def test_a_revision_that_has_gone_from_the_source_is_passed_over(
    local, central, peer, link, monkeypatch
):
    fill(central, range(3))
    fetch = peer.fetch
    monkeypatch.setattr(
        peer, "fetch", lambda wanted: [None if one.id == "d1" else one for one in fetch(wanted)]
    )

    outcome = link.pull.run_pass()

    assert (outcome.read, outcome.written) == (3, 2)


def test_a_received_document_that_cannot_be_kept_is_named_and_the_others_are_kept(
    local, central, peer, link, monkeypatch
):
    fill(central, range(3))
    fetch = peer.fetch

    def spoilt(wanted):
        return [
            RevisionPath(one.id, one.revisions, False, {"_attachments": {"x": {}}})
            if one.id == "d1"
            else one
            for one in fetch(wanted)
        ]

    monkeypatch.setattr(peer, "fetch", spoilt)
    outcome = link.pull.run_pass()

    assert [(one.id, one.code) for one in outcome.verdicts] == [("d1", "attachments_not_kept")]
    assert local.info().doc_count == 2
