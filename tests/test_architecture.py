"""The arrangement of the code is under test as its behaviour is.

What lint, types and the import contract can say is said in pyproject.toml, and the tests here run
those tools. The rest is said here: sizes, shapes, names, and what only some systems can do.
"""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.support import source, tools

CODE = (*source.PACKAGES, "scripts")

# Lines of a module, lines of a function without its documentation.
CODE_BUDGET = (400, 40)
TEST_BUDGET = (500, 60)

TOP_LEVEL = {"pyproject.toml", "node", "central", "sync", "tests", "scripts", "README.md",
             "LICENSE", "CHANGELOG.md", "requirements.lock", "requirements-dev.lock"}  # fmt: skip

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "stuff"}


def run(*command: str) -> None:
    """Run a Python module as a check; its words are the test's words if it fails."""
    done = subprocess.run(
        [sys.executable, *command], cwd=tools.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


def test_imports_keep_the_contract() -> None:
    check = "import sys; from importlinter.cli import lint_imports; sys.exit("
    run("-c", check + "lint_imports(no_cache=True, no_logo=True))")


def test_lint_finds_nothing() -> None:
    run("-m", "ruff", "check", "--no-cache", ".")


def test_code_is_formatted() -> None:
    run("-m", "ruff", "format", "--no-cache", "--check", ".")


def test_types_hold() -> None:
    run("-m", "mypy")


# ------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(("folders", "budget"), [(CODE, CODE_BUDGET), (("tests",), TEST_BUDGET)])
def test_modules_and_functions_keep_to_their_size(
    folders: tuple[str, ...], budget: tuple[int, int]
) -> None:
    module_lines, function_lines = budget
    too_long = []
    for path in source.files(*folders, suffix=".py"):
        lines = len(path.read_text("utf-8").splitlines())
        if lines > module_lines:
            too_long.append(f"{source.name(path)}: {lines} lines")
        for node in functions(source.syntax(path)):
            if (size := lines_of(node)) > function_lines:
                too_long.append(f"{source.name(path)}:{node.lineno} {node.name}: {size} lines")

    assert not too_long, "\n".join(["", *too_long])


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's lines from ``def`` to its end, its documentation left out."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno:
        lines -= first.end_lineno - first.lineno + 1
    return lines


# ------------------------------------------------------------------------------------ shapes


def test_top_level_is_the_fixed_set() -> None:
    names = {path.split("/")[0] for path in source.tracked()}

    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in source.files(*source.PACKAGES, "tests", suffix=".py")}

    assert [source.name(one) for one in sorted(folders) if not (one / "__init__.py").exists()] == []


def test_package_files_hold_only_their_words() -> None:
    wordy = []
    for path in source.files(*source.PACKAGES, suffix="__init__.py"):
        body = source.syntax(path).body[1:]
        if body and source.name(path) != "sync/__init__.py":  # that one has the version
            wordy.append(source.name(path))

    assert wordy == []


def test_no_module_is_a_drawer() -> None:
    paths = source.files(*CODE, suffix=".py")

    assert [source.name(path) for path in paths if path.stem in EMPTY_WORDS] == []


def test_no_template_sits_directly_in_a_templates_folder() -> None:
    templates = list(source.files(*source.PACKAGES, suffix=".html"))

    assert [source.name(path) for path in templates if path.parent.name == "templates"] == []
    assert all("templates" in path.parts for path in templates)


def test_pages_name_nothing_from_elsewhere() -> None:
    """Only the names of XML vocabularies look like addresses; they are never fetched."""
    named = []
    for suffix in (".html", ".js", ".css", ".svg"):
        for path in source.files(*source.PACKAGES, suffix=suffix):
            text = path.read_text("utf-8").replace("http://www.w3.org/", "")
            if "http://" in text or "https://" in text or 'src="//' in text:
                named.append(source.name(path))

    assert named == []


@pytest.mark.parametrize("package", source.PACKAGES)
def test_package_of_that_name_is_this_projects(package: str) -> None:
    """Other distributions ship a ``node`` and a ``sync`` of their own."""
    module = importlib.import_module(package)

    assert Path(str(module.__file__)).resolve() == tools.ROOT / package / "__init__.py"


# Libraries behind one door: what may import them, from the project's folder. The SQLite driver has
# a contract in pyproject.toml; a contract cannot name a library before somebody imports it.
DOORS = {
    "pycouchdb": "sync/replication/remote_peer.py",
    "sqlite_utils": "sync/store/",
    "openpyxl": "central/",
    "waitress": ("sync/web/serving.py", "scripts/"),
}


def test_libraries_are_imported_at_their_door_only() -> None:
    elsewhere = [
        f"{source.name(path)}: {library}"
        for path in source.files(*CODE, suffix=".py")
        for library in source.imports(path) & DOORS.keys()
        if not source.name(path).startswith(DOORS[library])
    ]

    assert elsewhere == []


