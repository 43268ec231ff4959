"""Which documents an ``_all_docs`` asks for: keys, or a range in CouchDB's order of JSON values.

Ids are texts, but clients may ask with anything: null, truth values and numbers come before every
text, arrays and objects after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from central.endpoint import exchange, refusals
from central.endpoint.exchange import Limits, Parameters


@dataclass(frozen=True)
class Asked:
    """The question, in terms of ids. ``empty``: no id can lie in the range.

    ``all_keys`` are the wanted keys as given; ``keys`` those of them that can be ids.
    """

    keys: Sequence[str] | None
    all_keys: Sequence[Any]
    startkey: str | None
    endkey: str | None
    empty: bool
    inclusive_end: bool
    skip: int
    limit: int | None
    descending: bool
    include_docs: bool
    conflicts: bool

    def with_strange_keys(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of ``keys`` with those of keys that cannot be ids in their places."""
        if len(self.all_keys) == len(self.keys or ()):
            return rows
        found = iter(rows)
        return [
            next(found) if isinstance(key, str) else {"key": key, "error": "not_found"}
            for key in self.all_keys
        ]


def asked(given: Parameters, body: dict[str, Any], limits: Limits) -> Asked:
    """Return the question of a request; what stands in the body counts more than the query."""

    def value(*names: str) -> Any:
        return next((body[name] for name in names if name in body), given.json(*names))

    def flag(name: str, default: bool) -> bool:
        found = body.get(name, given.flag(name, default))
        if not isinstance(found, bool):
            raise refusals.bad_request(f"Invalid value for boolean parameter: {name}")
        return found

    keys = value("keys")
    if keys is not None:
        keys = exchange.list_of({"keys": keys}, "keys", limits)
    descending = flag("descending", False)
    has_key = "key" in body or given.has("key")
    start, end = (
        (value("key"),) * 2
        if has_key
        else (
            value("startkey", "start_key"),
            value("endkey", "end_key"),
        )
    )
    has_start = has_key or _has(given, body, "startkey", "start_key")
    has_end = has_key or _has(given, body, "endkey", "end_key")
    first = _bound(start, is_lower=not descending) if has_start else _Bound()
    last = _bound(end, is_lower=descending) if has_end else _Bound()
    strange = keys is not None and not all(isinstance(key, str) for key in keys)
    return Asked(
        keys=None if keys is None else [key for key in keys if isinstance(key, str)],
        all_keys=keys or [],
        startkey=None if keys is not None else first.key,
        endkey=None if keys is not None else last.key,
        empty=keys is None and (first.empty or last.empty),
        inclusive_end=flag("inclusive_end", True),
        skip=0 if strange else _number(given, body, "skip") or 0,
        limit=None if strange else _number(given, body, "limit"),
        descending=descending,
        include_docs=flag("include_docs", False),
        conflicts=flag("conflicts", False),
    )


@dataclass(frozen=True)
class _Bound:
    """One end of the range: a text, no bound at all, or a bound that no text can satisfy."""

    key: str | None = None
    empty: bool = False


def _bound(key: Any, *, is_lower: bool) -> _Bound:
    if isinstance(key, str):
        return _Bound(key)
    before_texts = key is None or isinstance(key, (bool, int, float))
    return _Bound(empty=before_texts != is_lower)


def _has(given: Parameters, body: dict[str, Any], *names: str) -> bool:
    return any(name in body for name in names) or given.has(*names)


def _number(given: Parameters, body: dict[str, Any], name: str) -> int | None:
    found = body.get(name, given.number(name))
    if found is not None and (not isinstance(found, int) or isinstance(found, bool) or found < 0):
        raise refusals.bad_request(f"Invalid value for integer parameter: {name}")
    return found
