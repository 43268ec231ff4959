"""What is refused, and that it is always refused as JSON."""

import gzip
import json

import pytest

from central.endpoint import bare
from sync import errors

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
        response = db.http.get(
            f"/{db.database}{path}", headers={"Accept-Encoding": "deflate, gzip"}
        )
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(json.loads(gzip.decompress(response.data))) >= 2
        assert len(response.data) < 20_000
        plain = db.http.get(f"/{db.database}{path}", headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in plain.headers


def test_a_very_long_answer_is_streamed_as_gzip_and_whole(db):
    with db.store.transaction() as transaction:
        for number in range(2500):
            transaction.put(f"d{number}", {"x": f"{number} " * 300}, parent=None)

    response = db.http.get(
        f"/{db.database}/_changes?include_docs=true", headers={"Accept-Encoding": "gzip"}
    )

    assert response.content_length is None
    assert len(json.loads(gzip.decompress(response.data))["results"]) == 2500


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (gzip.compress(b'{"docs":[]}', mtime=0)[:-4], 400),
        (gzip.compress(b'{"docs":[]}', mtime=0) + b"x", 400),
        (b"not gzip", 400),
        (b"", 400),
    ],
    ids=["cut short", "something after its end", "not gzip", "empty"],
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
