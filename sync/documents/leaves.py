"""Which of several live leaves of one document a program shows.

Two people wrote the same fact without knowing of each other: the document has two leaves, and
nobody may be overridden by the accident of a hash. A node shows the leaf with what was written on
it, so that a teacher sees their own mark; central, and through it the parents, see what was there
before the two parted: the fold of the entries that all leaves share.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sync.documents import entry, kinds

Value = Mapping[str, Any]


def own_leaf(leaves: Sequence[Value], node: str) -> int:
    """Return the index of the leaf that holds entries of ``node`` which another leaf lacks.

    0, the winner, when there is no such leaf. ``leaves`` are live, the winner first.
    """
    if len(leaves) < 2:
        return 0
    shared = {_identity(raw) for raw in entry.shared_prefix(leaves)}
    for index, value in enumerate(leaves):
        for raw in entry.entries_of(value):
            if raw.get("node") == node and _identity(raw) not in shared:
                return index
    return 0


def undisputed(kind: str, leaves: Sequence[Value]) -> dict[str, Any]:
    """Return the value that all live leaves agree on: the fold of their shared entries.

    One leaf is undisputed as it stands. Two first creations share nothing: the empty value.
    """
    if len(leaves) == 1:
        return dict(leaves[0])
    shared = entry.shared_prefix(leaves)
    value = entry.fold(kinds.empty(kind), [entry.parse(raw) for raw in shared])
    value["entries"] = shared
    return value


def _identity(raw: Mapping[str, Any]) -> tuple[Any, ...]:
    return (raw.get("node"), raw.get("epoch"), raw.get("seq"), raw.get("mac"))
