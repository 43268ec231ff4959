"""_changes, as CouchDB answers."""

from urllib.parse import quote

import pytest

from tests.support.protocol_client import dispute


def numbered(db, count):
    return [db.put(f"d{number}", {"n": number})["rev"] for number in range(count)]


def test_the_feed_names_each_document_once_at_its_last_change(db):
    revs = numbered(db, 3)
    second = db.put("d0", {"_rev": revs[0]})["rev"]
    gone = db.ask("DELETE", f"/d1?rev={revs[1]}", status=200).value["rev"]

    said = db.get("/_changes")

    assert [(row["id"], row["changes"][0]["rev"]) for row in said["results"]] == [
        ("d2", revs[2]),
        ("d0", second),
        ("d1", gone),
    ]
    assert [row.get("deleted") for row in said["results"]] == [None, None, True]
    assert said["last_seq"] == said["results"][-1]["seq"] == db.get()["update_seq"]
    assert said["pending"] == 0


def test_the_feed_goes_on_from_a_sequence_in_any_quoting(db):
    numbered(db, 5)
    page = db.get("/_changes?limit=2")
    assert (len(page["results"]), page["pending"]) == (2, 3)

    for since in (page["last_seq"], f'"{page["last_seq"]}"'):
        rest = db.get("/_changes?since=" + quote(since))
        assert [row["id"] for row in rest["results"]] == ["d2", "d3", "d4"]
    assert db.get("/_changes?since=now")["results"] == []
    assert len(db.get("/_changes?since=0")["results"]) == 5
    assert len(db.get("/_changes?limit=0")["results"]) == 1  # as CouchDB
    assert [row["id"] for row in db.get("/_changes?descending=true&limit=2")["results"]] == [
        "d4",
        "d3",
    ]


def test_a_sequence_of_the_future_or_of_another_life_rewinds(db):
    numbered(db, 3)
    own = db.get()["update_seq"]

    for since in ("99-" + own.partition("-")[2], "2-unknown", "99-unknown"):
        assert len(db.get("/_changes?since=" + since)["results"]) == 3


@pytest.mark.parametrize("since", ["abc", "-1", "1.5", "1-", "{}", "١-a"])
def test_what_is_no_sequence_is_a_bad_request(db, since):
    assert db.refused("GET", "/_changes?since=" + quote(since)) == (400, "bad_request")


def test_all_leaves_are_named_on_request_and_documents_come_along(db):
    dispute(db.store)

    row = db.get("/_changes?style=all_docs&include_docs=true&conflicts=true")["results"][0]

    assert [change["rev"] for change in row["changes"]] == ["3-d", "2-c", "4-z"]
    assert row["doc"] == {"_id": "a", "_rev": "3-d", "by": "d", "_conflicts": ["2-c"]}
    assert len(db.get("/_changes")["results"][0]["changes"]) == 1


def test_only_named_documents_are_shown_on_request(db):
    numbered(db, 5)

    for ask in (
        lambda: db.post("/_changes?filter=_doc_ids", {"doc_ids": ["d3", "d1", "never"]}),
        lambda: db.get("/_changes?filter=_doc_ids&doc_ids=" + quote('["d3","d1"]')),
    ):
        assert [row["id"] for row in ask()["results"]] == ["d1", "d3"]
    assert len(db.post("/_changes", {"doc_ids": ["d1"]})["results"]) == 5
    assert db.refused("GET", "/_changes?filter=_doc_ids&doc_ids=7") == (400, "bad_request")
    assert db.refused("GET", "/_changes?filter=_doc_ids") == (400, "bad_request")


@pytest.mark.parametrize("name", ["design/filter", "_view", "nonsense", "_design"])
def test_an_unknown_filter_is_not_found(db, name):
    assert db.refused("GET", f"/_changes?filter={name}") == (404, "not_found")
    assert db.refused("POST", f"/_changes?filter={name}", body={}) == (404, "not_found")


def test_sequences_may_be_asked_for_now_and_then(db):
    numbered(db, 5)

    rows = db.get("/_changes?seq_interval=2")["results"]

    assert [row["seq"] is None for row in rows] == [True, False, True, False, True]


def test_a_long_feed_is_whole_and_ends_where_the_database_ends(db):
    with db.store.transaction() as transaction:
        for number in range(2500):
            transaction.put(f"d{number}", {}, parent=None)

    said = db.get("/_changes?feed=normal&style=all_docs&timeout=10000")

    assert [row["id"] for row in said["results"]] == [f"d{number}" for number in range(2500)]
    assert (said["last_seq"], said["pending"]) == (db.get()["update_seq"], 0)
    limited = db.get("/_changes?limit=1700")
    assert (len(limited["results"]), limited["pending"]) == (1700, 800)


def test_a_feed_that_is_not_offered_is_a_bad_request(db):
    for feed in ("continuous", "eventsource", "x"):
        assert db.refused("GET", f"/_changes?feed={feed}") == (400, "bad_request")


def test_a_poll_with_something_to_say_is_answered_at_once_and_an_expired_one_empty(db):
    numbered(db, 1)

    assert len(db.get("/_changes?feed=longpoll&since=0&heartbeat=10000")["results"]) == 1
    said = db.get("/_changes?feed=longpoll&since=now&timeout=10")
    assert said == {"results": [], "last_seq": db.get()["update_seq"], "pending": 0}
