"""What a remote peer takes for an answer, and what it never does whatever stands around it."""

import gzip
import json
from datetime import UTC, datetime

import pytest
import requests

from sync import errors
from sync.documents.judgement import Outcome
from sync.replication import http_answers, wire
from sync.replication.http_answers import Patience
from sync.replication.peer import TOO_MANY, PeerInfo
from sync.replication.remote_peer import RemotePeer
from sync.store.values import RevisionPath
from tests.support.answering import answering, authority
from tests.support.pairs import QUICK

JSON = {"Content-Type": "application/json"}
PATH = RevisionPath("a", ("2-b", "1-a"), False, {"n": 1})
OTHER = RevisionPath("b", ("1-c",), True, {})


@pytest.fixture(scope="module")
def server():
    with answering() as running:
        yield running


@pytest.fixture
def says(server):
    server.asked.clear()

    def say(value, status=200, headers=None):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        server.answer = lambda method, path: (status, {**JSON, **(headers or {})}, data)

    return say


@pytest.fixture
def peer(server):
    return RemotePeer(server.url + "replication", "journal", patience=QUICK)


VERBS = {
    "info": lambda peer: peer.info(),
    "get_checkpoint": lambda peer: peer.get_checkpoint("abc"),
    "put_checkpoint": lambda peer: peer.put_checkpoint("abc", {"x": 1}),
    "changes": lambda peer: peer.changes("0", 10),
    "revs_diff": lambda peer: peer.revs_diff({"a": ["2-b"]}),
    "fetch": lambda peer: peer.fetch([("a", "2-b")]),
    "upload": lambda peer: peer.upload([PATH]),
    "ensure_committed": lambda peer: peer.ensure_committed(),
}


# ---------------------------------------------------------------- whatever the verb, whatever comes


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "code"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>", errors.PeerUnreachable, "peer_page"),
        (200, {}, b"{}", errors.PeerUnreachable, "peer_page"),
        (200, JSON, b"<html>", errors.PeerUnreachable, "peer_page"),
        (200, JSON, b'{"a":1,"a":2}', errors.PeerUnreachable, "peer_page"),
        (200, JSON, b"", errors.PeerUnreachable, "peer_page"),
        (302, {"Location": "http://login/"}, b"", errors.PeerUnreachable, "peer_page"),
        (403, {"Content-Type": "text/html"}, b"<html>", errors.PeerUnreachable, "peer_page"),
        (404, {"Content-Type": "text/html"}, b"<html>", errors.PeerUnreachable, "peer_page"),
        (407, {"Content-Type": "text/html"}, b"<html>", errors.PeerUnreachable, "peer_page"),
        (502, {"Content-Type": "text/html"}, b"<html>", errors.PeerUnreachable, "peer_busy"),
        (500, JSON, b'{"error":"x"}', errors.PeerUnreachable, "peer_busy"),
        (503, {"Retry-After": "5"}, b"", errors.PeerUnreachable, "peer_busy"),
        (429, JSON, b"{}", errors.PeerUnreachable, "peer_busy"),
        (408, JSON, b"{}", errors.PeerUnreachable, "peer_busy"),
        (401, JSON, b'{"error":"x"}', errors.CredentialsRefused, "credentials_refused"),
        (403, JSON, b'{"error":"x"}', errors.CredentialsRefused, "credentials_refused"),
        (
            413,
            {"Content-Type": "text/html"},
            b"<html>",
            errors.RequestTooLarge,
            "request_too_large",
        ),
        (400, JSON, b'{"error":"bad_request"}', errors.PeerRefused, "peer_refused"),
        (415, JSON, b'{"error":"x"}', errors.PeerRefused, "peer_refused"),
    ],
)
def test_an_answer_that_is_none_is_never_taken_for_one(
    server, peer, verb, status, headers, body, error, code
):
    server.answer = lambda method, path: (status, headers, body)

    with pytest.raises(error) as caught:
        VERBS[verb](peer)

    assert caught.value.code == code


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "get_checkpoint"])
def test_a_missing_database_is_a_refusal(says, peer, verb):
    says({"error": "not_found"}, 404)

    with pytest.raises(errors.PeerRefused) as caught:
        VERBS[verb](peer)

    assert caught.value.params["status"] == 404


