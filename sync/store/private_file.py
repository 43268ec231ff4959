"""Small files that their owner alone may read, replaced whole: keys, an identity, a secret."""

import os
import sys
from pathlib import Path


def replace(file: Path, text: str) -> None:
    """Write ``text`` to ``file``, durably; a crash leaves the old file or the new one.

    On Windows the rights of the folder say who may read it.

    Raises:
        OSError: the folder cannot be written to.
    """
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    flush_folder(file.parent)


def flush_folder(folder: Path) -> None:
    """Make the new name durable; Windows does so with the file and opens no folders."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
