"""Run the tests: ``python3 scripts/test.py [pytest arguments]``.

Makes the environment first. Uses two processes unless the arguments ask for something that goes
better in one: a choice of tests, a debugger, the raw output.
"""

import os
import sys

import environment

# An argument that begins so keeps the run in one process, or says itself how many to use.
ONE_PROCESS = (
    *("-n", "--numprocesses", "--dist", "-k", "-s", "-h", "-p", "--lf", "--last-failed", "--pdb"),
    *("--trace", "--capture", "--help", "--version", "--collect-only"),
)


def arguments(given: list[str]) -> list[str]:
    """Return ``given`` for two processes, unless it is better served by one."""
    if "soak" in given:  # those take as long as they take
        given = ["-o", "faulthandler_timeout=0", *given]
    if any(one.startswith(ONE_PROCESS) or "::" in one for one in given):
        return given
    # Tests of one file share what its fixtures start, so they stay in one process. A test that
    # hangs ends its process (``faulthandler_timeout``); a new one would only hang there again.
    return ["-n", "2", "--dist", "loadfile", "--max-worker-restart", "0", *given]


def main() -> None:
    """Replace this program by pytest; relative paths mean the project's folder."""
    python = environment.ready(dev=True)
    os.chdir(environment.ROOT)
    environment.become([str(python), "-m", "pytest", *arguments(sys.argv[1:])])


if __name__ == "__main__":
    main()