WRONG_SHAPES = {
    "info": [[], {}, {"update_seq": None}, {"update_seq": True}, {"update_seq": "1", "uuid": 5}],
    "get_checkpoint": [[], 1, "x"],
    "changes": [
        [],
        {"results": []},
        {"results": {}, "last_seq": "1"},
        {"results": [], "last_seq": None},
        {"results": [], "last_seq": "1", "pending": "many"},
        {"results": [{"seq": "1", "id": "a"}], "last_seq": "1"},
        {"results": [{"seq": "1", "id": "a", "changes": []}], "last_seq": "1"},
        {"results": [{"seq": "1", "id": 1, "changes": [{"rev": "1-a"}]}], "last_seq": "1"},
        {"results": [{"seq": "1", "id": "a", "changes": [{"rev": "x"}]}], "last_seq": "1"},
        {"results": [{"seq": None, "id": "a", "changes": [{"rev": "1-a"}]}], "last_seq": "1"},
    ],
    "revs_diff": [
        [],
        {"a": ["2-b"]},
        {"a": {}},
        {"a": {"missing": "2-b"}},
        {"a": {"missing": ["3-z"]}},
        {"other": {"missing": ["2-b"]}},
    ],
    "fetch": [
        [],
        {},
        {"results": []},
        {"results": [{"id": "a", "docs": []}]},
        {"results": [{"id": "z", "docs": [{"ok": {"_id": "a", "_rev": "2-b"}}]}]},
        {"results": [{"id": "a", "docs": [{"ok": {"_id": "z", "_rev": "2-b"}}]}]},
        {"results": [{"id": "a", "docs": [{"ok": {"_id": "a", "_rev": "3-c"}}]}]},
        {"results": [{"id": "a", "docs": [{"ok": {"_id": "a", "_rev": "2-b", "_x": 1}}]}]},
        {"results": [{"id": "a", "docs": [{"ok": None}]}]},
    ],
    "upload": [
        {},
        1,
        {"verdicts": []},
        {"verdicts": [{"id": "a", "rev": "2-b"}]},
        {"verdicts": [{"id": "a", "rev": "2-b", "outcome": "perhaps"}]},
        {"verdicts": [{"id": "a", "rev": "2-b", "outcome": "rejected"}]},
        {"verdicts": [{"id": "z", "rev": "2-b", "outcome": "accepted"}]},
        {"verdicts": [{"id": "a", "rev": "2-x", "outcome": "accepted"}]},
        {"verdicts": [{"id": "a", "rev": "2-b", "outcome": "accepted"}] * 2},
        {"judged": 2, "verdicts": []},
        {"judged": "1", "verdicts": []},
        {"judged": True, "verdicts": []},
        {"judged": 1},
        {"judged": 1, "verdicts": [{"id": "a", "rev": "2-b", "outcome": "refused"}]},
        {"judged": 1, "verdicts": [{"at": 1, "id": "a", "rev": "2-b", "outcome": "refused"}]},
        {"judged": 1, "verdicts": [{"at": -1, "id": "a", "rev": "2-b", "outcome": "refused"}]},
        {"judged": 1, "verdicts": [{"at": 0, "id": "z", "rev": "2-b", "outcome": "refused"}]},
        ["x"],
    ],
}


@pytest.mark.parametrize(
    ("verb", "said"), [(verb, said) for verb, all_ in WRONG_SHAPES.items() for said in all_]
)
def test_an_answer_of_the_wrong_shape_breaks_the_protocol(says, peer, verb, said):
    says(said)

    with pytest.raises(errors.ProtocolViolation):
        VERBS[verb](peer)


# -------------------------------------------------------------------------------- good answers


def test_our_own_server_says_which_database_it_is_in_one_request(says, peer, server):
    says({"update_seq": "7-e", "uuid": "u1", "epoch": "e", "instance_start_time": "5"})

    assert peer.info() == PeerInfo("u1", "7-e", "e")
    assert [path for _, path, _, _ in server.asked] == ["/replication/journal"]


def test_a_stock_server_is_named_by_its_uuid_the_database_and_its_beginning(server, peer):
    def answer(method, path):
        if path.endswith("journal"):
            return 200, JSON, b'{"update_seq":7,"instance_start_time":"99"}'
        return 200, JSON, b'{"couchdb":"Welcome","uuid":"s1"}'

    server.answer = answer

    assert peer.info() == PeerInfo("s1/journal/99", "7", None)


def test_a_checkpoint_that_is_not_there_is_none(says, peer):
    says({"error": "not_found", "reason": "missing"}, 404)

    assert peer.get_checkpoint("abc") is None


