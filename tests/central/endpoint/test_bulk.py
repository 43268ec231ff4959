"""_bulk_docs, _bulk_get and _revs_diff, as CouchDB answers."""

import pytest

from central.endpoint import bare
from central.endpoint.exchange import Limits
from sync.store.values import RevisionPath
from tests.support.protocol_client import Client, dispute


def test_new_edits_have_a_row_each_in_order(db):
    db.put("there", {})

    rows = db.post(
        "/_bulk_docs",
        {"docs": [{"_id": "a"}, {"_id": "there"}, {"n": 1}, {"_id": "a"}]},
        status=201,
    )

    assert rows[0]["ok"]
    assert rows[1] == {"id": "there", "error": "conflict", "reason": "Document update conflict."}
    assert db.get("/" + rows[2]["id"])["n"] == 1
    assert rows[3]["error"] == "conflict"


def test_existing_revisions_are_kept_as_they_are_and_twice_is_once(db):
    document = {
        "_id": "a",
        "_rev": "2-b",
        "_revisions": {"start": 2, "ids": ["b", "a"]},
        "n": 1.0,
        "big": 2**53 + 1,
    }
    body = {"new_edits": False, "docs": [document]}

    assert db.post("/_bulk_docs", body, status=201) == []
    before = db.get()["update_seq"]
    assert db.post("/_bulk_docs", body, status=201) == []
    assert db.get()["update_seq"] == before
    assert db.get("/a?revs=true") == document


JUDGED = [
    {"_id": "a", "_rev": "1-a"},
    {"_id": "b", "_rev": "nonsense"},
    {"_id": "c", "_rev": "1-c", "_attachments": {"x": {}}},
    7,
    {"_id": "d", "_rev": "1-d"},
]


def test_verdicts_are_given_to_whoever_asks_for_them(db):
    said = db.post(
        "/_bulk_docs",
        {"new_edits": False, "docs": JUDGED},
        status=201,
        headers={"X-Journal-Verdicts": "1"},
    )

    assert [(one["id"], one["outcome"], one["code"]) for one in said["verdicts"]] == [
        ("a", "accepted", ""),
        ("b", "refused", "malformed_document"),
        ("c", "refused", "attachments_not_kept"),
        ("None", "refused", "malformed_document"),
        ("d", "accepted", ""),
    ]
    assert db.get()["doc_count"] == 2


def test_verdicts_in_brief_are_all_but_accepted_with_their_places(db):
    said = db.post(
        "/_bulk_docs",
        {"new_edits": False, "docs": JUDGED},
        status=201,
        headers={"X-Journal-Verdicts": "brief"},
    )

    assert said["judged"] == 5
    assert [(one["at"], one["id"], one["code"]) for one in said["verdicts"]] == [
        (1, "b", "malformed_document"),
        (2, "c", "attachments_not_kept"),
        (3, "None", "malformed_document"),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        {"_id": ""},
        {"_id": "_x"},
        {"_id": 1},
        {"_id": "b", "_rev": "abc"},
        {"_id": "b", "_unknown": 1},
        {"_id": "b", "_deleted": "yes"},
        "b",
    ],
)
@pytest.mark.parametrize("new_edits", [True, False])
def test_one_document_that_cannot_be_one_refuses_the_whole_batch(db, bad, new_edits):
    good = {"_id": "good", "_rev": "1-a"} if not new_edits else {"_id": "good"}

    status, _ = db.refused(
        "POST", "/_bulk_docs", body={"docs": [good, bad], "new_edits": new_edits}
    )

    assert status == 400
    assert db.get()["doc_count"] == 0


@pytest.mark.parametrize(
    "body", [[], {}, {"docs": {}}, {"docs": [], "new_edits": "no"}, {"docs": None}]
)
def test_a_batch_of_the_wrong_shape_is_a_bad_request(db, body):
    assert db.refused("POST", "/_bulk_docs", body=body)[0] == 400


def test_bulk_get_answers_in_order_one_result_each(db):
    dispute(db.store)
    wanted = [
        {"id": "a", "rev": "2-c"},
        {"id": "never", "rev": "1-a"},
        {"id": "a", "rev": "3-d"},
        {"id": "a", "rev": "2-b"},
        {"id": "never"},
        {"id": "a"},
    ]

    said = db.post("/_bulk_get?revs=true", {"docs": wanted})

    assert set(said) == {"results"}
    assert [result["id"] for result in said["results"]] == [one["id"] for one in wanted]
    docs = [result["docs"] for result in said["results"]]
    assert docs[0][0]["ok"]["_revisions"] == {"start": 2, "ids": ["c", "a"]}
    missing = {"id": "never", "rev": "1-a", "error": "not_found", "reason": "missing"}
    assert docs[1] == [{"error": missing}]
    assert docs[2][0]["ok"]["by"] == "d"
    assert docs[3][0]["error"]["error"] == "not_found"
    assert docs[4][0]["error"]["rev"] == "undefined"
    assert [doc["ok"]["_rev"] for doc in docs[5]] == ["3-d", "2-c", "4-z"]
    latest = db.post("/_bulk_get?latest=true&attachments=false", {"docs": wanted[3:4]})
    assert [doc["ok"]["_rev"] for doc in latest["results"][0]["docs"]] == ["3-d"]
    assert "_revisions" not in latest["results"][0]["docs"][0]["ok"]


def test_a_long_bulk_get_is_whole(db):
    docs = [{"_id": f"d{number}", "x": "я" * 2000} for number in range(900)]
    rows = db.post("/_bulk_docs", {"docs": docs}, status=201)

    said = db.post("/_bulk_get", {"docs": [{"id": row["id"], "rev": row["rev"]} for row in rows]})

    assert [result["docs"][0]["ok"]["_id"] for result in said["results"]] == [
        doc["_id"] for doc in docs
    ]


def test_revs_diff_says_what_is_missing_and_what_may_precede_it(db):
    db.store.insert([RevisionPath("n", ("2-b", "1-a"), False, {})])

    said = db.post("/_revs_diff", {"n": ["2-c", "2-b", "3-d"], "m": ["1-a"], "k": []})

    assert said == {
        "n": {"missing": ["2-c", "3-d"], "possible_ancestors": ["2-b"]},
        "m": {"missing": ["1-a"]},
    }


@pytest.mark.parametrize("body", [[], {"n": "1-a"}, {"n": ["x"]}, {"n": [1]}, {"n": None}])
def test_a_revs_diff_of_the_wrong_shape_is_a_bad_request(db, body):
    assert db.refused("POST", "/_revs_diff", body=body)[0] == 400


def test_a_document_that_is_too_long_is_refused_alone(host):
    host.create("limited")
    app = bare.create_app(host, threads=8, limits=Limits(document_bytes=500))
    db = Client(app, "limited")
    long = {"_id": "long", "_rev": "1-a", "x": "я" * 300}
    short = [{"_id": f"d{number}", "_rev": "1-a", "x": "я" * 100} for number in range(3)]

    kept = db.post("/_bulk_docs", {"new_edits": False, "docs": [long, *short]}, status=201)
    assert [(row["id"], row["error"]) for row in kept] == [("long", "document_too_large")]
    made = db.post("/_bulk_docs", {"docs": [{"_id": "longer", "x": "я" * 300}]}, status=201)
    assert [(row["id"], row["error"]) for row in made] == [("longer", "too_large")]
    assert db.get()["doc_count"] == 3
