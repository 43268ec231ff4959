"""How the sync stands, in counts and in one word: what the line on every page says.

quiet       everything is on the server, or on its way there
attention   entries wait for the network, or the server has not accepted something
trouble     nothing will move until a person does something
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from node import entry_states, own_facts, passes
from sync.documents import entry
from sync.errors import Param
from sync.projections.entry_index import Own
from sync.store.document_store import DocumentStore

#: Work of a whole school day that lies on one disk only is worth a word.
LONG_UNSENT = timedelta(hours=12)

#: Endings of a pass that no later try mends.
_NEEDS_A_PERSON = frozenset(
    {
        passes.CENTRAL_UNKNOWN,
        passes.MACHINE_CHANGED,
        "credentials_refused",
        "peer_certificate",
        "store_damaged",
    }
)


class Line(StrEnum):
    """Which sentence the line begins with."""

    NEVER_IN_CONTACT = "never_in_contact"
    ALL_SENT = "all_sent"
    ON_ITS_WAY = "on_its_way"
    WAITS_FOR_NETWORK = "waits_for_network"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Summary:
    """What was written here, counted (``own_facts``), and the last contacts.

    ``problem`` is the code of what went wrong with the last pass, None if nothing did.
    """

    pending: int
    not_accepted: int
    oldest_pending: datetime | None
    last_contact: datetime | None
    last_try: datetime | None
    problem: str | None
    params: Mapping[str, Param]
    now: datetime

    @property
    def line(self) -> Line:
        """Return the sentence that says it best."""
        if self.problem in _NEEDS_A_PERSON:
            return Line.STOPPED
        if self.last_contact is None:
            return Line.NEVER_IN_CONTACT
        if not self.pending:
            return Line.ALL_SENT
        return Line.WAITS_FOR_NETWORK if self.problem else Line.ON_ITS_WAY

    @property
    def is_long_unsent(self) -> bool:
        """Tell whether something has lain only here for about a school day."""
        return self.oldest_pending is not None and self.now - self.oldest_pending >= LONG_UNSENT

    @property
    def state(self) -> Literal["quiet", "attention", "trouble"]:
        """Return how loud the line is."""
        if self.line is Line.STOPPED:
            return "trouble"
        if self.not_accepted or self.is_long_unsent:
            return "attention"
        return "attention" if self.line is Line.WAITS_FOR_NETWORK else "quiet"


def summary(store: DocumentStore, node: Own, log: passes.PassLog, now: datetime) -> Summary:
    """Return how the sync of this node stands."""
    refused = list(entry_states.refused_documents(store.records))
    with store.database.snapshot() as connection:
        counted = own_facts.counts(connection, store.records, node, refused)
    last = log.last
    return Summary(
        pending=counted.pending,
        not_accepted=counted.not_accepted,
        oldest_pending=entry.instant(counted.oldest_pending) if counted.oldest_pending else None,
        last_contact=log.last_contact,
        last_try=last.ended_at if last else None,
        problem=None if last is None or last.was_contact else last.ending,
        params={} if last is None else last.params,
        now=now,
    )
