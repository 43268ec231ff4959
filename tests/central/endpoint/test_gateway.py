"""Nodes and central over real HTTP: each sees its scope, and every push is judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from central.endpoint import node_routes, protocol
from central.endpoint.exchange import Limits
from central.endpoint.gateway import DATABASE, Gateway, Guest
from central.endpoint.intake import Keys
from central.storage import read_tables
from node import storage
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.attempts import Attempts
from sync.accounts.bundle import BundleOffice, public_key_of, verify
from sync.accounts.password_requests import PasswordDesk
from sync.accounts.passwords import Effort, Verifiers
from sync.clock import FixedClock
from sync.documents import entry, identifiers, scope
from sync.entries.door import Maker
from sync.entries.journal import Journal
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Ending, PassOutcome
from sync.replication.remote_peer import RemotePeer
from sync.replication.replicator import Replicator
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import sample_school as school
from tests.support.sample_school import ABRAMOV, LESSON_1, SOKOLOVA
from tests.support.served import serve

KEYS = {"n1": bytes([1] * 32), "n2": bytes([2] * 32)}
SIGNING_KEY = bytes(range(32))
MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
SCOPES = {
    # Room 12 teaches Mathematics in both classes, room 21 English in 5А.
    "n1": frozenset({"school", "group:gm5a", "group:gm5b", "class:c5a", "class:c5b"}),
    "n2": frozenset({"school", "group:ge5a1", "class:c5a"}),
}


@dataclass
class Nodes:
    """A register whose tokens are the nodes' names turned round."""

    revoked: set[str] = field(default_factory=set)

    def guest(self, node: str, token: str) -> Guest | None:
        if node not in SCOPES or token != node[::-1] or node in self.revoked:
            return None
        return Guest(node, SCOPES[node], f"scope of {node}")


@dataclass
class World:
    """Central behind HTTP, and a way to open nodes."""

    central: DocumentStore
    address: str
    nodes: Nodes
    book: AccountBook
    open_node: Callable[[str], "Room"]

    def ask(self, method: str, path: str, node: str = "n1", **more: Any) -> requests.Response:
        return requests.request(
            method, self.address + path, auth=(node, node[::-1]), timeout=10, **more
        )


@dataclass
class Room:
    """A node: its store, its door, and its replications."""

    node: str
    store: DocumentStore
    journal: Journal
    peer: RemotePeer
    central_uuid: str

    def pull(self) -> PassOutcome:
        return self._pass(Direction.PULL, self.peer, LocalPeer(self.store))

    def push(self) -> PassOutcome:
        return self._pass(Direction.PUSH, LocalPeer(self.store), self.peer)

    def _pass(self, direction: Direction, source: Any, target: Any) -> PassOutcome:
        replication = Replication(self.node, self.central_uuid, direction, "1")
        clock = FixedClock(school.NOW)
        return Replicator(source, target, replication, clock=clock).run_pass()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FixedClock(school.NOW)
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
    nodes = Nodes()
    keys = Keys("central", school.CENTRAL_KEY, KEYS)
    gateway = Gateway(central, nodes, lambda: keys, clock)
    book = AccountBook(central.records, clock)
    verifiers = Verifiers(Effort(memory_kib=8, passes=1))
    desk = node_routes.NodeDesk(
        central,
        gateway,
        BundleOffice(central.records, clock, SIGNING_KEY, bytes(32)),
        PasswordDesk(book, verifiers, Attempts(central.records, clock), bytes(range(32))),
        clock,
        Limits(),
    )
    app = Flask("gateway")
    app.register_blueprint(node_routes.create_blueprint(desk), url_prefix="/replication")
    app.register_blueprint(protocol.create_blueprint(gateway, threads=8), url_prefix="/replication")

    with serve(app) as port:
        address = f"http://127.0.0.1:{port}"

        def open_node(node: str) -> Room:
            store = open_store(node, storage.read_tables(node))
            peer = RemotePeer(f"{address}/replication", DATABASE, credentials=(node, node[::-1]))
            journal = Journal(store, Maker(node, KEYS[node]), clock)
            return Room(node, store, journal, peer, central.uuid)

        yield World(central, address, nodes, book, open_node)
    for store in opened:
        store.close()


def ids_of(store: DocumentStore) -> set[str]:
    return {row.id for row in store.changes(0).rows}


def test_mark_goes_from_one_node_through_central_to_another(world: World) -> None:
    first = world.open_node("n1")
    assert first.pull().ended_because is Ending.COMPLETE
    first.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=None, token="t")

    assert first.push().written == 1

    kept = world.central.get(MARK)
    assert kept is not None
    assert kept.value["value"] == 5


def test_node_gets_its_scope_and_nothing_else(world: World) -> None:
    english = world.open_node("n2")
    english.pull()

    held = ids_of(english.store)
    assert f"student:{ABRAMOV}" in held  # 5А
    assert f"student:{school.GROMOV}" not in held  # 5Б
    assert not [doc_id for doc_id in held if doc_id.startswith(("guardian:", "student_card:"))]
    assert not [doc_id for doc_id in held if doc_id.startswith("plan:")]


