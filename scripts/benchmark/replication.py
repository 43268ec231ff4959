"""What a node has written goes to central: many small documents, some edits, and nothing at all.

    gateway   the real program: enrolled nodes only, every entry judged, all read tables, receipts
    bare      the protocol alone: no rules, no read tables
    store     no network: the same revisions inserted into a store, without and with read tables
    SQLite    no store: as many bytes inserted as rows

All of them by batches of 500 with a commit each, in turns.
"""

import json
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark import folders, processes, pushing
from benchmark import school as schools
from benchmark.folders import Folders
from benchmark.measuring import Figure, Line, Part
from benchmark.pushing import Errand
from benchmark.school import School
from benchmark.sizes import Sizes
from central import storage as central_storage
from node import storage as node_storage
from node.settings import Settings
from sync.documents import scope
from sync.entries.door import Maker
from sync.replication import http_answers
from sync.store import document_store
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.projector import Projection
from sync.store.values import RevisionPath

_BATCH = 500
_MEGABYTE = 1_000_000
_MICROSECONDS = 1_000_000

#: What ``pushing.run`` said in each round.
Said = Sequence[Mapping[str, Any]]


@dataclass
class _Rounds:
    """What was seen in each round; the last three hold seconds."""

    gateway: list[dict[str, Any]] = field(default_factory=list)
    bare: list[dict[str, Any]] = field(default_factory=list)
    store: list[float] = field(default_factory=list)
    store_with_tables: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)


