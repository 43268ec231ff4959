"""Documents that this computer is to hold no longer leave its disk, and nothing is lost by it.

    which?        central is asked about every document here (``_still_mine``), when the scope has
                  changed and once a day
    leaving       those that are not ours are listed
    purged        when nothing of them can be lost any more: every entry written here is accepted,
                  no conflict is open, and central has a verified backup that is younger than both
                  the entries and the leaving
    forgotten     the file is rewritten without them

What is not sent yet, put aside, or disputed stays listed until that is settled, with the students
it is about; no page of the journal shows it meanwhile (``departures``). It is tried again at each
sync. A purge is no revision and no tombstone, so it can
never reach central. The checkpoint of a scope goes when another one comes, so that a scope that
comes back brings its documents back.
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from node import departures, entry_states, refusals
from node.departures import LEAVING
from node.server_calls import MOST_ASKED, ServerCalls
from node.storage import Node
from sync import errors
from sync.documents import entry, identifiers
from sync.store.connection import Connection
from sync.store.entry_states import State
from sync.store.transaction import Transaction

#: For so long what was rejected is kept for its author to see.
REJECTED_KEPT_FOR = timedelta(days=14)
_SWEPT_EVERY = timedelta(days=1)

_SWEPT = "scope.swept"  # {"version", "at"}
_VERSIONS = "scope.versions"  # all that ever had a checkpoint here
_UNCLEAN = "scope.file_is_unclean"
_DOCUMENTS_AT_ONCE = 200

#: Gives the name of the pull's checkpoint for a version of the scope.
CheckpointOf = Callable[[str], str]


@dataclass(frozen=True)
class _Asked:
    """What central said of some documents."""

    version: str
    not_mine: frozenset[str]
    still_open: frozenset[str]


class ScopeChange:
    """Lets documents go; used by the one thread that syncs."""

    def __init__(self, node: Node, calls: ServerCalls, checkpoint_of: CheckpointOf) -> None:
        """Ask ``calls``; ``checkpoint_of`` names the checkpoints to forget."""
        self._node = node
        self._calls = calls
        self._checkpoint_of = checkpoint_of

    def follow(self, version: str, safe_until: datetime | None) -> int:
        """Look which documents are to leave and let go those that can; return how many went.

        To be called after everything was pulled and pushed.

        Args:
            version: of the scope by which was pulled.
            safe_until: when central's last verified backup was begun; None: nothing may go.
        """
        self._note_version(version)
        if self._is_sweep_due(version):
            still_open = self._sweep(version)
        else:
            still_open = self._ask_about(departures.documents(self._node.store.records), version)
        gone = 0
        if still_open is not None and safe_until is not None:
            gone = self._let_go(still_open, safe_until)
        self._clean_file()
        return gone

    # ------------------------------------------------------------------------------ who leaves

    def _is_sweep_due(self, version: str) -> bool:
        swept = self._node.store.meta_get(_SWEPT)
        if swept is None or swept["version"] != version:
            return True
        age = self._node.clock.now() - entry.instant(swept["at"])
        return not timedelta(0) <= age < _SWEPT_EVERY

    def _sweep(self, version: str) -> frozenset[str] | None:
        still_open: set[str] = set()
        since: str | int = 0
        while True:
            page = self._node.store.changes(since, limit=MOST_ASKED, style_all=False)
            found = self._ask_about([row.id for row in page.rows], version)
            if found is None:
                return None
            still_open |= found
            since = page.last_seq
            if not page.pending:
                break
        swept = {"version": version, "at": entry.instant_text(self._node.clock.now())}
        with self._node.store.transaction() as tx:
            tx.meta_set(_SWEPT, swept)
        return frozenset(still_open)

    def _ask_about(self, ids: Iterable[str], version: str) -> frozenset[str] | None:
        """Note what is to leave; return what central still has to settle.

        None if central goes by another scope than this node: the next sync brings them together.
        """
        every, still_open = list(ids), frozenset[str]()
        for start in range(0, len(every), MOST_ASKED):
            part = every[start : start + MOST_ASKED]
            said = self._calls.still_mine(part)
            if said.scope_version != version:
                return None
            still_open |= said.still_open
            self._note(part, said.not_mine, said.at)
        return still_open

    def _note(self, asked: Sequence[str], not_mine: Collection[str], at: datetime) -> None:
        known = departures.documents(self._node.store.records)
        fresh = [one for one in asked if one in not_mine and one not in known]
        back = [one for one in asked if one not in not_mine and one in known]
        if not fresh and not back:
            return
        with self._node.store.transaction() as tx:
            for doc_id in fresh:
                tx.records.overwrite(LEAVING, doc_id, {"since": entry.instant_text(at)})
            for doc_id in back:
                tx.records.delete(LEAVING, doc_id)

    # ------------------------------------------------------------------------------- who may go

    def _let_go(self, still_open: frozenset[str], safe_until: datetime) -> int:
        records = self._node.store.records
        listed = [
            one.key
            for one in records.scan(LEAVING)
            if entry.instant(one.value["since"]) <= safe_until and one.key not in still_open
        ]
        gone = self._purge_each([one for one in listed if not _is_student(one)], safe_until)
        # Students stay as long as something about them does.
        needed = _students_of(departures.documents(records))
        students = [one for one in listed if _is_student(one) and one not in needed]
        return gone + self._purge_each(students, safe_until)

    def _purge_each(self, ids: Sequence[str], safe_until: datetime) -> int:
        gone = 0
        for start in range(0, len(ids), _DOCUMENTS_AT_ONCE):
            part = ids[start : start + _DOCUMENTS_AT_ONCE]
            with self._node.store.transaction() as tx:
                going = [one for one in part if self._may_go(tx, one, safe_until)]
                self._purge(tx, going)
            gone += len(going)
        return gone

    def _may_go(self, tx: Transaction, doc_id: str, safe_until: datetime) -> bool:
        if tx.records.get(entry_states.REFUSED_DOCUMENTS, doc_id) is not None:
            return False
        seen_until = min(safe_until, self._node.clock.now() - REJECTED_KEPT_FOR)
        kept_for = {State.ACCEPTED: safe_until, State.REJECTED: seen_until}
        return all(
            state in kept_for and entry.instant(at) <= kept_for[State(state)]
            for state, at in _own_states(tx.connection, doc_id)
        )

    def _purge(self, tx: Transaction, going: Sequence[str]) -> None:
        if not going:
            return
        tx.purge(going)
        for doc_id in going:
            tx.records.delete(LEAVING, doc_id)
            for kept in list(tx.records.scan(refusals.REFUSED_LEAVES, f"{doc_id}/")):
                tx.records.delete(refusals.REFUSED_LEAVES, kept.key)
        tx.meta_set(_UNCLEAN, True)

    def _note_version(self, version: str) -> None:
        """Forget how far other scopes were pulled: one that comes back is looked at anew."""
        versions = self._node.store.meta_get(_VERSIONS)
        if versions == [version]:
            return
        with self._node.store.transaction() as tx:
            for other in versions or []:
                if other != version:
                    tx.delete_local(self._checkpoint_of(other))
            tx.meta_set(_VERSIONS, [version])

    def _clean_file(self) -> None:
        """Rewrite the file without what was purged; a reader in the way only puts it off."""
        store = self._node.store
        if not store.meta_get(_UNCLEAN):
            return
        try:
            if not store.database.forget_deleted_bytes():
                return
        except errors.StoreUnavailable:
            return  # No room for a second copy of the file, perhaps: tried again at the next sync.
        with store.transaction() as tx:
            tx.meta_set(_UNCLEAN, False)


def _is_student(doc_id: str) -> bool:
    return identifiers.kind_of(doc_id) == "student"


def _students_of(doc_ids: Iterable[str]) -> set[str]:
    """Return the documents of the students that journal documents are about."""
    found: set[str] = set()
    for doc_id in doc_ids:
        if identifiers.kind_of(doc_id) not in identifiers.JOURNAL_KINDS:
            continue
        with contextlib.suppress(errors.BadDocumentId):
            student = identifiers.parse_journal(doc_id).student
            if student is not None:
                found.add(identifiers.reference_id("student", student))
    return found


def _own_states(connection: Connection, doc_id: str) -> list[tuple[str | None, str]]:
    """Return the state of each entry that was written here, with its time; None if it waits."""
    rows = connection.execute(
        "SELECT s.state, coalesce(s.at, '') FROM entry_row e LEFT JOIN entry_state s"
        " ON s.node = e.node AND s.epoch = e.epoch AND s.seq = e.seq AND s.digest = e.digest"
        " WHERE e.doc_id = ?",
        (doc_id,),
    ).fetchall()
    return [(row[0], row[1]) for row in rows]
