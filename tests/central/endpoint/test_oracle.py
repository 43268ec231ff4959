"""Ten thousand pushes, honest and forged: every verdict is that of a naive second judgement.

The school, its history and the pushes come from one seed, which a failure names; set
``JOURNAL_ORACLE_SEED`` to run others. After each batch the store must be what the oracle says: what
was not accepted has moved nothing.
"""

import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from central import storage as central_storage
from central.endpoint.gateway import Guest, NodeDatabase
from central.endpoint.intake import Keys
from sync.clock import FixedClock
from sync.documents import scope
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.support import forgeries, generated_school, naive_judgement
from tests.support.generated_pushes import Forger, Push
from tests.support.naive_judgement import CENTRAL, Answer, Kept, Mirror

CHUNKS = 20
SCHOOLS_IN_CHUNK = 5
PUSHES_IN_SCHOOL = 100
SEED = int(os.environ.get("JOURNAL_ORACLE_SEED", "20261123"))


class Disagreement(AssertionError):
    """The product and the oracle do not say the same."""


class Trial:
    """One school at central, and the oracle beside it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.seed = seed
        rng = random.Random(seed)
        self.rng = rng
        self.school = generated_school.made(rng)
        self.mirror = Mirror()
        self.forger = Forger(rng, self.school, self.mirror, forgeries.TRICKS)
        self.counts: Counter[str] = Counter()
        self.store = DocumentStore(
            Database(folder / f"central-{seed}.sqlite"),
            epoch="e1",
            uuid="u1",
            projections=central_storage.read_tables(),
            scope_keys=scope.keys_of,
        )
        generated_school.fill(self.store, self.school)
        for row in self.store.changes(0).rows:
            self._learn(row.id)
        nodes = {node: key for node, key in self.school.keys.items() if node != CENTRAL}
        keys = Keys(CENTRAL, self.school.keys[CENTRAL], nodes, self.school.revoked)
        guest = Guest("n1", frozenset({scope.SCHOOL}), "v1")
        clock = FixedClock(generated_school.NOW)
        self.gateway = NodeDatabase(self.store, guest, lambda: keys, clock)

    def run(self, pushes: int) -> None:
        """Push so many revisions, in small batches."""
        try:
            while pushes > 0:
                batch = [
                    self.forger.push() for _ in range(min(pushes, self.rng.choice([1, 1, 2, 4])))
                ]
                self.push(batch)
                pushes -= len(batch)
        finally:
            self.store.close()

    def push(self, batch: Sequence[Push]) -> None:
        """Push one batch and compare: verdicts, then what is stored."""
        paths = [RevisionPath(one.doc_id, one.path, one.deleted, one.value) for one in batch]
        before = self.store.update_seq()
        verdicts = self.gateway.insert(paths)
        touched: set[str] = set()
        for push, verdict in zip(batch, verdicts, strict=True):
            answer = self.judge(push)
            self.counts[answer.outcome] += 1
            self.counts.update(answer.codes)
            said = (verdict.outcome.value, verdict.code)
            if said[0] != answer.outcome or (answer.codes and said[1] not in answer.codes):
                raise Disagreement(self.told(push, answer, said))
            if answer.outcome == "accepted":
                if push.path[0] not in self.mirror.documents.get(push.doc_id, {}):
                    touched.add(push.doc_id)
                self.mirror.accept(push.doc_id, push.path, push.value)
            elif answer.outcome == "quarantined":
                self.mirror.aside.setdefault((push.doc_id, push.path[0]), verdict.code)
        if not touched and self.store.update_seq() != before:
            raise Disagreement(f"seed {self.seed}: something moved: {batch}")
        for doc_id in {push.doc_id for push in batch}:
            self.compare(doc_id)

    def judge(self, push: Push) -> Answer:
        return naive_judgement.judge(
            self.school, self.mirror, push.doc_id, push.path, push.deleted, push.value
        )

    def compare(self, doc_id: str) -> None:
        """The store has the oracle's leaves with their values, or what central merged them to."""
        expected = self.mirror.leaves(doc_id)
        found = {leaf.rev: leaf for leaf in self.store.leaves(doc_id)}
        if found.keys() != expected.keys():
            live = [rev for rev, one in expected.items() if not one.deleted]
            gone = [rev for rev in expected if not self.store.path(doc_id, rev)]
            if len(live) < 2 or gone:
                raise Disagreement(f"seed {self.seed}: {doc_id} {sorted(found)} {sorted(expected)}")
            self._check_merge(doc_id, [expected[rev] for rev in live])
            self._learn(doc_id)
        for rev, kept in self.mirror.leaves(doc_id).items():
            if kept.value is not None and dict(found[rev].value) != dict(kept.value):
                raise Disagreement(f"seed {self.seed}: {doc_id} {rev} was changed")

    def _check_merge(self, doc_id: str, before: Sequence[Kept]) -> None:
        """Central's own merge holds every entry and no value that nobody wrote."""
        now = [dict(leaf.value) for leaf in self.store.leaves(doc_id) if not leaf.deleted]
        entries = {naive_judgement.canonical(raw) for one in before for raw in one.value["entries"]}
        kept = {naive_judgement.canonical(raw) for one in now for raw in one["entries"]}
        if entries != kept:
            raise Disagreement(f"seed {self.seed}: {doc_id} lost entries in a merge")
        for value in now:
            for name, part in value.items():
                if name != "entries" and all(one.value.get(name) != part for one in before):
                    raise Disagreement(f"seed {self.seed}: {doc_id} {name} is nobody's")

    def _learn(self, doc_id: str) -> None:
        for leaf in self.store.leaves(doc_id):
            path = self.store.path(doc_id, leaf.rev)
            self.mirror.accept(doc_id, path, leaf.value)
            self.mirror.documents[doc_id][leaf.rev] = Kept(path, leaf.value, leaf.deleted)

    def told(self, push: Push, answer: Answer, said: Any) -> str:
        return (
            f"seed {self.seed}, {push.trick or 'no trick'}: central says {said},"
            f" the oracle {answer.outcome} {sorted(answer.codes)}"
            f" of {push.doc_id} {push.path} {push.value}"
        )


def trials(folder: Path, seeds: Sequence[int], pushes: int) -> Counter[str]:
    """Run schools from these seeds; return how often each verdict was expected."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        trial = Trial(folder, seed)
        trial.run(pushes)
        counts += trial.counts
    return counts


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_verdict_is_that_of_the_naive_oracle(tmp_path: Path, chunk: int) -> None:
    seeds = [SEED + chunk * SCHOOLS_IN_CHUNK + number for number in range(SCHOOLS_IN_CHUNK)]

    counts = trials(tmp_path, seeds, PUSHES_IN_SCHOOL)

    total = SCHOOLS_IN_CHUNK * PUSHES_IN_SCHOOL
    assert sum(counts[one] for one in ("accepted", "quarantined", "refused")) == total
    # No outcome is a rare one: each is met often enough to be worth something.
    assert min(counts[one] for one in ("accepted", "quarantined", "refused")) > total / 20, counts
