"""Has the model teeth? Each of these bugs, put into the real code, must be found by it.

A model that passes says nothing until it has been seen to fail. The bugs are those that lose or
spoil a school's data without a word. Schedules are the same at every run.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from central import merging as central_merging
from central import quarantine
from central.endpoint import receipts
from central.endpoint.intake import Intake
from sync.documents import leaves, merging
from sync.documents.judgement import Outcome
from sync.projections import entry_index
from sync.replication.outcome import Verdict
from sync.replication.remote_peer import RemotePeer
from sync.store.insertion import Batch
from sync.store.transaction import Transaction
from tests.faults import model

PEOPLE = model.RULES - set(model.DISASTERS)


def must_find(template: Path, only: Collection[str] = PEOPLE) -> None:
    """Let only these things happen, so that it does not take long."""
    with pytest.raises(AssertionError):
        model.run(template, examples=60, steps=12, without=model.RULES - set(only), shrink=False)


def test_checkpoint_that_moves_past_what_was_not_sent_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = RemotePeer.changes

    def all_but_the_last(self: RemotePeer, since: str, limit: int) -> Any:
        page = honest(self, since, limit)
        return replace(page, rows=page.rows[:-1])

    monkeypatch.setattr(RemotePeer, "changes", all_but_the_last)

    must_find(template)


def test_what_is_put_aside_and_not_kept_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "put_aside", lambda *whatever: True)

    must_find(template)


def test_wrong_winner_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def worst(self: Batch, tree: Any) -> int:
        rows = self._connection.execute(
            "SELECT revision FROM revision WHERE document = ? AND leaf"
            " ORDER BY deleted, generation, digest LIMIT 1",
            (tree.document,),
        ).fetchall()
        return int(rows[0][0])

    monkeypatch.setattr(Batch, "_winner", worst)

    must_find(template)


def test_purge_that_writes_tombstones_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete(self: Transaction, doc_ids: Any) -> int:
        for doc_id in doc_ids:
            leaf = self.get(doc_id)
            if leaf is not None and not leaf.deleted:
                self.put(doc_id, leaf.value, parent=leaf.rev, deleted=True)
        return len(doc_ids)

    monkeypatch.setattr(Transaction, "purge", delete)

    must_find(template, only=["write", "sync_well", "lose_class"])


def test_verdict_that_nobody_reached_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Intake.take

    def all_but_the_last(self: Intake, paths: Any) -> list[Verdict]:
        last = [Verdict(one.id, one.rev, Outcome.ACCEPTED) for one in paths[-1:]]
        return [*honest(self, paths[:-1]), *last]

    monkeypatch.setattr(Intake, "take", all_but_the_last)

    must_find(template)


def test_settling_that_forgets_a_leaf_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = central_merging.paths_of_closing

    def all_but_one(closed: Any, *more: Any) -> Any:
        return honest(list(closed)[1:], *more)

    monkeypatch.setattr(central_merging, "paths_of_closing", all_but_one)

    must_find(template)


def test_merge_that_drops_entries_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "union", lambda values: list(values[0]["entries"]))

    must_find(template)


def test_receipt_by_the_highest_number_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_number(
        connection: Any, records: Any, node: str, asked: receipts.Asked, held: Any
    ) -> receipts.Receipt:
        highest = entry_index.highest_seq(connection, node, asked.epoch)
        state = Outcome.ACCEPTED.value if asked.seq <= highest else receipts.UNKNOWN
        return receipts.Receipt(asked, state)

    monkeypatch.setattr(receipts, "_receipt", by_number)

    must_find(template, only=["write", "write_without_right", "sync_well"])


def test_winner_by_hash_shown_to_parents_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaves, "agreed", lambda kind, values: (dict(values[0]), len(values) > 1))

    must_find(template, only=["clash", "sync_well"])


def test_merge_that_picks_the_winner_of_a_dispute_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_hash(self: Any) -> Any:
        others = tuple(index for index in range(len(self._leaves)) if index)
        value = {**self._leaves[0], "entries": merging.union(self._leaves)}
        return merging.Merged(value, 0, True, others)

    monkeypatch.setattr(merging._Merge, "result", by_hash)

    must_find(template)
