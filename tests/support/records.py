"""A store of records in memory, for tests of what keeps records and not of how they are kept."""

import copy
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from sync import errors
from sync.store.record_store import Record, RecordStore


class MemoryRecords:
    """The rules of ``record_store.RecordStore`` on a dictionary."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}
        self._last_revision = 0
        self._guard = threading.Lock()
        self.writes = 0

    def get(self, collection: str, key: str) -> Record | None:
        return copy.deepcopy(self._records.get((collection, key)))

    def put(self, collection: str, key: str, value: Mapping[str, Any], revision: int | None) -> int:
        with self._guard:
            held = self._records.get((collection, key))
            if (held.revision if held else None) != revision:
                raise errors.RecordConflict(collection=collection, key=key)
            return self._write(collection, key, value)

    def overwrite(self, collection: str, key: str, value: Mapping[str, Any]) -> int:
        with self._guard:
            return self._write(collection, key, value)

    def delete(self, collection: str, key: str, revision: int | None = None) -> None:
        with self._guard:
            held = self._records.get((collection, key))
            if revision is not None and (held is None or held.revision != revision):
                raise errors.RecordConflict(collection=collection, key=key)
            if held is not None:
                del self._records[(collection, key)]
                self.writes += 1

    def scan(self, collection: str, prefix: str = "") -> Iterator[Record]:
        for held_collection, key in sorted(self._records):
            if held_collection == collection and key.startswith(prefix):
                yield copy.deepcopy(self._records[(collection, key)])

    def count(self, collection: str, prefix: str = "") -> int:
        return sum(1 for _ in self.scan(collection, prefix))

    def _write(self, collection: str, key: str, value: Mapping[str, Any]) -> int:
        self._last_revision += 1
        self.writes += 1
        self._records[(collection, key)] = Record(key, dict(value), self._last_revision)
        return self._last_revision


class CountedRecords:
    """A real store of records that counts its writes."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self.writes = 0
        self.get, self.scan, self.count = records.get, records.scan, records.count

    def put(self, collection: str, key: str, value: Mapping[str, Any], revision: int | None) -> int:
        self.writes += 1
        return self._records.put(collection, key, value, revision)

    def overwrite(self, collection: str, key: str, value: Mapping[str, Any]) -> int:
        self.writes += 1
        return self._records.overwrite(collection, key, value)

    def delete(self, collection: str, key: str, revision: int | None = None) -> None:
        self.writes += 1
        self._records.delete(collection, key, revision)
