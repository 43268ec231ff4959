"""The verdicts of the design page, written a second time, plainly and from its text alone.

Nothing of the product's judgement, examination, hashing or sealing is used here, so that a mistake
there cannot be made here as well. Speed does not matter; everything is looked at, and all reasons
for a verdict are named, not only the first: the product may say any one of them.

``School`` is what central knows of the school, ``Mirror`` what it has stored and put aside.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.support import naive_rights
from tests.support.naive_rights import About, School

CENTRAL = "central"
REFERENCE_KINDS = frozenset(
    {
        "calendar",
        "subject",
        "staff",
        "class",
        "student",
        "student_card",
        "guardian",
        "teaching_group",
        "assignment",
        "substitution",
        "timetable",
        "plan",
        "lock",
        "decision",
        "rejection",
    }
)
_PART = "[0-9a-hjkmnp-tv-z]{1,40}"


@dataclass
class Kept:
    """A revision central has accepted; ``value`` None where only its name is known."""

    path: tuple[str, ...]
    value: Mapping[str, Any] | None
    deleted: bool = False


@dataclass
class Mirror:
    """What central has stored and put aside, as it should be."""

    documents: dict[str, dict[str, Kept]] = field(default_factory=dict)
    aside: dict[tuple[str, str], str] = field(default_factory=dict)

    def leaves(self, doc_id: str) -> dict[str, Kept]:
        """Return the leaves of a document."""
        kept = self.documents.get(doc_id, {})
        parents = {one.path[1] for one in kept.values() if len(one.path) > 1}
        return {rev: one for rev, one in kept.items() if rev not in parents}

    def accept(self, doc_id: str, path: Sequence[str], value: Mapping[str, Any]) -> None:
        """Store a revision with its path."""
        kept = self.documents.setdefault(doc_id, {})
        for at in range(1, len(path)):
            kept.setdefault(path[at], Kept(tuple(path[at:]), None))
        kept[path[0]] = Kept(tuple(path), value)


@dataclass(frozen=True)
class Answer:
    """The outcome, and every reason that justifies it."""

    outcome: str
    codes: frozenset[str] = frozenset()


def canonical(value: Any) -> bytes:
    """Return UTF-8 JSON, keys in code-point order, no spaces."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def revision(parent: str | None, deleted: bool, value: Mapping[str, Any]) -> str:
    """Return generation + 32 hex digits of SHA-256 over [parent, deleted, value]."""
    generation = 1 if parent is None else int(parent.split("-")[0]) + 1
    return f"{generation}-{hashlib.sha256(canonical([parent, deleted, value])).hexdigest()[:32]}"


def mac(doc_id: str, raw: Mapping[str, Any], key: bytes) -> str:
    """Return 16 bytes of keyed BLAKE2b over [document, entry without its MAC], base64url."""
    covered = {name: part for name, part in raw.items() if name != "mac"}
    made = hashlib.blake2b(canonical([doc_id, covered]), digest_size=16, key=key).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest(data: bytes) -> str:
    """Return 16 bytes of BLAKE2b, base64url."""
    made = hashlib.blake2b(data, digest_size=16).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


# ------------------------------------------------------------------------------- one document


def judge(
    school: School, mirror: Mirror, doc_id: str, path: Sequence[str], deleted: bool, value: Any
) -> Answer:
    """Return the verdict on a pushed revision with its history, newest first."""
    if path[0] in mirror.documents.get(doc_id, {}):
        return Answer("accepted")
    if (doc_id, path[0]) in mirror.aside:
        return Answer("quarantined", frozenset({mirror.aside[doc_id, path[0]]}))
    if not _is_hash(path[0], path[1] if len(path) > 1 else None, deleted, value):
        return _refused("bad_revision")
    kind, _, rest = doc_id.partition(":")
    if kind in REFERENCE_KINDS and re.fullmatch(_PART, rest):
        is_centrals = _is_centrals(doc_id, deleted, value, school.keys[CENTRAL])
        return Answer("accepted") if is_centrals else _refused("central_only")
    found = about(doc_id)
    if found is None:
        return _refused("bad_document_id")
    if deleted:
        return _refused("tombstone")
    return _judge_entries(school, mirror, found, doc_id, tuple(path), value)


