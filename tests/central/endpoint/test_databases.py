"""The server and its databases, as CouchDB shows them."""

from urllib.parse import quote

import pytest

from central.endpoint import bare
from central.endpoint.bare import BareHost
from tests.central.endpoint.conftest import THREADS
from tests.support.protocol_client import Client


def test_the_server_says_what_clients_look_for(db):
    said = db.get("/", base="")

    assert said["couchdb"] == "Welcome"
    assert said["uuid"]


def test_a_database_is_created_once_shown_and_deleted(app, host):
    client = Client(app, "fresh")

    assert client.refused("GET") == (404, "not_found")
    assert client.ask("PUT", status=201).value == {"ok": True}
    assert client.refused("PUT") == (412, "file_exists")
    info = client.get()
    assert info["db_name"] == "fresh"
    assert (info["doc_count"], info["doc_del_count"]) == (0, 0)
    assert client.get("/") == info  # CouchDB's replicator asks with a slash at the end
    assert client.ask("DELETE", status=200).value == {"ok": True}
    assert client.refused("DELETE") == (404, "not_found")
    assert client.refused("GET", "/_changes") == (404, "not_found")


def test_a_database_created_anew_is_another_one(app):
    client = Client(app, "again")
    seen = []
    for _ in range(2):
        client.ask("PUT", status=201)
        client.put("a", {})
        info = client.get()
        seen.append((info["uuid"], info["instance_start_time"], info["update_seq"]))
        client.ask("DELETE", status=200)

    assert all(one != other for one, other in zip(*seen, strict=True))


@pytest.mark.parametrize("name", ["Upper", "1st", "_users", "a%20b", "a.b", "ä", "a" * 300])
def test_a_name_that_couchdb_would_not_take_is_refused(app, name):
    assert Client(app, name).refused("PUT") == (400, "illegal_database_name")


def test_names_with_slashes_and_signs_are_databases_of_their_own(app, host):
    names = ["a/b", "a", "a+b", "a$(b)-_"]
    for name in names:
        Client(app, quote(name, safe="")).ask("PUT", status=201)
        host.store(name).put("x", {"name": name}, parent=None)

    for name in names:
        assert Client(app, quote(name, safe="")).get("/x")["name"] == name


def test_databases_are_there_again_after_a_restart(tmp_path):
    first = BareHost(tmp_path)
    first.create("a/b")
    first.store("a/b").put("x", {"n": 1}, parent=None)
    first.close()

    second = BareHost(tmp_path)
    client = Client(bare.create_app(second, threads=THREADS), "a%2Fb")

    assert client.get("/x")["n"] == 1
    second.close()


def test_full_commit_says_the_same_start_time_as_the_database(db):
    said = db.post("/_ensure_full_commit", status=201)

    assert said == {"ok": True, "instance_start_time": db.get()["instance_start_time"]}


def test_compaction_drops_old_bodies_only(db):
    first = db.put("a", {"n": 1})["rev"]
    second = db.put("a", {"n": 2, "_rev": first})["rev"]
    assert db.get(f"/a?rev={first}")["n"] == 1

    assert db.post("/_compact", status=202) == {"ok": True}

    assert db.refused("GET", f"/a?rev={first}") == (404, "not_found")
    assert db.get("/a?revs_info=true")["_revs_info"] == [
        {"rev": second, "status": "available"},
        {"rev": first, "status": "missing"},
    ]
    assert db.get()["compact_running"] is False
