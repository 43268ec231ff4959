"""CouchDB as the authority: whole or not at all, through lost answers, races and two writers."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from central.couch.lease import RENEW_SECONDS, SECONDS, Holder, Lease
from central.couch.server import Address, Couch, Page
from sync import errors
from sync.replication.http_answers import Patience
from sync.store.authority import Outgoing
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.store.transaction import Transaction
from tests.contracts.feed_contract import path
from tests.support.couch_site import QUICK, Central, Monotonic, central_on, new_address
from tests.support.fault_proxy import FaultProxy
from tests.support.pairs import everything


@pytest.fixture
def address(couch_server: str) -> Address:
    return new_address(couch_server)


@pytest.fixture
def central(tmp_path: Path, address: Address) -> Iterator[Central]:
    with central_on(tmp_path / "one.db", address) as central:
        yield central


def through(network: FaultProxy, address: Address) -> Couch:
    """The same school, behind a network that may fail."""
    quick = Patience(connect_seconds=5, silence_seconds=5, answer_seconds=20)
    return Couch(Address(network.url, address.school, address.credentials), quick)


def records_of(store: DocumentStore) -> dict[tuple[str, str], object]:
    found = store.database.read().execute(
        "SELECT collection, key, json FROM record"
        " UNION SELECT '', key, json FROM meta WHERE key LIKE 'journal.%'"
    )
    return {(collection, key): text for collection, key, text in found.fetchall()}


def seen_by_another(tmp_path: Path, address: Address) -> tuple[object, object]:
    """What a central finds whose file is new."""
    number = len(list(tmp_path.iterdir()))
    with central_on(tmp_path / f"new{number}.db", address, writes=False) as other:
        return everything(other.store), records_of(other.store)


def state(store: DocumentStore) -> tuple[object, object]:
    return everything(store), records_of(store)


def save(store: DocumentStore, number: int) -> None:
    """A save as programs make them: two documents and two records that belong together."""
    with store.transaction() as running:
        one = running.put(f"lesson{number}", {"topic": "Дроби", "n": number}, parent=None)
        running.put(f"lesson{number}", {"topic": "Дроби", "n": -number}, parent=one)
        running.insert([path(f"mark{number}", "2-b", "1-a", n=1), path(f"mark{number}", "2-c")])
        running.records.put("saves", f"{number}", {"n": number}, None)
        running.records.overwrite("last", "save", {"n": number})
        running.meta_set("journal.head", {"seq": number})


def test_file_that_was_lost_is_filled_again(
    tmp_path: Path, address: Address, central: Central
) -> None:
    for number in range(3):
        save(central.store, number)
    central.store.put("lesson9", {}, parent=central.store.put("lesson9", {}, parent=None))
    gone = central.store.put("gone", {"n": 1}, parent=None)
    central.store.put("gone", {"why": "left"}, parent=gone, deleted=True)
    central.store.records.delete("saves", "1")

    assert seen_by_another(tmp_path, address) == state(central.store)
    assert len(central.store.leaves("mark1")) == 2


def test_file_of_yesterday_catches_up(tmp_path: Path, address: Address, central: Central) -> None:
    save(central.store, 1)
    central.store.database.backup(tmp_path / "yesterday.db")
    save(central.store, 2)
    central.store.records.overwrite("last", "save", {"n": 99})
    central.store.records.delete("saves", "1")

    with central_on(tmp_path / "yesterday.db", address, writes=False) as other:
        assert state(other.store) == state(central.store)


def test_nothing_is_saved_here_while_couchdb_is_away(
    tmp_path: Path, address: Address, network: FaultProxy
) -> None:
    couch = through(network, address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        save(central.store, 1)
        before = state(central.store)
        network.cut()

        with pytest.raises(errors.StoreUnavailable) as refused:
            save(central.store, 2)
        with pytest.raises(errors.StoreUnavailable):
            central.store.records.overwrite("last", "save", {})
        assert refused.value.code == "couch_unreachable"
        assert state(central.store) == before

        network.restore()
        save(central.store, 2)
        assert seen_by_another(tmp_path, address) == state(central.store)


def test_commit_whose_answer_was_lost_comes_back_whole(
    tmp_path: Path, address: Address, network: FaultProxy
) -> None:
    couch = through(network, address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        network.fail_when(lambda line, size: "cut_answer" if "PUT" in line else None)
        with pytest.raises(errors.StoreUnavailable):
            save(central.store, 1)
        network.fail_when(None)
        assert central.store.get("lesson1") is None

        central.authority.catch_up()

        assert len(central.store.leaves("mark1")) == 2
        assert central.store.records.get("saves", "1") is not None
        # The number of its entry is not given a second time.
        assert central.store.meta_get("journal.head") == {"seq": 1}
        assert seen_by_another(tmp_path, address) == state(central.store)


@pytest.mark.parametrize("fault", ["cut_request", "cut_answer", "html"])
def test_commit_is_carried_out_by_whoever_writes_next(
    tmp_path: Path, address: Address, network: FaultProxy, fault: str
) -> None:
    couch = through(network, address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        network.fail_when(lambda line, size: fault if "_bulk_docs" in line else None)
        save(central.store, 1)  # decided, though nothing but the decision is in CouchDB
        saved = state(central.store)

    # The first one has died; its own start and another central's takeover are the same to CouchDB.
    with central_on(tmp_path / "two.db", address, name="one") as other:
        assert state(other.store) == saved


# A save takes some ten requests, and each of them may be the last one that is heard.
@pytest.mark.parametrize("fault", ["cut_request", "cut_answer", "twice"])
def test_save_is_whole_or_not_there_wherever_the_network_fails(
    tmp_path: Path, address: Address, network: FaultProxy, fault: str
) -> None:
    couch = through(network, address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        for number in range(24):
            network.plan(*[None] * (number % 12), fault)
            saved = False
            with suppress(errors.StoreUnavailable):
                save(central.store, number)
                saved = True
            network._plan.clear()
            assert (central.store.get(f"lesson{number}") is not None) or not saved
        central.authority.catch_up()

        for number in range(24):
            facts = [
                central.store.get(f"lesson{number}") is not None,
                len(central.store.leaves(f"mark{number}")) == 2,
                central.store.records.get("saves", f"{number}") is not None,
            ]
            assert len(set(facts)) == 1, (number, facts)
        assert seen_by_another(tmp_path, address) == state(central.store)


def test_commit_that_the_file_did_not_follow_comes_back(
    tmp_path: Path, address: Address, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = central.authority.commit

    def and_then_the_disk_is_full(connection: Connection, outgoing: Outgoing) -> None:
        commit(connection, outgoing)
        raise errors.StoreUnavailable(code="disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(central.authority, "commit", and_then_the_disk_is_full)
        with pytest.raises(errors.StoreUnavailable):
            save(central.store, 1)
    assert central.store.get("lesson1") is None

    save(central.store, 2)

    assert len(central.store.leaves("mark1")) == 2
    assert seen_by_another(tmp_path, address) == state(central.store)


def test_large_transaction_is_decided_in_pieces_and_leaves_none_behind(
    tmp_path: Path, address: Address, central: Central
) -> None:
    with central.store.transaction() as running:
        for number in range(300):
            running.put(f"d{number}", {"text": "я" * 2000}, parent=None)
            running.records.overwrite("big", f"{number}", {"n": number})

    assert central.couch.listed("intent:", "intent:\uffff") == {}
    assert seen_by_another(tmp_path, address) == state(central.store)


def test_large_transaction_of_a_writer_that_died_is_carried_out(
    tmp_path: Path, address: Address, network: FaultProxy
) -> None:
    couch = through(network, address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        documents = f"POST /{address.school}/_bulk_docs"
        network.fail_when(lambda line, size: "cut_request" if documents in line else None)
        with central.store.transaction() as running:
            for number in range(300):
                running.put(f"d{number}", {"text": "я" * 2000}, parent=None)
        saved = state(central.store)

    with central_on(tmp_path / "two.db", address, name="one") as other:
        assert state(other.store) == saved
        assert other.lease is not None
        other.lease.sweep()
        assert other.couch.listed("intent:", "intent:\uffff") == {}


# ----------------------------------------------------------------------------------- two centrals


def test_lease_that_moves_is_respected_and_one_that_stands_is_taken_in_time(
    address: Address,
) -> None:
    time = Monotonic()
    couch = Couch(address, QUICK)
    couch.create()
    one = Lease(couch, Holder("one", "a", "s1"), time)
    two = Lease(couch, Holder("two", "b", "s2"), time)
    assert one.try_take() is None

    for _ in range(20):
        found = two.try_take()
        assert found is not None
        assert found.host == "a"
        time.seconds += RENEW_SECONDS
        one.keep()
    waited = 0.0
    while two.try_take() is not None:
        time.seconds += 2.0
        waited += 2.0

    assert SECONDS <= waited < 30
    with pytest.raises(errors.StoreUnavailable) as refused:
        one.keep()
    assert refused.value.code == "lease_lost"
    assert one.is_lost


def test_lease_that_was_given_back_is_taken_at_once(central: Central, address: Address) -> None:
    assert central.lease is not None
    other = Lease(Couch(address, QUICK), Holder("two", "b", "s2"), Monotonic())
    assert other.try_take() is not None

    central.lease.release()

    assert other.try_take() is None


def test_writer_that_slept_through_a_takeover_writes_nothing(
    tmp_path: Path, address: Address, central: Central
) -> None:
    save(central.store, 1)

    def sleep_in_the_middle(running: Transaction) -> None:
        running.put("lesson2", {"by": "the old one"}, parent=None)
        take_over(tmp_path, address)

    with (
        pytest.raises(errors.StoreUnavailable) as refused,
        central.store.transaction() as running,
    ):
        sleep_in_the_middle(running)

    assert refused.value.code == "lease_lost"
    assert central.store.get("lesson2") is None
    documents, _ = seen_by_another(tmp_path, address)
    assert "lesson2" not in documents  # type: ignore[operator]
    with pytest.raises(errors.StoreUnavailable):
        central.store.records.overwrite("last", "save", {})


def take_over(tmp_path: Path, address: Address) -> None:
    """Another central waits until the lease has been silent for long, takes it, and saves."""
    time = Monotonic()
    couch = Couch(address, QUICK)
    waiting = Lease(couch, Holder("two", "b", "s2"), time)
    assert waiting.try_take() is not None
    time.seconds += SECONDS
    assert waiting.try_take() is None
    with central_on(tmp_path / "two.db", address, name="two") as other:
        save(other.store, 7)


def test_record_that_a_diary_wrote_meanwhile_is_a_conflict(
    tmp_path: Path, address: Address, central: Central
) -> None:
    central.store.records.put("sessions", "s", {"n": 1}, None)
    with central_on(tmp_path / "diary.db", address, writes=False) as diary:
        with (
            pytest.raises(errors.RecordConflict),
            central.store.transaction() as running,
        ):
            end_session(running, diary)
        assert central.store.get("lesson") is None

        central.authority.catch_up()
        found = central.store.records.get("sessions", "s")
        assert found is not None
        assert found.value == {"n": 2}


def end_session(running: Transaction, diary: Central) -> None:
    """Write over a record while somebody else does."""
    running.put("lesson", {"n": 1}, parent=None)
    running.records.overwrite("sessions", "s", {"n": 99})
    diary.store.records.overwrite("sessions", "s", {"n": 2})


def test_many_who_wait_are_served_by_one_look_at_couchdb(
    tmp_path: Path, address: Address, network: FaultProxy
) -> None:
    couch = through(network, address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        network.forget_traffic()
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: save(central.store, number), range(24)))

        asked = [line for line in network.forget_traffic().requests if "_changes" in line]
        assert len(asked) < 2 * 24
        assert seen_by_another(tmp_path, address) == state(central.store)
        assert len(everything(central.store)) == 2 * 24


class SavedMeanwhile(Couch):
    """While a page of the feed is on its way back, this central itself saves once more."""

    def __init__(self, address: Address) -> None:
        super().__init__(address, QUICK)
        self.central: Central | None = None

    def changes(self, since: str, limit: int) -> Page:
        page = super().changes(since, limit)
        central, self.central = self.central, None
        if central is not None:
            save_asked_before(central, 7)
        return page


def save_asked_before(central: Central, number: int) -> None:
    """Save like one who has asked CouchDB already and only waited for the file."""
    outgoing = Outgoing()
    with central.store.own_transaction(outgoing) as running:
        running.records.overwrite("last", "save", {"n": number})
        running.meta_set("journal.head", {"seq": number})
        central.authority.commit(running.connection, outgoing)


def test_page_that_was_overtaken_by_a_save_sets_nothing_back(
    tmp_path: Path, address: Address
) -> None:
    couch = SavedMeanwhile(address)
    with central_on(tmp_path / "one.db", address, couch=couch) as central:
        save(central.store, 1)
        couch.central = central

        save(central.store, 2)

        last = central.store.records.get("last", "save")
        assert last is not None
        assert last.value == {"n": 2}
        save(central.store, 3)
        assert seen_by_another(tmp_path, address) == state(central.store)


def test_two_centrals_count_together(tmp_path: Path, address: Address, central: Central) -> None:
    with central_on(tmp_path / "diary.db", address, writes=False) as diary:
        for one in itertools.islice(itertools.cycle([central, diary]), 10):
            found = one.store.records.get("attempts", "ivanov")
            try:
                count_up(one.store)
            except errors.RecordConflict:
                count_up(one.store)
            assert found is None or found.value["n"] < 10

        central.authority.catch_up()
        final = central.store.records.get("attempts", "ivanov")
        assert final is not None
        assert final.value == {"n": 10}


def count_up(store: DocumentStore) -> None:
    """Read, add one, write over what was read."""
    found = store.records.get("attempts", "ivanov")
    number = 0 if found is None else found.value["n"]
    store.records.put(
        "attempts", "ivanov", {"n": number + 1}, None if found is None else found.revision
    )


def test_diary_never_writes_documents(tmp_path: Path, address: Address, central: Central) -> None:
    save(central.store, 1)
    with central_on(tmp_path / "diary.db", address, writes=False) as diary:
        diary.store.records.put("guardian_visits", "g:2026-10-14", {}, None)
        with pytest.raises(errors.StoreUnavailable) as refused:
            diary.store.put("lesson2", {}, parent=None)

        assert refused.value.code == "diary_only"
        assert diary.store.get("lesson2") is None
    central.authority.catch_up()
    assert central.store.records.count("guardian_visits") == 1


def test_commit_carried_out_again_does_not_undo_what_a_diary_wrote_since(
    tmp_path: Path, address: Address, central: Central
) -> None:
    central.store.records.put("sessions", "s", {"n": 0}, None)
    with central.store.transaction() as running:
        running.put("lesson", {"n": 1}, parent=None)
        running.records.overwrite("sessions", "s", {"n": 1})
        running.records.overwrite("sessions", "t", {"n": 1})
    with central_on(tmp_path / "diary.db", address, writes=False) as diary:
        diary.store.records.overwrite("sessions", "s", {"n": 2})
        diary.store.records.delete("sessions", "t")

    # The writer has died before its next commit, so the lease still tells of the last one.
    with central_on(tmp_path / "two.db", address, name="one") as other:
        found = other.store.records.get("sessions", "s")
        assert found is not None
        assert found.value == {"n": 2}
        assert other.store.records.get("sessions", "t") is None
