"""Is a pushed revision genuine, and what is new in it? Pure questions, before any right is asked.

A stock database takes whatever revision it is given with ``new_edits=false``: a forged
``999999-f…`` would win, a forged child of a genuine revision would replace a mark without a
conflict. So the path of a pushed revision must join what central knows (or begin at generation 1)
without gaps; its leaf's hash is computed anew; it must carry every entry of the revision it builds
on, unchanged; every unknown step between needs a new entry of its own; each new entry must bear the
MAC of its maker; and the value must be just what the new entries make of the old one, which
``accounting`` says: so any node may give back a merge or a decision of central, and none can make
one.

What fails here is refused: nothing is stored, and the node that sent it keeps it and says so.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sync import errors
from sync.documents import accounting, canonical, entry, kinds
from sync.documents.entry import Entry, NewEntry
from sync.store.values import RevisionPath

KeyOf = Callable[[str], bytes | None]

_ENVELOPE = frozenset({"entries", "kind", "schema"})  # what no entry may write
_NOT_BY_ENTRIES = frozenset({"entries", "schema"})


class Refused(Exception):
    """The revision is not genuine or not well-formed; ``code`` is its verdict's code."""

    def __init__(self, code: str) -> None:
        """Name the reason."""
        super().__init__(code)
        self.code = code


def check_revision(path: RevisionPath, *, is_plain: bool = False) -> int:
    """Refuse a leaf whose id is not the hash of its content (``bad_revision``).

    The hash covers the parent, and is preceded by a number that is 1 without a parent and one more
    than the parent's number else; so nothing else has to be asked of the id.

    Args:
        is_plain: ``plain`` has read the value, so it holds no float.
    Returns:
        A length that the canonical bytes of its value do not exceed.
    """
    if is_plain and path.hashed_bytes is not None:
        return path.hashed_bytes
    revisions = path.revisions
    parent = revisions[1] if len(revisions) > 1 else None
    try:
        rev, size = canonical.revision_and_size(parent, path.deleted, path.value, is_plain=is_plain)
    except ValueError as error:
        raise Refused("bad_revision") from error
    if revisions[0] != rev:
        raise Refused("bad_revision")
    return size


def new_entries(
    path: RevisionPath,
    base: Mapping[str, Any],
    unknown_steps: int,
    key_of: KeyOf,
    views: Sequence[Entry] | None = None,
) -> list[NewEntry]:
    """Return the entries of ``path`` that its base does not have, each of them genuine.

    Args:
        base: the value of the revision that the path builds on; the kind's empty value if none.
        unknown_steps: how many revisions of the path central does not know.
        views: of all entries of the path, if ``plain`` has read its value.
    Raises:
        Refused: ``entries_changed``, ``entries_missing``, ``malformed_entry``,
            ``unknown_maker``, ``bad_mac`` or ``value_without_entry``.
    """
    before = entry.entries_of(base)
    now = entry.entries_of(path.value)
    known = len(before)
    if before and not _are_the_same(now[:known], before, views is not None):
        raise Refused("entries_changed")
    raws = now[known:] if known else now
    if views is None:
        fresh = [_genuine(path.id, raw, _parsed(raw), key_of, False) for raw in raws]
    else:
        fresh = [
            _genuine(path.id, raw, view, key_of, True)
            for raw, view in zip(raws, views[known:], strict=True)
        ]
    if len(fresh) < unknown_steps or not fresh:
        raise Refused("entries_missing")
    if len(now) > 1:
        _refuse_repeated(now)
    _check_value(path.value, base, fresh)
    return fresh


def check_central_document(path: RevisionPath, central_key: bytes) -> None:
    """Refuse a document of a kind that central alone writes, unless central did write it.

    Any node may give back what central made: that is how a restored central is healed.

    Raises:
        Refused: ``central_only``.
    """
    entries = entry.entries_of(path.value)
    if path.deleted or not entries:
        raise Refused("central_only")
    if not all(
        isinstance(raw, Mapping) and entry.is_genuine(path.id, raw, central_key) for raw in entries
    ):
        raise Refused("central_only")
    if entries[-1].get("new") != whole_digest(path.value):
        raise Refused("central_only")


def whole_digest(value: Mapping[str, Any]) -> str:
    """Return what an entry of field ``*`` says of a value: the digest of all but its entries."""
    plain = {name: part for name, part in value.items() if name != "entries"}
    return canonical.digest16(canonical.encode(plain))


def rebuilt_base(path: RevisionPath, revision: str) -> dict[str, Any] | None:
    """Return the value of an ancestor whose body is not kept any more; None if it is not there.

    A document is the fold of its entries, and a child begins with its parent's. So the ancestor's
    value is what the first entries make, and its revision tells how many they are.
    """
    place = path.revisions.index(revision)
    parent = path.revisions[place + 1] if place + 1 < len(path.revisions) else None
    value = kinds.empty(str(path.value.get("kind")))
    taken: list[Any] = []
    for raw in [None, *entry.entries_of(path.value)]:
        if raw is not None:
            try:
                value = entry.fold(value, [entry.parse(raw)])
            except errors.MalformedEntry as error:
                raise Refused("malformed_entry") from error
            taken.append(raw)
        if canonical.revision_of(parent, False, {**value, "entries": taken}) == revision:
            return {**value, "entries": taken}
    return None


def _are_the_same(now: list[Any], before: list[Any], is_plain: bool) -> bool:
    # Of the bytes of a plain list a float could make no others, so ``before`` is not searched.
    encode = canonical.encode_plain if is_plain else canonical.encode
    return encode(now) == encode(before)


def _parsed(raw: Any) -> Entry:
    try:
        return entry.parse(raw)
    except errors.MalformedEntry as error:
        raise Refused("malformed_entry") from error


def _genuine(doc_id: str, raw: Any, view: Entry, key_of: KeyOf, is_plain: bool) -> NewEntry:
    key = key_of(view.node)
    if key is None:
        raise Refused("unknown_maker")
    if not entry.is_genuine(doc_id, raw, key, is_plain=is_plain):
        raise Refused("bad_mac")
    return NewEntry(doc_id, raw, view)


def _check_value(value: Mapping[str, Any], base: Mapping[str, Any], fresh: list[NewEntry]) -> None:
    """Refuse a value that its entries do not account for."""
    steps = [one.view for one in fresh]
    for step in steps:
        if step.field in _ENVELOPE:
            raise Refused("malformed_entry")
    try:
        reached = accounting.account(base, steps)
    except accounting.NotAccountedFor as error:
        raise Refused("value_without_entry") from error
    if not _says_the_same(reached, value):
        raise Refused("value_without_entry")


def _refuse_repeated(entries: list[Any]) -> None:
    """Refuse an entry that stands twice; its MAC covers all of it, so it tells."""
    macs = [raw.get("mac") for raw in entries if isinstance(raw, dict)]
    if len(set(macs)) < len(macs):
        raise Refused("entries_changed")


def _says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # Schema may grow on a newer node; it is checked with the kind's fields, not by entries.
    if one.keys() != other.keys() and not one.keys() ^ other.keys() <= _NOT_BY_ENTRIES:
        return False
    for name, part in one.items():
        if name in _NOT_BY_ENTRIES:
            continue
        there = other[name]
        if part is not there and not _is_same(part, there):
            return False
    return True


def _is_same(one: Any, other: Any) -> bool:
    kind = type(one)
    if kind is str or kind is int or one is None:
        return kind is type(other) and bool(one == other)  # 1 is not true
    return canonical.encode(one) == canonical.encode(other)
