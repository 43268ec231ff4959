"""Pitfalls of replication that ask for whole nodes and the real gateway; see ``sync/README.md``."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from central import enrolment
from node import entry_states
from sync.documents import canonical, entry, identifiers, kinds
from sync.documents.entry import Entry
from sync.entries.door import Maker, Save, Step
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.faults import rest
from tests.support import invariant, sample_school, star
from tests.support.sample_school import ABRAMOV, LESSON_1, LESSON_2, ROSTER_5A, SOKOLOVA
from tests.support.star import Star

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)


@pytest.fixture
def school(template: Path, tmp_path: Path) -> Iterator[Star]:
    with star.opened(template, tmp_path) as opened:
        yield opened


def test_long_offline_history_arrives_whole_and_can_be_given_back(school: Star) -> None:
    """1,010 edits of one mark before one sync: nothing is cut, so nothing hangs in the air."""
    a, b = school.nodes["a"], school.nodes["b"]
    empty = school.central.back_up()
    value = kinds.empty("mark")
    for number in range(1, 1_011):
        made = Entry(
            field="value",
            old=value["value"],
            new=2 + number % 4,
            author=SOKOLOVA,
            node=a.id,
            epoch=a.store.epoch,
            seq=number,
            written_at=sample_school.NOW,
        )
        sealed = entry.seal(MARK, made, a.node.identity.entry_key).as_json()
        value = {**value, "value": made.new, "entries": [*value["entries"], sealed]}
    ancestors = [f"{number}-{number:032x}" for number in range(1_009, 0, -1)]
    leaf = canonical.revision_of(ancestors[0], False, value)
    a.store.insert([RevisionPath(MARK, (leaf, *ancestors), False, value)])
    school.said.note_value(MARK, value, a.id)

    school.settle()
    assert len(invariant.check(school.said, school.central.store, school.stores).accepted) == 1_010
    school.central.set_back(empty)
    a.network.is_cut = True
    b.sync()  # another computer gives it back, from its first revision on

    assert [one.rev for one in school.central.store.leaves(MARK)] == [leaf]


def test_no_document_can_hold_so_many_entries_that_its_history_is_cut(school: Star) -> None:
    shortest = Entry("value", 4, 5, "t", "n", "e", 1, sample_school.NOW)
    raw = entry.seal(MARK, shortest, bytes(32)).as_json()
    most = kinds.MAX_DOCUMENT_BYTES // len(canonical.encode(raw))

    for store in (school.central.store, *school.stores.values()):
        assert store._rules.revs_limit > most


def test_same_edit_in_two_stores_is_one_revision_and_one_leaf(tmp_path: Path) -> None:
    stores = [
        DocumentStore(Database(tmp_path / f"{name}.sqlite"), epoch=name, uuid=name)
        for name in ("e1", "e2")
    ]
    first = [store.put("d", {"n": 2**53 + 1, "text": "Ёж"}, parent=None) for store in stores]
    then = [store.put("d", {"n": 2}, parent=rev) for store, rev in zip(stores, first, strict=True)]
    stores[0].insert([path for path in stores[1].fetch([("d", then[1])]) if path is not None])

    assert then[0] == then[1]
    assert [leaf.rev for leaf in stores[0].leaves("d")] == [then[0]]
    for store in stores:
        store.close()


def test_node_three_years_behind_and_one_ahead_converge(school: Star) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    a.clock.advance(timedelta(days=-3 * 365))
    b.clock.advance(timedelta(days=365))
    assert a.write(SOKOLOVA, MARK, {"value": 5})
    assert b.write(SOKOLOVA, identifiers.mark_id(LESSON_1, ROSTER_5A[1]), {"value": 4})

    school.settle()
    rest.look(school)

    for doc_id in (MARK, identifiers.mark_id(LESSON_1, ROSTER_5A[1])):
        (leaf,) = school.nodes["c"].store.leaves(doc_id)
        assert leaf.value["entries"][0]["clock_suspect"] is True  # told, and refused by nobody


def test_three_of_many_documents_refused_stop_nothing_and_are_listed(school: Star) -> None:
    """What central does not take is told with its reason; the rest is stored, and stays so."""
    a = school.nodes["a"]
    good = [identifiers.mark_id(LESSON_1, one) for one in ROSTER_5A]
    bad = [identifiers.mark_id(LESSON_2, one) for one in ROSTER_5A[:3]]
    for doc_id in good:
        assert a.write(SOKOLOVA, doc_id, {"value": 5})
    with a.store.transaction() as tx:
        forger = Save(tx, Maker(a.id, bytes(32)), a.store.epoch, a.clock.now())
        forger.write(SOKOLOVA, [Step(one, {"value": 2}, {"value": None}) for one in bad], None)
    a.sync()
    a.sync()

    assert sorted(entry_states.refused_documents(a.store.records)) == sorted(bad)
    assert all(school.central.store.get(one) is not None for one in good)
    assert all(school.central.store.get(one) is None for one in bad)
    # The next edit is the node's own and genuine; but nothing can be built on what was forged.
    assert a.write(SOKOLOVA, good[0], {"value": 4})
    a.sync()
    kept = school.central.store.get(good[0])
    assert kept is not None
    assert kept.value["value"] == 4


def test_scope_changes_leave_one_live_checkpoint_per_scope(school: Star) -> None:
    a = school.nodes["a"]
    records = school.central.store.records
    for number in range(20):  # each like the next: the count below does not grow with them
        record = enrolment.find(records, a.id)
        assert record is not None
        homeroom = () if number % 2 else star.HOMEROOM
        records.overwrite("node", a.id, replace(record, homeroom=homeroom).as_value())
        assert a.write(SOKOLOVA, MARK, {"value": 2 + number % 4})
        a.sync()

    local = a.store.database.read().execute("SELECT id FROM local_document").fetchall()
    theirs = (
        school.central.store.database.read().execute("SELECT id FROM local_document").fetchall()
    )
    assert len(local) <= 3  # the push, and the pull of each of two scopes
    assert len([one for one in theirs if one[0].startswith(a.id)]) <= 3


def test_traffic_that_is_replayed_and_shuffled_changes_nothing(school: Star) -> None:
    """A15: what was pushed once is pushed again, shuffled, by another node."""
    a, b = school.nodes["a"], school.nodes["b"]
    for number, student in enumerate(ROSTER_5A):
        assert a.write(SOKOLOVA, identifiers.mark_id(LESSON_1, student), {"value": 2 + number % 4})
        a.sync()
    assert a.write(SOKOLOVA, MARK, {"value": None})
    school.settle()
    wanted = [(row.id, leaf) for row in a.store.changes(0).rows for leaf in row.revs]
    paths = [path for path in a.store.fetch(wanted) if path is not None and ":" in path.id]
    before = school.central.store.update_seq()
    rng = random.Random(15)

    for _ in range(10):
        rng.shuffle(paths)
        b.syncing._peer.upload(paths)

    assert school.central.store.update_seq() == before


def test_every_test_that_the_readme_names_is_there() -> None:
    tests = Path(__file__).parents[1]
    readme = (tests.parent / "sync" / "README.md").read_text("utf-8")
    part = readme.partition("## Pitfalls and their tests")[2].partition("\n## ")[0]
    named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", part)

    assert len(named) > 25
    for path, name in named:
        assert f"def {name}(" in (tests / path).read_text("utf-8"), f"{path}::{name}"
    assert [int(row) for row in re.findall(r"^\| (\d+) \|", part, re.MULTILINE)] == list(
        range(1, 30)
    )
