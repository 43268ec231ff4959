"""The real node program in a process of its own, and a browser without JavaScript to use it."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.support import tools
from tests.support.sample_node import PASSWORD, csrf_token

START_SECONDS = 60  # on a busy machine


class NodeProcess:
    """``python -m node serve`` on a data folder that has the clock of a demonstration."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Nothing runs yet. The port stays the same over restarts."""
        self.folder = folder
        self.port = port or tools.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "NodeProcess":
        """Start and wait until the pages answer."""
        command = [sys.executable, "-m", "node", "serve", "--demo"]
        self._process = subprocess.Popen(
            [*command, "--data", str(self.folder), "--port", str(self.port)],
            cwd=tools.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._wait()
        return self

    def kill(self) -> None:
        """Kill it as a power failure would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def end(self) -> tuple[int, str]:
        """Ask it to end; return its exit code and what it wrote."""
        if self._process is None:
            raise RuntimeError("not started")
        process, self._process = self._process, None
        process.terminate()
        wrote, _ = process.communicate(timeout=START_SECONDS)
        return process.returncode, wrote

    def browser(self, login: str = "sokolova") -> "Browser":
        """Return a browser that is signed in."""
        browser = Browser(self.url)
        browser.sign_in(login)
        return browser

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(self._process.communicate()[0])
            try:
                if requests.get(f"{self.url}/sign-in", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise TimeoutError("the node did not start")


class Browser:
    """Cookies and the token of the pages."""

    def __init__(self, url: str) -> None:
        """Nobody is signed in yet."""
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self._token = ""

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Sign in with the form."""
        page = self.session.get(f"{self.url}/sign-in", timeout=30).text
        form = {"csrf_token": csrf_token(page), "login": login, "password": password}
        answer = self.session.post(
            f"{self.url}/sign-in", data=form, timeout=30, allow_redirects=False
        )
        if answer.status_code != 303:
            raise AssertionError(f"sign-in answered {answer.status_code}")
        self._token = csrf_token(self.get("/"))

    def get(self, path: str) -> str:
        """Return a page."""
        return self.session.get(self.url + path, timeout=30).text

    def post_json(self, path: str, body: Any) -> requests.Response:
        """Send what a page's module would send."""
        headers = {"X-CSRFToken": self._token, "Accept": "application/json"}
        return self.session.post(self.url + path, json=body, headers=headers, timeout=30)
