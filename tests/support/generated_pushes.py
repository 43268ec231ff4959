"""Pushes of every honest and dishonest kind, made from one source of chance.

``Forger.push`` returns one revision with its path, as a node would send it: mostly work that could
be honest, by an author who may or may not write it, and sometimes altered in one of the ways that
``reliability_security.md`` names under A7 to A10. What is expected of it is not said here; that is
asked of ``naive_judgement``.
"""

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, timezone
from typing import Any

from sync.documents import entry
from tests.support import generated_school, naive_judgement
from tests.support.generated_school import GROUPS, NODES, STRANGER, STUDENTS, TEACHERS
from tests.support.naive_judgement import Mirror
from tests.support.naive_rights import School

_ZONE = timezone(timedelta(hours=3))
_VALUES: dict[str, dict[str, list[Any]]] = {
    "lesson": {
        "topic": ["Дроби", "Проценты", "", "я" * 501],
        "homework": ["§ 1", "§ 2", None],
        "roll_call": [0, 3, -1],
        "number": [2, 3],
        "work_kind": ["test", "sleep"],
    },
    "absence": {
        "presence": ["absent", "late", None, "asleep"],
        "minutes": [5, 10, 500],
        "reason": ["ill", "excused", "unexcused", "tired"],
    },
    "work": {"title": ["Диктант", "Тест"], "weight": [1, 2, 11], "work_kind": ["dictation"]},
    "mark": {
        "value": [5, 4, 3, "debt", None, 101, "н"],
        "weight": [1, 2],
        "comment": ["устно", "у доски"],
        "work_kind": ["answer"],
    },
}


@dataclass(frozen=True)
class Push:
    """One pushed revision; ``path`` is newest first."""

    doc_id: str
    path: tuple[str, ...]
    value: dict[str, Any]
    deleted: bool = False
    trick: str = ""

    @property
    def parent(self) -> str | None:
        """Return the revision it claims to build on."""
        return self.path[1] if len(self.path) > 1 else None

    def rehashed(self, **changed: Any) -> "Push":
        """Return it changed, with a leaf whose hash is right."""
        made = replace(self, **changed)
        leaf = naive_judgement.revision(made.parent, made.deleted, made.value)
        return replace(made, path=(leaf, *made.path[1:]))


