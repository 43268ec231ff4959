"""Which of several live leaves of one document a program shows.

Two people wrote the same fact without knowing of each other: the document has two leaves, and
nobody may be overridden by the accident of a hash. A node shows the leaf with what was written on
it, so that a teacher sees their own mark; central, and through it the parents, see what was there
before the two parted, together with whatever nobody disputes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sync.documents import entry, merging
from sync.documents.merging import Disputed

Value = Mapping[str, Any]


def own_leaf(leaves: Sequence[Value], own: str | Collection[str]) -> int:
    """Return the index of the leaf that holds entries of one's own which another leaf lacks.

    0, the winner, when there is no such leaf. ``leaves`` are live, the winner first; ``own`` is
    the identity of the node, or all that it ever had.
    """
    makers = {own} if isinstance(own, str) else own
    if len(leaves) < 2:
        return 0
    shared = {_identity(raw) for raw in entry.shared_prefix(leaves)}
    for index, value in enumerate(leaves):
        for raw in entry.entries_of(value):
            if raw.get("node") in makers and _identity(raw) not in shared:
                return index
    return 0


def undisputed(kind: str, leaves: Sequence[Value]) -> dict[str, Any]:
    """Return the value that nobody disputes, with the entries that make it.

    What can be merged is merged; a unit with several values is as it was before they parted. One
    leaf is undisputed as it stands. Of two first creations of one fact it is the empty value.
    """
    return agreed(kind, leaves)[0]


def is_disputed(kind: str, leaves: Sequence[Value]) -> bool:
    """Tell whether a person has to decide: several values, or a decision that was reopened."""
    return agreed(kind, leaves)[1]


def agreed(kind: str, leaves: Sequence[Value]) -> tuple[dict[str, Any], bool]:
    """Return what nobody disputes, and whether anything is disputed.

    A reopened decision (the field ``disputed``) is shown as it stands, and is disputed.
    """
    found = merging.merge(kind, leaves)
    if isinstance(found, Disputed):
        return found.safe, True
    return found.value, bool(found.value.get("disputed"))


def _identity(raw: Mapping[str, Any]) -> tuple[Any, ...]:
    return (raw.get("node"), raw.get("epoch"), raw.get("seq"), raw.get("mac"))
