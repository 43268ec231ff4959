"""Write the lock files anew: ``python3 scripts/lock.py [--upgrade]``.

One lock serves every platform, and holds names, versions and hashes, but no addresses. Without
``--upgrade`` versions stay as they are wherever pyproject.toml still allows it.
"""

import subprocess
import sys

import environment

HEADER = "# Made by scripts/lock.py from pyproject.toml; one lock for every platform.\n"
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--only-binary=:all:",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]


def lock(name: str, group: str, *more: str) -> None:
    """Resolve the project with one dependency group into the lock file ``name``."""
    path = environment.ROOT / name
    command = ["uv", "pip", "compile", "pyproject.toml", "--group", group, *OPTIONS, *more]
    subprocess.run(
        [sys.executable, "-m", *command, "--output-file", name],
        cwd=environment.ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    path.write_text(HEADER + path.read_text("utf-8"), "utf-8")


def main() -> None:
    """Lock what runs, then what tests need beside it, at the same versions."""
    environment.enter(dev=True)
    more = [one for one in sys.argv[1:] if one == "--upgrade"]
    lock("requirements.lock", "build", *more)
    lock("requirements-dev.lock", "dev", "--constraint", "requirements.lock", *more)


if __name__ == "__main__":
    main()
