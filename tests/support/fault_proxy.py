"""A network between two programs that can be made to fail in every way that networks do.

It passes HTTP/1.1 between whoever connects and one server, whole messages at a time, and counts
what it passes on. ``cut()`` and ``restore()`` pull the cable and put it back: running connections
end at once, new ones are refused. ``plan`` names faults for the requests to come, one for each.

    cut_request     the request never reaches the server
    cut_answer      the server does its work; the answer is lost, cut in the middle
    twice           the server gets the request twice; the second answer goes back
    hang            the request reaches nobody, and the connection stays silent
    html            the page of a hotspot, with status 200
    too_large       413, as a proxy with a limit says it
    busy            503 with Retry-After
    throttled       429 with Retry-After
    failing         502, nothing done
    proxy_failed    502 after the server did its work
    redirect        302 to the page of a hotspot
    truncated       the answer's end is missing, and the connection ends in good order
    late            the request is held up for a moment
    slow            the answer comes in small pieces
    cut_up:N        the server gets the first N bytes of the request, then nothing
"""

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

_HEAD_END = b"\r\n\r\n"
_PIECE = 65536
_MOMENT_SECONDS = 0.1
_PIECES_OF_A_SLOW_ANSWER = 20
_HTML = b"<html><body>Welcome to the hotspot. Please accept our terms.</body></html>"


class Fault(Protocol):
    """Decides by a request's first line whether it is to fail, and how; None lets it pass."""

    def __call__(self, request_line: str, body_bytes: int) -> str | None: ...


@dataclass
class Traffic:
    """What was passed on to the server and back."""

    requests: list[str] = field(default_factory=list)
    bytes_up: int = 0
    bytes_down: int = 0


