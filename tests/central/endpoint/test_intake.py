"""What nodes push is accepted, kept aside or refused, one verdict each, and nothing is lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central import alarms, quarantine
from central import storage as central_storage
from central.endpoint import gateway, intake, receipts
from central.endpoint.gateway import Guest, NodeDatabase
from central.endpoint.intake import Carrier, Intake, Keys
from node import storage
from sync import errors
from sync.clock import FixedClock
from sync.documents import canonical, entry, identifiers, scope
from sync.documents.judgement import Outcome
from sync.entries.door import Maker
from sync.entries.journal import Journal
from sync.projections import entry_index, marks
from sync.projections.facts import SchoolFacts
from sync.replication.outcome import Verdict
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.queue_lock import QueueLock
from sync.store.transaction import Transaction
from sync.store.values import RevisionPath
from tests.support import sample_school as school
from tests.support.sample_school import ABRAMOV, LESSON_1, SOKOLOVA, YOLKIN

NODE_KEYS = {"n1": bytes([1] * 32), "n2": bytes([2] * 32)}
KEYS = Keys("central", school.CENTRAL_KEY, NODE_KEYS)
MARK = identifiers.mark_id(LESSON_1, ABRAMOV)


@dataclass
class Room:
    """A node with its own store and a teacher at it."""

    node: str
    store: DocumentStore
    journal: Journal

    def mark(self, value: int | None, seen: int | None, author: str = SOKOLOVA) -> None:
        token = self.store.update_seq()
        self.journal.record_mark(author, LESSON_1, ABRAMOV, value, seen=seen, token=token)

    def paths(self, *doc_ids: str) -> list[RevisionPath]:
        wanted = [(doc_id, leaf.rev) for doc_id in doc_ids for leaf in self.store.leaves(doc_id)]
        return [path for path in self.store.fetch(wanted) if path is not None]


@dataclass
class Office:
    """Central's store, taking in what is pushed."""

    store: DocumentStore

    def take(self, paths: list[RevisionPath], carrier: str = "n1") -> list[Verdict]:
        with self.store.transaction() as tx:
            facts = SchoolFacts(
                tx.connection,
                lambda node, at: receipts.had_contact_since(tx.records, node, at),
            )
            return Intake(tx, KEYS, facts, Carrier(carrier, school.NOW)).take(paths)

    def codes(self, paths: list[RevisionPath], carrier: str = "n1") -> list[str]:
        return [verdict.code or verdict.outcome.value for verdict in self.take(paths, carrier)]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[..., DocumentStore]]:
    opened: list[DocumentStore] = []

    def open_one(name: str, tables: Any) -> DocumentStore:
        store = DocumentStore(
            Database(tmp_path / f"{name}.sqlite"),
            epoch=f"e{name}",
            uuid=name,
            projections=tables,
            scope_keys=scope.keys_of,
        )
        opened.append(store)
        school.fill(store, for_node=name != "central")
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def room(stores: Callable[..., DocumentStore]) -> Room:
    return make_room(stores, "n1")


def make_room(stores: Callable[..., DocumentStore], node: str) -> Room:
    store = stores(node, storage.read_tables(node))
    maker = Maker(node, NODE_KEYS[node])
    return Room(node, store, Journal(store, maker, FixedClock(school.NOW)))


@pytest.fixture
def office(stores: Callable[..., DocumentStore]) -> Office:
    return Office(stores("central", central_storage.read_tables()))


def test_honest_work_is_accepted_as_it_is(room: Room, office: Office) -> None:
    room.mark(5, None)
    room.mark(4, 5)
    sent = room.paths(MARK)

    assert office.codes(sent) == ["accepted"]
    leaf = office.store.get(MARK)
    assert leaf is not None
    assert (leaf.rev, leaf.value) == (sent[0].rev, sent[0].value)


def test_pushing_again_changes_nothing(room: Room, office: Office) -> None:
    room.mark(5, None)
    office.take(room.paths(MARK))
    seq = office.store.update_seq()

    assert office.codes(room.paths(MARK)) == ["accepted"]
    assert office.store.update_seq() == seq


def test_verdicts_come_in_the_order_of_the_documents(room: Room, office: Office) -> None:
    room.mark(5, None)
    fields = {"topic": "Дроби"}
    room.journal.describe_lesson(SOKOLOVA, LESSON_1, fields, seen={"topic": None}, token="t")
    good, lesson = room.paths(MARK, identifiers.lesson_id(LESSON_1))
    forged = replace(good, value=good.value | {"value": 2})

    verdicts = office.take([forged, lesson, good])

    assert [verdict.rev for verdict in verdicts] == [forged.rev, lesson.rev, good.rev]
    assert [verdict.outcome for verdict in verdicts] == [
        Outcome.REFUSED,
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
    ]


