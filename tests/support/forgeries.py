"""The ways in which a pushed revision may be not what it says it is (A7 to A10)."""

from dataclasses import replace
from typing import Any

from tests.support import generated_school, naive_judgement
from tests.support.generated_pushes import Forger, Push, Trick
from tests.support.generated_school import NODES, STRANGER, TEACHERS
from tests.support.naive_judgement import CENTRAL


def _wrong_hash(forger: Forger, push: Push) -> Push:
    number = push.path[0].partition("-")[0]
    return replace(push, path=(f"{number}-{forger.rng.randbytes(16).hex()}", *push.path[1:]))


def _huge_generation(forger: Forger, push: Push) -> Push:
    path = ("", "999998-" + "f" * 32)
    return push.rehashed(path=path)


def _huge_leaf(forger: Forger, push: Push) -> Push:
    return replace(push, path=("999999-" + "f" * 32,))


def _value_without_entry(forger: Forger, push: Push) -> Push:
    name, new = forger.wish(push.doc_id)
    return push.rehashed(value={**push.value, name: new})


def _unknown_content(forger: Forger, push: Push) -> Push:
    return push.rehashed(value={**push.value, "extra": 1})


def _stripped_mac(forger: Forger, push: Push) -> Push:
    raw = push.value["entries"][-1]
    return forger.with_entry(push, raw, {**raw, "mac": forger.rng.choice(["A" * 22, "", "A"])})


def _foreign_mac(forger: Forger, push: Push) -> Push:
    raw = push.value["entries"][-1]
    key = forger.school.keys[forger.rng.choice([CENTRAL, *NODES])]
    return forger.with_entry(push, raw, {**raw, "mac": naive_judgement.mac(push.doc_id, raw, key)})


def _forged_author(forger: Forger, push: Push) -> Push:
    raw = push.value["entries"][-1]
    return forger.with_entry(push, raw, {**raw, "author": forger.rng.choice(TEACHERS)})


def _changed_entry(forger: Forger, push: Push) -> Push:
    raw = forger.rng.choice(push.value["entries"])
    return forger.resealed(push, raw, reason="так надо")


def _dropped_entry(forger: Forger, push: Push) -> Push:
    entries = push.value["entries"]
    left = [one for one in entries if one is not forger.rng.choice(entries)]
    return push.rehashed(value={**push.value, "entries": left})


def _repeated_entry(forger: Forger, push: Push) -> Push:
    entries = push.value["entries"]
    return push.rehashed(value={**push.value, "entries": [*entries, forger.rng.choice(entries)]})


def _moved(forger: Forger, push: Push) -> Push:
    other = forger.doc_id()
    return push.rehashed(doc_id=other)


def _tombstone(forger: Forger, push: Push) -> Push:
    return push.rehashed(deleted=True)


def _forged_closing(forger: Forger, push: Push) -> Push:
    kind = push.doc_id.partition(":")[0]
    value = {"kind": kind, "schema": 1, "into": push.path[0], "closed": "A" * 22}
    return replace(push, path=("", *push.path)).rehashed(deleted=True, value=value)


def _reference(forger: Forger, push: Push) -> Push:
    doc_id = forger.rng.choice(["class:c1", "assignment:a0", "lock:w9", "decision:w1"])
    return push.rehashed(doc_id=doc_id, path=("",))


def _genuine_reference(forger: Forger, push: Push) -> Push:
    """What central has written, or nearly."""
    doc_id = f"subject:m{forger.rng.randint(0, 10**6)}"
    bare = {"kind": "subject", "schema": 1, "name": "Музыка", "markless_years": []}
    made = Push(doc_id, ("",), generated_school.sealed(forger.school, doc_id, bare))
    value = made.value
    chance = forger.rng.random()
    if chance < 0.2:
        value = {**value, "name": "Пение"}
    elif chance < 0.4:
        whole = naive_judgement.digest(naive_judgement.canonical({**bare, "name": "Пение"}))
        value = {**bare, "name": "Пение", "entries": [{**value["entries"][0], "new": whole}]}
    elif chance < 0.5:
        value = {**bare, "entries": []}
    return made.rehashed(value=value, deleted=chance > 0.85)


def _bad_id(forger: Forger, push: Push) -> Push:
    bad = ["grade:1", "mark:g1", "mark:g1:2026-13-01:1:s1:1", "lesson:g1:2026-10-14:0", "mark:"]
    return push.rehashed(doc_id=forger.rng.choice([*bad, push.doc_id + ":x", "lesson:Г:1:1"]))


def _replay(forger: Forger, push: Push) -> Push:
    return forger.rng.choice(forger.sent) if forger.sent else push


def _missing_parents(forger: Forger, push: Push) -> Push:
    return push.rehashed(path=("", f"3-{forger.rng.randbytes(16).hex()}"))


def _empty_steps(forger: Forger, push: Push) -> Push:
    """Revisions between that no entry speaks of."""
    parent = push.parent
    number = 1 if parent is None else int(parent.partition("-")[0]) + 1
    between = [f"{number + step}-{forger.rng.randbytes(16).hex()}" for step in range(3)]
    return push.rehashed(path=("", *reversed(between), *push.path[1:]))


