"""One document at a time, as CouchDB answers."""

from urllib.parse import quote

import pytest

from tests.support.protocol_client import Client, dispute


def test_a_document_is_written_read_changed_and_deleted(db):
    made = db.put("a", {"n": 1})
    assert (made["ok"], made["id"]) == (True, "a")
    changed = db.put("a", {"n": 2, "_rev": made["rev"]})
    assert changed["rev"].startswith("2-")
    assert db.get("/a") == {"_id": "a", "_rev": changed["rev"], "n": 2}

    gone = db.ask("DELETE", f"/a?rev={changed['rev']}", status=200).value
    assert gone["rev"].startswith("3-")
    response = db.ask("GET", "/a", status=404)
    assert response.value == {"error": "not_found", "reason": "deleted"}
    assert db.ask("GET", "/never", status=404).value["reason"] == "missing"
    assert db.get(f"/a?rev={gone['rev']}")["_deleted"] is True
    assert db.put("a", {"n": 4})["rev"].startswith("4-")


@pytest.mark.parametrize("how", ["query", "header", "body"])
def test_the_seen_revision_may_be_named_in_three_ways(db, how):
    rev = db.put("a", {"n": 1})["rev"]
    options = {
        "query": {"query_string": {"rev": rev}, "body": {"n": 2}},
        "header": {"headers": {"If-Match": f'"{rev}"'}, "body": {"n": 2}},
        "body": {"body": {"n": 2, "_rev": rev}},
    }[how]

    assert db.ask("PUT", "/a", status=201, **options).value["rev"].startswith("2-")


def test_a_write_without_the_present_revision_is_a_conflict(db):
    rev = db.put("a", {"n": 1})["rev"]
    db.put("a", {"n": 2, "_rev": rev})

    assert db.refused("PUT", "/a", body={"n": 3}) == (409, "conflict")
    assert db.refused("PUT", "/a", body={"n": 3, "_rev": rev}) == (409, "conflict")
    assert db.refused("DELETE", f"/a?rev={rev}") == (409, "conflict")
    assert db.refused("DELETE", "/a") == (409, "conflict")
    assert db.refused("PUT", f"/a?rev={rev}", body={"_rev": "2-b"}) == (400, "bad_request")
    assert db.get("/a")["n"] == 2


def test_the_same_first_edit_in_two_databases_has_the_same_revision(db, app, host):
    host.create("other")

    assert db.put("a", {"n": 1, "m": "ä"}) == Client(app, "other").put("a", {"m": "ä", "n": 1})


def test_a_tombstone_keeps_its_fields(db):
    rev = db.put("a", {"n": 1})["rev"]
    gone = db.put("a", {"_rev": rev, "_deleted": True, "why": "left"})["rev"]

    assert db.get(f"/a?rev={gone}")["why"] == "left"


@pytest.mark.parametrize(
    "doc_id",
    ["a/b", "a?b", "a#b", "a%b", "%2F", "a+b", "a b", "ä", "nul\0", "😀", "a//b", "/", "x" * 9000],
)
def test_any_id_is_kept(db, doc_id):
    rev = db.put(doc_id, {"n": 1})["rev"]

    assert db.get("/" + quote(doc_id, safe=""))["_id"] == doc_id
    assert db.store.get(doc_id).rev == rev
    fetched = db.post("/_bulk_get", {"docs": [{"id": doc_id, "rev": rev}]})
    assert fetched["results"][0]["docs"][0]["ok"]["_id"] == doc_id
    assert db.get("/_all_docs")["rows"][0]["id"] == doc_id
    assert db.get("/_changes")["results"][0]["id"] == doc_id
    db.ask("DELETE", f"/{quote(doc_id, safe='')}?rev={rev}", status=200)


def test_design_documents_are_kept_and_mean_nothing(db):
    rev = db.ask("PUT", "/_design/x%2Fy", body={"views": {}}, status=201).value["rev"]

    assert db.get("/_design/x%2Fy")["_rev"] == db.get("/_design%2Fx%2Fy")["_rev"] == rev
    assert db.get("/_design/x%2Fy")["_id"] == "_design/x/y"
    assert db.refused("GET", "/_design/x/_view/all") == (404, "not_found")


def test_a_document_without_an_id_is_given_one(db):
    made = db.post("", {"n": 1}, status=201)

    assert db.get("/" + made["id"])["n"] == 1
    assert db.post("", {"_id": "named"}, status=201)["id"] == "named"