# -------------------------------------------------------------------------------- every system

POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_ARGUMENTS = {"preexec_fn", "start_new_session", "pass_fds", "process_group"}
POSIX_NAMES = {
    "os": {"WEXITSTATUS", "WIFEXITED", "WNOHANG", "chown", "chroot", "fchmod", "fchown", "fork",
           "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid",
           "getpgrp", "getuid", "initgroups", "kill", "killpg", "lockf", "major", "mkfifo", "nice",
           "openpty", "posix_fadvise", "pread", "pwrite", "register_at_fork", "sched_getaffinity",
           "sendfile", "setgid", "setpgid", "setsid", "setuid", "statvfs", "sync", "sysconf",
           "uname", "wait", "waitpid", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_SYNC"},
    "signal": {"SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGSTOP",
               "SIGTSTP", "SIGUSR1", "SIGUSR2", "alarm", "pause", "pthread_kill",
               "pthread_sigmask", "setitimer", "sigwait"},
    "socket": {"AF_UNIX", "SO_REUSEPORT", "sethostname", "socketpair"},
    "time": {"tzset", "clock_settime"},
}  # fmt: skip

# (file, what): why it does no harm there. Each is reached only where the system has it.
POSIX_ALLOWED: dict[tuple[str, str], str] = {
    ("sync/store/folder_lock.py", "fcntl"): "Windows takes msvcrt's lock instead",
    ("scripts/benchmark/processes.py", "os.kill"): "ends what runs under strace, on Linux only",
    ("scripts/benchmark/usage.py", "os.sysconf"): "figures of /proc, which Windows lacks",
}


def posix_uses(path: Path) -> set[str]:
    """Return what a file uses that Windows lacks."""
    found = set()
    for node in ast.walk(source.syntax(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in POSIX_MODULES}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {module} & POSIX_MODULES
            found |= {f"{module}.{one.name}" for one in node.names} & dotted_posix_names()
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {f"{node.value.id}.{node.attr}"} & dotted_posix_names()
        elif isinstance(node, ast.keyword):
            found |= {node.arg or ""} & POSIX_ARGUMENTS
    return found


def dotted_posix_names() -> set[str]:
    return {f"{module}.{name}" for module, names in POSIX_NAMES.items() for name in names}


def test_what_only_posix_has_is_listed_with_its_reason() -> None:
    paths = source.files(*CODE, suffix=".py")

    used = {(source.name(path), what) for path in paths for what in posix_uses(path)}

    assert used == set(POSIX_ALLOWED)


def test_environment_script_can_be_read_by_an_old_python() -> None:
    """Or it could not say that the Python is too old."""
    script = tools.ROOT / "scripts" / "environment.py"

    ast.parse(script.read_text("utf-8"), feature_version=(3, 7))


def test_environment_script_needs_only_the_standard_library() -> None:
    script = tools.ROOT / "scripts" / "environment.py"

    assert source.imports(script) <= sys.stdlib_module_names


# ----------------------------------------------------------------- sync does not become an attic

# Modules of sync that only one program reaches, or none, each with the reason to stand in sync.
ONE_SIDED: dict[str, str] = {
    "sync.accounts.node_accounts": "central's side of the exchange stands beside it",
    "sync.documents.plain": "the table of kinds once more, as types; beside the exact checks",
    "sync.documents.scope": "rules about documents; a node needs them once it purges",
    "sync.entries.journal": "central writes through it once the desk corrects entries",
    "sync.replication.backoff": "the replicator is one package, whoever starts it",
    "sync.replication.batches": "the replicator is one package, whoever starts it",
    "sync.replication.checkpoints": "the replicator is one package, whoever starts it",
    "sync.replication.loads": "the replicator is one package, whoever starts it",
    "sync.replication.local_peer": "the replicator is one package, whoever starts it",
    "sync.replication.replicator": "the replicator is one package, whoever starts it",
    "sync.replication.under_way": "the replicator is one package, whoever starts it",
    "sync.school.indicators": "rules of the reports: success, quality, degree of learning",
    "sync.school.permissions": "one table of rights; central's pages ask it as they come",
    "sync.school.term_marks": "rules of term, year and final marks",
}


def test_sync_holds_what_both_programs_need() -> None:
    graph = grimp.build_graph(*source.PACKAGES, cache_dir=None)
    if not {"node.cli", "central.cli"} <= graph.modules:
        return  # nothing can be said of programs that do not exist
    reached = [
        graph.find_upstream_modules(program, as_package=True) for program in ("node", "central")
    ]
    modules = {one for one in graph.find_descendants("sync") if not graph.find_children(one)}

    assert modules - (reached[0] & reached[1]) == set(ONE_SIDED)
