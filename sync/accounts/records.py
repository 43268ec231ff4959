"""How accounts write records, so that the loser of a race tries again.

The store of records (``sync.store.record_store``) locks nothing: a write names the revision it was
made from and is refused when another was faster. What reads, decides and writes runs in
``retried``, which does it anew from the reading; the same code then works on a database that is
reached over a network.
"""

from collections.abc import Callable
from typing import TypeVar

from sync import errors

Answer = TypeVar("Answer")

# Two writers of one record meet rarely; more rounds than threads of a program cannot be needed.
_ROUNDS = 64


def retried(step: Callable[[], Answer]) -> Answer:
    """Run ``step``, which reads and then writes, until no other writer was in between.

    Raises:
        errors.RecordConflict: it never came through, which means that ``step`` does not read anew.
    """
    for _ in range(_ROUNDS - 1):
        try:
            return step()
        except errors.RecordConflict:
            continue
    return step()
