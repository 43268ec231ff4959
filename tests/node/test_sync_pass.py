"""One sync against the real central: what arrives, what is confirmed, what is said when not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central import enrolment as invitations
from node import entry_states, own_facts, passes, storage
from node.sync_pass import Sync, peer_of
from sync.accounts.passwords import Verifiers
from sync.documents import entry, identifiers
from sync.entries import door
from sync.projections import calendars, entry_index, groups
from sync.replication.remote_peer import RemotePeer
from sync.store.connection import Connection
from tests.support import node_site, sample_node, sample_school
from tests.support.central_site import PASSWORD
from tests.support.node_site import NodeSite

LESSON, ABRAMOV = sample_school.LESSON_1, sample_school.ABRAMOV
MARK = identifiers.mark_id(LESSON, ABRAMOV)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NodeSite]:
    with node_site.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def synced(site: NodeSite) -> NodeSite:
    assert site.sync.run().ending == passes.COMPLETE
    return site


def put_mark(site: NodeSite, value: int = 5, *, seen: int | None = None, token: str = "t") -> None:
    journal = site.node.node.journal
    journal.record_mark(
        sample_school.SOKOLOVA, LESSON, ABRAMOV, value, seen=seen, token=f"token-{token}"
    )


def pending(site: NodeSite) -> int:
    with site.node.store.database.snapshot() as connection:
        return entry_index.tally(connection, site.node.node.identity.node).pending


def state(site: NodeSite, doc_id: str = MARK) -> tuple[str, str | None]:
    node = site.node.node
    with node.store.database.snapshot() as connection:
        found = entry_states.states_of(connection, node.store.records, node.identity.node, [doc_id])
    return found.of(doc_id)


def read(site: NodeSite) -> Connection:
    return site.node.store.database.read()


# ------------------------------------------------------------------------------ what arrives


def test_first_sync_brings_the_school_and_the_accounts(site: NodeSite) -> None:
    record = site.sync.run()

    assert record.ending == passes.COMPLETE
    assert record.received > 20
    assert calendars.school_name(read(site)).startswith("МБОУ")
    assert len(groups.roster(read(site), sample_school.MATH_5A, sample_school.DAY)) == 6
    assert site.node.client("sokolova").get("/").status_code == 200


def test_nothing_about_guardians_comes_to_a_node(synced: NodeSite) -> None:
    ids = [row.id for row in synced.node.store.changes(0).rows]

    assert ids
    assert not [one for one in ids if one.startswith(("guardian", "student_card"))]


def test_idle_sync_asks_one_small_question(synced: NodeSite) -> None:
    before = len(synced.network.traffic.requests)

    record = synced.sync.run()

    assert record.ending == passes.COMPLETE
    assert not record.moved
    assert len(synced.network.traffic.requests) - before == 1


def test_thorough_sync_asks_for_everything(synced: NodeSite) -> None:
    before = len(synced.network.traffic.requests)

    synced.sync.run(thoroughly=True)

    asked = [line.split()[1].split("?")[0] for line in synced.network.traffic.requests[before:]]
    assert {"/replication/_receipt", "/replication/_bundle", "/replication/_heartbeat"} <= set(
        asked
    )


def test_idle_node_still_tells_now_and_then_that_it_lives(synced: NodeSite) -> None:
    synced.node.clock.advance(timedelta(minutes=6))
    before = len(synced.network.traffic.requests)

    synced.sync.run()

    assert len(synced.network.traffic.requests) - before > 1


# --------------------------------------------------------------------- what becomes of a mark


def test_mark_is_here_and_then_on_the_server(synced: NodeSite) -> None:
    put_mark(synced)
    before = state(synced)
    record = synced.sync.run()

    arrived = synced.central.store.get(MARK)
    assert before == ("here", None)
    assert (record.ending, record.sent, record.confirmed) == (passes.COMPLETE, 1, 1)
    assert state(synced) == ("server", None)
    assert pending(synced) == 0
    assert arrived is not None
    assert arrived.value["value"] == 5


def test_mark_waits_while_the_network_is_cut(synced: NodeSite) -> None:
    synced.network.cut()
    put_mark(synced)
    record = synced.sync.run()

    assert record.ending == "peer_unreachable"
    assert state(synced) == ("here", None)

    synced.network.restore()
    assert synced.sync.run().ending == passes.COMPLETE
    assert state(synced) == ("server", None)


@pytest.mark.parametrize(
    ("nth", "fault"),
    [
        *[(nth, fault) for nth in range(1, 6) for fault in ("cut_request", "cut_answer")],
        (0, "html"),
        (2, "busy"),
        (3, "html"),
    ],
)
def test_fault_anywhere_in_a_sync_loses_and_doubles_nothing(
    synced: NodeSite, nth: int, fault: str
) -> None:
    put_mark(synced)
    synced.network.plan(*[None] * nth, fault)

    first = synced.sync.run()
    synced.network.plan()
    second = synced.sync.run()

    arrived = synced.central.store.get(MARK)
    assert first.ending in {passes.COMPLETE, "peer_unreachable", "peer_page", "peer_busy"}
    assert second.ending == passes.COMPLETE
    assert arrived is not None
    assert [one["new"] for one in arrived.value["entries"] if one["field"] == "value"] == [5]
    assert state(synced) == ("server", None)


def test_two_edits_before_one_sync_arrive_as_two_entries(synced: NodeSite) -> None:
    put_mark(synced, 4, token="1")
    put_mark(synced, 5, seen=4, token="2")
    synced.sync.run()

    arrived = synced.central.store.get(MARK)
    assert arrived is not None
    assert [one["new"] for one in arrived.value["entries"] if one["field"] == "value"] == [4, 5]
    assert pending(synced) == 0


def test_mark_without_a_right_is_put_aside_and_the_teacher_sees_why(synced: NodeSite) -> None:
    assignment = synced.central.store.get(f"assignment:{sample_school.MATH_5A}")
    assert assignment is not None
    put_mark(synced)
    sample_school.put(synced.central.store, assignment.id, teacher=sample_school.YOLKIN)
    # Central knows by now that somebody else teaches the class; the node wrote before it heard.
    record = synced.sync.run()

    assert record.put_aside == 1
    assert state(synced) == ("refused", "not_your_lesson")
    assert pending(synced) == 0


def test_outcome_of_a_quarantine_travels_back(synced: NodeSite) -> None:
    assignment = f"assignment:{sample_school.MATH_5A}"
    put_mark(synced)
    sample_school.put(synced.central.store, assignment, teacher=sample_school.YOLKIN)
    synced.sync.run()
    known = synced.central.store.get(MARK)
    assert known is None

    # A person at central accepts it: the document is inserted as it came.
    leaf = synced.node.store.get(MARK)
    assert leaf is not None
    path = synced.node.store.fetch([(MARK, leaf.rev)])[0]
    assert path is not None
    synced.central.store.insert([path])
    record = synced.sync.run(thoroughly=True)

    assert record.confirmed == 1
    assert state(synced) == ("server", None)


def test_altered_document_is_refused_and_counted_until_it_is_taken(synced: NodeSite) -> None:
    put_mark(synced)
    forged = storage.Maker(synced.node.node.identity.node, bytes(32))
    with synced.node.store.transaction() as tx:
        save = door.Save(tx, forged, synced.node.store.epoch, synced.node.clock.now())
        other = identifiers.mark_id(LESSON, sample_school.ZHUKOV)
        step = door.Step(other, {"value": 5}, {"value": None})
        save.write(sample_school.SOKOLOVA, [step], None)
    record = synced.sync.run()

    refused = entry_states.refused_documents(synced.node.store.records)
    assert record.refused == 1
    assert list(refused) == [other]
    assert state(synced, other)[0] == "refused"
    assert state(synced)[0] == "server"
    with synced.node.store.database.snapshot() as connection:
        counts = own_facts.counts(
            connection, synced.node.store.records, synced.node.node.identity.node, list(refused)
        )
    assert (counts.pending, counts.not_accepted) == (0, 1)


def test_document_refused_just_now_is_not_offered_over_and_over(synced: NodeSite) -> None:
    test_altered_document_is_refused_and_counted_until_it_is_taken(synced)
    before = len(synced.network.traffic.requests)
    synced.sync.run(thoroughly=True)

    later = synced.network.traffic.requests[before:]
    assert not [line for line in later if "_bulk_docs" in line]


def test_entry_that_a_checkpoint_has_passed_is_offered_again(
    synced: NodeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_mark(synced)
    # A fault in the replication: it says that all is there, and moves on.
    monkeypatch.setattr(RemotePeer, "revs_diff", lambda self, offered: {})
    record = synced.sync.run()

    assert (record.sent, record.confirmed) == (1, 1)
    assert synced.central.store.get(MARK) is not None
    assert state(synced) == ("server", None)


# ------------------------------------------------------------------------- who is at the other end


def test_other_central_is_not_filled_silently(synced: NodeSite) -> None:
    put_mark(synced)
    stranger = replace(synced.node.node.identity, central_uuid="another")
    node = replace(synced.node.node, identity=stranger)
    record = Sync(node, node_site.peer_of(synced.node)).run()

    assert record.ending == passes.CENTRAL_UNKNOWN
    assert synced.central.store.get(MARK) is None
    assert pending(synced) > 0


def test_revoked_node_is_told_so_and_keeps_everything(synced: NodeSite) -> None:
    put_mark(synced)
    invitations.revoke(synced.central.store.records, synced.node.node.identity.node)
    record = synced.sync.run()

    assert record.ending == "credentials_refused"
    assert pending(synced) == 1


def test_clock_that_is_wrong_is_known_after_a_contact(synced: NodeSite) -> None:
    synced.node.clock.advance(timedelta(minutes=-30))
    synced.sync.run(thoroughly=True)
    put_mark(synced)

    leaf = synced.node.store.get(MARK)
    assert leaf is not None
    assert {one["clock_offset"] for one in leaf.value["entries"]} == {1800}


def test_clock_that_agrees_leaves_no_trace(synced: NodeSite) -> None:
    synced.node.clock.advance(timedelta(seconds=4))
    synced.sync.run(thoroughly=True)
    put_mark(synced)

    leaf = synced.node.store.get(MARK)
    assert leaf is not None
    assert not any("clock_offset" in one for one in leaf.value["entries"])


def test_new_documents_of_a_widened_scope_arrive_in_the_same_sync(synced: NodeSite) -> None:
    members = [{"student": one, "starts": "2026-09-01", "ends": None} for one in ["st7"]]
    sample_school.put(
        synced.central.store,
        f"assignment:{sample_school.SAFETY_5B}",
        room="12",
    )
    sample_school.put(
        synced.central.store, f"teaching_group:{sample_school.ENGLISH_5A_1}", members=members
    )
    synced.node.clock.advance(timedelta(minutes=6))
    synced.sync.run()

    roster = groups.roster(read(synced), sample_school.SAFETY_5B, sample_school.DAY)
    assert len(roster) == 4


# --------------------------------------------------------------------------------- passwords


NEW_PASSWORD = "тихий омут старой мельницы"


def change_password(site: NodeSite) -> Any:
    client = site.node.client("sokolova")
    page = client.get("/password").text
    form = {"csrf_token": sample_node.csrf_token(page), "old": PASSWORD}
    return client.post("/password", data=form | {"new": NEW_PASSWORD, "repeated": NEW_PASSWORD})


def test_password_changed_offline_counts_here_at_once_and_at_central_after_the_sync(
    synced: NodeSite,
) -> None:
    synced.network.cut()
    changed = change_password(synced)
    sample_node.sign_in(synced.node.client(), "sokolova", NEW_PASSWORD)
    synced.network.restore()
    synced.sync.run()

    account = synced.central.book.by_login("sokolova")
    assert changed.status_code == 303
    assert account is not None
    assert Verifiers(sample_node.QUICK).matches(account.verifier, NEW_PASSWORD)
    sample_node.sign_in(synced.node.client(), "sokolova", NEW_PASSWORD)


def test_first_password_change_to_arrive_wins(synced: NodeSite) -> None:
    change_password(synced)
    book = synced.central.book
    account = book.by_login("sokolova")
    assert account is not None
    book.hand_out_password(account.id, Verifiers(sample_node.QUICK).make("чужой пароль от завуча"))
    synced.sync.run()

    sample_node.sign_in(synced.node.client(), "sokolova", "чужой пароль от завуча")


def test_blocked_teacher_cannot_sign_in_after_the_next_sync(synced: NodeSite) -> None:
    account = synced.central.book.by_login("sokolova")
    assert account is not None
    synced.central.book.block(account.id)
    synced.sync.run(thoroughly=True)

    client = synced.node.client()
    form = {"csrf_token": sample_node.csrf_token(client.get("/sign-in").text)}
    answer = client.post("/sign-in", data=form | {"login": "sokolova", "password": PASSWORD})
    assert answer.status_code == 401


def test_peer_of_a_node_is_its_central(synced: NodeSite) -> None:
    assert peer_of(synced.node.node).info().uuid == synced.node.node.identity.central_uuid


def test_entries_carry_the_nodes_own_seal(synced: NodeSite) -> None:
    put_mark(synced)
    leaf = synced.node.store.get(MARK)
    assert leaf is not None

    key = synced.central.storage.keys.entry_keys().nodes[synced.node.node.identity.node]
    assert all(entry.is_genuine(MARK, one, key) for one in leaf.value["entries"])
