"""What was settled at central reaches the rooms over real HTTP, only those that may hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from central.desk.desk import Desk
from central.endpoint import protocol
from central.endpoint.gateway import DATABASE, Gateway, Guest
from central.endpoint.intake import Keys
from central.storage import read_tables
from node import storage
from sync.clock import FixedClock
from sync.documents import identifiers, scope
from sync.entries.door import Maker
from sync.entries.journal import Journal
from sync.projections import decisions
from sync.replication.outcome import PassOutcome
from sync.replication.remote_peer import RemotePeer
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import sample_school as school
from tests.support.pairs import Link
from tests.support.sample_school import ABRAMOV, DEPUTY, LESSON_1, SOKOLOVA, YOLKIN
from tests.support.served import serve

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
CLOCK = FixedClock(school.NOW)
MATHS = frozenset({"school", "group:gm5a", "class:c5a"})
SCOPES = {"n1": MATHS, "n2": MATHS, "n3": frozenset({"school", "group:ge5a1", "class:c5a"})}
KEYS = Keys("central", school.CENTRAL_KEY, {node: node.encode() * 16 for node in SCOPES})


class Nodes:
    """A register in which every node's token is its name."""

    def guest(self, node: str, token: str) -> Guest | None:
        return Guest(node, SCOPES[node], f"scope of {node}") if node == token else None


@dataclass
class Room:
    """A computer and its way to central."""

    store: DocumentStore
    journal: Journal
    link: Link

    def meet(self) -> tuple[PassOutcome, PassOutcome]:
        return self.link.both()

    def mark(self, author: str, value: int) -> None:
        self.journal.record_mark(author, LESSON_1, ABRAMOV, value, seen=None, token=f"{value}")

    def values(self) -> list[Any]:
        return [leaf.value["value"] for leaf in self.store.leaves(MARK) if not leaf.deleted]


@dataclass
class World:
    """Central behind HTTP, its desk, and three rooms; the third holds another subject."""

    central: DocumentStore
    rooms: dict[str, Room]

    @property
    def desk(self) -> Desk:
        maker = Maker("central", school.CENTRAL_KEY)
        return Desk(self.central, CLOCK, lambda: maker, lambda size: bytes(size))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened: list[DocumentStore] = []

    def open_store(name: str, tables: Any) -> DocumentStore:
        store = DocumentStore(
            Database(tmp_path / f"{name}.sqlite"),
            epoch=f"e{name}",
            uuid=f"uuid{name}",
            projections=tables,
            scope_keys=scope.keys_of,
        )
        opened.append(store)
        return store

    central = open_store("central", read_tables())
    school.fill(central)
    fields = {"group": school.MATH_5A, "teacher": YOLKIN, "room": "22"}
    school.put(central, "assignment:gm5a2", **fields, starts="2026-09-01", ends=None)
    app = Flask("gateway")
    gateway = Gateway(central, Nodes(), lambda: KEYS, CLOCK)
    app.register_blueprint(protocol.create_blueprint(gateway, threads=8), url_prefix="/replication")
    with serve(app) as port:
        rooms = {}
        for node in SCOPES:
            store = open_store(node, storage.read_tables(node))
            url = f"http://127.0.0.1:{port}/replication"
            peer = RemotePeer(url, DATABASE, credentials=(node, node))
            key = KEYS.key_of(node)
            assert key is not None
            journal = Journal(store, Maker(node, key), CLOCK)
            rooms[node] = Room(store, journal, Link(store, peer, central.uuid, node=node))
            rooms[node].meet()
        yield World(central, rooms)
    for store in opened:
        store.close()


def told(store: DocumentStore) -> tuple[int, int]:
    """Return how many decisions and rejections a store tells of."""
    read = store.database.read()
    return len(decisions.all_decisions(read)), len(decisions.all_rejections(read))


def test_a_decision_travels_to_both_rooms_and_to_no_other(world: World) -> None:
    first, second, other = world.rooms.values()
    first.mark(SOKOLOVA, 5)
    second.mark(YOLKIN, 3)
    for room in (first, second, first):
        room.meet()
    assert sorted(first.values()) == [3, 5]  # both are shown there as disputed
    shown = [leaf.rev for leaf in world.central.leaves(MARK)]
    choice = Choice(("value",), How.THIRD, None, {"value": 4})
    deciding.decide(world.desk, MARK, shown, [choice], by=DEPUTY, reason="По работе")

    for room in (first, second, other):
        room.meet()

    assert (first.values(), second.values(), other.values()) == ([4], [4], [])
    assert [told(room.store) for room in (first, second, other)] == [(1, 0), (1, 0), (0, 0)]


def test_a_rejection_travels_to_the_rooms_of_the_group_alone(world: World) -> None:
    first, second, other = world.rooms.values()
    fields = {"group": school.MATH_5A, "teacher": school.KONSTANTINOPOLSKAYA, "room": "22"}
    school.put(first.store, "assignment:gm5a3", **fields, starts="2026-09-01", ends=None)
    first.mark(school.KONSTANTINOPOLSKAYA, 5)
    _, pushed = first.meet()
    assert pushed.quarantined == 1
    (leaf,) = first.store.leaves(MARK)
    putting_aside.reject(world.desk, MARK, leaf.rev, by=DEPUTY, reason="Не ваш урок")

    for room in (first, second, other):
        room.meet()

    assert [told(room.store) for room in (first, second, other)] == [(0, 1), (0, 1), (0, 0)]
    # What was rejected counts as known: nobody has to send it again.
    lacking = first.link.central.revs_diff({MARK: [leaf.rev]})
    assert not lacking.get(MARK)


def test_rooms_get_one_leaf_when_central_has_merged(world: World) -> None:
    first, second, _ = world.rooms.values()
    first.mark(SOKOLOVA, 5)
    second.journal.record_mark(
        YOLKIN, LESSON_1, ABRAMOV, 5, seen=None, token="t", comment="за ответ"
    )
    for room in (first, second, first, second):
        room.meet()

    assert (first.values(), second.values()) == ([5], [5])
    (here,) = [leaf for leaf in world.central.leaves(MARK) if not leaf.deleted]
    assert here.value["comment"] == "за ответ"
    assert len(here.value["entries"]) == 3
    assert told(world.central) == (0, 0)
