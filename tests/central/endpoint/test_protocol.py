"""The answers of the bare endpoint, as CouchDB gives them; see also ``test_pouchdb``."""

import gzip
import itertools
import json
from urllib.parse import quote

import pytest

from central.endpoint import bare
from central.endpoint.bare import BareHost
from sync.store.values import RevisionPath

THREADS = 8
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    host = BareHost(tmp_path_factory.mktemp("databases"))
    yield host
    host.close()


@pytest.fixture(scope="module")
def app(host):
    return bare.create_app(host, threads=THREADS)


class Client:
    """Asks for one database; every answer must be JSON."""

    def __init__(self, app, database):
        self._client = app.test_client()
        self.database = database

    def ask(self, method, path="", *, body=None, status=None, base=None, **options):
        base = f"/{self.database}" if base is None else base
        if body is not None:
            options.setdefault("data", json.dumps(body).encode("utf-8"))
            options.setdefault("content_type", "application/json")
        response = self._client.open(base + path, method=method, **options)
        assert response.mimetype == "application/json", response.data
        if method != "HEAD":
            response.value = json.loads(response.data)
        if status is not None:
            assert response.status_code == status, response.data
        return response

    def get(self, path="", **options):
        return self.ask("GET", path, **{"status": 200, **options}).value

    def post(self, path, body=None, **options):
        return self.ask(
            "POST", path, **{"body": {} if body is None else body, "status": 200, **options}
        ).value

    def put(self, doc_id, body, **options):
        path = "/" + quote(doc_id, safe="")
        return self.ask("PUT", path, **{"body": body, "status": 201, **options}).value

    def refused(self, method, path="", **options):
        """Return (status, error) of an answer that must be a refusal in CouchDB's form."""
        response = self.ask(method, path, **options)
        assert set(response.value) == {"error", "reason"}
        return response.status_code, response.value["error"]


@pytest.fixture
def db(app, host):
    name = f"db{next(_NUMBERS)}"
    host.create(name)
    client = Client(app, name)
    client.store = host.store(name)
    return client


# -------------------------------------------------------------------------- server and databases


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


# ------------------------------------------------------------------------------------ documents


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


def disputed(db):
    db.store.insert(
        [
            RevisionPath("a", ("3-d", "2-b", "1-a"), False, {"by": "d"}),
            RevisionPath("a", ("2-c", "1-a"), False, {"by": "c"}),
            RevisionPath("a", ("4-z", "3-y", "2-x", "1-a"), True, {}),
        ]
    )


def test_what_a_query_asks_for_is_added(db):
    disputed(db)

    document = db.get("/a?revs=true&conflicts=true&deleted_conflicts=true&revs_info=true")

    assert document["_revisions"] == {"start": 3, "ids": ["d", "b", "a"]}
    assert document["_conflicts"] == ["2-c"]
    assert document["_deleted_conflicts"] == ["4-z"]
    assert [one["status"] for one in document["_revs_info"]] == ["available", "missing", "missing"]
    assert set(db.get("/a")) == {"_id", "_rev", "by"}


def test_open_revisions_are_listed(db):
    disputed(db)

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
    disputed(db)

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


# ----------------------------------------------------------------------------------- _bulk_docs


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


def test_verdicts_are_given_to_whoever_asks_for_them(db):
    docs = [
        {"_id": "a", "_rev": "1-a"},
        {"_id": "b", "_rev": "nonsense"},
        {"_id": "c", "_rev": "1-c", "_attachments": {"x": {}}},
        7,
        {"_id": "d", "_rev": "1-d"},
    ]

    said = db.post(
        "/_bulk_docs",
        {"new_edits": False, "docs": docs},
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


# ------------------------------------------------------------------------- _bulk_get, _revs_diff


def test_bulk_get_answers_in_order_one_result_each(db):
    disputed(db)
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


# ------------------------------------------------------------------------------------- _changes


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
    disputed(db)

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


@pytest.mark.parametrize("name", ["design/filter", "_view", "_selector", "nonsense", "_design"])
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


# ------------------------------------------------------------------------------------ _all_docs


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
    disputed(db)

    row = db.get("/_all_docs?include_docs=true&conflicts=true")["rows"][0]

    assert row["value"] == {"rev": "3-d"}
    assert row["doc"] == {"_id": "a", "_rev": "3-d", "by": "d", "_conflicts": ["2-c"]}


@pytest.mark.parametrize(
    "query", ["startkey=x", "limit=x", "limit=-1", "descending=1", "keys=5", "skip=1e3"]
)
def test_a_listing_that_is_not_understood_is_a_bad_request(db, query):
    assert db.refused("GET", f"/_all_docs?{query}")[0] == 400


# ---------------------------------------------------------------------- strictness and the edges

NOT_STRICT = [
    b'{"_id":"a","x":NaN}',
    b'{"_id":"a","x":Infinity}',
    b'{"_id":"a","x":-Infinity}',
    b'{"_id":"a","x":1e400}',
    b'{"_id":"a","x":"\\ud800"}',
    b'{"_id":"a","\\udfff":1}',
    b'{"_id":"a","x":"\xff"}',
    b'{"_id":"a","x":"\xed\xa0\x80"}',
    b'{"_id":"a","_id":"b"}',
    b'{"_id":"a","x":{"y":1,"y":1}}',
    b'{"_id":"a","x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"_id":"a","x":' + b"[" * 500 + b"]" * 500 + b"}",
    b'{"_id":"a","x":' + b"9" * 5000 + b"}",
    b'{"_id":"a",}',
    b'{"_id":"a"} x',
    b"{'_id':'a'}",
    b'\xef\xbb\xbf{"_id":"a"}',
    '{"_id":"a"}'.encode("utf-16"),
    b'{"_id":"a"',
    b"",
    b"null",
    b"1",
]


@pytest.mark.parametrize("data", NOT_STRICT, ids=range(len(NOT_STRICT)))
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/a"), ("POST", ""), ("POST", "/_bulk_docs"), ("PUT", "/_local/a")]
)
def test_json_that_is_not_strict_is_refused_as_a_whole(db, data, method, path):
    if path == "/_bulk_docs":
        data = b'{"docs":[{"_id":"good"},' + data + b"]}"

    assert db.refused(method, path, data=data, content_type="application/json")[0] == 400
    assert db.get()["doc_count"] == 0
    assert db.refused("GET", "/_local/a") == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/_bulk_docs", "/_bulk_get", "/_revs_diff", "/_changes", "/_all_docs", ""]
)
def test_a_form_of_another_site_is_refused(db, path):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = db.refused("POST", path, data=b'{"docs":[]}', content_type=kind)
        assert answer == (415, "bad_content_type")