def test_marks_of_other_groups_do_not_travel(world: World) -> None:
    maths, english = world.open_node("n1"), world.open_node("n2")
    maths.pull()
    maths.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=None, token="t")
    maths.push()

    english.pull()

    assert english.store.get(MARK) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/replication/journal/guardian%3Agd1"),
        ("GET", "/replication/journal/student%3Ast8"),
        ("GET", "/replication/journal/mark%3Agm5a%3A2026-10-14%3A1%3Ast1%3A1"),
        ("GET", "/replication/journal/_all_docs"),
        ("POST", "/replication/journal/_compact"),
        ("GET", "/replication/other"),
        ("PUT", "/replication/new"),
        ("DELETE", "/replication/journal"),
        ("GET", "/replication/journal/_design/x"),
        ("GET", "/replication/journal/_local/n1.checkpoint"),
        ("PUT", "/replication/journal/mark%3Ax"),
    ],
)
def test_what_is_not_the_nodes_answers_as_if_it_were_not_there(
    world: World, method: str, path: str
) -> None:
    maths = world.open_node("n1")
    maths.pull()
    maths.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=None, token="t")
    maths.push()
    there = world.ask(method, path, "n2", json={} if method != "GET" else None)
    unknown = world.ask("GET", "/replication/journal/nothing%3Ahere", "n2")

    assert there.status_code == 404
    assert there.json()["error"] == unknown.json()["error"]
    assert "Абрамов" not in there.text


def test_difference_does_not_tell_whether_a_foreign_document_exists(world: World) -> None:
    held = world.central.get(f"student:{school.GROMOV}")
    assert held is not None
    offered = {f"student:{school.GROMOV}": [held.rev], "student:nobody": ["1-a"]}

    said = world.ask("POST", "/replication/journal/_revs_diff", "n2", json=offered).json()

    assert said == {
        f"student:{school.GROMOV}": {"missing": [held.rev]},
        "student:nobody": {"missing": ["1-a"]},
    }


def test_bulk_get_of_foreign_documents_finds_nothing(world: World) -> None:
    wanted = {"docs": [{"id": f"student:{school.GROMOV}"}, {"id": "guardian:gd1"}]}

    answer = world.ask("POST", "/replication/journal/_bulk_get?revs=true", "n2", json=wanted)

    assert [row["docs"][0]["error"]["error"] for row in answer.json()["results"]] == [
        "not_found",
        "not_found",
    ]
    assert "Громов" not in answer.text


@pytest.mark.parametrize("path", ["/replication/", "/replication/journal", "/replication/_bundle"])
def test_nobody_comes_in_without_being_enrolled(world: World, path: str) -> None:
    world.nodes.revoked.add("n2")

    for credentials in (None, ("n1", "wrong"), ("n2", "2n"), ("stranger", "x")):
        answer = requests.get(world.address + path, auth=credentials, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["error"] == "unauthorized"


def test_revoked_node_stops_with_its_checkpoint_kept(world: World) -> None:
    room = world.open_node("n1")
    room.pull()
    world.nodes.revoked.add("n1")

    assert room.push().ended_because is Ending.CREDENTIALS_REFUSED


def test_receipt_tells_each_entry_and_is_remembered(world: World) -> None:
    room = world.open_node("n1")
    room.pull()
    room.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=None, token="t")
    raw = room.store.get(MARK)
    assert raw is not None
    asked = [[one["epoch"], one["seq"], entry.digest_of(MARK, one)] for one in raw.value["entries"]]
    before = world.ask("POST", "/replication/_receipt", json={"entries": asked}).json()
    room.push()
    after = world.ask("POST", "/replication/_receipt", json={"entries": asked}).json()

    assert [state["state"] for state in before["states"]] == ["unknown"]
    assert [state["state"] for state in after["states"]] == ["accepted"]
    assert after["time"] == "2026-10-14T07:00:00Z"
    assert not after["fork"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"entries":1}',
        b'{"entries":[["e",1]]}',
        b'{"entries":[["e",true,"d"]]}',
        b'{"entries":[],"entries":[]}',
        b"\xff",
        b"[" * 200,
    ],
)
def test_malformed_receipt_is_a_400_in_json(world: World, body: bytes) -> None:
    answer = world.ask(
        "POST", "/replication/_receipt", data=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert "error" in answer.json()


def test_bundle_comes_once_and_anew_when_an_account_changes(world: World) -> None:
    verifier = Verifiers(Effort(memory_kib=8, passes=1)).make("лавина сосед корабль")
    account = Account("a1", "sokolova", SOKOLOVA, frozenset({"teacher"}), verifier)
    world.book.create(account)

    first = verify(world.ask("GET", "/replication/_bundle").content, public_key_of(SIGNING_KEY))
    again = world.ask("GET", f"/replication/_bundle?have={first.serial}")
    world.book.block("a1")
    second = verify(
        world.ask("GET", f"/replication/_bundle?have={first.serial}").content,
        public_key_of(SIGNING_KEY),
    )

    assert [account.login for account in first.accounts] == ["sokolova"]
    assert again.status_code == 204
    assert second.serial > first.serial
    assert second.accounts == ()


def test_heartbeat_answers_with_the_scope_and_keeps_what_was_told(world: World) -> None:
    told = {"version": "0.1.0", "pending": 4, "unknown": "left out"}

    said = world.ask("POST", "/replication/_heartbeat", json=told).json()
    wrong = world.ask("POST", "/replication/_heartbeat", json={"pending": "many"})

    assert said == {
        "time": "2026-10-14T07:00:00Z",
        "scope_version": "scope of n1",
        "set_back": False,
        "computers": {},
    }
    assert wrong.status_code == 400
    kept = world.central.records.get("node_contact", "n1")
    assert kept is not None
    assert kept.value == {
        "version": "0.1.0",
        "pending": 4,
        "last_heard_at": "2026-10-14T07:00:00Z",
    }