def test_what_a_query_asks_for_is_added(db):
    dispute(db.store)

    document = db.get("/a?revs=true&conflicts=true&deleted_conflicts=true&revs_info=true")

    assert document["_revisions"] == {"start": 3, "ids": ["d", "b", "a"]}
    assert document["_conflicts"] == ["2-c"]
    assert document["_deleted_conflicts"] == ["4-z"]
    assert [one["status"] for one in document["_revs_info"]] == ["available", "missing", "missing"]
    assert set(db.get("/a")) == {"_id", "_rev", "by"}


def test_open_revisions_are_listed(db):
    dispute(db.store)

    rows = db.get("/a?open_revs=all&revs=true")
    assert [row["ok"]["_rev"] for row in rows] == ["3-d", "2-c", "4-z"]
    assert rows[2]["ok"]["_deleted"] is True
    assert rows[1]["ok"]["_revisions"] == {"start": 2, "ids": ["c", "a"]}
    named = db.get("/a?open_revs=" + quote('["2-c","9-z","1-a"]'))
    assert [row.get("missing") or row["ok"]["_rev"] for row in named] == ["2-c", "9-z", "1-a"]
    latest = db.get("/a?latest=true&open_revs=" + quote('["1-a"]'))
    assert {row["ok"]["_rev"] for row in latest} == {"3-d", "2-c", "4-z"}
    assert db.get("/never?open_revs=" + quote('["1-a"]')) == [{"missing": "1-a"}]
    assert db.refused("GET", "/never?open_revs=all") == (404, "not_found")
    assert db.refused("GET", "/a?open_revs=3") == (400, "bad_request")


def test_the_latest_of_a_revision_is_its_leaf_even_a_losing_or_deleted_one(db):
    dispute(db.store)

    assert db.get("/a?rev=2-b&latest=true")["_rev"] == "3-d"
    assert db.get("/a?rev=2-c&latest=true")["_rev"] == "2-c"
    assert db.get("/a?rev=3-y&latest=true")["_deleted"] is True
    assert db.refused("GET", "/a?rev=2-b") == (404, "not_found")


@pytest.mark.parametrize("path", ["/a?rev=abc", "/a?rev=1-", "/a?revs=yes", "/a?conflicts=1"])
def test_a_query_that_is_not_understood_is_a_bad_request(db, path):
    db.put("a", {})

    assert db.refused("GET", path)[0] == 400


def test_attachments_are_refused_clearly_and_nothing_is_stored(db):
    attached = {"_attachments": {"x.txt": {"data": "eA==", "content_type": "text/plain"}}}

    assert db.refused("PUT", "/a", body=attached) == (415, "unsupported_media_type")
    assert db.refused("PUT", "/a/x.txt", data=b"x") == (415, "unsupported_media_type")
    assert db.refused("GET", "/a/x.txt") == (404, "not_found")
    rows = db.post("/_bulk_docs", {"docs": [{"_id": "a", **attached}, {"_id": "b"}]}, status=201)
    assert [row.get("error") for row in rows] == ["unsupported_media_type", None]
    kept = {"new_edits": False, "docs": [{"_id": "c", "_rev": "1-a", **attached}]}
    rows = db.post("/_bulk_docs", kept, status=201)
    assert [(row["id"], row["error"]) for row in rows] == [("c", "unsupported_media_type")]
    assert db.get()["doc_count"] == 1
    db.put("empty", {"_attachments": {}})


def test_local_documents_count_their_own_revisions_and_are_never_in_the_feed(db):
    assert db.refused("GET", "/_local/x") == (404, "not_found")
    assert db.ask("PUT", "/_local/x", body={"n": 1}, status=201).value == {
        "ok": True,
        "id": "_local/x",
        "rev": "0-1",
    }
    assert db.ask("PUT", "/_local/x", body={"n": 2}, status=201).value["rev"] == "0-2"
    assert db.get("/_local/x") == {"_id": "_local/x", "_rev": "0-2", "n": 2}
    assert db.get("/_local%2Fx")["n"] == 2
    assert db.refused("PUT", "/_local/x", body={"_rev": "0-1"}) == (409, "conflict")
    assert db.ask("PUT", "/_local/x", body={"_rev": "0-2", "n": 3}, status=201)
    assert db.get("/_changes")["results"] == []
    db.ask("DELETE", "/_local/x?rev=0-3", status=200)
    assert db.refused("DELETE", "/_local/x") == (404, "not_found")
