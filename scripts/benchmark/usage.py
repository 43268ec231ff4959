"""What a process used up: memory at its peak, time of the processor; known on Linux only.

The processor's time is the steadier figure: it does not grow because the machine has other work.
"""

import contextlib
import os
from pathlib import Path

_NOW, _PEAK = "VmRSS:", "VmHWM:"
_FORGET_PEAK = "5"
_USER, _SYSTEM = 11, 12  # of the fields behind the name in /proc/<process>/stat


class Growth:
    """The growth of a process from now on."""

    def __init__(self, process: int) -> None:
        """Begin: the peak so far is forgotten."""
        self._folder = Path(f"/proc/{process}")
        with contextlib.suppress(OSError):
            (self._folder / "clear_refs").write_text(_FORGET_PEAK, "ascii")
        self._before = self._read(_NOW)

    def most_bytes(self) -> int | None:
        """Return by how many bytes it grew at most since the beginning; None if it is not told."""
        peak = self._read(_PEAK)
        return None if peak is None or self._before is None else max(0, peak - self._before)

    def _read(self, name: str) -> int | None:
        try:
            lines = (self._folder / "status").read_text("ascii", "replace").splitlines()
        except OSError:
            return None
        found = [line.split() for line in lines if line.startswith(name)]
        return int(found[0][1]) * 1024 if found else None


class Work:
    """How long the processor works for a process from now on."""

    def __init__(self, process: int) -> None:
        """Begin."""
        self._process = process
        self._before = _processor_seconds(process)

    def seconds(self) -> float | None:
        """Return the seconds since the beginning; None if it is not told."""
        now = _processor_seconds(self._process)
        return None if now is None or self._before is None else now - self._before


def _processor_seconds(process: int) -> float | None:
    try:
        text = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / os.sysconf("SC_CLK_TCK")
