"""_all_docs, as CouchDB answers."""

from urllib.parse import quote

import pytest

from tests.support.protocol_client import dispute


def ids(said):
    return [row.get("id") or row["key"] for row in said["rows"]]


def test_documents_are_listed_in_order_and_ranges(db):
    for doc_id in "badce":
        db.put(doc_id, {"x": doc_id})
    db.ask("DELETE", f"/c?rev={db.get('/c')['_rev']}", status=200)

    assert ids(db.get("/_all_docs")) == ["a", "b", "d", "e"]
    assert db.get("/_all_docs")["total_rows"] == 4
    assert ids(db.get("/_all_docs?descending=true&limit=2")) == ["e", "d"]
    assert ids(db.get('/_all_docs?startkey="b"&endkey="d"')) == ["b", "d"]
    assert ids(db.get('/_all_docs?start_key="b"&end_key="d"&inclusive_end=false')) == ["b"]
    assert ids(db.get('/_all_docs?startkey="d"&endkey="b"&descending=true')) == ["d", "b"]
    assert ids(db.get("/_all_docs?skip=1&limit=2")) == ["b", "d"]
    assert db.get("/_all_docs?skip=1&limit=2")["offset"] == 1
    assert ids(db.get('/_all_docs?key="b"')) == ["b"]
    assert ids(db.get("/_all_docs?limit=0")) == []
    assert ids(db.get("/_all_docs?startkey=5")) == ["a", "b", "d", "e"]
    assert ids(db.get("/_all_docs?endkey=null")) == []
    assert ids(db.get("/_all_docs?endkey={}")) == ["a", "b", "d", "e"]
    assert ids(db.get("/_all_docs?key=5")) == []
    assert db.get("/_all_docs?update_seq=true")["update_seq"] == db.get()["update_seq"]


def test_wanted_keys_come_in_their_order_unknown_and_deleted_ones_too(db):
    db.put("a", {"x": 1})
    rev = db.put("gone", {})["rev"]
    db.ask("DELETE", f"/gone?rev={rev}", status=200)
    keys = ["never", "a", "gone", 5, "a"]

    said = db.post("/_all_docs?include_docs=true", {"keys": keys})

    rows = said["rows"]
    assert rows[0] == {"key": "never", "error": "not_found"}
    assert rows[1]["doc"]["x"] == 1
    assert rows[2]["value"]["deleted"] is True
    assert rows[2]["doc"] is None
    assert rows[3] == {"key": 5, "error": "not_found"}
    assert rows[4]["id"] == "a"
    assert ids(db.get("/_all_docs?keys=" + quote('["a"]'))) == ["a"]
    assert ids(db.get("/_all_docs?descending=true&keys=" + quote('["a","never"]'))) == [
        "never",
        "a",
    ]


def test_documents_come_along_with_their_conflicts(db):
    dispute(db.store)

    row = db.get("/_all_docs?include_docs=true&conflicts=true")["rows"][0]

    assert row["value"] == {"rev": "3-d"}
    assert row["doc"] == {"_id": "a", "_rev": "3-d", "by": "d", "_conflicts": ["2-c"]}


@pytest.mark.parametrize(
    "query", ["startkey=x", "limit=x", "limit=-1", "descending=1", "keys=5", "skip=1e3"]
)
def test_a_listing_that_is_not_understood_is_a_bad_request(db, query):
    assert db.refused("GET", f"/_all_docs?{query}")[0] == 400
