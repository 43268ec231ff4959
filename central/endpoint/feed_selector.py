"""Selectors: which documents of a feed a stock peer wants, said in CouchDB's query language.

    {"kind": "mark", "value": {"$gte": 4}}              all of it must be so
    {"$or": [{"kind": "lesson"}, {"student.class": "5A"}]}

A condition on a field that is not there is never met, but for ``{"$exists": false}`` and what
stands under ``$not``. Values of different types are ordered as CouchDB orders them: null, false,
true, numbers, texts (by code points here), arrays, objects.

A selector comes from outside and is tried on every document, so it is bounded in depth and length.
``$regex`` is refused: an expression can be made to run for years. So is every operator that is not
known; half-understood filters would lose documents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from central.endpoint import refusals

Document = Mapping[str, Any]
Matches = Callable[[Any], bool]

_MOST_CONDITIONS = 500
_DEEPEST = 10
_NOTHING = object()  # what a field holds that is not there
_TYPES = ("null", "boolean", "number", "string", "array", "object")


def compiled(selector: Any) -> Callable[[Document], bool]:
    """Return whether a document meets the selector, as a function.

    Raises:
        Refusal: 400; it is no selector, too long, too deep, or has an unknown operator.
    """
    if not isinstance(selector, dict):
        raise refusals.bad_request("Selector must be a JSON object")
    return _Compiler().of_document(selector, _DEEPEST)


class _Compiler:
    """Turns one selector into functions; counts what it has seen."""

    def __init__(self) -> None:
        self._conditions = 0

    def of_document(self, selector: Any, depth: int, path: tuple[str, ...] = ()) -> Matches:
        """Return the function of an object of conditions on fields below ``path``."""
        if not isinstance(selector, dict) or depth < 1:
            raise refusals.bad_request("A selector must be an object, and not too deep")
        parts = [self._part(name, said, depth, path) for name, said in selector.items()]
        return lambda document: all(part(document) for part in parts)

    def _part(self, name: str, said: Any, depth: int, path: tuple[str, ...]) -> Matches:
        self._conditions += 1
        if self._conditions > _MOST_CONDITIONS:
            raise refusals.bad_request("The selector has too many conditions")
        if name in ("$and", "$or", "$nor", "$not"):
            return self._combined(name, said, depth, path)
        if name.startswith("$"):
            return _on_field(path, _condition(name, said))
        deeper = (*path, *_steps(name))
        if isinstance(said, dict) and said:
            return self.of_document(said, depth - 1, deeper)
        return _on_field(deeper, _condition("$eq", said))

    def _combined(self, name: str, said: Any, depth: int, path: tuple[str, ...]) -> Matches:
        if name == "$not":
            one = self.of_document(said, depth - 1, path)
            return lambda document: not one(document)
        if not isinstance(said, list):
            raise refusals.bad_request(f"{name} must have an array")
        parts = [self.of_document(part, depth - 1, path) for part in said]
        if name == "$and":
            return lambda document: all(part(document) for part in parts)
        wanted = name == "$or"
        return lambda document: any(part(document) for part in parts) is wanted


def _steps(name: str) -> Iterator[str]:
    r"""Yield the steps of a field's name: ``a.b`` are two, ``a\.b`` is one."""
    rest = name.replace("\\.", "\0")
    for step in rest.split("."):
        yield step.replace("\0", ".")


def _on_field(path: tuple[str, ...], condition: Matches) -> Matches:
    def matches(document: Any) -> bool:
        value = document
        for step in path:
            value = value.get(step, _NOTHING) if isinstance(value, dict) else _NOTHING
        return condition(value)

    return matches


def _condition(name: str, operand: Any) -> Matches:
    if name == "$exists":
        if not isinstance(operand, bool):
            raise refusals.bad_request("$exists must have true or false")
        return lambda value: (value is not _NOTHING) is operand
    if name in ("$in", "$nin"):
        return _among(name, operand)
    if name == "$type":
        if operand not in _TYPES:
            raise refusals.bad_request(f"$type must be one of {', '.join(_TYPES)}")
        return lambda value: value is not _NOTHING and _type_of(value) == operand
    meets = _COMPARISONS.get(name)
    if meets is None:
        raise refusals.bad_request(f"Invalid operator: {name[:40]}")
    wanted = _order_of(operand)
    return lambda value: value is not _NOTHING and meets(_order_of(value), wanted)


def _among(name: str, operand: Any) -> Matches:
    if not isinstance(operand, list) or len(operand) > _MOST_CONDITIONS:
        raise refusals.bad_request(f"{name} must have an array, not too long")
    orders = [_order_of(one) for one in operand]
    if name == "$nin":
        return lambda value: value is not _NOTHING and _order_of(value) not in orders

    def is_in(value: Any) -> bool:
        held = value if isinstance(value, list) else [value]  # as CouchDB: any of an array
        return value is not _NOTHING and any(_order_of(one) in orders for one in held)

    return is_in


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, wanted: bool(value == wanted),
    "$ne": lambda value, wanted: bool(value != wanted),
    "$lt": lambda value, wanted: bool(value < wanted),
    "$lte": lambda value, wanted: bool(value <= wanted),
    "$gt": lambda value, wanted: bool(value > wanted),
    "$gte": lambda value, wanted: bool(value >= wanted),
}


def _type_of(value: Any) -> str:
    return _TYPES[_order_of(value)[0]]


def _order_of(value: Any) -> tuple[int, Any]:
    """Return what Python orders as CouchDB orders the value; equal for equal values only."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    if isinstance(value, str):
        return (3, value)
    if isinstance(value, Sequence):
        return (4, tuple(_order_of(part) for part in value))
    names = sorted(value)
    return (5, tuple((name, _order_of(value[name])) for name in names))
