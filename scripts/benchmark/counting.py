"""Counts the bytes between a node and central at the socket, whatever is said in them."""

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self

_CHUNK = 256 * 1024
_HOST = "127.0.0.1"


class Counter:
    """Passes everything on to ``target_port`` and counts it; ``with Counter(port) as counter``.

    ``requests`` counts how often the node spoke after an answer: on a connection that is used for
    one request after the other that is the number of requests.
    """

    def __init__(self, target_port: int) -> None:
        """Listen on a free port of the loopback address."""
        self._target = target_port
        self._listener = socket.create_server((_HOST, 0))
        self._ending = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.up = self.down = self.requests = 0

    def __enter__(self) -> Self:
        """Begin to pass on."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening; what is open ends when its sides end it."""
        self._ending = True
        # Closing a socket does not wake the thread that waits at it; a last visitor does.
        with contextlib.suppress(OSError):
            socket.create_connection((_HOST, self.port), timeout=5).close()
        self._thread.join(timeout=5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            visitor, _ = self._listener.accept()
            if self._ending:
                visitor.close()
                return
            threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        with (
            visitor,
            contextlib.suppress(OSError),
            socket.create_connection((_HOST, self._target)) as target,
            selectors.DefaultSelector() as selector,
        ):
            for one in (visitor, target):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(one, selectors.EVENT_READ)
            self._pass_bytes(visitor, target, selector)

    def _pass_bytes(
        self, node: socket.socket, central: socket.socket, selector: selectors.BaseSelector
    ) -> None:
        answered = True
        while True:
            for key, _ in selector.select():
                going_up = key.fileobj is node
                data = (node if going_up else central).recv(_CHUNK)
                if not data:
                    return
                if going_up:
                    self.up += len(data)
                    self.requests += answered
                else:
                    self.down += len(data)
                answered = not going_up
                (central if going_up else node).sendall(data)
