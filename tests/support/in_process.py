"""The network between a node's own HTTP client and central's own application, without sockets.

The node's requests are made by the library that makes them in a school; here they end in the WSGI
application instead of a socket, in the same thread and at a known moment, so that a test of
thousands of schedules is quick and can be repeated. What real sockets add is asked in the tests
with ``fault_proxy``. ``plan`` names what becomes of the requests to come, one word for each:

    None            it passes
    lost_request    it never reaches central
    lost_answer     central does its work; the answer is lost
    doubled         central gets it twice; the second answer comes back
    delayed         the node gives up; central gets it later, after the next request
    slow            central does its work, the node does not wait for it
    truncated       the answer ends in the middle
    busy            429 with Retry-After, nothing done
    failing         503, nothing done
    proxy_failed    502 after central did its work
    html            the page of a hotspot with status 200
    redirect        302 to the page of a hotspot
"""

import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse

from sync.replication.remote_peer import RemotePeer

#: Where central is, for nodes that reach it this way.
ADDRESS = "http://localhost"

FAULTS = (
    "lost_request",
    "lost_answer",
    "doubled",
    "delayed",
    "slow",
    "truncated",
    "busy",
    "failing",
    "proxy_failed",
    "html",
    "redirect",
)

_PAGE = b"<html><body>Welcome to the hotspot. Please accept our terms.</body></html>"
_HTML = {"Content-Type": "text/html"}


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers, body as it is on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Network(BaseAdapter):
    """Carries requests to ``application``; a test may exchange that, as a restart does."""

    application: Callable[[], Flask]
    is_cut: bool = False
    carried: list[str] = field(default_factory=list)
    bytes_up: int = 0
    bytes_down: int = 0
    _plan: deque[str | None] = field(default_factory=deque)
    _late: deque[Callable[[], Reply]] = field(default_factory=deque)

    def plan(self, *faults: str | None) -> None:
        """Say what becomes of the next requests; what an earlier plan has left is forgotten."""
        self._plan = deque(faults)

    def deliver_late(self) -> None:
        """Hand to central what is still under way."""
        while self._late:
            self._late.popleft()()

    def carry(self, peer: RemotePeer) -> RemotePeer:
        """Return the peer, which from now on reaches central through this network only."""
        peer._resource().session.mount(ADDRESS, self)
        return peer

    def post(self, url: str, question: Any) -> tuple[int, bytes]:
        """Carry an enrolment's question; no faults."""
        path = url.removeprefix(ADDRESS)
        answer = self.application().test_client().post(path, json=dict(question), base_url=ADDRESS)
        return answer.status_code, answer.data

    # ------------------------------------------------------------------------ one request

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Carry one request; what the library calls."""
        late, self._late = self._late, deque()
        reply = self._faulty(request)
        for one in late:
            one()
        return _response(request, reply)

    def close(self) -> None:
        """Nothing is held open."""

    def _faulty(self, request: requests.PreparedRequest) -> Reply:
        fault = self._plan.popleft() if self._plan else None
        if self.is_cut or fault == "lost_request":
            raise requests.ConnectionError(fault or "cut")
        if fault == "delayed":
            self._late.append(lambda: self._deliver(request))
            raise requests.ReadTimeout(fault)
        if fault in _ANSWERS:
            return _ANSWERS[fault]
        reply = self._deliver(request)
        if fault == "doubled":
            reply = self._deliver(request)
        elif fault == "lost_answer":
            raise requests.ConnectionError(fault)
        elif fault == "slow":
            raise requests.ReadTimeout(fault)
        elif fault == "proxy_failed":
            return Reply(502, dict(_HTML), _PAGE)
        elif fault == "truncated":
            return Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2])
        return reply

    def _deliver(self, request: requests.PreparedRequest) -> Reply:
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else bytes(body)
        self.carried.append(f"{request.method} {request.path_url}")
        self.bytes_up += len(data)
        answer = (
            self.application()
            .test_client(use_cookies=False)
            .open(
                request.path_url,
                base_url=ADDRESS,
                method=request.method,
                headers=[(name, str(value)) for name, value in request.headers.items()],
                data=data,
            )
        )
        if answer.status_code == 500:
            raise AssertionError(f"central failed at {self.carried[-1]}: {answer.text}")
        self.bytes_down += len(answer.data)
        return Reply(answer.status_code, dict(answer.headers.items()), answer.data)


_ANSWERS: dict[str | None, Reply] = {
    "busy": Reply(429, {**_HTML, "Retry-After": "7"}, _PAGE),
    "failing": Reply(503, {**_HTML, "Retry-After": "7"}, _PAGE),
    "html": Reply(200, dict(_HTML), _PAGE),
    "redirect": Reply(302, {**_HTML, "Location": "http://hotspot.example/"}, _PAGE),
}


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    made = requests.Response()
    made.status_code = reply.status
    made.headers.update(reply.headers)
    made.url = request.url or ""
    made.request = request
    made.raw = HTTPResponse(
        body=io.BytesIO(reply.body),
        headers=reply.headers,
        status=reply.status,
        preload_content=False,
        decode_content=False,
    )
    return made
