"""A browser reduced to what costs no time of its own: one connection, cookies, the page's token."""

import http.client
import json
import time
from http.cookies import SimpleCookie
from typing import Any, Self
from urllib.parse import urlencode

_TIMEOUT_SECONDS = 60
_BEFORE_CSRF = 'name="csrf-token" content="'


class AnswerRefused(Exception):
    """The program did not answer as it must for a time to mean anything."""


class Client:
    """One person at one program, on a connection that is kept alive."""

    def __init__(self, port: int) -> None:
        """Connect at the first request."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        self._cookies: dict[str, str] = {}
        self._token = ""

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close the connection."""
        self._connection.close()

    def sign_in(self, login: str, password: str) -> None:
        """Sign in through the form, as a person does."""
        self._take_token(self.get("/sign-in")[0])
        form = {"csrf_token": self._token, "login": login, "password": password}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._request("POST", "/sign-in", urlencode(form).encode(), headers, expected=303)
        self._take_token(self.get("/")[0])

    def get(self, path: str) -> tuple[bytes, float]:
        """Fetch a page; return its body and the seconds it took."""
        return self._request("GET", path, None, {})

    def post(self, path: str, value: Any) -> tuple[Any, float]:
        """Send JSON as a page's module does; return the answer and the seconds it took."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-CSRFToken": self._token,
        }
        body, seconds = self._request("POST", path, json.dumps(value).encode(), headers)
        return json.loads(body), seconds

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        expected: int = 200,
    ) -> tuple[bytes, float]:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {**headers, "Cookie": cookie} if cookie else headers
        started = time.perf_counter()
        self._connection.request(method, path, body, sent)
        response = self._connection.getresponse()
        answer = response.read()
        seconds = time.perf_counter() - started
        self._keep_cookies(response)
        if response.status != expected:
            text = answer.decode("utf-8", "replace")[:300]
            raise AnswerRefused(f"{method} {path}: {response.status} {text}")
        return answer, seconds

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                self._cookies[name] = morsel.value

    def _take_token(self, page: bytes) -> None:
        found = page.decode("utf-8").partition(_BEFORE_CSRF)[2]
        if not found:
            raise AnswerRefused("the page has no token")
        self._token = found.partition('"')[0]
