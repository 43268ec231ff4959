"""``_changes``: what has changed since, now or as soon as something does."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Request, Response

from central.endpoint import exchange, feed_selector, refusals
from central.endpoint.databases import ReplicatedDatabase
from central.endpoint.document_routes import conflicts_of, document_of_leaf
from central.endpoint.exchange import Limits, Parameters
from central.endpoint.places import HOLD_SECONDS, PollPlaces
from sync.store.values import ChangeRow, ChangesPage, Leaf

_PAGE_ROWS = 1000
_FEEDS = ("normal", "longpoll")


@dataclass(frozen=True)
class _Question:
    since: str | int
    limit: int | None
    descending: bool
    style_all: bool
    doc_ids: Collection[str] | None
    selector: Callable[[Mapping[str, Any]], bool] | None
    include_docs: bool
    conflicts: bool
    seq_interval: int
    longpoll: bool
    timeout_seconds: float


def changes(
    database: ReplicatedDatabase, request: Request, limits: Limits, places: PollPlaces
) -> Response:
    """Answer GET or POST ``/{db}/_changes``."""
    question = _question(request, limits)
    page = _page(database, question, question.since, _first_limit(question))
    if question.longpoll and not page.rows:
        page = _awaited(database, question, page, places)
    return exchange.streamed(request, _texts(database, question, page))


def _question(request: Request, limits: Limits) -> _Question:
    body = exchange.optional_object_of(request, limits) if request.method == "POST" else {}
    given = Parameters(request.args)
    feed = given.text("feed") or "normal"
    if feed not in _FEEDS:
        raise refusals.bad_request(f"Supported `feed` types: {', '.join(_FEEDS)}")
    limit = given.number("limit")
    timeout = given.number("timeout")
    return _Question(
        since=_since(given),
        limit=None if limit is None else max(1, limit),  # as CouchDB
        descending=given.flag("descending"),
        style_all=given.text("style") == "all_docs",
        doc_ids=_doc_ids(given, body, limits),
        selector=_selector(given, body),
        include_docs=given.flag("include_docs"),
        conflicts=given.flag("conflicts"),
        seq_interval=max(1, given.number("seq_interval") or 1),
        longpoll=feed == "longpoll",
        timeout_seconds=HOLD_SECONDS if timeout is None else timeout / 1000,
    )


def _since(given: Parameters) -> str:
    since = given.text("since") or given.text("last-event-id") or "0"
    if since.startswith('"') and since.endswith('"') and len(since) > 1:
        return since[1:-1]
    return since


def _doc_ids(given: Parameters, body: dict[str, Any], limits: Limits) -> Collection[str] | None:
    """Return the ids to show, None for all; of other filters there is only ``_selector``."""
    wanted = given.text("filter")
    if wanted is None or wanted in ("", "_selector"):
        return None
    if wanted != "_doc_ids":
        raise refusals.not_found(f"missing filter function: {wanted[:80]}")
    doc_ids = body["doc_ids"] if "doc_ids" in body else given.json("doc_ids")
    listed = exchange.list_of({"doc_ids": doc_ids}, "doc_ids", limits)
    if not all(isinstance(doc_id, str) for doc_id in listed):
        raise refusals.bad_request("`doc_ids` must be an array of strings")
    return listed


def _selector(
    given: Parameters, body: dict[str, Any]
) -> Callable[[Mapping[str, Any]], bool] | None:
    """Return which documents to show, None for all."""
    if given.text("filter") != "_selector":
        return None
    return feed_selector.compiled(body.get("selector"))


def _first_limit(question: _Question) -> int | None:
    # A descending feed cannot be gone on with: it is read at once.
    if question.descending:
        return question.limit
    return _PAGE_ROWS if question.limit is None else min(question.limit, _PAGE_ROWS)


def _page(
    database: ReplicatedDatabase, question: _Question, since: str | int, limit: int | None
) -> ChangesPage:
    if question.selector is not None:
        return _selected(database, question, question.selector, since, limit)
    return database.changes(
        since,
        limit=limit,
        descending=question.descending,
        style_all=question.style_all,
        doc_ids=question.doc_ids,
    )


def _selected(
    database: ReplicatedDatabase,
    question: _Question,
    selector: Callable[[Mapping[str, Any]], bool],
    since: str | int,
    limit: int | None,
) -> ChangesPage:
    """Return a page of what the selector lets through: full, or the last one.

    ``pending`` counts what was not looked at yet, so it is only the most that may come.
    """
    rows: list[ChangeRow] = []
    at_once = None if question.descending else _PAGE_ROWS
    while True:
        page = _page(database, replace(question, selector=None), since, at_once)
        for place, row in enumerate(page.rows, start=1):
            shown = _of_leaves(database, row, selector)
            if shown is not None:
                rows.append(shown)
            if len(rows) == limit:
                return ChangesPage(tuple(rows), row.seq, page.pending + len(page.rows) - place)
        if question.descending or not page.pending:
            return ChangesPage(tuple(rows), page.last_seq, 0)
        since = page.last_seq


def _of_leaves(
    database: ReplicatedDatabase, row: ChangeRow, selector: Callable[[Mapping[str, Any]], bool]
) -> ChangeRow | None:
    """Return the row with those of its leaves that the selector lets through; None without any."""
    if len(row.revs) == 1:
        found = database.get(row.id)
        leaves: tuple[Leaf, ...] = () if found is None else (found,)
    else:
        leaves = database.leaves(row.id)
    revs = tuple(
        leaf.rev for leaf in leaves if leaf.rev in row.revs and selector(document_of_leaf(leaf))
    )
    return replace(row, revs=revs) if revs else None


def _awaited(
    database: ReplicatedDatabase, question: _Question, empty: ChangesPage, places: PollPlaces
) -> ChangesPage:
    """Return the first page that is not empty, or an empty one when time is up."""
    found = empty

    def wait(seconds: float) -> None:
        nonlocal found
        end = places.monotonic() + seconds
        while not found.rows and (left := end - places.monotonic()) > 0:
            if not database.wait_for_change(found.last_seq, left):
                return
            found = _page(database, question, found.last_seq, _first_limit(question))

    places.hold(wait, question.timeout_seconds)
    return found


def _texts(database: ReplicatedDatabase, question: _Question, page: ChangesPage) -> Iterator[str]:
    yield '{"results":['
    left = question.limit
    after = len(page.rows) + page.pending  # what comes in while this is sent is for the next time
    sent = 0
    while True:
        for row in page.rows:
            sent += 1
            with_seq = sent % question.seq_interval == 0
            comma = "," if sent > 1 else ""
            yield f"{comma}\n{exchange.json_text(_row(database, question, row, with_seq))}"
        room = after - sent if left is None else min(after, left) - sent
        if question.descending or not page.rows or not page.pending or room <= 0:
            break
        page = _page(database, question, page.last_seq, min(_PAGE_ROWS, room))
    last = exchange.json_text(page.last_seq)
    yield f'\n],\n"last_seq":{last},"pending":{page.pending}}}\n'


def _row(
    database: ReplicatedDatabase, question: _Question, row: ChangeRow, with_seq: bool
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "seq": row.seq if with_seq else None,
        "id": row.id,
        "changes": [{"rev": rev} for rev in row.revs],
    }
    if row.deleted:
        said["deleted"] = True
    if question.include_docs:
        leaf = database.get(row.id)
        said["doc"] = None if leaf is None else document_of_leaf(leaf)
        if leaf is not None and question.conflicts:
            said["doc"].update(conflicts_of(database, leaf))
    return said
