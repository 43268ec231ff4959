"""The environment is made once, anew when needed, and a failure says what to do."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import tools

# A project as small as can be, so that nothing has to be fetched.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "sample"
version = "1"
"""
BACKEND = '''
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    """Write the smallest wheel that pip takes."""
    info = "sample-1.dist-info/"
    with zipfile.ZipFile(f"{folder}/sample-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("sample.py", "")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: sample\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
        wheel.writestr(info + "RECORD", "")
    return "sample-1-py3-none-any.whl"
'''
SCRIPT = (
    "import environment\nenvironment.enter()\nimport sample, sys\nprint(sys.prefix, sys.argv[1:])\n"
)
UNREACHABLE = "absent==1 --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout all tests here share, because making an environment takes seconds."""
    return tmp_path_factory.mktemp("checkout") / "a project"


@pytest.fixture
def project(folder: Path) -> Path:
    """A checkout with the real environment.py, empty locks and one script; perhaps set up."""
    (folder / "scripts").mkdir(parents=True, exist_ok=True)
    shutil.copy(tools.ROOT / "scripts" / "environment.py", folder / "scripts")
    (folder / "scripts" / "show.py").write_text(SCRIPT, "utf-8")
    (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (folder / "backend.py").write_text(BACKEND, "utf-8")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (folder / lock).write_text("", "utf-8")
    return folder


def show(project: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the script with a Python from outside the environment."""
    base = getattr(sys, "_base_executable", sys.executable)
    return subprocess.run(
        [base, "scripts/show.py", "two words"],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_script_runs_inside_the_environment_which_is_made_once(project: Path) -> None:
    shutil.rmtree(project / ".venv", ignore_errors=True)

    first, second = show(project), show(project)

    assert first.returncode == second.returncode == 0, first.stderr
    assert "The environment is ready" in first.stderr
    assert second.stderr == ""
    assert second.stdout == f"{project / '.venv'} ['two words']\n"


def test_moved_checkout_gets_an_environment_of_its_own(project: Path) -> None:
    show(project)
    moved = project.rename(project.with_name("moved"))

    done = show(moved)

    moved.rename(project)
    assert "Making the environment" in done.stderr
    assert done.stdout.startswith(str(moved))


def test_changed_project_is_installed_anew_and_the_packages_are_not(project: Path) -> None:
    show(project)
    (project / "pyproject.toml").write_text(PYPROJECT + "description = 'x'\n", "utf-8")

    done = show(project)

    assert "Installing the project" in done.stderr
    assert "Installing the packages" not in done.stderr


def test_interrupted_set_up_is_finished_by_the_next_start(project: Path) -> None:
    show(project)
    (project / ".venv" / "school-journal.json").write_text("{ half", "utf-8")

    done = show(project)

    assert done.returncode == 0
    assert json.loads((project / ".venv" / "school-journal.json").read_text("utf-8"))


def test_unreachable_index_is_said_with_the_way_round_it(project: Path) -> None:
    (project / "requirements.lock").write_text(UNREACHABLE, "utf-8")
    nowhere = f"http://127.0.0.1:{tools.free_port()}/simple/"

    done = show(project, PIP_INDEX_URL=nowhere, PIP_RETRIES="1", PIP_NO_INDEX="0")

    assert done.returncode == 1
    assert "The package index cannot be reached" in done.stderr
    assert "PIP_FIND_LINKS" in done.stderr
    assert "Traceback" not in done.stderr


def test_replaced_package_is_refused(project: Path, tmp_path: Path) -> None:
    """A wheel whose bytes are not those of the lock is not installed."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    sys.path.insert(0, str(project))
    try:
        import backend  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(project))
    name = backend.build_editable(str(wheels))
    (wheels / name).rename(wheels / name.replace("sample", "absent"))
    (project / "requirements.lock").write_text(UNREACHABLE, "utf-8")

    done = show(project, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels))

    assert done.returncode == 1
    assert "is not the one named in requirements.lock" in done.stderr


def test_old_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = tools.load_script("environment")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    with pytest.raises(SystemExit) as ended:
        environment.ready()

    assert "Python 3.11 or newer is needed" in str(ended.value.code)
