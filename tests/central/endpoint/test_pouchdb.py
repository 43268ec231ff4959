"""A stock PouchDB with the embedded store behind the bare endpoint."""

import itertools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.support import served, tools
from tests.support.peers import INSTALL_NODE, PouchDB, PouchError

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Databases]:
    with served.databases(tmp_path_factory.mktemp("served")) as running:
        yield running


class Remote:
    def __init__(self, databases: served.Databases) -> None:
        self.name = f"pouch{next(_NUMBERS)}"
        self.url = databases.url + self.name
        self.store: DocumentStore = databases.create(self.name)


@pytest.fixture
def remote(databases: served.Databases) -> Remote:
    return Remote(databases)


def leaves(store, doc_id):
    return {(leaf.rev, leaf.deleted, str(leaf.value)) for leaf in store.leaves(doc_id)}


def pouch_leaves(pouchdb, name, doc_id):
    rows = pouchdb.call(name, "get", doc_id, {"open_revs": "all"})
    return {
        (
            row["ok"]["_rev"],
            row["ok"].get("_deleted", False),
            str({key: value for key, value in row["ok"].items() if key[0] != "_"}),
        )
        for row in rows
    }


def test_pouchdb_pushes_documents_conflicts_and_tombstones(pouchdb: PouchDB, remote: Remote):
    for name in ("one", "two"):
        pouchdb.call(name, "put", {"_id": "meeting", "by": name})
    pouchdb.call("one", "put", {"_id": "gone", "x": 1})
    pouchdb.call("one", "remove", pouchdb.call("one", "get", "gone"))
    pouchdb.call("one", "bulkDocs", [{"_id": f"d{n}", "n": n} for n in range(250)])

    for name in ("one", "two"):
        assert pouchdb.replicate(name, remote.url)["doc_write_failures"] == 0

    assert remote.store.info().doc_count == 251
    assert remote.store.info().doc_del_count == 1
    assert len(leaves(remote.store, "meeting")) == 2
    pouchdb.replicate("two", "one")
    assert leaves(remote.store, "meeting") == pouch_leaves(pouchdb, "one", "meeting")
    winner = pouchdb.call("one", "get", "meeting")
    assert remote.store.get("meeting").rev == winner["_rev"]
    gone = remote.store.get("gone")
    assert gone.deleted
    assert gone.rev.startswith("2-")


def test_pouchdb_pulls_documents_conflicts_and_tombstones(pouchdb: PouchDB, remote: Remote):
    store = remote.store
    store.insert(
        [
            RevisionPath("a", ("2-b", "1-a"), False, {"by": "b"}),
            RevisionPath("a", ("2-c", "1-a"), False, {"by": "c"}),
            RevisionPath("a", ("3-d", "2-x", "1-a"), True, {}),
        ]
    )
    rev = store.put("gone", {"x": 1}, parent=None)
    store.put("gone", {"why": "left"}, parent=rev, deleted=True)
    for number in range(250):
        store.put(f"d{number}", {"n": number}, parent=None)

    result = pouchdb.replicate(remote.url, "here")

    assert result["doc_write_failures"] == 0
    assert pouchdb.call("here", "info")["doc_count"] == 251
    assert pouch_leaves(pouchdb, "here", "a") == leaves(store, "a")
    seen = pouchdb.call("here", "get", "a", {"conflicts": True})
    assert (seen["_rev"], seen["_conflicts"]) == ("2-c", ["2-b"])
    with pytest.raises(PouchError) as error:
        pouchdb.call("here", "get", "gone")
    assert error.value.status == 404
    assert pouchdb.call("here", "get", "gone", {"rev": store.get("gone").rev})["why"] == "left"


