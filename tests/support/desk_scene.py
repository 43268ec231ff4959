"""Disagreements at central, made as computers without a network make them.

Each version is written through the product's own door on what its author saw, as if in another
store, and then inserted beside the others; nothing of a scene is hand-made but who writes what.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central import enrolment, merging, quarantine
from sync.documents import entry, kinds
from sync.documents.entry import NewEntry
from sync.documents.identifiers import kind_of, parse_journal
from sync.entries.door import Maker, Save, Step
from sync.projections.people import FOREVER
from sync.store.values import RevisionPath
from tests.support.central_site import CentralSite


@dataclass(frozen=True)
class Wrote:
    """Who wrote what on which computer (a node's id), when, and why if they said so."""

    author: str
    node: str
    at: datetime
    fields: Mapping[str, Any]
    reason: str | None = None


class _Elsewhere(Exception):
    """Rolls back what was written as if in another store."""


def connect(site: CentralSite, room: str, label: str | None = None) -> str:
    """Return the id of a computer that has been enrolled."""
    code = enrolment.invite(site.storage, room, label).code
    return enrolment.accept(site.storage, code, "nonce").node


def agree(site: CentralSite, doc_id: str, wrote: Wrote) -> None:
    """Let one person write what everybody gets to know."""
    site.store.insert([_path(site, doc_id, wrote)])


def differ(site: CentralSite, doc_id: str, *versions: Wrote) -> None:
    """Let people write different things, each without the others', and let all of it arrive."""
    paths = [_path(site, doc_id, wrote) for wrote in versions]
    with site.store.transaction() as tx:
        tx.insert(paths)
        merging.settle(tx, site.storage.maker.key, [doc_id], site.clock.now())


def put_aside(site: CentralSite, doc_id: str, wrote: Wrote, code: str) -> str:
    """Let something arrive that its author may not write; return its revision."""
    before = site.store.get(doc_id)
    known = 0 if before is None else len(entry.entries_of(before.value))
    path = _path(site, doc_id, wrote)
    fresh = [
        NewEntry(doc_id, raw, entry.parse(raw)) for raw in entry.entries_of(path.value)[known:]
    ]
    item = quarantine.Item(path, code, wrote.node, site.clock.now())
    with site.store.transaction() as tx:
        quarantine.put_aside(tx.records, item, fresh)
    return path.rev


def _path(site: CentralSite, doc_id: str, wrote: Wrote) -> RevisionPath:
    """Return what a computer would push: the revision with its path."""
    keys = site.storage.keys.entry_keys().nodes
    maker = Maker(wrote.node, keys.get(wrote.node, bytes(32)))
    found: list[RevisionPath] = []
    with suppress(_Elsewhere), site.store.transaction() as tx:
        before = tx.get(doc_id)
        value = kinds.empty(kind_of(doc_id)) if before is None else before.value
        seen = {name: value.get(name) for name in wrote.fields}
        # What may not be written comes from a computer that had not heard of that yet.
        group = parse_journal(doc_id).lesson.group
        told = ("assignment:e1sewhere", group, wrote.author, None, "2026-09-01", FOREVER)
        tx.connection.execute("INSERT INTO assignment VALUES (?, ?, ?, ?, ?, ?)", told)
        save = Save(tx, maker, f"e{wrote.node}", wrote.at)
        save.write(wrote.author, [Step(doc_id, wrote.fields, seen)], wrote.reason)
        leaf = tx.get(doc_id)
        if leaf is None:
            raise AssertionError(f"nothing was written to {doc_id}")
        found.append(RevisionPath(doc_id, tx.path(doc_id, leaf.rev), False, leaf.value))
        raise _Elsewhere
    return found[0]
