"""What a node is to hold no longer leaves its disk, and nothing is lost by it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from central import backup, enrolment, quarantine
from node import departures, passes, scope_change
from sync.documents import identifiers
from sync.projections import entry_index
from sync.store.connection import Connection
from sync.store.values import RevisionPath
from tests.support import node_site, sample_school
from tests.support.node_site import NodeSite

LESSON, ABRAMOV, SOKOLOVA = sample_school.LESSON_1, sample_school.ABRAMOV, sample_school.SOKOLOVA
MARK = identifiers.mark_id(LESSON, ABRAMOV)
COMMENT = "слабо владеет дробями"
OTHER_ROOM = "99"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NodeSite]:
    with node_site.opened(tmp_path) as opened:
        assert opened.sync.run().ending == passes.COMPLETE
        yield opened


def put_mark(site: NodeSite, value: int, seen: int | None = None) -> None:
    site.node.node.journal.record_mark(
        SOKOLOVA, LESSON, ABRAMOV, value, seen=seen, token=f"t{value}", comment=COMMENT
    )


def move(site: NodeSite, room: str, *homeroom: str) -> None:
    """The PC is carried into another room, as the administrator notes at central."""
    records = site.central.store.records
    record = enrolment.find(records, site.node.node.identity.node)
    assert record is not None
    moved = replace(record, room=room, homeroom=tuple(homeroom))
    records.overwrite("node", record.id, moved.as_value())


def back_up(site: NodeSite) -> None:
    """An hour later central has made a backup; a second more, and it is in the past."""
    for clock in (site.central.clock, site.node.clock):
        clock.advance(timedelta(hours=1))
    backup.make(site.central.storage, site.central.storage.folder / "backups")
    for clock in (site.central.clock, site.node.clock):
        clock.advance(timedelta(seconds=1))


def sync(site: NodeSite, times: int = 1) -> None:
    for _ in range(times):
        assert site.sync.run(thoroughly=True).ending == passes.COMPLETE


def ids(site: NodeSite) -> set[str]:
    return {row.id for row in site.node.store.changes(0).rows}


def leaving(site: NodeSite) -> set[str]:
    return departures.documents(site.node.store.records)


def journal_files(site: NodeSite) -> bytes:
    folder = site.node.node.settings.data_directory
    return b"".join(one.read_bytes() for one in sorted(folder.glob("journal.sqlite*")))


def read(site: NodeSite) -> Connection:
    return site.node.store.database.read()


def test_teacher_loses_a_class_while_offline_with_unsent_marks(site: NodeSite) -> None:
    put_mark(site, 4)
    sync(site)
    put_mark(site, 5, 4)
    move(site, OTHER_ROOM)
    name = "Абрамов"
    assert name.encode() in journal_files(site)

    sync(site, 2)  # pushed first
    arrived = site.central.store.get(MARK)
    assert arrived is not None
    assert arrived.value["value"] == 5
    back_up(site)
    sync(site)

    held = ids(site)
    assert MARK not in held
    assert not [one for one in held if one.startswith(("student:", "mark:"))]
    assert site.central.store.get(MARK) is not None
    on_disk = journal_files(site)
    for gone in (name, COMMENT):
        assert gone.encode() not in on_disk
    assert leaving(site) == set()


def test_nothing_leaves_before_central_has_a_verified_backup_of_it(site: NodeSite) -> None:
    back_up(site)
    put_mark(site, 5)
    move(site, OTHER_ROOM)

    sync(site, 3)

    assert MARK in leaving(site) <= ids(site)
    back_up(site)
    sync(site)
    assert MARK not in ids(site)


def test_school_wide_documents_stay(site: NodeSite) -> None:
    before = {one for one in ids(site) if not one.startswith(("student:", "plan:", "mark:"))}
    move(site, OTHER_ROOM)
    sync(site, 2)
    back_up(site)
    sync(site)

    assert ids(site) == before


def test_quarantined_mark_stays_with_its_student_until_it_is_settled(site: NodeSite) -> None:
    put_mark(site, 5)
    assignment = f"assignment:{sample_school.MATH_5A}"
    sample_school.put(site.central.store, assignment, teacher=sample_school.YOLKIN)
    move(site, OTHER_ROOM)
    sync(site, 2)
    back_up(site)
    sync(site, 2)

    students = {one for one in ids(site) if one.startswith("student:")}
    assert students == {f"student:{ABRAMOV}"}
    assert {MARK, f"student:{ABRAMOV}"} == leaving(site)

    # A person at central accepts it: the document is inserted as it came.
    leaf = site.node.store.get(MARK)
    assert leaf is not None
    path = site.node.store.fetch([(MARK, leaf.rev)])[0]
    assert path is not None
    with site.central.store.transaction() as tx:
        tx.insert([path])
        quarantine.release(tx.records, MARK, path.revisions)
    sync(site)
    back_up(site)
    sync(site, 2)

    assert leaving(site) == set()
    assert not ids(site) & {MARK, f"student:{ABRAMOV}"}


def test_mark_that_was_not_sent_never_leaves(site: NodeSite) -> None:
    move(site, OTHER_ROOM)
    sync(site, 2)
    back_up(site)
    put_mark(site, 5)
    site.node.store.records.overwrite(
        "refused_documents", MARK, {"code": "bad_mac", "rev": "1-a", "at": "2026-10-14T07:00:00Z"}
    )
    state = site.node.store
    with state.transaction() as tx:
        tx.records.overwrite(departures.LEAVING, MARK, {"since": "2026-10-14T07:00:00Z"})
    keeper = scope_change.ScopeChange(site.node.node, site.sync._calls, lambda version: version)

    keeper.follow(site.sync._scope_version(), site.central.clock.now())

    assert MARK in ids(site)
    assert entry_index.tally(read(site), site.node.node.identity.node).pending > 0


def test_disputed_mark_stays_until_the_dispute_is_settled(site: NodeSite) -> None:
    put_mark(site, 5)
    sync(site)
    site.central.dispute(SOKOLOVA, MARK, 3)
    site.central.store.insert([_another_leaf(site)])
    move(site, OTHER_ROOM)
    sync(site, 2)
    back_up(site)
    sync(site, 2)
    assert MARK in leaving(site)

    leaves = [leaf for leaf in site.central.store.leaves(MARK) if not leaf.deleted]
    for leaf in leaves[1:]:
        site.central.store.put(MARK, {"kind": "mark"}, parent=leaf.rev, deleted=True)
    sync(site)

    assert MARK not in ids(site)


def _another_leaf(site: NodeSite) -> RevisionPath:
    leaf = site.central.store.get(MARK)
    assert leaf is not None
    return RevisionPath(MARK, ("1-" + "0" * 32,), False, {**leaf.value, "value": 2, "entries": []})


def test_scope_that_comes_back_brings_its_documents_back(site: NodeSite) -> None:
    put_mark(site, 5)
    sync(site)
    before = ids(site)
    move(site, OTHER_ROOM)
    sync(site, 2)
    back_up(site)
    sync(site)
    assert MARK not in ids(site)

    move(site, "12", sample_school.CLASS_5A)
    sync(site, 2)

    assert ids(site) == before
    assert leaving(site) == set()


def test_scope_that_comes_back_before_the_backup_keeps_everything(site: NodeSite) -> None:
    put_mark(site, 5)
    sync(site)
    before = ids(site)
    move(site, OTHER_ROOM)
    sync(site, 2)
    assert MARK in leaving(site)

    move(site, "12", sample_school.CLASS_5A)
    sync(site, 2)
    back_up(site)
    sync(site)

    assert leaving(site) == set()
    assert ids(site) == before


def test_scope_growing_by_one_student_brings_the_old_documents(site: NodeSite) -> None:
    # A boy of 5Б has marks there; the node of room 99 holds nothing of them.
    gromov = sample_school.GROMOV
    old = identifiers.mark_id(sample_school.LESSON_SUBSTITUTED, gromov)
    site.central.journal.record_mark(
        SOKOLOVA, sample_school.LESSON_SUBSTITUTED, gromov, 4, seen=None, token="old"
    )
    move(site, OTHER_ROOM, sample_school.CLASS_5A)
    sync(site, 2)
    back_up(site)
    sync(site)
    assert f"student:{gromov}" not in ids(site)
    assert old not in ids(site)

    student = site.central.store.get(f"student:{gromov}")
    assert student is not None
    enrollments = [
        {**student.value["enrollments"][0], "ends": "2026-10-13"},
        {"class": sample_school.CLASS_5A, "starts": "2026-10-14", "ends": None},
    ]
    sample_school.put(site.central.store, f"student:{gromov}", enrollments=enrollments)
    sync(site, 2)

    assert f"student:{gromov}" in ids(site)
    assert old in ids(site)


def test_purge_is_never_pushed_as_anything(site: NodeSite) -> None:
    put_mark(site, 5)
    sync(site)
    move(site, OTHER_ROOM)
    sync(site, 2)
    back_up(site)
    sync(site)
    at_central = [(row.id, row.revs, row.deleted) for row in site.central.store.changes(0).rows]

    site.new_sync().run(thoroughly=True)
    sync(site, 2)

    assert [
        (row.id, row.revs, row.deleted) for row in site.central.store.changes(0).rows
    ] == at_central


def test_thousand_scope_changes_leave_one_live_checkpoint(site: NodeSite) -> None:
    store = site.node.store
    keeper = scope_change.ScopeChange(
        site.node.node, site.sync._calls, lambda version: f"pull-{version}"
    )
    for number in range(1000):
        store.put_local(f"pull-v{number}", {})
        keeper._note_version(f"v{number}")

    left = read(site).execute("SELECT id FROM local_document WHERE id LIKE 'pull-%'").fetchall()
    assert left == [("pull-v999",)]
