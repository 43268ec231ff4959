"""Copied disks, replaced computers, revoked ones, a central set up anew: nothing is lost by any."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from central import alarms, enrolment, keys, storage
from node import enrolment as node_enrolment
from node import passes
from node import settings as node_settings
from node.server_calls import Asked
from sync import errors
from sync.documents import identifiers
from sync.projections import entry_index
from sync.store.document_store import DocumentStore
from tests.support import in_process, invariant, sample_school, star
from tests.support.sample_school import LESSON_1, LESSON_2, ROSTER_5A, SOKOLOVA
from tests.support.star import Classroom, Star


def mark(number: int, lesson: identifiers.LessonKey = LESSON_1) -> str:
    return identifiers.mark_id(lesson, ROSTER_5A[number])


@pytest.fixture
def school(template: Path, tmp_path: Path) -> Iterator[Star]:
    with star.opened(template, tmp_path) as opened:
        yield opened


def copied(school: Star, name: str, original: str = "a") -> Classroom:
    """Another computer with a copy of the original's data folder."""
    source = school.nodes[original]
    source.close()
    folder = source.folder.parent / name
    shutil.copytree(source.folder, folder)
    source._begin()
    copy = Classroom(original, folder, source.network, school.said, source._randomness)
    copy.name = name
    school.nodes[name] = copy
    return copy


def enrol_anew(school: Star, node: Classroom) -> None:
    """An administrator's code makes another computer of this one."""
    invited = enrolment.invite(
        school.central.storage, "12", f"Кабинет 12{node.name}", star.HOMEROOM
    )
    node.close()
    node_enrolment.enrol(node.folder, in_process.ADDRESS, invited.code, post=node.network.post)
    node._begin()


def values(store: DocumentStore, doc_id: str) -> set[object]:
    return {leaf.value["value"] for leaf in store.leaves(doc_id) if not leaf.deleted}


def codes(school: Star) -> set[str]:
    return {alarm.code for alarm in alarms.open_alarms(school.central.store.records)}


def test_folder_copied_twice_and_all_three_write_nothing_is_lost(school: Star) -> None:
    first, second = copied(school, "copy1"), copied(school, "copy2")
    assert school.nodes["a"].write(SOKOLOVA, mark(1), {"value": 5})
    assert first.write(SOKOLOVA, mark(2), {"value": 4})
    assert second.write(SOKOLOVA, mark(3), {"value": 3})
    for node in (school.nodes["a"], first, second, school.nodes["a"]):
        node.sync()
    assert "two_computers" in codes(school)

    enrol_anew(school, first)
    enrol_anew(school, second)
    assert first.write(SOKOLOVA, mark(4), {"value": 4})
    assert second.write(SOKOLOVA, mark(5), {"value": 3})
    school.settle()

    central = school.central.store
    for number, value in ((1, 5), (2, 4), (3, 3), (4, 4), (5, 3)):
        assert values(central, mark(number)) == {value}
    assert len({node.id for node in school.nodes.values()}) == 5
    invariant.check(school.said, central, school.stores)


def test_copies_that_give_one_number_twice_raise_the_alarm(school: Star) -> None:
    a = school.nodes["a"]
    copy = copied(school, "copy")
    # As a disk image of a sleeping computer wakes up: the same epoch in both.
    copy.node.store.epoch = a.node.store.epoch
    assert a.write(SOKOLOVA, mark(1), {"value": 5})
    assert copy.write(SOKOLOVA, mark(2), {"value": 4})
    school.settle()

    assert "fork" in codes(school)
    assert values(school.central.store, mark(1)) == {5}
    assert values(school.central.store, mark(2)) == {4}


def test_replaced_computer_sends_what_the_former_one_had_not(school: Star) -> None:
    a = school.nodes["a"]
    old = a.id
    assert a.write(SOKOLOVA, mark(1), {"value": 5})
    enrol_anew(school, a)
    assert a.id != old
    waiting = entry_index.tally(a.store.database.read(), a.node.identity.makers)
    assert waiting.pending >= 1

    school.settle()

    assert values(school.central.store, mark(1)) == {5}
    told = entry_index.tally(a.store.database.read(), a.node.identity.makers)
    assert (told.pending, told.accepted) == (0, waiting.pending + waiting.accepted)
    record = enrolment.find(school.central.store.records, a.id)
    assert record is not None
    assert record.former == (old,)


