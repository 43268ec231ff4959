"""The project's own files, as the tests about its arrangement see them."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.support import tools

PACKAGES = ("central", "node", "sync")
# Not ours: kept out of every look at the tree.
FOREIGN = frozenset({".venv", "node_modules", ".git", "build", "dist", "__pycache__"})


@cache
def project() -> dict[str, Any]:
    """pyproject.toml as values."""
    return tomllib.loads((tools.ROOT / "pyproject.toml").read_text("utf-8"))


def files(*folders: str, suffix: str) -> Iterator[Path]:
    """Yield the files below the project's folders with this suffix, in a steady order."""
    for folder in folders:
        for path in sorted((tools.ROOT / folder).rglob(f"*{suffix}")):
            if not FOREIGN.intersection(path.relative_to(tools.ROOT).parts):
                yield path


def name(path: Path) -> str:
    """Return a path as the tests print it: from the project's folder, with slashes."""
    return path.relative_to(tools.ROOT).as_posix()


def syntax(path: Path) -> ast.Module:
    """Return the parsed file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imports(path: Path) -> set[str]:
    """Return the top-level names of everything a file imports, wherever it does so."""
    found = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def tracked() -> list[str]:
    """Return every path git keeps, and every new one that it does not ignore."""
    git = tools.require_tool(["git"], "apt-get install git")
    command = [git, "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=tools.ROOT, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if (tools.ROOT / line).exists()]
