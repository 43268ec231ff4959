"""One process owns a data folder, by a lock of the operating system held for its life.

Two programs on one folder would each believe to be the only writer of sequences and epochs. The
lock is on an open file, so that the system lets it go when the process ends in whatever way; the
file itself stays and means nothing.
"""

import errno
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from sync import errors

_FILE_NAME = ".lock"
_HELD_BY_ANOTHER = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        # flock, not lockf: that one is lost when any other descriptor of the file is closed.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """Own a data folder for as long as this object is held; a crash lets it go.

    A child process made by fork without exec shares the lock; nothing here makes one.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock or raise at once.

        Raises:
            errors.DataFolderBusy: another process, or another lock of this one, owns it.
            errors.StoreUnavailable: the folder is not there or may not be written to.
        """
        self._descriptor: int | None = None
        try:
            descriptor = os.open(folder / _FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise errors.StoreUnavailable(
                code="store_not_opened", hint="check_folder_rights"
            ) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _HELD_BY_ANOTHER:
                raise errors.DataFolderBusy(folder=str(folder)) from error
            raise errors.StoreUnavailable(code="store_not_opened", hint="use_local_disk") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; may be called again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Return self: the lock is held since construction."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        self.release()