def test_save_does_not_stand_behind_a_long_push(
    room: Room, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_PIECE", 2)
    database = office.store.database
    told: list[str] = []

    def save() -> None:
        with database.write():
            told.append("save")

    saver = threading.Thread(target=save, daemon=True)

    def keys() -> Keys:
        told.append("push")
        if not saver.ident:
            saver.start()
            while not database.is_awaited and saver.is_alive():
                pass
        return KEYS

    students = [f"st{number}" for number in range(1, 7)]
    sent = [mark_of(room, student) for student in students]
    guest = Guest("n1", frozenset(), "1")
    node = NodeDatabase(office.store, guest, keys, FixedClock(school.NOW))

    verdicts = node.insert(sent)

    saver.join(30)
    assert told == ["push", "save", "push"]
    assert [verdict.id for verdict in verdicts] == [path.id for path in sent]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.ACCEPTED}
    assert all(office.store.get(path.id) for path in sent)


def mark_of(room: Room, student: str) -> RevisionPath:
    room.journal.record_mark(SOKOLOVA, LESSON_1, student, 5, seen=None, token=student)
    (path,) = room.paths(identifiers.mark_id(LESSON_1, student))
    return path


def test_long_push_is_one_commit_when_nobody_waits_and_leaves_of_a_document_stay_together(
    room: Room, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_PIECE", 2)
    asked: list[int] = []

    def keys() -> Keys:
        asked.append(office.store.update_seq())
        return KEYS

    marks_sent = [mark_of(room, f"st{number}") for number in range(1, 6)]
    node = NodeDatabase(office.store, Guest("n1", frozenset(), "1"), keys, FixedClock(school.NOW))

    node.insert(marks_sent)

    assert len(asked) == 1
    of_one = [replace(marks_sent[0], id="a"), replace(marks_sent[0], id="b")]
    pieces = gateway._pieces([of_one[0], *[of_one[1]] * 3, of_one[0]])
    assert [[path.id for path in piece] for piece in pieces] == [["a", "b", "b", "b"], ["a"]]


def test_turn_goes_to_the_next_long_push_before_the_commit(
    room: Room, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_PIECE", 2)
    queue, store = QueueLock(), office.store
    transaction = store.transaction
    seen: list[bool] = []

    @contextmanager
    def watched() -> Iterator[Transaction]:
        with transaction() as tx:
            seen.append(is_free(queue))
            yield tx
            seen.append(is_free(queue))

    monkeypatch.setattr(store, "transaction", watched)
    sent = [mark_of(room, f"st{number}") for number in range(1, 6)]
    guest = Guest("n1", frozenset(), "1")
    node = NodeDatabase(store, guest, lambda: KEYS, FixedClock(school.NOW), queue)

    with node.in_turn():
        seen.append(is_free(queue))
        node.insert(sent)

    assert [*seen, is_free(queue)] == [False, False, True, True]


def test_turn_is_free_again_after_a_push_that_fails(
    room: Room, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_keys() -> Keys:
        raise errors.StoreUnavailable(code="disk_failed")

    monkeypatch.setattr(gateway, "_PIECE", 2)
    queue = QueueLock()
    guest = Guest("n1", frozenset(), "1")
    node = NodeDatabase(office.store, guest, no_keys, FixedClock(school.NOW), queue)

    with pytest.raises(errors.StoreUnavailable):
        node.insert([mark_of(room, f"st{number}") for number in range(1, 6)])

    assert is_free(queue)


def is_free(queue: QueueLock) -> bool:
    free = queue.acquire(timeout=0)
    if free:
        queue.release()
    return free


def test_two_leaves_of_one_document_in_one_batch_are_both_kept(
    stores: Callable[..., DocumentStore], room: Room, office: Office
) -> None:
    room.mark(5, None)
    other = make_room(stores, "n2")
    other.mark(3, None)

    assert office.codes([*room.paths(MARK), *other.paths(MARK)]) == ["accepted", "accepted"]
    shown = marks.marks_of_student(office.store.database.read(), ABRAMOV, school.DAY, school.DAY)
    assert [(mark.value, mark.disputed) for mark in shown] == [(None, True)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda p: replace(p, revisions=("999999-" + "f" * 32,)), "bad_revision"),
        (lambda p: replace(p, revisions=("1-" + "f" * 32,)), "bad_revision"),
        (lambda p: rehashed(replace(p, value=p.value | {"value": 2})), "value_without_entry"),
        (lambda p: rehashed(replace(p, deleted=True)), "tombstone"),
        (lambda p: rehashed(replace(p, id=p.id.replace(ABRAMOV, "st2"))), "bad_mac"),
        (lambda p: rehashed(replace(p, id="class:c5a")), "central_only"),
        (lambda p: rehashed(replace(p, id="grade:1")), "bad_document_id"),
        (lambda p: rehashed(replace(p, revisions=("3-c", "2-b"))), "bad_revision"),
    ],
)
def test_forged_revision_is_refused_and_nothing_is_stored(
    room: Room, office: Office, change: Callable[[RevisionPath], RevisionPath], code: str
) -> None:
    room.mark(5, None)
    seq = office.store.update_seq()

    assert office.codes([change(room.paths(MARK)[0])]) == [code]
    assert office.store.update_seq() == seq
    assert quarantine.count(office.store.records) == 0


def rehashed(path: RevisionPath) -> RevisionPath:
    parent = path.revisions[1] if len(path.revisions) > 1 else None
    revision = canonical.revision_of(parent, path.deleted, path.value)
    return replace(path, revisions=(revision, *path.revisions[1:]))


def test_forged_child_of_a_genuine_mark_changes_nothing(room: Room, office: Office) -> None:
    room.mark(5, None)
    genuine = room.paths(MARK)[0]
    office.take([genuine])
    child = replace(genuine, revisions=("2-x", genuine.rev), value=genuine.value | {"value": 2})

    assert office.codes([rehashed(child)]) == ["entries_missing"]
    assert (leaf := office.store.get(MARK)) is not None
    assert leaf.value["value"] == 5


def lend_lesson(room: Room) -> None:
    """Let the node believe that Ёлкин teaches the group, which central does not."""
    school.put(
        room.store,
        "assignment:gm5a",
        group=school.MATH_5A,
        teacher=YOLKIN,
        room="12",
        starts="2026-09-01",
        ends=None,
    )


def test_what_may_not_be_written_is_kept_aside_with_its_reason(room: Room, office: Office) -> None:
    lend_lesson(room)
    room.mark(5, None, YOLKIN)
    sent = room.paths(MARK)

    assert office.codes(sent) == ["not_your_lesson"]
    assert office.store.get(MARK) is None
    (item,) = quarantine.items(office.store.records)
    assert item["value"] == sent[0].value
    assert item["carrier"] == "n1"
    assert office.codes(sent) == ["not_your_lesson"]  # known: asked again, answered again
    assert quarantine.count(office.store.records) == 1


def test_descendant_takes_its_ancestors_place_in_the_quarantine(room: Room, office: Office) -> None:
    lend_lesson(room)
    room.mark(5, None, YOLKIN)
    office.take(room.paths(MARK))
    room.mark(4, 5, YOLKIN)
    office.take(room.paths(MARK))

    (item,) = quarantine.items(office.store.records)
    assert item["value"]["value"] == 4
    assert states(room, office) == ["quarantined"] * 2


def test_descendant_that_may_be_written_frees_its_ancestor(room: Room, office: Office) -> None:
    lend_lesson(room)
    room.mark(5, None, YOLKIN)
    office.take(room.paths(MARK))
    lend_lesson(Room("", office.store, room.journal))  # the order arrives at central
    room.mark(4, 5, YOLKIN)

    assert office.codes(room.paths(MARK)) == ["accepted"]
    assert quarantine.count(office.store.records) == 0
    assert states(room, office) == ["accepted"] * 2


def states(room: Room, office: Office) -> list[str]:
    own = entry_index.pending(room.store.database.read(), room.node, 100)
    asked = [receipts.Asked(one.epoch, one.seq, one.digest) for one in own]
    connection = office.store.database.read()
    answered, _ = receipts.answer(connection, office.store.records, room.node, asked)
    return [receipt.state for receipt in answered]


def test_receipt_speaks_of_every_entry_although_one_revision_arrived(
    room: Room, office: Office
) -> None:
    room.mark(5, None)
    room.mark(4, 5)
    assert states(room, office) == ["unknown"] * 2

    office.take(room.paths(MARK))

    assert states(room, office) == ["accepted"] * 2


def test_any_node_may_give_back_what_another_wrote(room: Room, office: Office) -> None:
    room.mark(5, None)

    assert office.codes(room.paths(MARK), carrier="n2") == ["accepted"]
    assert states(room, office) == ["accepted"]


def test_central_is_healed_with_its_own_documents(room: Room, office: Office) -> None:
    doc_id = "class:c5a"
    wanted = room.store.get(doc_id)
    assert wanted is not None
    lost = replace_value(wanted.value, name="5В")
    path = RevisionPath(doc_id, (canonical.revision_of(None, False, lost),), False, lost)

    assert office.codes([path]) == ["accepted"]
    assert office.codes([rehashed(replace(path, value=lost | {"name": "5Г"}))]) == ["central_only"]


def replace_value(value: dict[str, Any], **fields: Any) -> dict[str, Any]:
    bare = {name: part for name, part in value.items() if name != "entries"} | fields
    return school._sealed("class:c5a", bare)


def test_one_number_with_two_contents_is_a_fork_and_blocks_nothing(
    stores: Callable[..., DocumentStore], room: Room, office: Office
) -> None:
    room.mark(5, None)
    clone = make_clone(stores, room)
    clone.mark(3, None)

    assert office.codes([*room.paths(MARK), *clone.paths(MARK)]) == ["accepted", "accepted"]
    noticed = list(office.store.records.scan(intake.FORKS))
    assert noticed
    assert {record.value["node"] for record in noticed} == {"n1"}
    (alarm,) = alarms.open_alarms(office.store.records)
    assert (alarm.code, alarm.key) == ("fork", f"n1/{room.store.epoch}")
    own = entry_index.pending(room.store.database.read(), "n1", 100)
    asked = [receipts.Asked(one.epoch, one.seq, one.digest) for one in own]
    connection = office.store.database.read()
    _, forked = receipts.answer(connection, office.store.records, "n1", asked)
    assert forked


def make_clone(stores: Callable[..., DocumentStore], room: Room) -> Room:
    """A copy of the node's disk, taken before it wrote anything."""
    store = stores("copy", storage.read_tables(room.node))
    store.epoch = room.store.epoch
    maker = Maker(room.node, NODE_KEYS[room.node])
    return Room(room.node, store, Journal(store, maker, FixedClock(school.NOW)))


def test_number_that_waits_in_the_quarantine_is_a_fork_too(
    stores: Callable[..., DocumentStore], room: Room, office: Office
) -> None:
    lend_lesson(room)
    room.mark(5, None, YOLKIN)
    clone = make_clone(stores, room)
    clone.mark(3, None)

    assert office.codes(room.paths(MARK)) == ["not_your_lesson"]
    assert office.codes(clone.paths(MARK)) == ["accepted"]
    assert list(office.store.records.scan(intake.FORKS))


def test_lower_number_that_comes_late_is_no_fork(room: Room, office: Office) -> None:
    room.mark(5, None)
    zhukov = identifiers.mark_id(LESSON_1, school.ZHUKOV)
    room.journal.record_mark(SOKOLOVA, LESSON_1, school.ZHUKOV, 4, seen=None, token="later")

    assert office.codes(room.paths(zhukov)) == ["accepted"]
    assert office.codes(room.paths(MARK)) == ["accepted"]
    assert not list(office.store.records.scan(intake.FORKS))


def test_entry_of_a_newer_program_waits_instead_of_being_misread(
    room: Room, office: Office
) -> None:
    room.mark(5, None)
    path = room.paths(MARK)[0]
    newer = rehashed(replace(path, value=path.value | {"schema": 2}))

    assert office.codes([newer]) == ["newer_schema"]
    assert quarantine.count(office.store.records) == 1


def test_full_quarantine_of_a_node_refuses_so_that_the_node_keeps_it(
    room: Room, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_ENTRIES_OF_A_NODE", 1)
    lend_lesson(room)
    room.mark(5, None, YOLKIN)
    office.take(room.paths(MARK))
    room.journal.record_mark(YOLKIN, LESSON_1, school.ZHUKOV, 4, seen=None, token="more")

    assert office.codes(room.paths(identifiers.mark_id(LESSON_1, school.ZHUKOV))) == [
        "quarantine_full"
    ]


def test_contact_is_remembered_for_locks(office: Office) -> None:
    records = office.store.records
    assert not receipts.had_contact_since(records, "n1", school.NOW)

    receipts.note_pulse(records, "n1", school.NOW + timedelta(days=1), {"pending": 3})
    assert not receipts.had_contact_since(records, "n1", school.NOW)
    receipts.note_contact(records, "n1", school.NOW)

    assert receipts.had_contact_since(records, "n1", school.NOW)
    assert not receipts.had_contact_since(records, "n1", school.NOW + timedelta(seconds=1))
    assert receipts.contact_of(records, "n1") == {
        "pending": 3,
        "last_heard_at": entry.instant_text(school.NOW + timedelta(days=1)),
        "last_receipt_at": entry.instant_text(school.NOW),
    }
