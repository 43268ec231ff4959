"""How often a program waited for its disk between two answers, counted from outside by strace.

    pwrite64(7</…/journal.sqlite-wal>, …)         pages of a commit
    fsync(7</…/journal.sqlite-wal>)               the wait of the commit
    sendto(9<TCP:[…]>, "HTTP/1.1 200 OK…")        the answer: what was saved before it, is saved

A checkpoint, by which SQLite now and then carries the log's pages into the file, waits too: for the
log, then for the file, and, when the log begins again from its start, for its first 32 bytes. That
is counted apart: it comes once in many saves, whichever of them fills the log.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_CALLS = "trace=fsync,fdatasync,sync_file_range,msync,pwrite64,sendto,sendmsg,write"
_LINE = re.compile(r"^\d+\s+(?P<call>\w+)\((?:\d+<(?P<name>[^>]*)>)?(?P<rest>.*)")
_WAITS = frozenset({"fsync", "fdatasync", "sync_file_range", "msync"})
_ANSWERS = frozenset({"sendto", "sendmsg", "write"})
_LOG = "-wal"
_HEADER_OF_LOG = ", 32, 0)"


@dataclass(frozen=True)
class Waits:
    """What one answer waited for: its commits, and checkpoints that fell into it."""

    commits: int
    checkpoints: int
    others: int


@dataclass(frozen=True)
class _Call:
    kind: str  # "wait", "write", "header" or "answer"
    name: str


def command(log: Path) -> list[str] | None:
    """Return the words to put before a command so that it is watched; None without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    # -y names the files; --seccomp-bpf would be quicker, but not every kernel has it.
    return [strace, "-f", "-y", "-s", "16", "-e", _CALLS, "-e", "signal=none", "-o", str(log)]


def waits_of_answers(log: Path) -> list[Waits]:
    """Return what each HTTP answer in the log waited for, in order."""
    found: list[Waits] = []
    between: list[_Call] = []
    for call in _calls(log.read_text("utf-8", "replace").splitlines()):
        if call.kind == "answer":
            found.append(_counted(between))
            between = []
        else:
            between.append(call)
    return found


def _calls(lines: Sequence[str]) -> Iterator[_Call]:
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            continue
        call, name, rest = match["call"], match["name"] or "", match["rest"]
        if call in _WAITS:
            yield _Call("wait", name)
        elif call in _ANSWERS and '"HTTP/1.1 ' in rest:
            yield _Call("answer", name)
        elif call == "pwrite64" and name.endswith(_LOG) and _HEADER_OF_LOG in rest:
            yield _Call("header", name)
        elif call == "pwrite64" and not name.endswith("-shm"):
            yield _Call("write", name)


def _counted(calls: Sequence[_Call]) -> Waits:
    commits = checkpoints = others = 0
    for place, call in enumerate(calls):
        if call.kind != "wait":
            continue
        if not call.name.endswith((_LOG, ".sqlite")):
            others += 1
        elif _is_of_checkpoint(calls, place):
            checkpoints += 1
        else:
            commits += 1
    return Waits(commits, checkpoints, others)


def _is_of_checkpoint(calls: Sequence[_Call], place: int) -> bool:
    call = calls[place]
    if not call.name.endswith(_LOG):
        return True
    before = calls[place - 1] if place else None
    after = calls[place + 1] if place + 1 < len(calls) else None
    begins_log = before is not None and before.kind == "header"
    carries_over = after is not None and after.kind == "write" and not after.name.endswith(_LOG)
    return begins_log or carries_over
