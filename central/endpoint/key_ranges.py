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
    question = _Question(given, body)
    keys = question.value("keys")
    if keys is not None:
        keys = exchange.list_of({"keys": keys}, "keys", limits)
    descending = question.flag("descending", False)
    first = _bound(question, ("key", "startkey", "start_key"), is_lower=not descending)
    last = _bound(question, ("key", "endkey", "end_key"), is_lower=descending)
    strange = keys is not None and not all(isinstance(key, str) for key in keys)
    return Asked(
        keys=None if keys is None else [key for key in keys if isinstance(key, str)],
        all_keys=keys or [],
        startkey=None if keys is not None else first.key,
        endkey=None if keys is not None else last.key,
        empty=keys is None and (first.empty or last.empty),
        inclusive_end=question.flag("inclusive_end", True),
        skip=0 if strange else question.number("skip") or 0,
        limit=None if strange else question.number("limit"),
        descending=descending,
        include_docs=question.flag("include_docs", False),
        conflicts=question.flag("conflicts", False),
    )


class _Question:
    """Body and query as one."""

    def __init__(self, given: Parameters, body: dict[str, Any]) -> None:
        self._given = given
        self._body = body

    def named(self, names: Sequence[str]) -> str | None:
        """Return the first of ``names`` that is given."""
        return next((one for one in names if one in self._body or self._given.has(one)), None)

    def value(self, name: str) -> Any:
        """Return a JSON value, None if it is not given."""
        return self._body[name] if name in self._body else self._given.json(name)

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        found = self._body.get(name, self._given.flag(name, default))
        if not isinstance(found, bool):
            raise refusals.bad_request(f"Invalid value for boolean parameter: {name}")
        return found

    def number(self, name: str) -> int | None:
        """Return a whole number from 0 up."""
        found = self._body.get(name, self._given.number(name))
        if found is None:
            return None
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise refusals.bad_request(f"Invalid value for integer parameter: {name}")
        return found


@dataclass(frozen=True)
class _Bound:
    """One end of the range: a text, no bound at all, or a bound that no text can satisfy."""

    key: str | None = None
    empty: bool = False


def _bound(question: _Question, names: Sequence[str], *, is_lower: bool) -> _Bound:
    name = question.named(names)
    if name is None:
        return _Bound()
    key = question.value(name)
    if isinstance(key, str):
        return _Bound(key)
    before_texts = key is None or isinstance(key, (bool, int, float))
    return _Bound(empty=before_texts != is_lower)
