"""Make the environment that every other script runs in; needs nothing but Python itself.

    a script ── enter() ──> .venv as the lock files say? ── yes ──> the script goes on inside it
                                     │ no
                                     └─> make .venv, install by hash, install this project

What was installed is written down in ``.venv/school-journal.json`` as fingerprints, so a second
start compares a few hashes and installs nothing. A script begins with::

    import environment

    environment.enter()

and may import anything of the project below that line.

This file must be readable by old Pythons, down to 3.7, or they could not say that they are too old.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, NoReturn, Sequence  # noqa: UP035 - Python 3.7 knows no other

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
STAMP = HOME / "school-journal.json"
OLDEST_PYTHON = (3, 11)
CATALOGUES = "sync/web/translations/*/LC_MESSAGES/*.po"  # installing the project compiles them

# What pip prints when it cannot reach an index, and what it prints when the index has no file for
# this machine; matched in lower case against its whole output, offline first, because without a
# network pip ends with the second kind of message too.
OFFLINE_SIGNS = ("connection broken", "name resolution", "unreachable", "connection refused",
                 "timed out", "getaddrinfo failed", "max retries exceeded")  # fmt: skip
NO_WHEEL_SIGNS = ("no matching distribution", "could not find a version")

OFFLINE_HINT = """\
The package index cannot be reached. Connect this computer to a network and start again, or carry
the packages over: on a computer of the same kind that has a network, run
    python -m pip download --require-hashes --only-binary=:all: -r {lock} -d wheels
and here set PIP_NO_INDEX=1 and PIP_FIND_LINKS=<that folder> before starting again."""
NO_WHEEL_HINT = """\
One of the packages has no ready-made file for this computer. Supported are 64-bit Windows, Linux
and macOS with CPython {oldest[0]}.{oldest[1]} or newer; this is {python}."""
HASH_HINT = """\
A downloaded package is not the one named in {lock}. Nothing of it was installed. If the network
replaces files on the way, use another one; otherwise report this."""


class SetUpFailed(Exception):
    """The environment cannot be made; the text says why and what to do."""


def enter(dev: bool = False) -> None:
    """Return inside the project's environment, made or brought up to date first if needed.

    Args:
        dev: with the tools for tests and checks too.
    """
    python = ready(dev)
    if Path(sys.prefix).resolve() != HOME.resolve():
        become([str(python), *sys.argv])


def ready(dev: bool = False) -> Path:
    """Return the environment's Python, made or brought up to date first if needed.

    Ends the program with a message and exit code 1 if that is impossible.
    """
    try:
        _check_python()
        if not _is_current(dev):
            HOME.mkdir(exist_ok=True)
            with only_one_at_a_time(HOME / "set-up.lock"):
                if not _is_current(dev):
                    _set_up(dev)
    except SetUpFailed as failure:
        sys.exit(f"\n{failure}")
    return _python()


def become(command: Sequence[str]) -> NoReturn:
    """Replace this program by ``command``; its exit code becomes ours."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], list(command))  # noqa: S606 - no shell is wanted
    # Windows has no such call: its execv returns to the prompt at once. Ctrl-C reaches both
    # processes there, and it is the child's to answer.
    child = subprocess.Popen(list(command))
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:
            continue


def _python() -> Path:
    return HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _check_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise SetUpFailed(
            "Python {}.{} or newer is needed; {} is Python {}.{}.\n"
            "Install a newer one and start with it, for example: python3.11 {}".format(
                *OLDEST_PYTHON, sys.executable, *sys.version_info[:2], " ".join(sys.argv)
            )
        )


def _fingerprints(dev: bool) -> dict[str, str]:
    """What the environment must have been made from, by name."""
    # The project's folder is part of it: a moved checkout has scripts that start the old place.
    result = {"folder": str(ROOT)}
    for path in (ROOT / "pyproject.toml", ROOT / _lock(dev), *sorted(ROOT.glob(CATALOGUES))):
        name = path.relative_to(ROOT).as_posix()
        result[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return result


def _lock(dev: bool) -> str:
    return "requirements-dev.lock" if dev else "requirements.lock"


def _installed() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _is_current(dev: bool) -> bool:
    installed = _installed()
    # exists() follows the link: False as well when the Python it was made with has gone.
    return _python().exists() and all(
        installed.get(name) == value for name, value in _fingerprints(dev).items()
    )


@contextlib.contextmanager
def only_one_at_a_time(path: Path) -> Iterator[None]:
    """Let a second process wait, half an hour at most, until the first has left this block.

    SQLite's file lock on ``path`` is used because the standard library has no other that works
    everywhere and is released when its owner is killed.
    """
    lock = sqlite3.connect(str(path), timeout=1800, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        lock.close()


def _set_up(dev: bool) -> None:
    started = time.monotonic()
    wanted = _fingerprints(dev)
    installed = _installed()
    if installed.get("folder", wanted["folder"]) != wanted["folder"] or not _is_usable():
        _make_environment()
        installed = {}
    lock = _lock(dev)
    if installed.get(lock) != wanted[lock]:
        _say(f"Installing the packages named in {lock}; the first time takes a minute ...")
        _pip(lock, "--require-hashes", "--only-binary=:all:", "-r", str(ROOT / lock))
    _say("Installing the project ...")
    _pip(lock, "--no-deps", "--no-index", "--no-build-isolation", "-e", str(ROOT))
    if dev:
        # The development lock holds the other one whole, at the same versions.
        wanted.update(_fingerprints(dev=False))
    unfinished = STAMP.with_suffix(".part")
    unfinished.write_text(json.dumps(wanted, indent=1), "utf-8")
    unfinished.replace(STAMP)
    _say(f"The environment is ready ({time.monotonic() - started:.0f} s).")


def _is_usable() -> bool:
    """Whether there is an environment, complete and of a good Python, whoever made it."""
    if not _python().exists():
        return False
    question = f"import pip, sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return _run([str(_python()), "-c", question]).returncode == 0


def _make_environment() -> None:
    missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if missing:
        raise SetUpFailed(
            "This Python came without its module {}. On Debian, Ubuntu and Astra:\n"
            "    apt-get install python{}.{}-venv".format(missing[0], *sys.version_info[:2])
        )
    _say(f"Making the environment in {HOME} ...")
    for old in HOME.iterdir():
        if old.name.startswith("set-up.lock"):
            continue
        shutil.rmtree(str(old)) if old.is_dir() and not old.is_symlink() else old.unlink()
    made = _run([sys.executable, "-m", "venv", str(HOME)])
    if made.returncode:
        raise SetUpFailed(f"{made.stdout.strip()}\nThe environment could not be made.")


def _pip(lock: str, *arguments: str) -> None:
    """Run ``pip install``; its words are shown only if it fails."""
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    done = _run([str(_python()), "-m", "pip", "install", *options, *arguments])
    if done.returncode == 0:
        return
    said = done.stdout.strip()
    lower = said.lower()
    hint = "pip could not install what this project needs; its own words are above."
    if "do not match the hashes" in lower:
        hint = HASH_HINT
    elif any(sign in lower for sign in OFFLINE_SIGNS):
        hint = OFFLINE_HINT
    elif any(sign in lower for sign in NO_WHEEL_SIGNS):
        hint = NO_WHEEL_HINT
    raise SetUpFailed(
        f"{said}\n\n{hint.format(lock=lock, oldest=OLDEST_PYTHON, python=sys.version)}"
    )


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(command),
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