def test_a_server_that_wants_the_present_revision_of_a_checkpoint_is_given_it(server, peer):
    def answer(method, path):
        if method == "GET":
            return 200, JSON, b'{"_id":"_local/abc","_rev":"0-4","x":0}'
        body = json.loads(server.asked[-1][3])
        return (201, JSON, b"{}") if body.get("_rev") == "0-4" else (409, JSON, b"{}")

    server.answer = answer

    peer.put_checkpoint("abc", {"x": 1, "_rev": "0-1"})

    assert json.loads(server.asked[-1][3]) == {"x": 1, "_rev": "0-4"}


def test_a_stock_servers_rows_become_verdicts(says, peer):
    said = [
        {"id": "b", "error": "forbidden", "reason": "no"},
        {"ok": True, "id": "a", "rev": "2-b"},
    ]
    says(said, 201)

    verdicts = peer.upload([PATH, OTHER])

    assert [(one.id, one.outcome, one.code, one.reason) for one in verdicts] == [
        ("a", Outcome.ACCEPTED, "", ""),
        ("b", Outcome.REFUSED, "forbidden", "no"),
    ]


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("internal_server_error", errors.PeerUnreachable),
        ("conflict", errors.PeerRefused),
        ("something_new", errors.PeerRefused),
    ],
)
def test_a_row_that_is_neither_yes_nor_no_stops_the_pass(says, peer, word, error):
    says([{"id": "a", "error": word}], 201)

    with pytest.raises(error):
        peer.upload([PATH])


def test_documents_are_sent_with_their_histories_and_the_wish_for_verdicts(says, peer, server):
    says([], 201)

    peer.upload([PATH, OTHER])

    _, path, headers, body = server.asked[-1]
    assert path == "/replication/journal/_bulk_docs"
    assert headers["X-Journal-Verdicts"] == "brief"
    assert json.loads(body) == {
        "new_edits": False,
        "docs": [
            {"_id": "a", "_rev": "2-b", "_revisions": {"start": 2, "ids": ["b", "a"]}, "n": 1},
            {
                "_id": "b",
                "_rev": "1-c",
                "_revisions": {"start": 1, "ids": ["c"]},
                "_deleted": True,
            },
        ],
    }


def test_an_upload_beside_another_says_so_and_may_be_told_to_wait_for_its_turn(peer, server, says):
    says([], 201)
    peer.upload([PATH])
    peer.upload([PATH], beside=True)

    assert [headers.get("X-Journal-Beside") for _, _, headers, _ in server.asked] == [None, "1"]

    says({"error": "too_many_requests"}, 429)
    with pytest.raises(errors.PeerUnreachable) as error:
        peer.upload([PATH], beside=True)
    assert error.value.params["status"] == TOO_MANY


def test_a_body_made_ahead_is_the_one_that_is_sent(peer, server, says):
    says([], 201)

    peer.upload(
        [PATH, OTHER], peer.packed([PATH, OTHER], [wire.written(PATH), wire.written(OTHER)])
    )
    peer.upload([PATH, OTHER])

    (*_, ahead), (*_, at_once) = server.asked
    assert ahead == at_once
    assert json.loads(ahead)["docs"] == [wire.document_of(PATH), wire.document_of(OTHER)]


def test_large_bodies_are_packed_and_text_is_sent_as_it_is(says, peer, server):
    says([], 201)

    peer.upload([RevisionPath("a", ("1-a",), False, {"x": "Отметка " * 500})])

    _, _, headers, body = server.asked[-1]
    assert headers["Content-Encoding"] == "gzip"
    assert "Отметка".encode() in gzip.decompress(body)
    assert len(body) < 500


def test_packed_answers_are_unpacked_and_bounded(says, server):
    peer = RemotePeer(server.url, "db", patience=Patience(most_answer_bytes=10_000))
    page = {"results": [], "last_seq": "1-e", "pending": 0}
    says(gzip.compress(json.dumps(page).encode()), headers={"Content-Encoding": "gzip"})
    assert peer.changes("0", 10).last_seq == "1-e"

    says(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(errors.RequestTooLarge):
        peer.changes("0", 10)
    says(b" " * 20_000)
    with pytest.raises(errors.RequestTooLarge):
        peer.changes("0", 10)
    says(gzip.compress(b"{}")[:-3], headers={"Content-Encoding": "gzip"})
    with pytest.raises(errors.PeerUnreachable):
        peer.changes("0", 10)


def test_something_beside_the_protocol_can_be_asked_with_the_same_care(says, peer, server):
    says({"ok": 1}, headers={"Date": "Wed, 14 Oct 2026 07:00:00 GMT"})

    answer = peer.exchange("POST", "_receipt", body={"entries": []})

    assert answer.value == {"ok": 1}
    assert server.asked[-1][:2] == ("POST", "/replication/_receipt")
    says({"error": "not_found"}, 404)
    with pytest.raises(errors.PeerRefused):
        peer.exchange("GET", "_bundle")


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("5", 5),
        ("0", 0),
        ("Wed, 14 Oct 2026 07:01:00 GMT", 60),
        ("Wed, 14 Oct 2026 06:59:00 GMT", 0),
        ("999999999999", 900),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
    ],
)
def test_the_wait_a_server_asks_for_is_understood_by_the_servers_clock(says, peer, asked, seconds):
    # This machine's clock may stand in another year.
    says({}, 503, {"Retry-After": asked, "Date": "Wed, 14 Oct 2026 07:00:00 GMT"})

    with pytest.raises(errors.PeerUnreachable) as caught:
        peer.info()

    assert caught.value.params["retry_after"] == seconds