def _known_above_unknown(forger: Forger, push: Push) -> Push:
    """A history in which something unknown lies below what is known."""
    known = [one for one in forger.live(push.doc_id) if len(one[0]) > 1]
    if not known:
        return push
    path, value = forger.rng.choice(known)
    name, new = forger.wish(push.doc_id)
    about = {"author": forger.author(push.doc_id), "maker": forger.rng.choice(NODES)}
    number = int(path[1].partition("-")[0])
    strange = ("", path[0], f"{number}-{forger.rng.randbytes(16).hex()}")
    return push.rehashed(path=strange, value=forger.stepped(push.doc_id, value, name, new, **about))


def _reserved_field(forger: Forger, push: Push) -> Push:
    name = forger.rng.choice(["kind", "entries", "schema", "schema"])
    raw = push.value["entries"][-1]
    if name == "entries":
        return forger.resealed(push, raw, field=name)
    now = push.value[name]
    about = {"author": raw["author"], "maker": forger.rng.choice(NODES)}
    return push.rehashed(value=forger.stepped(push.doc_id, push.value, name, now, **about))


def _unknown_field(forger: Forger, push: Push) -> Push:
    name = forger.rng.choice(["colour", "disputed", "reason", "topic"])
    about = {"author": forger.author(push.doc_id), "maker": forger.rng.choice(NODES)}
    value = forger.stepped(push.doc_id, push.value, name, True, **about)
    return push.rehashed(value=value)


def _newer_schema(forger: Forger, push: Push) -> Push:
    return push.rehashed(value={**push.value, "schema": forger.rng.choice([2, 0, "1", True])})


def _bad_number(forger: Forger, push: Push) -> Push:
    raw = push.value["entries"][-1]
    bad = forger.rng.choice([2**53, -(2**53), 1.5, True, [], {"a": 2**60}])
    made = forger.resealed(push, raw, new=bad)
    return made.rehashed(value={**made.value, raw["field"]: bad})


def _unknown_maker(forger: Forger, push: Push) -> Push:
    return forger.resealed(push, push.value["entries"][-1], node="zz")


def _malformed_entry(forger: Forger, push: Push) -> Push:
    raw = push.value["entries"][-1]
    changes: list[dict[str, Any]] = [
        {"seq": 0},
        {"seq": True},
        {"written_at": "2026-10-14 09:00"},
        {"written_at": "2026-02-30T09:00:00Z"},
        {"written_at": "2026-10-14t09:00:00z"},
        {"reason": "я" * 501},
        {"clock_suspect": 1},
        {"author": None},
    ]
    if forger.rng.random() < 0.2:
        return forger.with_entry(push, raw, forger.rng.choice([None, 7, [], "entry", {}]))
    return forger.resealed(push, raw, **forger.rng.choice(changes))


def _wrong_old(forger: Forger, push: Push) -> Push:
    raw = push.value["entries"][-1]
    return forger.resealed(push, raw, old=forger.rng.choice([1, "другое", False]))


def _as_central(forger: Forger, push: Push) -> Push:
    """An entry that says central made it, sealed with the key of a node."""
    raw = push.value["entries"][-1]
    made = {**raw, "node": CENTRAL}
    made["mac"] = naive_judgement.mac(push.doc_id, made, forger.school.keys[NODES[0]])
    return forger.with_entry(push, raw, made)


def _by_central(forger: Forger, push: Push) -> Push:
    """What central really wrote, given back by a node."""
    return forger.resealed(push, push.value["entries"][-1], node=CENTRAL)


def _given_back(forger: Forger, push: Push) -> Push:
    """What central has, as it has it: its merges and its tombstones too."""
    known = forger.mirror.documents.get(push.doc_id, {})
    found = [one for one in known.values() if one.value is not None]
    if not found:
        return push
    one = forger.rng.choice(found)
    return Push(push.doc_id, one.path, dict(one.value or {}), one.deleted)


def _two_authors(forger: Forger, push: Push) -> Push:
    name, new = forger.wish(push.doc_id)
    about = {"author": STRANGER, "maker": forger.rng.choice(NODES)}
    return push.rehashed(value=forger.stepped(push.doc_id, push.value, name, new, **about))


def _self_made_merge(forger: Forger, push: Push) -> Push:
    """A node brings two leaves together by itself: all entries, and a value of its choice."""
    leaves = forger.live(push.doc_id)
    if not leaves:
        return push
    path, ours = forger.rng.choice(leaves)
    held = [naive_judgement.canonical(raw) for raw in ours["entries"]]
    others = [raw for raw in push.value["entries"] if naive_judgement.canonical(raw) not in held]
    value = ours if forger.rng.random() < 0.5 else dict(push.value)
    value["entries"] = [*ours["entries"], *others]
    return push.rehashed(path=("", *path), value=value)


TRICKS: tuple[Trick, ...] = (
    _wrong_hash,
    _huge_generation,
    _huge_leaf,
    _value_without_entry,
    _unknown_content,
    _stripped_mac,
    _foreign_mac,
    _forged_author,
    _changed_entry,
    _dropped_entry,
    _repeated_entry,
    _moved,
    _tombstone,
    _forged_closing,
    _reference,
    _genuine_reference,
    _genuine_reference,
    _bad_id,
    _replay,
    _replay,
    _missing_parents,
    _empty_steps,
    _known_above_unknown,
    _reserved_field,
    _unknown_field,
    _newer_schema,
    _bad_number,
    _unknown_maker,
    _malformed_entry,
    _wrong_old,
    _as_central,
    _by_central,
    _by_central,
    _by_central,
    _by_central,
    _given_back,
    _two_authors,
    _self_made_merge,
    _self_made_merge,
)
