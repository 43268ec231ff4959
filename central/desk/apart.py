"""A decision about leaves whose histories do not fit together into one document.

One leaf goes on, with its own history and central's entries for what was decided. Each other leaf
is closed and kept whole in a rejection, with all its steps: receipts are answered from there, it
travels to the nodes, and the desk lists it under what was rejected. So nothing is lost, and the
document is as small as the leaf that was chosen for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from central import merging
from central.desk import putting_aside
from central.desk.writing import Hand, Step
from sync import errors
from sync.documents import canonical, entry, kinds
from sync.documents import merging as merge
from sync.store.values import Leaf, RevisionPath

#: Why the other leaves are not in the document: a code of ``messages``.
CODE = "kept_apart"
#: An entry without its values and its reason; names and seals are shorter than that.
_ENTRY_BYTES = 600


def is_needed(value: Mapping[str, Any], steps: Sequence[Step], reason: str) -> bool:
    """Tell whether a united value is too large to take these steps."""
    return len(canonical.encode(value)) + _room(steps, reason) > kinds.MAX_DOCUMENT_BYTES


def are_too_large(leaves: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the entries of several leaves do not fit into one document."""
    united = {**leaves[0], "entries": merge.union(leaves)}
    return len(canonical.encode(united)) > kinds.MAX_DOCUMENT_BYTES


def settle(
    hand: Hand, live: Sequence[Leaf], united: Mapping[str, Any], steps: Sequence[Step]
) -> None:
    """Let one leaf go on with what was decided, and keep the others in rejections.

    Args:
        united: the value nobody disputes, with the entries of all leaves.
        steps: what was decided, as for the united value.
    Raises:
        errors.EntryRefused: ``too_large``: there is no room even in the smallest leaf, and none of
            them is what was chosen.
    """
    decided = {field: new for field, _, new in steps}
    wished = {name: value for name, value in united.items() if name not in ("entries", "schema")}
    wished |= decided
    by_worth = sorted(live, key=lambda leaf: _worth(leaf, wished))
    stays, into = _go_on(hand, by_worth, wished, decided)
    hand.tx.insert(
        merging.paths_of_closing([one for one in live if one is not stays], into, hand.maker.key)
    )
    for leaf in live:
        if leaf is not stays:
            _keep_whole(hand, leaf, stays)


def _go_on(
    hand: Hand, leaves: Sequence[Leaf], wished: Mapping[str, Any], decided: Mapping[str, Any]
) -> tuple[Leaf, str]:
    """Return the leaf that goes on, and its revision with what was decided."""
    for leaf in leaves:
        steps = _steps(leaf, wished, decided)
        if not is_needed(leaf.value, steps, hand.reason):
            return leaf, hand.settle(leaf.id, leaf.value, steps, leaf)
    for leaf in leaves:
        # A full document: nothing can be added to it, but it may be just what was chosen.
        if all(leaf.value.get(name) == new for name, new in decided.items()):
            return leaf, leaf.rev
    raise errors.EntryRefused(code="too_large", hint="choose_version")


def _steps(leaf: Leaf, wished: Mapping[str, Any], decided: Mapping[str, Any]) -> list[Step]:
    return [
        (name, leaf.value.get(name), new)
        for name, new in wished.items()
        if name in decided or leaf.value.get(name) != new
    ]


def _worth(leaf: Leaf, wished: Mapping[str, Any]) -> tuple[int, int]:
    """Return what leaves are sorted by: the fewest changes, then the shortest history."""
    differing = sum(1 for name, new in wished.items() if leaf.value.get(name) != new)
    return differing, len(canonical.encode(leaf.value))


def _keep_whole(hand: Hand, leaf: Leaf, stays: Leaf) -> None:
    held = {canonical.encode(raw) for raw in entry.entries_of(stays.value)}
    fresh = [raw for raw in entry.entries_of(leaf.value) if canonical.encode(raw) not in held]
    carrier = fresh[-1]["node"] if fresh else hand.maker.node
    item = {"code": CODE, "carrier": carrier, "received_at": entry.instant_text(hand.now)}
    path = RevisionPath(leaf.id, hand.tx.path(leaf.id, leaf.rev), False, dict(leaf.value))
    putting_aside.write_rejection(hand, item, path, fresh, most_bytes=2 * kinds.MAX_DOCUMENT_BYTES)


def _room(steps: Sequence[Step], reason: str) -> int:
    """Return how many bytes entries for some steps take at most, with the values they set."""
    each = _ENTRY_BYTES + len(canonical.encode(reason))
    return sum(
        each + len(canonical.encode(old)) + 2 * len(canonical.encode(new)) for _, old, new in steps
    )
