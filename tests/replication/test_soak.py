"""Long runs, chosen with ``-m soak``: a backlog of weeks in constant memory, a school at once."""

import concurrent.futures
import time
import tracemalloc

import pytest
from flask import Flask

from central.endpoint import protocol
from central.endpoint.bare import BareHost
from sync import errors
from sync.replication.backoff import Backoff
from sync.replication.http_answers import Patience
from sync.replication.remote_peer import RemotePeer
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import served
from tests.support.pairs import Link, everything, fill

pytestmark = pytest.mark.soak

PATIENT = Patience(silence_seconds=60)
MEGABYTE = 1024 * 1024


def test_a_backlog_of_weeks_is_pulled_and_pushed_in_constant_memory(databases, name, remote, local):
    for start in range(0, 20_000, 1000):
        fill(local, range(start, start + 1000), "mine")
        fill(remote, range(start, start + 1000), "yours")
    peer = RemotePeer(databases.url, name, patience=PATIENT)
    tracemalloc.start()
    try:
        pulled, pushed = Link(local, peer, remote.uuid).both()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (pulled.written, pushed.written) == (20_000, 20_000)
    assert peak < 60 * MEGABYTE  # of both sides, which share this process


def test_forty_nodes_that_reconnect_at_once_are_all_served_and_a_save_is_not_kept_waiting(tmp_path):
    host = BareHost(tmp_path / "central")
    host.create("journal")
    central = host.store("journal")
    app = Flask(__name__)
    app.register_blueprint(protocol.create_blueprint(host, threads=32, pushes_at_once=4))

    def node(number, port):
        store = DocumentStore(
            Database(tmp_path / f"{number}.sqlite"), epoch=f"e{number}", uuid=f"u{number}"
        )
        fill(store, range(500), f"n{number}-")
        peer = RemotePeer(f"http://127.0.0.1:{port}/", "journal", patience=PATIENT)
        push = Link(store, peer, central.uuid, node=f"node{number}").push
        backoff = Backoff()
        while True:
            try:
                written = push.run_pass().written
                store.close()
                return written
            except errors.PeerUnreachable as error:
                time.sleep(backoff.next_delay(int(error.params.get("retry_after", 0))))

    with (
        served.serve(app, threads=32) as port,
        concurrent.futures.ThreadPoolExecutor(41) as pool,
    ):
        nodes = [pool.submit(node, number, port) for number in range(40)]
        waits = []
        save = RemotePeer(f"http://127.0.0.1:{port}/", "journal", patience=PATIENT)
        while not all(one.done() for one in nodes):
            began = time.monotonic()
            save.put_checkpoint("save", {"n": len(waits)})
            waits.append(time.monotonic() - began)
        for one in nodes:
            one.result()

    assert central.info().doc_count == 40 * 500
    assert len(everything(central)) == 40 * 500
    assert sorted(waits)[int(len(waits) * 0.99)] < 5
    host.close()