def test_pouchdb_syncs_both_ways_until_both_are_equal(pouchdb: PouchDB, remote: Remote):
    pouchdb.call("here", "put", {"_id": "both", "by": "pouch"})
    remote.store.put("both", {"by": "store"}, parent=None)
    pouchdb.call("here", "put", {"_id": "mine"})
    remote.store.put("yours", {}, parent=None)

    pouchdb.sync("here", remote.url)
    again = pouchdb.sync("here", remote.url)

    for doc_id in ("both", "mine", "yours"):
        assert pouch_leaves(pouchdb, "here", doc_id) == leaves(remote.store, doc_id)
    assert again["push"]["docs_written"] == again["pull"]["docs_written"] == 0


def test_a_conflict_resolved_in_pouchdb_is_resolved_in_the_store(pouchdb, remote):
    pouchdb.call("here", "put", {"_id": "both", "by": "pouch"})
    remote.store.put("both", {"by": "store"}, parent=None)
    pouchdb.sync("here", remote.url)
    seen = pouchdb.call("here", "get", "both", {"conflicts": True})

    pouchdb.call("here", "remove", "both", seen["_conflicts"][0])
    pouchdb.call("here", "put", {"_id": "both", "_rev": seen["_rev"], "by": "merged"})
    pouchdb.sync("here", remote.url)

    assert [leaf.value for leaf in remote.store.leaves("both") if not leaf.deleted] == [
        {"by": "merged"}
    ]


IDS = ["a/b", "a?b", "a#b", "a%b", "a+b", "a b", "ä", "nul\0nul", "😀", "%2F", "a//b"]


def test_any_id_survives_pouchdb_reading_and_writing_over_http(pouchdb, remote):
    revs = {}
    for doc_id in IDS:
        revs[doc_id] = pouchdb.call(remote.url, "put", {"_id": doc_id, "n": 1})["rev"]
        read = pouchdb.call(remote.url, "get", doc_id)
        assert read == {"_id": doc_id, "_rev": revs[doc_id], "n": 1}
        assert remote.store.get(doc_id).value == {"n": 1}

    pouchdb.replicate(remote.url, "here")

    for doc_id in IDS:
        assert pouchdb.call("here", "get", doc_id)["_rev"] == revs[doc_id]
        pouchdb.call(remote.url, "remove", doc_id, revs[doc_id])
        assert remote.store.get(doc_id).deleted
    assert remote.store.info().doc_count == 0


class Live:
    """A PouchDB that replicates live; a line of it is waited for at most a minute."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def put(self, document: dict[str, object]) -> None:
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()

    def until(self, **wanted: object) -> dict[str, object]:
        """Read lines up to one that says all this."""
        for line in self._process.stdout:
            said = json.loads(line)
            if wanted.items() <= said.items():
                return said
        raise AssertionError(f"PouchDB ended without saying {wanted}")


@pytest.fixture
def live(npm_peers: Path, remote: Remote) -> Iterator[Live]:
    node = tools.require_tool(["node"], INSTALL_NODE)
    command = [node, str(npm_peers / "live.mjs"), remote.url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        yield Live(process)
        process.kill()


def test_a_live_pouchdb_hears_of_changes_through_a_held_poll(live: Live, remote: Remote):
    live.until(ready=True)
    live.until(paused=True)

    for number in range(3):
        rev = remote.store.put("news", {"n": number}, parent=remote_rev(remote, "news"))
        assert live.until(id="news")["rev"] == rev
    rev = remote.store.put("news", {}, parent=rev, deleted=True)
    assert live.until(id="news", rev=rev)["deleted"]


def test_a_live_pouchdb_sends_its_changes_while_it_listens(live: Live, remote: Remote):
    live.until(ready=True)
    since = remote.store.update_seq()

    live.put({"_id": "mine", "n": 1})

    assert remote.store.wait_for_change(since, 30)
    assert remote.store.get("mine").value == {"n": 1}


def remote_rev(remote: Remote, doc_id: str) -> str | None:
    leaf = remote.store.get(doc_id)
    return None if leaf is None else leaf.rev
