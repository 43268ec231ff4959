"""A piece of network that can be cut: what stands between a node and central in the check.

Bytes are passed on unchanged. While it is cut, open connections are reset and new ones are reset
as soon as they come, so that the node finds nobody there although central runs on. The port stays
ours the whole time: nobody else can take it between a cut and its end.
"""

import contextlib
import selectors
import socket
import struct
import threading

_CHUNK = 64 * 1024
_HOST = "127.0.0.1"
# Closing with this sends a reset at once, as when a cable is pulled at the other end.
_RESET = struct.pack("ii", 1, 0)


class Network:
    """Listens on a free port of the loopback address and leads to ``target_port``."""

    def __init__(self, target_port: int) -> None:
        """Start to listen; whole from the beginning."""
        self._target = target_port
        self._listener = socket.create_server((_HOST, 0))
        self._guard = threading.Lock()
        self._cut = False
        self._closing = False
        self._open: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]
        self.refused = 0
        self._thread = threading.Thread(target=self._accept, name="network", daemon=True)
        self._thread.start()

    @property
    def is_cut(self) -> bool:
        """Tell whether nothing gets through at present."""
        return self._cut

    def cut(self) -> None:
        """Reset what is open, and everything that comes from now on."""
        with self._guard:
            self._cut = True
            for connection in self._open:
                _reset(connection)

    def restore(self) -> None:
        """Let connections through again."""
        with self._guard:
            self._cut = False

    def close(self) -> None:
        """Stop listening and end every connection; to be called once."""
        self.cut()
        self._closing = True
        # Closing a socket does not wake the thread that waits at it; a last visitor does.
        with contextlib.suppress(OSError):
            socket.create_connection((_HOST, self.port), timeout=5).close()
        self._thread.join(timeout=5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                continue  # the visitor had gone before it was let in
            threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        with visitor:
            if not self._enter(visitor):
                _reset(visitor)
                return
            try:
                self._connect_and_pass(visitor)
            except OSError:
                _reset(visitor)
            finally:
                self._leave(visitor)

    def _connect_and_pass(self, visitor: socket.socket) -> None:
        with socket.create_connection((_HOST, self._target), timeout=10) as target:
            if not self._enter(target):
                return
            try:
                _pass_bytes(visitor, target)
            finally:
                self._leave(target)

    def _enter(self, connection: socket.socket) -> bool:
        with self._guard:
            if self._cut:
                self.refused += 1
                return False
            self._open.add(connection)
            return True

    def _leave(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)


def _pass_bytes(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until one side ends or fails."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]
                data = source.recv(_CHUNK)
                if not data:
                    return
                key.data.sendall(data)


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)
