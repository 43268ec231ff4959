"""_changes with filter=_selector, as CouchDB answers, and what of a selector is refused."""

from typing import Any

import pytest

from central.endpoint import feed_selector
from central.endpoint.refusals import Refusal
from tests.support.protocol_client import dispute

MARK = {
    "_id": "m",
    "kind": "mark",
    "value": 4,
    "comment": None,
    "done": True,
    "tags": ["a", "b"],
    "student": {"class": "5A", "name.full": "Ёлкин"},
}


def meets(selector: Any) -> bool:
    return feed_selector.compiled(selector)(MARK)


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ({}, True),
        ({"kind": "mark"}, True),
        ({"kind": "lesson"}, False),
        ({"kind": "mark", "value": 5}, False),
        ({"value": {"$gte": 4, "$lt": 5}}, True),
        ({"value": {"$gt": 4}}, False),
        ({"value": {"$lte": 3}}, False),
        ({"value": {"$ne": 4}}, False),
        ({"value": {"$in": [3, 4]}}, True),
        ({"value": {"$nin": [3, 4]}}, False),
        ({"tags": {"$in": ["b"]}}, True),
        ({"tags": ["a", "b"]}, True),
        ({"tags": ["a"]}, False),
        ({"value": True}, False),
        ({"done": 1}, False),
        ({"value": 4.0}, True),
        ({"comment": None}, True),
        ({"never": None}, False),
        ({"never": {"$ne": 1}}, False),
        ({"never": {"$nin": [1]}}, False),
        ({"never": {"$exists": False}}, True),
        ({"comment": {"$exists": True}}, True),
        ({"$not": {"never": 1}}, True),
        ({"value": {"$not": {"$gt": 4}}}, True),
        ({"$or": [{"kind": "lesson"}, {"value": 4}]}, True),
        ({"$or": []}, False),
        ({"$nor": [{"kind": "lesson"}, {"value": 4}]}, False),
        ({"$and": [{"kind": "mark"}, {"value": {"$gt": 3}}]}, True),
        ({"student.class": "5A"}, True),
        ({"student": {"class": "5A"}}, True),
        ({"student.name\\.full": "Ёлкин"}, True),
        ({"student": {"class": {"$or": [{"$eq": "5B"}, {"$eq": "5A"}]}}}, True),
        ({"kind.deeper": {"$exists": False}}, True),
        ({"value": {"$type": "number"}}, True),
        ({"done": {"$type": "number"}}, False),
        ({"value": {"$gt": None}}, True),  # null comes before every number
        ({"value": {"$lt": "1"}}, True),  # and numbers before texts
        ({"tags": {"$gt": "zzz"}}, True),
        ({"_id": "m"}, True),
    ],
)
def test_a_document_meets_a_selector_as_in_couchdb(selector: Any, wanted: bool) -> None:
    assert meets(selector) is wanted


def deep(levels: int) -> Any:
    return {"$not": deep(levels - 1)} if levels else {"a": 1}


@pytest.mark.parametrize(
    "selector",
    [
        *(None, [], "kind", 7, deep(11), {"a": {"$regex": "(a+)+$"}}, {"$where": "1"}),
        *({"a": {"$exists": 1}}, {"a": {"$in": 1}}, {"$or": {"a": 1}}, {"$not": []}),
        *({"a": {"$type": "mark"}}, {"$and": [7]}, {f"f{n}": n for n in range(501)}),
        {"a": {"$in": list(range(501))}},
    ],
)
def test_what_is_no_selector_or_too_much_is_refused(selector: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        feed_selector.compiled(selector)

    assert refusal.value.status == 400


def selected(db, selector, query=""):
    return db.post(f"/_changes?filter=_selector{query}", {"selector": selector})


def test_the_feed_shows_what_the_selector_lets_through(db):
    for number in range(6):
        db.put(f"d{number}", {"n": number, "even": number % 2 == 0})

    said = selected(db, {"even": True})

    assert [row["id"] for row in said["results"]] == ["d0", "d2", "d4"]
    assert (said["last_seq"], said["pending"]) == (db.get()["update_seq"], 0)
    first = selected(db, {"even": True}, "&limit=2")
    assert [row["id"] for row in first["results"]] == ["d0", "d2"]
    assert first["last_seq"] == first["results"][-1]["seq"]
    rest = selected(db, {"even": True}, f"&since={first['last_seq']}")
    assert [row["id"] for row in rest["results"]] == ["d4"]
    back = selected(db, {"n": {"$gt": 2}}, "&descending=true&limit=2")
    assert [row["id"] for row in back["results"]] == ["d5", "d4"]
    assert selected(db, {"n": 77})["last_seq"] == db.get()["update_seq"]


def test_a_long_feed_is_selected_whole(db):
    with db.store.transaction() as transaction:
        for number in range(2500):
            transaction.put(f"d{number}", {"rare": number % 1000 == 999}, parent=None)

    rows = selected(db, {"rare": True})["results"]

    assert [row["id"] for row in rows] == ["d999", "d1999"]


def test_each_leaf_is_selected_by_itself(db):
    dispute(db.store)

    row = selected(db, {"by": {"$in": ["c", "d"]}}, "&style=all_docs")["results"][0]
    assert {change["rev"] for change in row["changes"]} == {"3-d", "2-c"}
    losing = selected(db, {"by": "c"}, "&style=all_docs")["results"][0]
    assert [change["rev"] for change in losing["changes"]] == ["2-c"]
    assert selected(db, {"by": "c"})["results"] == []  # of the winner alone


def test_a_selector_is_asked_for_in_the_body(db):
    assert db.refused("GET", "/_changes?filter=_selector") == (400, "bad_request")
    assert db.refused("POST", "/_changes?filter=_selector", body={}) == (400, "bad_request")


def test_pouchdb_pulls_only_what_its_selector_lets_through(pouchdb, db, tmp_path):
    from tests.support import served

    with served.databases(tmp_path) as databases:
        store = databases.create("selected")
        for number in range(20):
            store.put(f"d{number}", {"n": number}, parent=None)

        pouchdb.replicate(databases.url + "selected", "here", selector={"n": {"$gte": 15}})

        assert pouchdb.call("here", "info")["doc_count"] == 5