def test_the_servers_time_is_read_from_its_answer():
    headers = {"Date": "Wed, 14 Oct 2026 07:00:00 GMT"}

    assert http_answers._served_at(headers) == datetime(2026, 10, 14, 7, tzinfo=UTC)
    assert http_answers._served_at({"Date": "yesterday"}) is None
    assert http_answers._served_at({}) is None


def test_an_answer_that_drips_for_ever_is_given_up(says, server):
    says(b" " * 500_000 + b"{}")
    peer = RemotePeer(server.url, "db", patience=Patience(answer_seconds=-1))

    with pytest.raises(errors.PeerUnreachable) as caught:
        peer.info()

    assert caught.value.code == "peer_timeout"


def test_nobody_at_the_address_is_unreachable(free_port):
    peer = RemotePeer(f"http://127.0.0.1:{free_port}/", "db", patience=QUICK)

    with pytest.raises(errors.PeerUnreachable) as caught:
        peer.info()

    assert caught.value.code == "peer_unreachable"


# ------------------------------------------------------------------------------ what it never does


@pytest.mark.parametrize(
    "address", ["ftp://x/", "x", "", "http:///db", "http://user:secret@host/", "https://user@host"]
)
def test_an_address_that_cannot_be_or_carries_a_password_is_not_taken(address):
    with pytest.raises(ValueError, match="address"):
        RemotePeer(address, "db")


def test_credentials_go_in_a_header_only(says, server):
    says({"update_seq": "1", "uuid": "u"})
    peer = RemotePeer(server.url, "db", credentials=("node1", "tökén"), patience=QUICK)

    peer.info()

    _, path, headers, _ = server.asked[-1]
    assert headers["Authorization"].startswith("Basic ")
    assert "node1" not in path


def test_nothing_is_taken_from_the_environment(says, server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("NETRC", str(netrc))
    says({"update_seq": "1", "uuid": "u"})

    RemotePeer(server.url, "db", patience=QUICK).info()

    assert "Authorization" not in server.asked[-1][2]


def test_a_redirect_is_not_followed(says, peer, server):
    says({}, 307, {"Location": server.url + "elsewhere"})

    with pytest.raises(errors.PeerUnreachable):
        peer.info()

    assert len(server.asked) == 1


def test_names_and_ids_are_quoted_whole(says, server):
    says({"x": 1})
    peer = RemotePeer(server.url, "a/b c", patience=QUICK)

    peer.get_checkpoint("x/y?z#%")

    assert server.asked[-1][1] == "/a%2Fb%20c/_local/x%2Fy%3Fz%23%25"


def test_only_the_pinned_authority_is_trusted_on_every_request(tmp_path, monkeypatch):
    ours, context = authority(tmp_path, "ours")
    other, _ = authority(tmp_path, "other")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(other))
    with answering(context) as server:
        server.answer = lambda method, path: (200, JSON, b'{"update_seq":"1","uuid":"u"}')

        trusted = RemotePeer(server.url, "db", authority=ours, patience=QUICK)
        for _ in range(2):
            assert trusted.info().uuid == "u"
        for wrong in (other, None):
            peer = RemotePeer(server.url, "db", authority=wrong, patience=QUICK)
            for verb in VERBS.values():
                with pytest.raises(errors.PeerUnreachable) as caught:
                    verb(peer)
                assert caught.value.code == "peer_certificate"


def test_the_check_of_certificates_cannot_be_switched_off(server):
    peer = RemotePeer(server.url, "db")
    resource = peer._resource()
    resource.session.verify = False

    child = resource("db")("x")

    assert child.session.verify is True
    assert isinstance(child.session, requests.Session)
    assert child.session.trust_env is False