@dataclass
class Forger:
    """Makes pushes over what the mirror knows, some of them by one of ``tricks``."""

    rng: random.Random
    school: School
    mirror: Mirror
    tricks: Sequence["Trick"]
    sent: list[Push] = field(default_factory=list)
    #: Revisions that are no longer leaves, or wait in the quarantine, to build on.
    seen: dict[str, list[tuple[tuple[str, ...], dict[str, Any]]]] = field(default_factory=dict)
    _seq: int = 0

    def push(self) -> Push:
        """Return the next one."""
        made = self._honest()
        if self.rng.random() < 0.4:
            trick = self.rng.choice(self.tricks)
            made = replace(trick(self, made), trick=trick.__name__.strip("_"))
        if _can_go_on(made):
            self.seen.setdefault(made.doc_id, []).append((made.path, made.value))
        self.sent.append(made)
        return made

    # ------------------------------------------------------------------------- honest or nearly

    def _honest(self) -> Push:
        doc_id = self.doc_id()
        path, value = self._base(doc_id)
        steps = self.rng.choice([1, 1, 1, 2, 3])
        author = self.author(doc_id)
        maker = self.rng.choice(NODES)
        for _ in range(steps):
            if self.rng.random() < 0.1:
                author = self.rng.choice((*TEACHERS, STRANGER))
            name, new = self.wish(doc_id)
            value = self.stepped(doc_id, value, name, new, author=author, maker=maker)
            path = (naive_judgement.revision(path[0] if path else None, False, value), *path)
            if self.rng.random() < 0.5:
                # Somebody else may build on it, though its body never comes by itself.
                self.seen.setdefault(doc_id, []).append((path, value))
        return Push(doc_id, path, value)

    def doc_id(self) -> str:
        """Return what a push is about, mostly something known."""
        rng = self.rng
        known = list(self.seen)
        if known and rng.random() < 0.55:
            return rng.choice(known)
        lesson = self._lesson()
        kind = rng.choice(["lesson", "absence", "mark", "mark", "work"])
        tails = {
            "lesson": "",
            "absence": f":{rng.choice(STUDENTS)}",
            "work": f":{rng.choice('pqr')}",
            "mark": f":{rng.choice(STUDENTS)}:{rng.choice(['1', 'q7'])}",
        }
        return f"{kind}:{lesson}{tails[kind]}"

    def _lesson(self) -> str:
        if self.rng.random() < 0.15:
            group, on, ordinal = self.rng.choice(list(self.school.substitutions))
            return f"{group}:{on.isoformat()}:{ordinal}"
        on = generated_school.lesson_day(self.rng)
        return f"{self.rng.choice(GROUPS)}:{on.isoformat()}:{self.rng.randint(1, 2)}"

    def _base(self, doc_id: str) -> tuple[tuple[str, ...], dict[str, Any]]:
        live = self.live(doc_id)
        older = self.seen.get(doc_id, [])
        chance = self.rng.random()
        if live and chance < 0.75:
            return self.rng.choice(live)
        if older and chance < 0.93:
            path, value = self.rng.choice(older)
            return path, copy.deepcopy(value)
        return (), naive_judgement.empty(doc_id.partition(":")[0])

    def live(self, doc_id: str) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
        """Return the living leaves with their paths."""
        return [
            (one.path, dict(one.value))
            for one in self.mirror.leaves(doc_id).values()
            if one.value is not None and not one.deleted
        ]

    def author(self, doc_id: str) -> str:
        """Return somebody, mostly one who has to do with the lesson."""
        group, on = doc_id.split(":")[1:3]
        near = [
            teacher
            for one, teacher, period in self.school.assignments
            if one == group and period.starts.isoformat() <= on
        ]
        if doc_id.startswith("absence") and self.rng.random() < 0.4:
            near = [one for one in self.school.homeroom.values() if one] or near
        if near and self.rng.random() < 0.85:
            return near[-1]
        return self.rng.choice((*TEACHERS, STRANGER))

    def wish(self, doc_id: str) -> tuple[str, Any]:
        """Return a field and a value for it."""
        fields = _VALUES[doc_id.partition(":")[0]]
        name = self.rng.choice(list(fields))
        values = fields[name]
        # Values that no form would send are the last ones, and seldom.
        honest = values[:-1] if len(values) > 2 and self.rng.random() < 0.93 else values
        return name, self.rng.choice(honest)

    def stepped(
        self, doc_id: str, value: dict[str, Any], name: str, new: Any, **about: Any
    ) -> dict[str, Any]:
        """Return the value after one more step."""
        raw = self._entry(doc_id, name, value.get(name), new, **about)
        return {**value, name: new, "entries": [*value["entries"], raw]}

    def _entry(
        self, doc_id: str, name: str, old: Any, new: Any, *, author: str, maker: str
    ) -> dict[str, Any]:
        self._seq += 1
        raw: dict[str, Any] = {
            "field": name,
            "old": old,
            "new": new,
            "author": author,
            "node": maker,
            "epoch": f"e{self._seq % 3}",
            "seq": self._seq,
            "written_at": entry.instant_text(self._written_at(doc_id)),
            "previous": "",
        }
        if self.rng.random() < 0.15:
            raw["clock_offset"] = self.rng.choice([-86400 * 20, -60, 3600, 86400 * 20])
        if self.rng.random() < 0.08:
            raw["clock_suspect"] = True
        if self.rng.random() < 0.3:
            raw["reason"] = "поправка"
        raw["mac"] = naive_judgement.mac(doc_id, raw, self.school.keys.get(maker, bytes(32)))
        return raw

    def _written_at(self, doc_id: str) -> datetime:
        on = datetime.fromisoformat(doc_id.split(":")[2]).date()
        days = self.rng.choice([0] * 9 + [1, 3, 25, -1, -10, -14, -15, -40])
        at = time(self.rng.randint(0, 23), self.rng.choice([0, 59]))
        return datetime.combine(on + timedelta(days=days), at, _ZONE)

    def resealed(self, push: Push, raw: dict[str, Any], **changed: Any) -> Push:
        """Return the push with one of its entries changed and sealed by its maker's own key."""
        made = {**raw, **changed}
        made["mac"] = naive_judgement.mac(
            push.doc_id, made, self.school.keys.get(made["node"], bytes(32))
        )
        return self.with_entry(push, raw, made)

    @staticmethod
    def with_entry(push: Push, raw: Any, made: Any) -> Push:
        """Return the push with another entry in the place of one."""
        entries = [made if one is raw else one for one in push.value["entries"]]
        return push.rehashed(value={**push.value, "entries": entries})


def _can_go_on(push: Push) -> bool:
    """Tell whether a next push may build on this one without being nonsense from the start."""
    entries = push.value.get("entries")
    return (
        naive_judgement.about(push.doc_id) is not None
        and not push.deleted
        and isinstance(entries, list)
        and bool(entries)
        and all(isinstance(raw, dict) and "field" in raw for raw in entries)
    )


#: Alters a push.
Trick = Callable[[Forger, Push], Push]
