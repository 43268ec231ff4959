"""Central is destroyed and yesterday's backup restored: what came after comes back from the nodes.

The whole of it with the real programs' parts: decisions made at the desk, entries put aside and
rejected, a node that is destroyed together with central, and every way in which a file may come
back: by ``restore``, copied by hand, or set back under a program that runs on.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central import alarms, backup, enrolment, restoring, settings
from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from node import enrolment as node_enrolment
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.passwords import Effort, Verifiers
from sync.documents import identifiers
from sync.school.people import Role
from sync.store import entry_states
from sync.store.document_store import DocumentStore
from sync.store.entry_states import State
from tests.support import central_site, in_process, invariant, sample_school, star
from tests.support.sample_school import LESSON_1, LESSON_2, ROSTER_5A, SOKOLOVA, YOLKIN
from tests.support.star import Classroom, Star

DAY = timedelta(days=1)
DISPUTED = identifiers.mark_id(LESSON_1, ROSTER_5A[0])
REJECTED = identifiers.mark_id(LESSON_2, ROSTER_5A[1])


def mark(lesson: Any, number: int) -> str:
    return identifiers.mark_id(lesson, ROSTER_5A[number])


@pytest.fixture
def school(template: Path, tmp_path: Path) -> Iterator[Star]:
    with star.opened(template, tmp_path) as opened:
        yield opened


def everything(store: DocumentStore) -> dict[str, frozenset[str]]:
    """All documents with their live leaves."""
    page = store.changes(0)
    return {
        row.id: frozenset(leaf.rev for leaf in store.leaf_revisions(row.id) if not leaf.deleted)
        for row in page.rows
    }


def live_yesterday(school: Star) -> Path:
    """A day of work, then the backup."""
    assert school.nodes["a"].write(SOKOLOVA, mark(LESSON_1, 3), {"value": 4})
    school.settle()
    return backup.make(school.central.storage, school.central.folder.parent / "backups").file


def live_today(school: Star) -> str:
    """Work on all nodes after the backup: marks, a conflict that is decided, one thing rejected."""
    a, b, c = school.nodes["a"], school.nodes["b"], school.nodes["c"]
    for one in (school.central, a, b, c):
        one.clock.advance(timedelta(hours=1))
    assert a.write(SOKOLOVA, mark(LESSON_1, 2), {"value": 5})
    assert a.write(SOKOLOVA, mark(LESSON_1, 3), {"value": 2}, "переписал")
    assert b.write(SOKOLOVA, mark(LESSON_2, 2), {"value": 3})
    assert c.write(SOKOLOVA, mark(LESSON_2, 4), {"value": 4})
    # Two people, two values: the teacher on a, the substitute on b.
    assert a.write(SOKOLOVA, DISPUTED, {"value": 5})
    assert b.write(YOLKIN, DISPUTED, {"value": 3})
    school.settle()
    decision = _decide(school)
    school.settle()
    return decision


def _decide(school: Star) -> str:
    store = school.central.store
    shown = [leaf.rev for leaf in store.leaf_revisions(DISPUTED) if not leaf.deleted]
    choices = [
        Choice(tuple(found.fields), How.VERSION, 0, None)
        for found in deciding.disputes_of(store, DISPUTED)
    ]
    return deciding.decide(
        school.central.desk,
        DISPUTED,
        shown,
        choices,
        by=sample_school.DEPUTY,
        reason="по журналу замен",
    )


def restored(school: Star, file: Path) -> None:
    """Central's database is lost; the backup is restored by the command's own function."""
    school.central.close()
    settings.database_file(school.central.folder).unlink()
    restoring.restore(school.central.folder, file, school.central.clock)
    school.central._begin()


def copied_by_hand(school: Star, file: Path) -> None:
    """Somebody copies the file back."""
    school.central.set_back(file)


WAYS = pytest.mark.parametrize("come_back", [restored, copied_by_hand])


def codes(school: Star) -> set[str]:
    return {alarm.code for alarm in alarms.open_alarms(school.central.store.records)}


def fourth(school: Star) -> Classroom:
    """One more computer for the class, which has synced once."""
    a = school.nodes["a"]
    folder = a.folder.parent / "d"
    code = enrolment.invite(school.central.storage, "12", "Кабинет 12d", star.HOMEROOM).code
    node_enrolment.enrol(folder, in_process.ADDRESS, code, post=a.network.post)
    node = Classroom("a", folder, a.network, school.said, a._randomness)
    school.nodes["d"] = node
    assert node.sync().was_contact
    return node


@WAYS
def test_everything_since_the_backup_is_there_though_a_node_was_destroyed_too(
    school: Star, come_back: Callable[[Star, Path], None]
) -> None:
    doomed = fourth(school)
    file = live_yesterday(school)
    doomed.clock.advance(timedelta(hours=1))
    assert doomed.write(SOKOLOVA, mark(LESSON_2, 5), {"value": 5})
    decision = live_today(school)
    before, entries = everything(school.central.store), entry_names(school.central.store)
    assert any(name[0] == doomed.id for name in entries)
    school.nodes.pop("d")
    doomed.close()
    shutil.rmtree(doomed.folder)

    come_back(school, file)
    lost = before.keys() - everything(school.central.store).keys()
    assert {decision, mark(LESSON_1, 2), mark(LESSON_2, 5)} <= lost
    school.settle()

    assert everything(school.central.store) == before
    assert entry_names(school.central.store) == entries
    assert len(school.nodes) == 3
    assert "set_back" in codes(school)
    page = school.central.app.test_client()
    central_site.sign_in(page, _administrator(school))
    assert "notice-warning" in page.get("/administration/").text


def entry_names(store: DocumentStore) -> set[tuple[Any, ...]]:
    with store.database.snapshot() as connection:
        found = connection.execute("SELECT node, epoch, seq, digest FROM entry_row").fetchall()
    return set(found)


def _administrator(school: Star) -> str:
    book = AccountBook(school.central.store.records, school.central.clock)
    verifier = Verifiers(Effort(memory_kib=8, passes=1)).make(central_site.PASSWORD)
    roles = frozenset({Role.TECHNICAL_ADMIN})
    book.create(Account("acc", "sazonova", sample_school.ADMINISTRATOR, roles, verifier))
    return "sazonova"


@WAYS
def test_nodes_know_again_that_everything_is_on_the_server(
    school: Star, come_back: Callable[[Star, Path], None]
) -> None:
    file = live_yesterday(school)
    live_today(school)

    come_back(school, file)
    school.settle()

    invariant.check(school.said, school.central.store, school.stores, settled=True)


def test_node_that_only_pushed_and_left_offers_its_entries_again(school: Star) -> None:
    file = live_yesterday(school)
    a = school.nodes["a"]
    assert a.write(SOKOLOVA, mark(LESSON_1, 2), {"value": 5})
    a.sync()
    states = entry_states.counts(a.store.database.read(), a.id)
    assert states[State.ACCEPTED] >= 2

    school.central.set_back(file)
    a.restart()
    a.sync()

    assert school.central.store.get(mark(LESSON_1, 2)) is not None


def test_restore_of_central_amid_sessions_of_living_programs(school: Star) -> None:
    """Nothing restarts on the nodes: their replicators remember where they were."""
    file = live_yesterday(school)
    live_today(school)
    before = everything(school.central.store)

    school.central.set_back(file)
    # Central writes on before anybody comes: its numbers pass those that the nodes know.
    for number in range(60):
        subject = f"subject:new{number}"
        sample_school.put(school.central.store, subject, name=subject, markless_years=[])
    school.settle()

    after = everything(school.central.store)
    assert {doc_id: after[doc_id] for doc_id in before} == before
    for node in school.nodes.values():
        assert node.store.get("subject:new59") is not None


def test_node_set_back_to_an_older_copy_loses_nothing(school: Star) -> None:
    a = school.nodes["a"]
    copy = a.copy("yesterday")
    assert a.write(SOKOLOVA, mark(LESSON_1, 2), {"value": 5})
    school.settle()

    a.set_back(copy)
    assert a.write(SOKOLOVA, mark(LESSON_2, 2), {"value": 4})
    school.settle()

    assert a.store.get(mark(LESSON_1, 2)) is not None
    invariant.check(school.said, school.central.store, school.stores, settled=True)


def test_rejection_made_after_the_backup_is_a_rejection_again(school: Star) -> None:
    file = live_yesterday(school)
    c = school.nodes["c"]
    assert c.write(YOLKIN, mark(LESSON_1, 4), {"value": 2})
    star.substitute(school.central.store, None)
    school.settle()
    (item,) = school.central.store.records.scan(invariant.QUARANTINE_ITEMS)
    rejection = putting_aside.reject(
        school.central.desk,
        item.value["id"],
        item.value["revisions"][0],
        by=sample_school.DEPUTY,
        reason="замены не было",
    )
    school.settle()

    school.central.set_back(file)
    star.substitute(school.central.store, None)
    school.settle()

    assert school.central.store.get(rejection) is not None
    invariant.check(school.said, school.central.store, school.stores)
    assert school.central.store.get(mark(LESSON_1, 4)) is None


def returned_to_snapshot(school: Star, file: Path) -> None:
    """The machine of central goes back to a snapshot, its running program with it: no new epoch."""
    epoch = school.central.store.epoch
    school.central.set_back(file)
    store = school.central.store
    with store.database.write() as connection:
        connection.execute("DELETE FROM epoch WHERE ended_at IS NULL")
        connection.execute("UPDATE epoch SET ended_at = NULL WHERE epoch = ?", (epoch,))
    store.epoch = epoch


def test_central_returned_to_a_snapshot_of_its_machine_is_healed(school: Star) -> None:
    file = live_yesterday(school)
    live_today(school)
    before = everything(school.central.store)

    returned_to_snapshot(school, file)
    school.settle()

    assert everything(school.central.store) == before
    assert "set_back" in codes(school)
    invariant.check(school.said, school.central.store, school.stores, settled=True)


def test_snapshot_that_has_overtaken_what_nodes_know_is_noticed_within_a_day(school: Star) -> None:
    file = live_yesterday(school)
    live_today(school)
    before = everything(school.central.store)

    returned_to_snapshot(school, file)
    for number in range(60):
        subject = f"subject:new{number}"
        sample_school.put(school.central.store, subject, name=subject, markless_years=[])
    school.settle()
    for clock in [school.central.clock, *(node.clock for node in school.nodes.values())]:
        clock.advance(DAY)
    school.settle()

    after = everything(school.central.store)
    assert {doc_id: after.get(doc_id) for doc_id in before} == before
    invariant.check(school.said, school.central.store, school.stores, settled=True)


def test_node_that_was_away_while_a_document_was_deleted_and_made_anew_has_the_new_one(
    school: Star,
) -> None:
    subject, store = "subject:new", school.central.store
    sample_school.put(store, subject, name="старое", markless_years=[])
    school.settle()
    leaf = store.get(subject)
    assert leaf is not None

    store.put(subject, {"kind": "subject"}, parent=leaf.rev, deleted=True)
    school.nodes["a"].sync()
    gone = school.nodes["a"].store.get(subject)
    assert gone is None or gone.deleted
    sample_school.put(store, subject, name="новое", markless_years=[])
    school.settle()

    for node in school.nodes.values():
        assert node.store.leaf_revisions(subject) == store.leaf_revisions(subject)
        here = node.store.get(subject)
        assert here is not None
        assert (here.value["name"], here.rev.partition("-")[0]) == ("новое", "3")