class FaultProxy:
    """The network to one server; a context manager."""

    def __init__(self, host: str, port: int) -> None:
        """Lead to ``host:port``; listen on a free port of the loopback address."""
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.traffic = Traffic()
        self._lock = threading.Lock()
        self._plan: deque[str | None] = deque()
        self._fault: Fault | None = None
        self._is_cut = False
        self._is_open = True
        self._sockets: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "FaultProxy":
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End everything."""
        self._is_open = False
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._listener.close()
        self._end_connections()
        self._thread.join(timeout=5)

    # -------------------------------------------------------------------------------- switches

    def cut(self) -> None:
        """Pull the cable."""
        self._is_cut = True
        self._end_connections()

    def restore(self) -> None:
        """Put the cable back."""
        self._is_cut = False

    def plan(self, *faults: str | None) -> None:
        """Let the next requests fail like this, one each; None lets one pass."""
        self._plan.extend(faults)

    def fail_when(self, fault: Fault | None) -> None:
        """Ask ``fault`` about every request that no plan speaks of."""
        self._fault = fault

    def forget_traffic(self) -> Traffic:
        """Return what was passed on so far and begin to count anew."""
        before, self.traffic = self.traffic, Traffic()
        return before

    # ------------------------------------------------------------------------------ connections

    def _accept(self) -> None:
        while self._is_open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut or not self._is_open:
                _reset(client)
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _end_connections(self) -> None:
        with self._lock:
            running, self._sockets = self._sockets, set()
        for one in running:
            _reset(one)

    def _serve(self, client: socket.socket) -> None:
        server: socket.socket | None = None
        try:
            server = socket.create_connection(self._target)
            with self._lock:
                self._sockets |= {client, server}
            reader, answers = _Reader(client), _Reader(server)
            while self._pass_one(client, reader, server, answers):
                pass
        except OSError:
            pass
        finally:
            for one in (client, server):
                if one is not None:
                    with self._lock:
                        self._sockets.discard(one)
                    one.close()

    def _pass_one(
        self, client: socket.socket, reader: "_Reader", server: socket.socket, answers: "_Reader"
    ) -> bool:
        """Pass one request and its answer; False when the connection is to end."""
        request = reader.message()
        if not request:
            return False
        line = request.partition(b"\r\n")[0].decode("latin-1")
        fault = self._fault_of(line, len(request))
        if fault in _ANSWERS:
            client.sendall(_ANSWERS[fault])
            return True
        if fault == "hang":
            return bool(client.recv(1)) and False
        if fault == "cut_request":
            _reset(client)
            return False
        if fault == "twice":
            with socket.create_connection(self._target) as another:
                another.sendall(request)
                _Reader(another).message()
        if fault is not None and fault.startswith("cut_up:"):
            return self._cut_up(client, server, line, request[: int(fault.partition(":")[2])])
        self._count(line, request)
        if fault == "late":
            time.sleep(_MOMENT_SECONDS)
        server.sendall(request)
        answer = answers.message(bodyless=line.startswith("HEAD "))
        self.traffic.bytes_down += len(answer)
        if fault in ("cut_answer", "truncated"):
            client.sendall(answer[: len(answer) // 2])
            if fault == "cut_answer":
                _reset(client)
            return False
        _send(client, _ANSWERS["failing"] if fault == "proxy_failed" else answer, fault)
        return bool(answer)

    def _cut_up(self, client: socket.socket, server: socket.socket, line: str, part: bytes) -> bool:
        """Pass on the beginning of a request, then end both connections."""
        self._count(line, part)
        server.sendall(part)
        _reset(server)
        _reset(client)
        return False

    def _fault_of(self, line: str, size: int) -> str | None:
        with self._lock:
            if self._plan:
                return self._plan.popleft()
        return self._fault(line, size) if self._fault else None

    def _count(self, line: str, request: bytes) -> None:
        with self._lock:
            self.traffic.requests.append(line.rpartition(" ")[0])
            self.traffic.bytes_up += len(request)


class _Reader:
    """Reads whole HTTP messages from a socket."""

    def __init__(self, source: socket.socket) -> None:
        self._source = source
        self._buffer = b""

    def message(self, *, bodyless: bool = False) -> bytes:
        """Return the next message with its body, b"" at the end of the connection."""
        while _HEAD_END not in self._buffer:
            if not self._more():
                return b""
        head, _, self._buffer = self._buffer.partition(_HEAD_END)
        fields = _fields(head)
        if bodyless or head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
            return head + _HEAD_END
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            return head + _HEAD_END + b"".join(self._chunks())
        return head + _HEAD_END + self._exactly(int(fields.get(b"content-length", b"0")))

    def _chunks(self) -> Iterator[bytes]:
        while True:
            line = self._line()
            yield line
            size = int(line.split(b";")[0], 16)
            yield self._exactly(size + 2)
            if size == 0:
                return

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if not self._more():
                raise ConnectionError
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line + b"\r\n"

    def _exactly(self, size: int) -> bytes:
        pieces, missing = [self._buffer[:size]], size - len(self._buffer)
        self._buffer = self._buffer[size:]
        while missing > 0:
            piece = self._source.recv(_PIECE)
            if not piece:
                raise ConnectionError
            pieces.append(piece[:missing])
            self._buffer += piece[missing:]
            missing -= len(piece)
        return b"".join(pieces)

    def _more(self) -> bool:
        piece = self._source.recv(_PIECE)
        self._buffer += piece
        return bool(piece)


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = head.split(b"\r\n")[1:]
    return {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in lines)
    }


def _send(client: socket.socket, answer: bytes, fault: str | None) -> None:
    """Send an answer, in pieces if the line is to be slow."""
    if fault != "slow":
        client.sendall(answer)
        return
    size = max(1, len(answer) // _PIECES_OF_A_SLOW_ANSWER)
    for start in range(0, len(answer), size):
        client.sendall(answer[start : start + size])
        time.sleep(_MOMENT_SECONDS / _PIECES_OF_A_SLOW_ANSWER)


def _reset(one: socket.socket) -> None:
    """End a connection so that the other side notices at once, also in another thread's recv."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _answer(status: str, kind: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode("latin-1") + body


_ANSWERS: dict[str | None, bytes] = {
    "html": _answer("200 OK", "text/html", _HTML),
    "too_large": _answer("413 Request Entity Too Large", "text/html", _HTML),
    "throttled": _answer("429 Too Many Requests", "text/html", _HTML, "Retry-After: 7\r\n"),
    "failing": _answer("502 Bad Gateway", "text/html", _HTML),
    "redirect": _answer("302 Found", "text/html", _HTML, "Location: http://hotspot.example/\r\n"),
    "busy": _answer("503 Service Unavailable", "text/html", _HTML, "Retry-After: 7\r\n"),
}


def body_limit(most_bytes: int) -> Callable[[str, int], str | None]:
    """Return a fault like that of a proxy which takes no larger requests."""
    return lambda line, size: "too_large" if size > most_bytes else None
