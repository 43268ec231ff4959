"""Who may see which page: deny by default.

Each view names its rule with one decorator, below ``route``::

    @pages.get("/lesson/<lesson_id>")
    @access.allow(Role.TEACHER, Role.HOMEROOM_TEACHER)
    def lesson(lesson_id: str) -> str: ...

A view without a rule answers 403, and ``rules_missing`` names it for the test that walks the URL
map. A rule speaks of roles only; which class or child the person may see is the view's own
question, asked of the data (a guardian's query begins at the guardian, so a foreign id is a 404).

The replication endpoint brings its own authentication (a node's token) and is marked once, as a
whole blueprint, with ``own_guard``. Static files of the app and of blueprints are public.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast
from weakref import WeakSet

from flask import Blueprint, Flask
from flask_login import current_user

from sync.web.actor import Actor

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__access_rule__"
_guarded_blueprints: WeakSet[Blueprint] = WeakSet()


@dataclass(frozen=True)
class Rule:
    """What a view asks of the person: nothing, a signed-in session, or one of ``roles``.

    ``own`` means that the view checks the caller by itself, without sessions and cookies.
    """

    kind: Literal["public", "signed_in", "roles", "own"]
    roles: frozenset[str] = frozenset()

    def admits(self, roles: Collection[str] | None) -> bool:
        """Tell whether a person with ``roles`` may enter; None is someone not signed in."""
        if self.kind in ("public", "own"):
            return True
        if roles is None:
            return False
        return self.kind == "signed_in" or not self.roles.isdisjoint(roles)


PUBLIC = Rule("public")
SIGNED_IN = Rule("signed_in")
OWN = Rule("own")


def allow(*roles: str) -> Callable[[View], View]:
    """Admit people who have at least one of ``roles`` (members of ``Role``)."""
    if not roles:
        raise TypeError("access.allow needs at least one role")
    return _marker(Rule("roles", frozenset(roles)))


def public(view: View) -> View:
    """Admit everyone, also people who have not signed in."""
    return _marker(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Admit everyone who has signed in, whatever the role."""
    return _marker(SIGNED_IN)(view)


def own_guard(blueprint: Blueprint) -> Blueprint:
    """Leave every view of ``blueprint`` to its own authentication, without cookies and CSRF."""
    _guarded_blueprints.add(blueprint)
    return blueprint


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Return the rule of ``endpoint``, or None if nobody wrote one (which means: 403)."""
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    if blueprint is not None and blueprint in _guarded_blueprints:
        return OWN
    if _serves_static_files(app, endpoint):
        return PUBLIC
    return cast(Rule | None, getattr(app.view_functions.get(endpoint), _ATTRIBUTE, None))


def rules_missing(app: Flask) -> list[str]:
    """Return the endpoints of ``app`` without a rule, sorted; a healthy app has none."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    return sorted(endpoint for endpoint in endpoints if rule_of(app, endpoint) is None)


def actor() -> Actor:
    """Return the person of this request.

    Raises:
        LookupError: nobody has signed in; in a view with a rule other than public this cannot be.
    """
    person = current_user._get_current_object()
    if not isinstance(person, Actor):
        raise LookupError("nobody has signed in")
    return person


def actor_or_none() -> Actor | None:
    """Return the person of this request, or None on a public page before sign-in."""
    person = current_user._get_current_object() if current_user else None
    return person if isinstance(person, Actor) else None


def _marker(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, rule)
        return view

    return mark


def _serves_static_files(app: Flask, endpoint: str) -> bool:
    if endpoint.rpartition(".")[2] != "static":
        return False
    return all(rule.arguments == {"filename"} for rule in app.url_map.iter_rules(endpoint))
