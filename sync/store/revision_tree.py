"""The laws of CouchDB's revision trees, as pure functions.

A document is a set of revisions, each ``generation-digest``; each names the one it was made from.
What replication carries is a path: a revision, its parent, its parent's parent and so on, newest
first, often cut short. A tree is the union of all paths that ever arrived, nodes and edges::

    1-a ── 2-b ── 3-d          arrived: (3-d 2-b 1-a), (2-c 1-a), (9-z 8-y)
       └── 2-c                 leaves: 3-d, 2-c, 9-z; the winner is 9-z
    8-y ── 9-z                 8-y is an open root: its own parent is not known yet

A union does not depend on the order of arrival, and a path that arrives twice adds nothing. The
cost of an insertion must not grow with the tree: a path is walked down from its newest revision
only to the first known one, whose ancestors are known too. The exception are open roots, which a
later path may continue downwards or even connect to another part of the tree, so those are looked
at as well; there is none as long as paths come whole.

A revision's parent is part of what its digest was made of, so two paths cannot honestly disagree
about a parent. Where they do, the first one stands.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sync import errors

# SQLite's integers end at 2^63; nobody edits a document a million million times.
_LONGEST_GENERATION = 12


class Revision(NamedTuple):
    """A revision id in its two parts. The digest is opaque; it is compared as bytes."""

    generation: int
    digest: str

    def __str__(self) -> str:
        """Return the text ``generation-digest``."""
        return f"{self.generation}-{self.digest}"


def parse(text: str) -> Revision:
    """Return the revision a text names.

    Raises:
        errors.ProtocolViolation: code ``bad_revision``; not ``N-…`` with N from 1, written plainly.
    """
    number, dash, digest = text.partition("-")
    if number == "1" and digest:
        return Revision(1, digest)  # most revisions of most documents
    plain = number.isascii() and number.isdigit() and number[0] != "0"
    if not dash or not digest or not plain or len(number) > _LONGEST_GENERATION:
        raise errors.ProtocolViolation(code="bad_revision", rev=text)
    return Revision(int(number), digest)


def parse_path(texts: Sequence[str]) -> tuple[Revision, ...]:
    """Return a path, newest first.

    Raises:
        errors.ProtocolViolation: code ``bad_revision``; it is empty or its generations have gaps.
    """
    if len(texts) == 1:
        return (parse(texts[0]),)
    path = tuple([parse(text) for text in texts])
    if not path:
        raise errors.ProtocolViolation(code="bad_revision", rev="")
    expected = path[0].generation
    for revision in path:
        if revision.generation != expected:
            raise errors.ProtocolViolation(code="bad_revision", rev=str(revision))
        expected -= 1
    return path


def standing(revision: Revision, deleted: bool) -> tuple[bool, int, bytes]:
    """Return what leaves are compared by; the highest wins.

    Living before deleted, then the generation as a number, then the digest as bytes: CouchDB's
    rule (``couch_doc:to_doc_info_path``), which every store must follow alike.
    """
    return (not deleted, revision.generation, revision.digest.encode("utf-8", "surrogatepass"))


def winner(leaves: Mapping[Revision, bool]) -> Revision:
    """Return the winner of leaves, given with whether they are deleted; there must be one."""
    return max(leaves, key=lambda revision: standing(revision, leaves[revision]))


class Known(NamedTuple):
    """What an insertion has to know of a revision that is there."""

    has_parent: bool


@dataclass(frozen=True)
class Insertion:
    """What a path adds to a tree.

    ``added`` are new revisions and ``attached`` are open roots, each with the parent it now has;
    every parent is known or added. ``leaf`` says whether the path's newest revision is a new leaf
    (if not, it was known). A known revision among ``parents`` is a leaf no longer.
    """

    added: Mapping[Revision, Revision | None]
    attached: Mapping[Revision, Revision]
    leaf: bool

    @property
    def parents(self) -> Collection[Revision]:
        """Return the revisions that have a child from now on."""
        return {parent for parent in self.added.values() if parent} | set(self.attached.values())

    @property
    def open_roots(self) -> int:
        """Return by how many roots of a generation above 1 the tree has more; may be negative."""
        opened = sum(
            1 for node, parent in self.added.items() if parent is None and node.generation > 1
        )
        return opened - len(self.attached)


def plan_first(path: Sequence[Revision]) -> Insertion:
    """Return what ``path`` adds where there is no tree yet."""
    added: dict[Revision, Revision | None] = dict(itertools.pairwise(path))
    added[path[-1]] = None
    return Insertion(added=added, attached={}, leaf=True)


def plan_insertion(
    lookup: Callable[[Revision], Known | None],
    path: Sequence[Revision],
    open_roots: Iterable[Revision] = (),
) -> Insertion:
    """Return what ``path`` adds to a tree.

    Args:
        lookup: what is known of a revision; asked for as few as possible.
        path: newest first, as ``parse_path`` gives it.
        open_roots: the tree's revisions above generation 1 without a known parent.
    """
    added: dict[Revision, Revision | None] = {}
    attached: dict[Revision, Revision] = {}
    places = {revision: place for place, revision in enumerate(path)}
    starts = [0, *sorted(places[root] for root in open_roots if root in places)]
    for start in starts:
        for place in range(start, len(path)):
            node = path[place]
            if node in added or node in attached:
                break
            parent = path[place + 1] if place + 1 < len(path) else None
            known = lookup(node)
            if known is None:
                added[node] = parent
            elif known.has_parent or parent is None:
                break
            else:
                attached[node] = parent
    return Insertion(added=added, attached=attached, leaf=path[0] in added)


def beyond_limit(
    parents: Mapping[Revision, Revision | None], leaves: Collection[Revision], limit: int
) -> set[Revision]:
    """Return the revisions of a tree that no leaf has among its ``limit`` newest (itself included).

    Those may be forgotten: leaves and winner stay what they were.

    Args:
        parents: all revisions of the tree, each with its parent, None if that is not known.
        leaves: its leaves.
        limit: how many revisions of each path are kept, at least 1.
    """
    distance = dict.fromkeys(leaves, 0)
    # Parents have a smaller generation, so each is complete before it is passed on.
    for node in sorted(parents, reverse=True):
        parent = parents[node]
        if parent is not None and node in distance:
            distance[parent] = min(distance.get(parent, limit), distance[node] + 1)
    return {node for node in parents if distance.get(node, limit) >= limit}


def leaves_below(
    parents: Mapping[Revision, Revision | None], leaves: Collection[Revision], revision: Revision
) -> set[Revision]:
    """Return the leaves that descend from ``revision``, or itself if it is a leaf."""
    reached = {revision}
    for node in sorted(parents):
        if parents[node] in reached:
            reached.add(node)
    return reached.intersection(leaves)