def _judge_entries(
    school: School, mirror: Mirror, about: About, doc_id: str, path: tuple[str, ...], value: Any
) -> Answer:
    unknown = [rev for rev in path if rev not in mirror.documents.get(doc_id, {})]
    # What is unknown must be the newest part, and what it hangs on must be known.
    if path[: len(unknown)] != tuple(unknown):
        return _refused("bad_revision")
    base = _base(mirror, doc_id, path, len(unknown), value)
    if base is None:
        return _refused("bad_revision")
    reasons, fresh = _reasons_to_refuse(school, doc_id, base, value, len(unknown))
    if reasons:
        return Answer("refused", frozenset(reasons))
    codes = naive_rights.schema_codes(about.kind, value)
    if codes:
        return Answer("quarantined", frozenset(codes))
    kept = [one.value for one in mirror.documents.get(doc_id, {}).values() if one.value]
    held = [canonical(raw) for one in kept for raw in _entries(one)]
    for at, raw in enumerate(fresh):
        # A copy of what central holds is no word of central about this.
        later = [one for one in fresh[at + 1 :] if canonical(one) not in held]
        if raw["node"] != CENTRAL and not _is_settled_by_central(raw, later):
            codes |= naive_rights.not_allowed(school, about, raw)
    if _lacks_reason(_entries(value), len(fresh)):
        codes.add("reason_needed")
    if codes and _is_taken_back(base, value, fresh):
        codes = {"withdrawn"}
    return Answer("quarantined", frozenset(codes)) if codes else Answer("accepted")


def _unit(name: str) -> set[str]:
    return {"presence", "minutes"} if name in ("presence", "minutes") else {name}


def _is_settled_by_central(raw: Any, later: Sequence[Any]) -> bool:
    """What central said afterwards counts, whoever wrote before it."""
    return any(one["node"] == CENTRAL and one["field"] in _unit(raw["field"]) for one in later)


def _lacks_reason(entries: Sequence[Any], fresh: int) -> bool:
    """Tell whether a new entry goes on from what central decided without saying why."""
    for at in range(len(entries) - fresh, len(entries)):
        raw, later = entries[at], entries[at + 1 :]
        if raw["node"] == CENTRAL or raw.get("reason") or _is_settled_by_central(raw, later):
            continue
        decided: dict[str, Any] = {}
        for one in reversed([one for one in entries[:at] if one["field"] in _unit(raw["field"])]):
            if one["node"] != CENTRAL:
                break
            decided.setdefault(one["field"], one["new"])
        name = raw["field"]
        if decided and (name not in decided or _same(decided[name], raw["old"])):
            return True
    return False


def _is_taken_back(base: Mapping[str, Any], value: Any, fresh: Sequence[Any]) -> bool:
    plain = [
        {k: v for k, v in one.items() if k not in ("entries", "schema")} for one in (base, value)
    ]
    there = dict(base)
    for raw in fresh:
        if not _same(there.get(raw["field"]), raw["old"]):
            return False  # an entry of another leaf: somebody chose between two values
        there[raw["field"]] = raw["new"]
    return _same(*plain) and any(not _same(raw["old"], raw["new"]) for raw in fresh)


def _refused(code: str) -> Answer:
    return Answer("refused", frozenset({code}))


def _is_hash(rev: str, parent: str | None, deleted: bool, value: Any) -> bool:
    number = rev.partition("-")[0]
    if not re.fullmatch("[1-9][0-9]*", number):
        return False
    if (parent is None) != (number == "1"):
        return False
    return rev == revision(parent, deleted, value)


def _is_centrals(doc_id: str, deleted: bool, value: Any, key: bytes) -> bool:
    entries = value.get("entries")
    if deleted or not isinstance(entries, list) or not entries:
        return False
    if not all(
        isinstance(raw, dict) and raw.get("mac") == mac(doc_id, raw, key) for raw in entries
    ):
        return False
    bare = {name: part for name, part in value.items() if name != "entries"}
    return bool(entries[-1].get("new") == digest(canonical(bare)))


def about(doc_id: str) -> About | None:
    """Return what a journal document's id says; None if it is none."""
    tails = {
        "lesson": "",
        "absence": f":({_PART})",
        "work": f":{_PART}",
        "mark": f":({_PART}):{_PART}",
    }
    kind = doc_id.partition(":")[0]
    if kind not in tails:
        return None
    found = re.fullmatch(
        f"{kind}:({_PART}):([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}):([1-9]){tails[kind]}", doc_id
    )
    if found is None:
        return None
    try:
        on = date.fromisoformat(found[2])
    except ValueError:
        return None
    student = found[4] if kind in ("absence", "mark") else None
    return About(kind, found[1], on, int(found[3]), student)


def empty(kind: str) -> dict[str, Any]:
    """Return the value of a document before its first entry."""
    return {
        "kind": kind,
        "schema": 1,
        "entries": [],
        **dict.fromkeys(naive_rights.JOURNAL_FIELDS[kind]),
    }


def _base(
    mirror: Mirror, doc_id: str, path: Sequence[str], unknown: int, value: Any
) -> Mapping[str, Any] | None:
    kept = mirror.documents.get(doc_id, {})
    if unknown == len(path):
        return empty(doc_id.partition(":")[0]) if path[-1].startswith("1-") else None
    found = kept[path[unknown]]
    if found.value is not None and not found.deleted:
        return found.value
    if found.deleted:
        return None
    # Its body never came, but its name says what it was: entries from the first one on.
    parent = found.path[1] if len(found.path) > 1 else None
    made = empty(doc_id.partition(":")[0])
    for raw in [None, *_entries(value)]:
        if raw is not None:
            if not _is_entry(raw):
                return None
            made = {**made, raw["field"]: raw["new"], "entries": [*made["entries"], raw]}
        if revision(parent, False, made) == path[unknown]:
            return made
    return None


