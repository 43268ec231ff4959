"""``python -m central`` is ``journal-central``."""

from central.cli import main

main()
