"""Programs that a test needs and that may be missing, and the project's own scripts as modules."""

import importlib
import os
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

# In a test's stash once it has failed, so that fixtures can keep what helps to see why.
FAILED = pytest.StashKey[bool]()

# A skip whose reason names one of these is right even where nothing may be skipped.
OPTIONAL_SERVERS = ("COUCHDB_URL",)


def skips_are_failures() -> bool:
    """Whether this run promises that every tool is there: CI=true."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def require_tool(names: Sequence[str], install: str) -> str:
    """Return the path of the first of ``names`` on this computer.

    Skips the test if there is none; ``install`` says how to get it.
    """
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip(f"{names[0]} is not installed; to install it: {install}")


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def load_script(name: str) -> ModuleType:
    """Return ``scripts/<name>.py`` as a module; scripts find each other as when they are run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "scripts")
        return importlib.import_module(name)
