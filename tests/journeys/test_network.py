"""The network of the check passes bytes, is cut at once, and comes back on the same port."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.support import tools

network = tools.load_script("demonstration.network")


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that gives back what it gets, in capital letters."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data.upper())

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            if ended.is_set():
                connection.close()
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    ended = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    yield port
    ended.set()
    socket.create_connection(("127.0.0.1", port)).close()
    thread.join()
    listener.close()


@pytest.fixture
def link(echo: int) -> Iterator[object]:
    made = network.Network(echo)
    yield made
    made.close()


def ask(port: int, word: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(word)
        return connection.recv(1024)


def is_reset(port: int) -> bool:
    try:
        return ask(port, b"anybody") == b""
    except ConnectionError:
        return True


def test_bytes_go_through_unchanged(link) -> None:
    assert ask(link.port, b"lesson") == b"LESSON"


def test_cut_network_refuses_new_connections(link) -> None:
    link.cut()

    assert is_reset(link.port)
    assert link.refused == 1


def test_cut_ends_what_is_open(link) -> None:
    with socket.create_connection(("127.0.0.1", link.port), timeout=10) as connection:
        connection.sendall(b"before")
        assert connection.recv(1024) == b"BEFORE"

        link.cut()

        with contextlib.suppress(ConnectionError):  # a reset is as good an end
            assert connection.recv(1024) == b""


def test_network_comes_back_on_the_same_port(link) -> None:
    link.cut()
    assert is_reset(link.port)

    link.restore()

    assert ask(link.port, b"again") == b"AGAIN"


def test_server_that_has_gone_looks_like_a_cut() -> None:
    made = network.Network(tools.free_port())
    try:
        assert is_reset(made.port)
    finally:
        made.close()
