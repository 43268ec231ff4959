"""What is installed, what is shipped, and what the README says of it."""

import importlib
import importlib.metadata
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support import source, tools

LOCKS = ("requirements.lock", "requirements-dev.lock")
BOTH_PROGRAMS = ("node/cli.py", "central/cli.py")

# Declared, although no module of ours imports it by name.
NOT_IMPORTED = {
    "typing-extensions": "pycouchdb imports it without declaring it",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}

# Imported under its own name, but a part of what is declared: that one's manual says to.
COMES_WITH = {
    "babel": "flask-babel",
    "itsdangerous": "flask",
    "jinja2": "flask",
    "markupsafe": "flask",
    "urllib3": "requests",
    "werkzeug": "flask",
    "wtforms": "flask-wtf",
}


def normal(name: str) -> str:
    """Return a distribution's name in its one comparable form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    """Return the names of the dependencies that pyproject.toml declares."""
    lines = source.project()["project"]["dependencies"]
    return {normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in lines}


def locked(lock: str) -> dict[str, str]:
    """Return the version of each package in a lock file."""
    text = (tools.ROOT / lock).read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


# ----------------------------------------------------------------------------------------- locks


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_hashes_and_no_addresses(lock: str) -> None:
    text = (tools.ROOT / lock).read_text("utf-8")

    assert "://" not in text
    assert "--index" not in text
    packages = re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", text))
    assert [one.split()[0] for one in packages if "--hash=sha256:" not in one] == []


def test_lock_of_the_peers_holds_no_addresses() -> None:
    lock = json.loads((tools.ROOT / "tests/peers/package-lock.json").read_text("utf-8"))

    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_locks_hold_what_is_declared_at_one_version() -> None:
    runtime, development = (locked(lock) for lock in LOCKS)

    assert declared() <= set(runtime)
    assert runtime.items() <= development.items()


# ---------------------------------------------------------------------------------- dependencies


def imported() -> set[str]:
    """Return the distributions whose modules the three packages import."""
    paths = source.files(*source.PACKAGES, suffix=".py")
    modules = {module for path in paths for module in source.imports(path)}
    foreign = modules - sys.stdlib_module_names - set(source.PACKAGES)
    found = importlib.metadata.packages_distributions()
    names = {normal(found[module][0]) for module in foreign}
    return {COMES_WITH.get(name, name) for name in names}


def test_every_import_is_declared() -> None:
    assert imported() - declared() == set()


def test_every_declared_dependency_is_used() -> None:
    if not all((tools.ROOT / program).exists() for program in BOTH_PROGRAMS):
        return  # the modules that use them are still to come
    assert declared() - imported() == set(NOT_IMPORTED)


# ----------------------------------------------------------------------------------------- wheel


def test_wheel_carries_templates_styles_and_catalogues(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=tools.ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())

    ours = {path for path in source.tracked() if path.split("/")[0] in source.PACKAGES}
    compiled = {path[:-2] + "mo" for path in ours if path.endswith(".po")}
    assert (ours | compiled) - inside == set()
    assert {path.split("/")[0] for path in inside if ".dist-info/" not in path} == set(
        source.PACKAGES
    )


# ---------------------------------------------------------------------------------------- README


def documents() -> list[Path]:
    """Return the pages that describe the project."""
    return [tools.ROOT / path for path in source.tracked() if path.endswith("README.md")]


def test_scripts_that_readmes_name_exist() -> None:
    missing = []
    for page in documents():
        for script in re.findall(r"scripts[/\\](\w+)\.py", page.read_text("utf-8")):
            if not (tools.ROOT / "scripts" / f"{script}.py").exists():
                missing.append(f"{source.name(page)}: scripts/{script}.py")

    assert missing == []


@pytest.mark.parametrize("program", ["node", "central"])
def test_commands_that_readmes_name_exist(program: str) -> None:
    if not (tools.ROOT / program / "cli.py").exists():
        return  # no command exists, and none can be named rightly
    verbs = importlib.import_module(f"{program}.cli").main.commands
    missing = []
    for page in documents():
        pattern = rf"journal-{program} ([a-z][a-z-]+)"
        named = re.findall(pattern, page.read_text("utf-8"))
        missing += [f"{source.name(page)}: {verb}" for verb in named if verb not in verbs]

    assert missing == []


def test_links_and_pictures_of_readmes_exist() -> None:
    missing = []
    for page in documents():
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                missing.append(f"{source.name(page)}: {target}")

    assert missing == []


def test_readme_has_a_table_of_exactly_the_declared_dependencies() -> None:
    readme = tools.ROOT / "README.md"
    if not readme.exists():
        return  # it is written when there is something to say
    parts = re.split(r"^#+ .*dependencies.*$", readme.read_text("utf-8"), flags=re.M | re.I)
    assert len(parts) == 2, "README.md has one section about dependencies"
    section = re.split(r"^#+ ", parts[1], maxsplit=1, flags=re.M)[0]

    named = re.findall(r"^\|\s*`?\[?`?([\w.-]+)", section, re.M)[1:]  # the first row is the head
    assert {normal(name) for name in named if name.strip("-")} == declared()