def test_bodies_and_answers_may_be_gzip(db):
    docs = [{"_id": f"d{number}", "x": "topic " * 10} for number in range(300)]
    packed = gzip.compress(json.dumps({"docs": docs}).encode())

    rows = db.ask(
        "POST",
        "/_bulk_docs",
        data=packed,
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
        status=201,
    ).value
    assert len(rows) == 300
    for path in ("/_all_docs?include_docs=true", "/_changes?include_docs=true"):
        response = db._client.get(
            f"/{db.database}{path}", headers={"Accept-Encoding": "deflate, gzip"}
        )
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(json.loads(gzip.decompress(response.data))) >= 2
        assert len(response.data) < 20_000
        plain = db._client.get(f"/{db.database}{path}", headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in plain.headers


def test_a_very_long_answer_is_streamed_as_gzip_and_whole(db):
    with db.store.transaction() as transaction:
        for number in range(2500):
            transaction.put(f"d{number}", {"x": f"{number} " * 300}, parent=None)

    response = db._client.get(
        f"/{db.database}/_changes?include_docs=true", headers={"Accept-Encoding": "gzip"}
    )

    assert response.content_length is None
    assert len(json.loads(gzip.decompress(response.data))["results"]) == 2500


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (gzip.compress(b'{"docs":[]}')[:-4], 400),
        (gzip.compress(b'{"docs":[]}') + b"x", 400),
        (b"not gzip", 400),
        (b"", 400),
    ],
)
def test_a_damaged_gzip_body_is_a_bad_request(db, data, status):
    answer = db.refused(
        "POST",
        "/_bulk_docs",
        data=data,
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )

    assert answer[0] == status


def test_other_encodings_are_refused(db):
    answer = db.refused(
        "POST", "/_bulk_docs", body={"docs": []}, headers={"Content-Encoding": "br"}
    )

    assert answer == (415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize(
    "path", ["/", "/_changes", "/_all_docs", "/_bulk_get", "/a/b", "/_nothing"]
)
def test_every_refusal_is_json(db, method, path):
    base = "" if path == "/" else None
    response = db.ask(method, path, base=base)

    assert 400 <= response.status_code < 500
    assert set(response.value) == {"error", "reason"}


@pytest.mark.parametrize(
    "path", ["/%ff", "/%00", "/a%2", "//", "/_local", "/_local/", "/_design", "/_design/", "/_x"]
)
def test_strange_addresses_are_refused_or_answered_never_failed(db, path):
    for method in ("GET", "PUT", "DELETE"):
        assert db.ask(method, path, body={}).status_code < 500


def test_a_request_that_fails_unforeseen_is_answered_without_its_inside(db, monkeypatch, caplog):
    def explode(*arguments, **options):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(bare.BareDatabase, "info", explode)

    response = db.ask("GET", "", status=500)

    assert b"secret" not in response.data
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert db.get()["doc_count"] == 0


def test_a_store_that_is_busy_asks_to_come_back(db, monkeypatch):
    from sync import errors

    def unavailable(*arguments, **options):
        raise errors.StoreUnavailable

    monkeypatch.setattr(bare.BareDatabase, "edit", unavailable)

    response = db.ask("PUT", "/a", body={}, status=503)

    assert response.headers["Retry-After"] == "5"


def test_a_head_request_has_the_same_head(db):
    rev = db.put("a", {})["rev"]

    response = db.ask("HEAD", "/a", status=200)

    assert response.headers["ETag"] == f'"{rev}"'
    assert response.data == b""
