"""What every store of records promises, whatever it keeps its records in.

A store's own tests derive a class from ``RecordStoreContract`` and give it the fixtures ``store``
and ``records``.
"""

import pytest

from sync import errors
from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore


class RecordStoreContract:
    """The promises, as tests that use public methods only."""

    def test_record_is_read_as_it_was_written(self, records: RecordStore) -> None:
        revision = records.put("accounts", "a1", {"login": "ёжик", "n": 2**70}, None)

        record = records.get("accounts", "a1")

        assert record is not None
        assert (record.key, record.value, record.revision) == (
            "a1",
            {"login": "ёжик", "n": 2**70},
            revision,
        )
        assert records.get("sessions", "a1") is None
        assert records.get("accounts", "a2") is None

    def test_write_over_a_revision_that_has_moved_on_is_a_conflict(
        self, records: RecordStore
    ) -> None:
        first = records.put("c", "k", {"n": 1}, None)
        second = records.put("c", "k", {"n": 2}, first)

        for outdated in (first, None, second + 1):
            with pytest.raises(errors.RecordConflict):
                records.put("c", "k", {"n": 3}, outdated)
        with pytest.raises(errors.RecordConflict):
            records.put("c", "unknown", {"n": 3}, second)

        record = records.get("c", "k")
        assert record is not None
        assert record.value == {"n": 2}

    def test_revision_of_a_deleted_record_is_never_given_again(self, records: RecordStore) -> None:
        first = records.put("c", "k", {"n": 1}, None)
        records.delete("c", "k")
        second = records.put("c", "k", {"n": 1}, None)

        assert second != first
        with pytest.raises(errors.RecordConflict):
            records.put("c", "k", {"n": 2}, first)

    def test_record_is_overwritten_whatever_it_was(self, records: RecordStore) -> None:
        first = records.overwrite("c", "k", {"n": 1})
        second = records.overwrite("c", "k", {"n": 2})

        assert second > first
        record = records.get("c", "k")
        assert record is not None
        assert (record.value, record.revision) == ({"n": 2}, second)

    def test_record_is_deleted_only_at_the_named_revision(self, records: RecordStore) -> None:
        first = records.put("c", "k", {}, None)
        second = records.put("c", "k", {}, first)

        with pytest.raises(errors.RecordConflict):
            records.delete("c", "k", first)
        assert records.count("c") == 1
        records.delete("c", "k", second)
        records.delete("c", "k", second)
        records.delete("c", "k")

        assert records.get("c", "k") is None

    def test_scan_reads_many_pages_in_order(
        self, records: RecordStore, store: DocumentStore
    ) -> None:
        with store.transaction() as running:
            for number in range(1000):
                running.records.put("c", f"{number:04}", {"n": number}, None)
            running.records.put("d", "0000", {}, None)

        assert [record.value["n"] for record in records.scan("c")] == list(range(1000))
        assert [record.key for record in records.scan("c", "012")] == [
            f"012{last}" for last in range(10)
        ]
        assert records.count("c") == 1000
        assert records.count("c", "012") == 10

    def test_scan_holds_nothing_up_while_it_is_read(self, records: RecordStore) -> None:
        for number in range(300):
            records.put("c", f"{number:04}", {}, None)

        seen = []
        for record in records.scan("c"):
            seen.append(record.key)
            records.delete("c", record.key)

        assert len(seen) == 300
        assert records.count("c") == 0