def measure(folder: Path, sizes: Sizes) -> Part:
    """Measure; ``folder`` is empty and on the disk that is meant."""
    of_a_group = sizes.lessons * (sizes.students + 1)
    school = School(sizes, groups=-(-sizes.documents // of_a_group))

    def fill(store: DocumentStore, maker: Maker) -> None:
        written = schools.keep_lessons(store, maker, school, most=sizes.documents)
        if written != sizes.documents:
            raise AssertionError(f"{written} documents were written")

    made = folders.make(folder / "school", school, fill)
    paths = _paths(made)
    rounds = _Rounds()
    for number in range(sizes.replication_rounds):
        _one_round(folder / f"round-{number}", made, paths, rounds, sizes)
    counted = _pushed_to_gateway(folder / "counted", made, sizes, counted=True)
    lines = [
        *_lines_of_speed(rounds, len(paths)),
        *_lines_of_work(rounds.gateway),
        *_lines_of_wire(counted, sum(len(_json(path)) for path in paths)),
    ]
    title = f"Replication of {len(paths):,} documents from a node to central"
    return Part("replication", title, tuple(lines), _notes(paths))


def _one_round(
    folder: Path, made: Folders, paths: Sequence[RevisionPath], rounds: _Rounds, sizes: Sizes
) -> None:
    rounds.gateway.append(_pushed_to_gateway(folder / "gateway", made, sizes))
    rounds.bare.append(_pushed_to_bare(folder / "bare", made, sizes))
    rounds.store.append(_insert(folder / "store.sqlite", paths, ()))
    school = made.copied_to(folder / "tables").central / "journal.sqlite"
    rounds.store_with_tables.append(_insert(school, paths, central_storage.read_tables()))
    rounds.rows.append(_insert_rows(folder / "rows.sqlite", paths))


def _pushed_to_gateway(
    folder: Path, made: Folders, sizes: Sizes, *, counted: bool = False
) -> dict[str, Any]:
    copy = made.copied_to(folder)
    with processes.central(copy.central, folder) as (port, server):
        url = f"http://127.0.0.1:{port}/replication"
        edits, checks = sizes.edits, sizes.checks
        errand = Errand(copy.node, url, server, edits, checks, counted=counted, receipts=True)
        return processes.push(errand, folder)


def _pushed_to_bare(folder: Path, made: Folders, sizes: Sizes) -> dict[str, Any]:
    copy = made.copied_to(folder)
    with processes.bare_endpoint(folder / "databases", folder) as (port, server):
        url = f"http://127.0.0.1:{port}"
        create_database(url)
        return processes.push(Errand(copy.node, url, server, sizes.edits, sizes.checks), folder)


def _insert(file: Path, paths: Sequence[RevisionPath], read_tables: Sequence[Projection]) -> float:
    """Insert the revisions into a store and return the seconds it took."""
    store = DocumentStore(
        Database(file),
        epoch="bench",
        uuid="bench",
        projections=read_tables,
        scope_keys=scope.keys_of if read_tables else document_store.no_scope,
    )
    try:
        return _in_batches(paths, store.insert)
    finally:
        store.close()


def _insert_rows(file: Path, paths: Sequence[RevisionPath]) -> float:
    """Insert the same bytes as plain rows, with nothing but the driver."""
    database = Database(file)
    with database.write() as connection:
        connection.execute("CREATE TABLE row (id TEXT PRIMARY KEY, rev TEXT, json TEXT)")
    rows = [(path.id, path.rev, _json(path).decode()) for path in paths]

    def insert(batch: Sequence[tuple[str, str, str]]) -> None:
        with database.write() as connection:
            connection.executemany("INSERT INTO row VALUES (?, ?, ?)", batch)

    try:
        return _in_batches(rows, insert)
    finally:
        database.close()


def _in_batches(everything: Sequence[Any], write: Callable[[Any], Any]) -> float:
    started = time.perf_counter()
    for start in range(0, len(everything), _BATCH):
        write(everything[start : start + _BATCH])
    return time.perf_counter() - started


# --------------------------------------------------------------------------------------- the lines


def _lines_of_speed(rounds: _Rounds, count: int) -> Iterator[Line]:
    gateway = _speed("into the gateway", rounds.gateway, "first")
    yield Line(gateway, _speed("into the bare endpoint", rounds.bare, "first"))
    for name, seconds in (
        ("into a store with read tables", rounds.store_with_tables),
        ("into a store without them", rounds.store),
        ("SQLite executemany", rounds.rows),
    ):
        yield Line(gateway, Figure(name, "docs/s", tuple(count / one for one in seconds)))
    edited = rounds.gateway[0]["edited"]["count"]
    yield Line(
        _speed(f"{edited:,} edited, into the gateway", rounds.gateway, "edited"),
        _speed("the same into the bare endpoint", rounds.bare, "edited"),
    )
    yield Line(
        _check("nothing to send, to the gateway", rounds.gateway),
        _check("the same to the bare endpoint", rounds.bare),
    )
    yield Line(_speed("receipts from the gateway", rounds.gateway, "receipts", "entries/s"))


def _speed(name: str, said: Said, what: str, unit: str = "docs/s") -> Figure:
    return Figure(name, unit, tuple(one[what]["count"] / one[what]["seconds"] for one in said))


def _check(name: str, said: Said) -> Figure:
    """Return the time of a sync with nothing to do."""
    return Figure(name, "ms", tuple(statistics.median(one["checks"]) * 1000 for one in said))


def _lines_of_work(said: Said) -> Iterator[Line]:
    """Yield what both sides used up; nothing where the system does not tell."""
    if any(one["server_memory"] is None for one in said):
        return
    central = tuple(one["first"]["server_work"] / one["first"]["count"] for one in said)
    node = tuple(one["first"]["work"] / one["first"]["count"] for one in said)
    yield Line(
        Figure(
            "processor for a document, central", "µs", tuple(_MICROSECONDS * x for x in central)
        ),
        Figure("the same at the node", "µs", tuple(_MICROSECONDS * x for x in node)),
    )
    yield Line(
        Figure("memory at most, central", "MB more", _megabytes(said, "server_memory")),
        Figure("the same at the node", "MB more", _megabytes(said, "memory")),
    )


def _megabytes(said: Said, what: str) -> tuple[float, ...]:
    return tuple(one[what] / _MEGABYTE for one in said)


def _lines_of_wire(counted: Mapping[str, Any], payload: int) -> Iterator[Line]:
    edited_payload = counted["edited_bytes"]
    for what, shown, json_bytes in (
        ("first", "all", payload),
        ("edited", "edited", edited_payload),
    ):
        seen = counted[what]
        as_json = Figure("the documents as JSON", "kB", (json_bytes / 1000,))
        yield Line(Figure(f"bytes up, {shown}", "kB", (seen["up"] / 1000,)), as_json)
        yield Line(Figure(f"bytes down, {shown}", "kB", (seen["down"] / 1000,)), as_json)
        yield Line(Figure(f"requests, {shown}", "", (seen["requests"],)))
    check = counted["check"]
    both_ways = check["up"] + check["down"]
    yield Line(Figure("bytes both ways, nothing to send", "bytes", (both_ways,)))
    yield Line(Figure("requests, nothing to send", "", (check["requests"],)))


def _notes(paths: Sequence[RevisionPath]) -> tuple[str, ...]:
    mean = sum(len(_json(path)) for path in paths) / len(paths)
    return (
        f"a document with its sealed entries is {mean:,.0f} bytes of JSON on average",
        "bytes are counted at the socket, headers too, in a run of its own",
    )


def _paths(made: Folders) -> Sequence[RevisionPath]:
    chosen = Settings(made.node, demonstration=True)
    with node_storage.opened(chosen, folders.identity_of(made.node)) as node:
        return pushing.paths_of(node.store)


def _json(path: RevisionPath) -> bytes:
    """Return what a document says, without its revisions."""
    return http_answers.encode({"_id": path.id, **path.value})


def create_database(url: str) -> None:
    """Create the database into which everything goes at a bare endpoint."""
    request = urllib.request.Request(f"{url}/{pushing.DATABASE}", method="PUT")  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own loopback address
        json.load(answer)