def test_nobody_can_claim_to_have_been_another(school: Star) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    identity = a.node.identity
    a.close()
    stolen = node_settings.Former(b.id, bytes(32))
    node_settings.write_identity(a.folder, replace(identity, former=(stolen,)))
    invited = enrolment.invite(school.central.storage, "12")

    with pytest.raises(errors.EnrolmentRefused) as refused:
        node_enrolment.enrol(a.folder, in_process.ADDRESS, invited.code, post=a.network.post)

    assert refused.value.code == "former_not_proven"
    node_settings.write_identity(a.folder, identity)
    a._begin()
    # The code was not used up by it.
    enrolment.accept(school.central.storage, invited.code, "n")


def test_node_is_told_nothing_of_entries_of_others(school: Star) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    assert b.write(SOKOLOVA, mark(1), {"value": 5})
    school.settle()
    (row,) = {
        name
        for name in invariant.account(school.central.store, school.stores).accepted
        if name[0] == b.id
    }

    asked = Asked(row[1], row[2], row[3], former=b.id)
    answered = a.syncing._calls.receipts([asked])

    assert [one.state for one in answered.receipts] == ["unknown"]


def test_revoked_node_is_out_at_once_and_its_honest_work_waits_for_a_person(school: Star) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    assert a.write(SOKOLOVA, mark(1), {"value": 4})
    school.settle()
    assert a.write(SOKOLOVA, mark(2), {"value": 5})
    enrolment.revoke(school.central.store.records, a.id, school.central.clock.now())

    assert a.sync().ending == "credentials_refused"
    assert values(school.central.store, mark(2)) == set()
    enrol_anew(school, a)
    a.sync()

    assert values(school.central.store, mark(1)) == {4}
    (item,) = school.central.store.records.scan(invariant.QUARANTINE_ITEMS)
    assert (item.value["id"], item.value["code"]) == (mark(2), "maker_revoked")
    # What it writes from now on is its own.
    assert a.write(SOKOLOVA, mark(3), {"value": 3})
    a.sync()
    assert values(school.central.store, mark(3)) == {3}
    assert b.sync().ending == passes.COMPLETE


def new_central(school: Star) -> str:
    """Central's disk is lost, a new one set up with the keys from the safe; return the old id."""
    central = school.central
    old = central.store.uuid
    central.close()
    kept = {file.name: file.read_text() for file in keys.files(central.folder)}
    shutil.rmtree(central.folder)
    storage.initialise(central.folder)
    for name, text in kept.items():
        (central.folder / name).write_text(text)
    central._begin()
    return old


def test_brand_new_central_is_not_refilled_before_an_administrator_says_so(school: Star) -> None:
    a = school.nodes["a"]
    old = new_central(school)
    invited = enrolment.invite(school.central.storage, "12")
    assert a.sync().ending != passes.COMPLETE
    a.close()

    with pytest.raises(errors.EnrolmentRefused) as refused:
        node_enrolment.enrol(a.folder, in_process.ADDRESS, invited.code, post=a.network.post)
    assert refused.value.code == "another_journal"
    enrolment.adopt(school.central.storage, old)
    node_enrolment.enrol(a.folder, in_process.ADDRESS, invited.code, post=a.network.post)
    a._begin()

    assert a.sync().ending == passes.COMPLETE


def test_several_nodes_refill_a_central_that_was_set_up_anew(school: Star) -> None:
    a, b, c = school.nodes["a"], school.nodes["b"], school.nodes["c"]
    assert a.write(SOKOLOVA, mark(1), {"value": 4})
    assert b.write(SOKOLOVA, mark(2), {"value": 5})
    assert c.write(SOKOLOVA, mark(3, LESSON_2), {"value": 3})
    school.settle()
    assert a.write(SOKOLOVA, mark(4), {"value": 2})  # never sent to the old one
    # The school's data came anew after the marks: they must not be judged without it.
    sample_school.put(school.central.store, f"assignment:{sample_school.MATH_5A}", weekly_hours=6)
    school.settle()
    page = school.central.store.changes(0)
    held = {row.id for row in a.store.changes(0).rows}
    before = {row.id: row.revs[0] for row in page.rows if row.id in held}

    old = new_central(school)
    enrolment.adopt(school.central.storage, old)
    for node in (a, b, c):
        enrol_anew(school, node)
    school.settle()

    after = {row.id: row.revs[0] for row in school.central.store.changes(0).rows}
    assert {doc_id: after.get(doc_id) for doc_id in before} == before
    assert school.central.store.records.count(invariant.QUARANTINE_ITEMS) == 0
    for number, lesson, value in ((1, LESSON_1, 4), (2, LESSON_1, 5), (3, LESSON_2, 3)):
        assert values(school.central.store, mark(number, lesson)) == {value}
    assert values(school.central.store, mark(4)) == {2}
