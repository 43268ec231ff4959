"""Starts small programs quickly and kills them: the test's side of ``kill_child``."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from tests.support import tools

KILLED = -signal.SIGKILL
_LONGEST_SECONDS = 60.0


class Nursery:
    """A warm process that forks a child for each order; one child at a time."""

    def __enter__(self) -> Self:
        """Start it."""
        self._child: Child | None = None
        command = [sys.executable, "-m", "tests.faults.kill_child"]
        self._process = subprocess.Popen(
            command, cwd=tools.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, and what is left of a test that failed."""
        if self._child is not None:
            self._child.kill()
        self._process.kill()
        self._process.communicate()

    def begin(self, **order: Any) -> "Child":
        """Start a child and wait until it says its first word."""
        pipe = self._process.stdin
        if pipe is None or self._process.stdout is None:
            raise RuntimeError("not started")
        pipe.write(json.dumps(order).encode() + b"\n")
        pipe.flush()
        self._child = Child(self._process.stdout.fileno())
        return self._child


class Child:
    """One child. ``told`` is what it said; it is killed only by ``kill`` or by itself."""

    def __init__(self, pipe: int) -> None:
        """Read the pipe on which the child's number, its words and its end arrive."""
        self.told: list[dict[str, Any]] = []
        self.exit_code: int | None = None
        self._pipe = pipe
        self._rest = b""
        self._number = 0
        deadline = time.monotonic() + _LONGEST_SECONDS
        while not self.told and self.exit_code is None:
            self._read(deadline)

    def listen(self, seconds: float) -> None:
        """Hear what it says for so long, or until it is dead."""
        deadline = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < deadline:
            self._read(deadline)

    def kill(self) -> None:
        """Kill it if it lives, and hear its last words."""
        if self.exit_code is None:
            os.kill(self._number, signal.SIGKILL)
            self.wait()

    def wait(self) -> None:
        """Wait until it is dead.

        Raises:
            TimeoutError: it lives on.
        """
        deadline = time.monotonic() + _LONGEST_SECONDS
        while self.exit_code is None:
            if time.monotonic() > deadline:
                raise TimeoutError("a child was to die and did not")
            self._read(deadline)

    def _read(self, deadline: float) -> None:
        wait = max(0.0, deadline - time.monotonic())
        if not select.select([self._pipe], [], [], wait)[0]:
            return
        some = os.read(self._pipe, 65536)
        if not some:
            raise RuntimeError("the nursery has ended")
        *lines, self._rest = (self._rest + some).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, line: dict[str, Any]) -> None:
        if "child" in line:
            self._number = line["child"]
        elif "ended" in line:
            self.exit_code = line["ended"]
        else:
            self.told.append(line)
