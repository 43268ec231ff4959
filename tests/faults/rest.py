"""What must hold when everything has come to rest: the invariants of R10, seen from outside."""

from collections.abc import Iterable, Iterator
from typing import Any

from central import enrolment
from central.endpoint.register import NodeRegister
from central.node_scope import Site
from sync.documents import identifiers, scope
from sync.projections import marks
from sync.store.document_store import DocumentStore
from tests.support import invariant, sample_school
from tests.support.invariant import Name
from tests.support.star import Star


def look(school: Star, excused: Iterable[Name] = (), *, central_was_set_back: bool = False) -> None:
    """Fail unless everything holds that must hold when all is quiet."""
    invariant.check(
        school.said,
        school.central.store,
        school.stores,
        settled=True,
        unacknowledged=excused,
        central_was_set_back=central_was_set_back,
    )
    check_same_leaves(school)
    check_winners(school)
    check_tombstones(school)
    check_disputes(school)
    check_what_central_shows(school)
    check_read_tables(school)


def check_same_leaves(school: Star) -> None:
    """(a): whatever central has within a node's scope the node has, and the other way round."""
    central = school.central
    aside = {
        (one.value["id"], rev)
        for one in central.store.records.scan(invariant.QUARANTINE_ITEMS)
        for rev in one.value["revisions"]
    }
    register = NodeRegister(central.store, central.clock)
    for node in school.nodes.values():
        record = enrolment.find(central.store.records, node.id)
        assert record is not None
        keys = register.scope_of(Site(record.room, frozenset(record.homeroom))).keys
        for doc_id in documents(central.store) | documents(node.store):
            leaf = central.store.get(doc_id) or node.store.get(doc_id)
            assert leaf is not None
            if scope.keys_of(doc_id, leaf.value).isdisjoint(keys):
                continue
            theirs = {one.rev for one in central.store.leaf_revisions(doc_id)}
            ours = {one.rev for one in node.store.leaf_revisions(doc_id)}
            known = {rev for leaf in ours for rev in node.store.path(doc_id, leaf)}
            strange = {rev for rev in ours - theirs if (doc_id, rev) not in aside}
            assert theirs <= known, f"{node.name} lacks {doc_id} {theirs - known}"
            assert not strange, f"{node.name} alone has {doc_id} {strange}"


def check_disputes(school: Star) -> None:
    """(c), (d): central shows a dispute where, and only where, two people's work meets."""
    for doc_id in documents(school.central.store):
        if identifiers.kind_of(doc_id) not in identifiers.JOURNAL_KINDS:
            continue
        live = [one.value for one in school.central.store.leaves(doc_id) if not one.deleted]
        pairs = [(doc_id, value) for value in live]
        disputed = school.said.histories.disputed_units(pairs)
        assert disputed or len(live) < 2, f"{doc_id} has {len(live)} leaves and no dispute"
        if len(live) == 1:
            assert not disputed, f"{doc_id}: {disputed} was decided by nobody"
            for name, value in school.said.histories.settled_values(pairs).items():
                assert live[0].get(name) == value, f"{doc_id}: {name} is {live[0].get(name)!r}"


def check_winners(school: Star) -> None:
    """Each store shows as winner the leaf that lives, has the highest generation, then hash."""
    for store in (school.central.store, *school.stores.values()):
        for doc_id in documents(store):
            leaves = [(not one.deleted, *_number(one.rev)) for one in store.leaves(doc_id)]
            winner = store.get(doc_id)
            assert winner is not None
            assert (not winner.deleted, *_number(winner.rev)) == max(leaves), doc_id


def check_tombstones(school: Star) -> None:
    """No node has made one: each tombstone on a node is central's own."""
    for node in school.nodes.values():
        for doc_id in documents(node.store):
            gone = {one.rev for one in node.store.leaf_revisions(doc_id) if one.deleted}
            theirs = {one.rev for one in school.central.store.leaf_revisions(doc_id)}
            assert gone <= theirs, f"{node.name} deleted {doc_id}"


def check_what_central_shows(school: Star) -> None:
    """What parents read of a disputed mark is what nobody disputes, and is marked as such."""
    store = school.central.store
    for shown in marks.marks_of_student(
        store.database.read(), sample_school.ABRAMOV, sample_school.DAY, sample_school.DAY
    ):
        doc_id = identifiers.mark_id(shown.lesson, sample_school.ABRAMOV, shown.column)
        live = [one.value for one in store.leaves(doc_id) if not one.deleted]
        if len(live) < 2:
            continue
        disputed = school.said.histories.disputed_units([(doc_id, value) for value in live])
        if "value" in disputed:
            shared = [raw for raw in live[0]["entries"] if all(raw in v["entries"] for v in live)]
            before = [raw["new"] for raw in shared if raw["field"] == "value"]
            assert shown.disputed, doc_id
            assert shown.value == (before[-1] if before else None), doc_id


def _number(rev: str) -> tuple[int, str]:
    generation, _, digest = rev.partition("-")
    return int(generation), digest


def check_read_tables(school: Star) -> None:
    """(e)."""
    for store in (school.central.store, *school.stores.values()):
        before = _tables(store)
        store.rebuild_projections()
        assert before == _tables(store)


def documents(store: DocumentStore) -> set[str]:
    """Return the ids of all documents."""
    return {row.id for row in store.changes(0).rows}


def _tables(store: DocumentStore) -> dict[str, list[tuple[Any, ...]]]:
    names = sorted(_table_names(store))
    with store.database.snapshot() as connection:
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
        }


def _table_names(store: DocumentStore) -> Iterator[str]:
    for projection in store._rules.projector._projections:
        yield from projection.tables
