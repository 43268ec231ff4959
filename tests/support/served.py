"""The embedded store behind the real HTTP server, in a thread of the test's own process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waitress.server import create_server

from central.endpoint import bare
from central.endpoint.bare import BareHost
from sync.store.document_store import DocumentStore

THREADS = 8


@contextmanager
def serve(application: Callable[..., Any], threads: int = THREADS) -> Iterator[int]:
    """Serve a WSGI application with waitress on a free port of the loopback address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sockets: dict[int, Any] = {}  # of this server; closing them ends its loop
        server = create_server(
            application,
            map=sockets,
            sockets=[listener],
            threads=threads,
            asyncore_use_poll=True,
            asyncore_loop_timeout=0.2,
            max_request_body_size=64 * 1024 * 1024,
            connection_limit=1000,
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.task_dispatcher.shutdown(timeout=1)
            for one in list(sockets.values()):
                one.close()
            thread.join(timeout=5)


class Databases:
    """A bare host that is being served."""

    def __init__(self, host: BareHost, port: int) -> None:
        self.host = host
        self.port = port
        self.url = f"http://127.0.0.1:{port}/"

    def create(self, name: str) -> DocumentStore:
        """Create a database and return its store."""
        self.host.create(name)
        return self.host.store(name)


@contextmanager
def databases(folder: Path, threads: int = THREADS) -> Iterator[Databases]:
    """Serve the databases of a folder."""
    host = BareHost(folder)
    try:
        with serve(bare.create_app(host, threads=threads), threads) as port:
            yield Databases(host, port)
    finally:
        host.close()