def _entries(value: Any) -> list[Any]:
    entries = value.get("entries")
    return entries if isinstance(entries, list) else []


def _reasons_to_refuse(
    school: School, doc_id: str, base: Mapping[str, Any], value: Any, steps: int
) -> tuple[set[str], list[Any]]:
    before, now = _entries(base), _entries(value)
    if [canonical(raw) for raw in now[: len(before)]] != [canonical(raw) for raw in before]:
        return {"entries_changed"}, []
    fresh = now[len(before) :]
    reasons = {code for raw in fresh for code in _strange(school, doc_id, raw)}
    if len(fresh) < max(steps, 1):
        reasons.add("entries_missing")
    if len({canonical(raw) for raw in now}) < len(now):
        reasons |= {"entries_changed", "value_without_entry"}
    if not reasons:
        reached = _account(base, fresh)
        plain = {k: v for k, v in value.items() if k not in ("entries", "schema")}
        if reached is None or canonical(reached) != canonical(plain):
            reasons.add("value_without_entry")
    return reasons, fresh


def _strange(school: School, doc_id: str, raw: Any) -> set[str]:
    if not _is_entry(raw):
        return {"malformed_entry"}
    if raw["node"] not in school.keys:
        return {"unknown_maker"}
    if raw["mac"] != mac(doc_id, raw, school.keys[raw["node"]]):
        return {"bad_mac"}
    if raw["field"] in ("entries", "kind", "schema"):
        return {"malformed_entry", "value_without_entry"}
    return set()


def _is_entry(raw: Any) -> bool:
    if not isinstance(raw, dict) or "old" not in raw or "new" not in raw:
        return False
    texts = ("field", "author", "node", "epoch", "written_at", "previous", "mac")
    if not all(type(raw.get(name)) is str for name in texts) or type(raw.get("seq")) is not int:
        return False
    optional = {"clock_offset": int, "clock_suspect": bool, "reason": str}
    if any(name in raw and type(raw[name]) is not kind for name, kind in optional.items()):
        return False
    if raw["seq"] < 1 or len(raw["mac"]) != 22 or len(raw.get("reason", "")) > 500:
        return False
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", raw["written_at"], re.ASCII):
        return False
    try:
        datetime.fromisoformat(raw["written_at"])
    except ValueError:
        return False
    return True


def _account(base: Mapping[str, Any], fresh: Sequence[Any]) -> dict[str, Any] | None:
    """Return the fields to which the entries lead, None if they do not lead anywhere.

    Field by field: an entry goes on from the value reached, or, where leaves were brought
    together, from one that the field once had; then two values are open until somebody who may
    settle it, central or the author of all that is open, goes on from the value reached.
    """
    plain = {name: part for name, part in base.items() if name not in ("entries", "schema")}
    for name in {raw["field"] for raw in fresh}:
        earlier = [raw for raw in _entries(base) if raw["field"] == name]
        told = _follow(earlier, [raw for raw in fresh if raw["field"] == name], plain.get(name))
        if told is None:
            return None
        plain[name] = told[0]
    return plain


def _follow(earlier: Sequence[Any], fresh: Sequence[Any], start: Any) -> tuple[Any] | None:
    values = [earlier[0]["old"] if earlier else start]  # every value the field ever had
    reached, author = values[0], None
    open_heads: list[tuple[Any, set[str]]] = []
    had = [None, *values]
    for raw in [*earlier, *fresh]:
        is_new = any(raw is one for one in fresh)
        old, new, by = raw["old"], raw["new"], raw["author"]
        everybody = {author}.union(*(authors for _, authors in open_heads))
        at_head = [one for one in open_heads if _same(one[0], old)]
        settles = raw["node"] == CENTRAL or (
            _same(old, reached) and (not open_heads or everybody == {by})
        )
        if settles:
            had.append(reached)
            reached, author, open_heads = new, by, []
        elif _same(old, reached):
            open_heads = [one for one in open_heads if not _same(one[0], new)]
            reached, author = new, by
        elif at_head or any(_same(one, old) for one in had):
            open_heads = [one for one in open_heads if not _same(one[0], old)]
            if not _same(new, reached):
                open_heads = _with_head(open_heads, new, by)
        elif is_new:
            return None
        else:
            had.append(reached)
            reached, author, open_heads = new, by, []
        had.append(new)
    return None if open_heads else (reached,)


def _with_head(
    heads: list[tuple[Any, set[str]]], value: Any, by: str
) -> list[tuple[Any, set[str]]]:
    same = set().union(*(authors for one, authors in heads if _same(one, value)), {by})
    return [*((one, authors) for one, authors in heads if not _same(one, value)), (value, same)]


def _same(one: Any, other: Any) -> bool:
    return canonical(one) == canonical(other)
