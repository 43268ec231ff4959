"""A test that hangs ends the run in time, and the run says which test it was."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support import tools

SAMPLE = """
import threading

def test_hangs():
    threading.Event().wait()
"""


def test_run_ends_and_names_the_test_that_hangs(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")
    settings = "[pytest]\nfaulthandler_timeout = 1\nfaulthandler_exit_on_timeout = true\n"
    (tmp_path / "pytest.ini").write_text(settings, "utf-8")

    two_processes = ["-n", "2", "--dist", "loadfile", "--max-worker-restart", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *two_processes, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )

    assert done.returncode != 0
    assert "crashed while running 'test_sample.py::test_hangs'" in done.stdout


def test_project_bounds_every_test() -> None:
    with (tools.ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)["tool"]["pytest"]["ini_options"]

    assert settings["faulthandler_exit_on_timeout"] is True
    assert 0 < settings["faulthandler_timeout"] <= 900
    assert "--max-worker-restart" in (tools.ROOT / "scripts" / "test.py").read_text("utf-8")
