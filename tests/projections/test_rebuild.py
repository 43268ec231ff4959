"""A read table rebuilt from the documents equals the one that was kept up to date."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from central.storage import read_tables
from node import storage
from sync import errors
from sync.clock import FixedClock
from sync.documents import identifiers, scope
from sync.entries.door import Maker
from sync.entries.journal import Journal, Presence
from sync.projections import lessons
from sync.projections.lessons import LessonTables
from sync.projections.viewpoint import FromNode
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import sample_school as school
from tests.support.sample_school import LESSON_1, LESSON_2, SOKOLOVA

_NODES = ("n1", "n2")
_LESSONS = (LESSON_1, LESSON_2)
_STUDENTS = school.ROSTER_5A[:3]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(_NODES),
        st.sampled_from(["mark", "withdraw", "absence", "present", "roll", "topic", "meet"]),
        st.sampled_from(_LESSONS),
        st.sampled_from(_STUDENTS),
        st.integers(2, 5),
    ),
    max_size=25,
)


class Site:
    """A store with its door; every save sees what is there."""

    def __init__(self, folder: Path, node: str, tables: Any, clock: FixedClock) -> None:
        self.store = DocumentStore(
            Database(folder / f"{node}.sqlite"),
            epoch=f"e{node}",
            uuid=node,
            projections=tables,
            scope_keys=scope.keys_of,
        )
        school.fill(self.store, for_node=True)
        self.tables = tables
        self.journal = Journal(self.store, Maker(node, bytes(32)), clock)
        self._saves = 0

    def do(self, verb: str, lesson: identifiers.LessonKey, student: str, number: int) -> None:
        self._saves += 1
        token = str(self._saves)
        if verb in ("mark", "withdraw"):
            doc_id, name = identifiers.mark_id(lesson, student), "value"
            value = number if verb == "mark" else None
            self._try(
                lambda seen: self.journal.record_mark(
                    SOKOLOVA, lesson, student, value, seen=seen, token=token
                ),
                doc_id,
                name,
            )
        elif verb in ("absence", "present"):
            stated = Presence("absent") if verb == "absence" else None
            doc_id, name = identifiers.absence_id(lesson, student), "presence"
            self._try(
                lambda seen: self.journal.record_absence(
                    SOKOLOVA, lesson, student, stated, seen=seen, token=token
                ),
                doc_id,
                name,
            )
        elif verb == "roll":
            self._try(
                lambda seen: self.journal.call_roll(
                    SOKOLOVA, lesson, {student: Presence("absent")}, token=token
                ),
                "",
                "",
            )
        else:
            fields = {"topic": f"Тема {number}"}
            self._try(
                lambda seen: self.journal.describe_lesson(
                    SOKOLOVA, lesson, fields, seen={"topic": seen}, token=token
                ),
                identifiers.lesson_id(lesson),
                "topic",
            )

    def _try(self, save: Any, doc_id: str, name: str) -> None:
        # The winner may differ from the leaf this node shows; a refusal is then the right answer.
        for leaf in (*self.store.leaves(doc_id), None):
            try:
                save(None if leaf is None else leaf.value.get(name))
            except errors.EntryRefused:
                continue
            return

    def take_from(self, other: "Site") -> None:
        wanted = [(row.id, rev) for row in other.store.changes(0).rows for rev in row.revs]
        self.store.insert([path for path in other.store.fetch(wanted) if path is not None])

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        connection = self.store.database.read()
        names = [name for table in self.tables for name in table.tables]
        return {
            name: sorted(
                tuple(map(repr, row)) for row in connection.execute(f"SELECT * FROM {name}")
            )
            for name in names
        }


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_rebuilt_tables_equal_those_kept_up_to_date(steps: list[Any]) -> None:
    clock = FixedClock(school.NOW)
    with TemporaryDirectory() as name:
        folder = Path(name)
        sites = {node: Site(folder, node, storage.read_tables(node), clock) for node in _NODES}
        central = Site(folder, "central", read_tables(), clock)
        for node, verb, lesson, student, number in steps:
            clock.advance(timedelta(minutes=1))
            if verb == "meet":
                central.take_from(sites[node])
                sites[node].take_from(central)
            else:
                sites[node].do(verb, lesson, student, number)
        for site in sites.values():
            central.take_from(site)
        for site in (*sites.values(), central):
            kept = site.rows()
            site.store.rebuild_projections()
            assert site.rows() == kept
            site.store.close()


def test_two_nodes_that_met_through_central_hold_the_same_leaves(tmp_path: Path) -> None:
    clock = FixedClock(school.NOW)
    sites = {node: Site(tmp_path, node, storage.read_tables(node), clock) for node in _NODES}
    central = Site(tmp_path, "central", read_tables(), clock)
    for number, site in enumerate(sites.values(), start=3):
        site.do("mark", LESSON_1, school.ABRAMOV, number)
    for site in (*sites.values(), *sites.values()):
        central.take_from(site)
        site.take_from(central)

    mark = identifiers.mark_id(LESSON_1, school.ABRAMOV)
    leaves = {
        tuple(leaf.rev for leaf in site.store.leaves(mark)) for site in (*sites.values(), central)
    }
    shown = {
        node: site.store.database.read().execute("SELECT value, disputed FROM mark_row").fetchall()
        for node, site in (*sites.items(), ("central", central))
    }
    for site in (*sites.values(), central):
        site.store.close()

    assert len(leaves) == 1
    assert len(leaves.pop()) == 2
    assert shown == {"n1": [(3, 1)], "n2": [(4, 1)], "central": [(None, 1)]}


def test_another_column_or_rule_is_another_version() -> None:
    class WithColumn(LessonTables):
        schema: ClassVar[Mapping[str, str]] = {**LessonTables.schema, "more": "doc_id TEXT"}

    class WithRule(LessonTables):
        rules = LessonTables.rules + 1

    here = FromNode("n1")
    versions = {table(here).version for table in (LessonTables, WithColumn, WithRule)}

    assert len(versions) == 3
    assert LessonTables(here).version == LessonTables(FromNode("n2")).version


def test_every_column_of_a_kept_lesson_is_read_under_its_own_name(tmp_path: Path) -> None:
    site = Site(tmp_path, "n1", storage.read_tables("n1"), FixedClock(school.NOW))
    wished = {"topic": "тема", "plan_topic": "p1", "homework": "задание", "number": 3, "room": "12"}
    site.journal.describe_lesson(SOKOLOVA, LESSON_1, wished, seen=dict.fromkeys(wished), token="t")
    site.journal.call_roll(SOKOLOVA, LESSON_1, {}, token="r")

    kept = lessons.kept_lesson(site.store.database.read(), LESSON_1)
    leaf = site.store.get(identifiers.lesson_id(LESSON_1))
    site.store.close()

    assert kept is not None
    assert leaf is not None
    assert {name: getattr(kept, name) for name in wished} == wished
    assert (kept.key, kept.roll_call, kept.rev) == (LESSON_1, 0, leaf.rev)
    assert (kept.disputed, kept.author) == (False, SOKOLOVA)
    assert kept.written_at == "2026-10-14T07:00:00Z"
