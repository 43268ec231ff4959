"""The endpoint behind the real server: polls that are held, bodies that are bombs, bad clients."""

import concurrent.futures
import contextlib
import gzip
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib

import pytest

from central.endpoint.places import PollPlaces, PushPlaces
from central.endpoint.refusals import Refusal
from sync.replication.peer import TOO_MANY
from tests.support import served, tools

HOLD = 60  # seconds after which a test gives up


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    with served.databases(tmp_path_factory.mktemp("served")) as running:
        running.create("db")
        yield running


def ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HOLD)
    try:
        headers = {"Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def is_well(databases):
    return ask(databases.port, "GET", "/db")[0] == 200


def test_a_held_poll_is_answered_when_something_changes(databases):
    since = databases.host.store("db").update_seq()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        poll = pool.submit(
            ask, databases.port, "GET", f"/db/_changes?feed=longpoll&since={since}&heartbeat=10000"
        )
        ask(databases.port, "PUT", "/db/news", b"{}")

        status, said = poll.result(timeout=HOLD)

    assert status == 200
    assert [row["id"] for row in said["results"]] == ["news"]


def test_many_polls_leave_room_for_a_save(databases):
    """Five times as many live peers as threads; each save is answered long before a hold ends."""
    store = databases.host.store("db")
    since = store.update_seq()
    stop = threading.Event()

    def live():
        while not stop.is_set():
            ask(
                databases.port,
                "GET",
                f"/db/_changes?feed=longpoll&since={since}&filter=_doc_ids&doc_ids=%5B%22x%22%5D",
            )

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        peers = [pool.submit(live) for _ in range(served.THREADS * 5)]
        for number in range(10):
            began = time.monotonic()
            assert ask(databases.port, "PUT", f"/db/save{number}", b"{}")[0] == 201
            assert time.monotonic() - began < 5
        stop.set()
        ask(databases.port, "PUT", "/db/x", b"{}")
        for peer in peers:
            peer.result(timeout=HOLD)


def test_half_of_the_threads_hold_long_a_quarter_short_and_the_rest_not_at_all():
    places = PollPlaces(8)
    held, inside, leave = [], threading.Semaphore(0), threading.Event()

    def wait(seconds):
        held.append(seconds)
        inside.release()
        leave.wait(HOLD)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for _ in range(6):
            pool.submit(places.hold, wait, 60.0)
        for _ in range(6):
            assert inside.acquire(timeout=HOLD)
        places.hold(wait, 60.0)  # no place: returns at once without waiting
        assert sorted(held) == [1.0, 1.0, 25.0, 25.0, 25.0, 25.0]
        leave.set()
    held.clear()
    places.hold(held.append, 0.5)
    assert held == [0.5]


def test_few_pushes_run_at_once_some_wait_and_the_rest_are_asked_to_come_back():
    places = PushPlaces(2)
    running, leave = threading.Semaphore(0), threading.Event()

    def push():
        with places.place():
            running.release()
            leave.wait(HOLD)

    # As many threads as pushes: a pool's own number depends on the machine's processors.
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        pushes = [pool.submit(push) for _ in range(10)]
        assert running.acquire(timeout=HOLD)
        assert running.acquire(timeout=HOLD)
        began = time.monotonic()
        while places._inside._value:  # until the other eight have come to wait
            assert time.monotonic() - began < HOLD
            time.sleep(0.001)
        with pytest.raises(Refusal) as refusal, places.place():
            pass
        leave.set()
        for one in pushes:
            one.result(timeout=HOLD)

    assert (refusal.value.status, refusal.value.headers) == (503, {"Retry-After": "3"})
    assert running._value == 8
    with places.place():
        pass


def test_a_second_push_of_a_node_takes_a_free_place_and_waits_for_none():
    places = PushPlaces(2)

    with places.place(), places.place(beside=True):
        with pytest.raises(Refusal) as refusal, places.place(beside=True):
            pass
        assert refusal.value.status == TOO_MANY
    with places.place(), places.place(beside=True):  # nothing was kept by the one refused
        pass


def test_a_push_does_not_wait_for_ever():
    places = PushPlaces(1, queue_seconds=0)
    with places.place(), pytest.raises(Refusal), places.place():
        pass


def test_a_gzip_bomb_is_refused_with_flat_memory(databases):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"0" * (1024 * 1024)
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    assert len(bomb) < 220_000

    tracemalloc.start()
    try:
        status, said = ask(
            databases.port, "POST", "/db/_bulk_docs", bomb, {"Content-Encoding": "gzip"}
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (status, said["error"]) == (413, "too_large")
    assert peak < 64 * 1024 * 1024
    assert is_well(databases)


def test_a_body_above_the_limit_is_refused(databases):
    body = b'{"docs":["' + b"x" * (17 * 1024 * 1024) + b'"]}'

    assert ask(databases.port, "POST", "/db/_bulk_docs", body)[0] == 413
    assert is_well(databases)


def test_a_body_in_chunks_is_read(databases):
    pieces = iter([b'{"docs":[{"_id":', b'"chunked"}]}'])  # of unknown length, so sent in chunks
    status, rows = ask(databases.port, "POST", "/db/_bulk_docs", pieces)

    assert status == 201
    assert rows[0]["id"] == "chunked"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET",
        b"GET /db HTTP/9.9\r\n\r\n",
        b"GET /db\x00/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /db/_bulk_docs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /db/_bulk_docs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /db/_bulk_docs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /db/" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elsewhere/db/_changes HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=range(10),
)
def test_a_client_that_speaks_nonsense_ends_only_itself(databases, sent):
    with socket.create_connection(("127.0.0.1", databases.port), timeout=HOLD) as client:
        client.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass

    assert is_well(databases)


def test_a_client_that_goes_away_in_the_middle_of_a_long_answer_ends_only_itself(databases):
    store = databases.create("long")
    with store.transaction() as transaction:
        for number in range(2000):
            transaction.put(f"d{number}", {"x": f"{number} " * 1000}, parent=None)
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", databases.port), timeout=HOLD) as client:
            client.sendall(b"GET /long/_changes?include_docs=true HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(1000)

    assert is_well(databases)


def test_a_database_that_is_deleted_ends_the_polls_on_it(databases):
    databases.create("short")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        polls = [
            pool.submit(ask, databases.port, "GET", "/short/_changes?feed=longpoll&since=now")
            for _ in range(2)
        ]
        assert ask(databases.port, "DELETE", "/short")[0] == 200
        for poll in polls:
            assert poll.result(timeout=HOLD)[0] in (200, 404, 503)

    assert is_well(databases)


def test_the_script_serves_and_ends(tmp_path):
    command = [sys.executable, str(tools.ROOT / "scripts" / "protocol_server.py")]
    for turn in range(2):
        with subprocess.Popen(
            [*command, "--port", "0", "--data", str(tmp_path)],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            try:
                port = int(process.stdout.readline().rpartition(":")[2].strip(" /\n"))
                if turn == 0:
                    assert ask(port, "PUT", "/db")[0] == 201
                    assert ask(port, "PUT", "/db/a", b'{"n":1}')[0] == 201
                assert ask(port, "GET", "/db/a")[1]["n"] == 1
            finally:
                process.terminate()
            assert process.wait(HOLD) in (0, -15)


def test_gzip_answers_reach_a_client_that_takes_them(databases):
    connection = http.client.HTTPConnection("127.0.0.1", databases.port, timeout=HOLD)
    for number in range(50):
        ask(databases.port, "PUT", f"/db/gz{number}", b"{}")
    connection.request("GET", "/db/_all_docs", headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    said = json.loads(gzip.decompress(response.read()))
    connection.close()

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(said["rows"]) >= 50
