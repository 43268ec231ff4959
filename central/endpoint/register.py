"""The gateway's list of enrolled nodes, and what each may hold now."""

import threading
from datetime import date

from central import enrolment, node_scope
from central.endpoint.gateway import Guest
from central.node_scope import LastChange, Scope, Site
from sync.clock import Clock
from sync.projections import calendars
from sync.store.document_store import DocumentStore


class NodeRegister:
    """Answers for each request; the scope of a node is worked out anew when something changed."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        """Look into ``store``; ``clock`` tells which school year is running."""
        self._store = store
        self._clock = clock
        self._guard = threading.Lock()
        self._known: dict[Site, tuple[tuple[LastChange, date], Scope]] = {}

    def guest(self, node: str, token: str) -> Guest | None:
        """Return the node with its scope if it is enrolled, not revoked, and the token its own."""
        record = enrolment.authenticated(self._store.records, node, token)
        if record is None:
            return None
        scope = self.scope_of(Site(record.room, frozenset(record.homeroom)))
        return Guest(record.id, scope.keys, scope.version, record.former)

    def scope_of(self, site: Site) -> Scope:
        """Return what a node at ``site`` may hold now."""
        with self._store.database.snapshot() as connection:
            mark = (
                node_scope.last_change(connection),
                calendars.local_date(connection, self._clock.now()),
            )
            with self._guard:
                known = self._known.get(site)
            if known is not None and known[0] == mark:
                return known[1]
            scope = node_scope.scope_of(site, node_scope.read_rooms(connection, mark[1]))
        with self._guard:
            self._known[site] = (mark, scope)
        return scope
