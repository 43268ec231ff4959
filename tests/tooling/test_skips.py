"""A skip is a failure where every tool is promised, and only there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import tools

SAMPLE = """
import pytest

def test_passes():
    pass

def test_lacks_a_tool():
    pytest.skip("a-tool is not installed")

def test_lacks_a_server():
    pytest.skip("COUCHDB_URL does not name an Apache CouchDB")

@pytest.mark.xfail(reason="known")
def test_known_fault():
    raise ValueError

@pytest.mark.soak
def test_for_minutes():
    raise ValueError
"""
SKIPPED_MODULE = "import pytest\npytest.skip('a-tool is not installed', allow_module_level=True)\n"


def last_line(folder: Path, code: str, ci: str, *more: str) -> str:
    """Run a file of tests with the project's conftest and return pytest's closing line."""
    sample = folder / "test_sample.py"
    sample.write_text(code, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    soak\n    browser\n", "utf-8")
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, *more, str(sample)],
        cwd=tools.ROOT,
        env={**os.environ, "CI": ci},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout.splitlines()[-1]


def test_missing_tool_is_a_skip_on_a_persons_computer(tmp_path: Path) -> None:
    line = last_line(tmp_path, SAMPLE, "")

    assert line.startswith("1 passed, 2 skipped, 1 deselected, 1 xfailed")


def test_missing_tool_is_a_failure_where_all_are_promised(tmp_path: Path) -> None:
    line = last_line(tmp_path, SAMPLE, "true")

    assert line.startswith("1 failed, 1 passed, 1 skipped, 1 deselected, 1 xfailed")


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_skipped_module_is_judged_alike(tmp_path: Path, ci: str, outcome: str) -> None:
    assert last_line(tmp_path, SKIPPED_MODULE, ci).startswith(outcome)


def test_soak_tests_run_when_asked_for(tmp_path: Path) -> None:
    line = last_line(tmp_path, SAMPLE, "", "-m", "soak")

    assert line.startswith("1 failed, 4 deselected")
