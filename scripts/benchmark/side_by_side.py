"""Our synchronisation beside PouchDB's, with the same facts, in one run.

    PouchDB   PouchDB on LevelDB, batches of 500, to express-pouchdb on LevelDB: plain documents
    bare      our replicator to our protocol endpoint without rules: the same plain documents
    gateway   a node to central: the same facts as sealed documents, each checked, all read tables

In turns; bytes are counted in a run of their own. Then what PouchDB is not asked for: forty nodes
at once with somebody saving meanwhile, held polls, a document with a thousand leaves. Targets
stand beside the results.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmark import facts, folders, pouch, processes, pushing, replication, storm, trials
from benchmark.facts import Plain
from benchmark.folders import Folders
from benchmark.measuring import Figure, Line, Part, Target
from benchmark.pushing import Errand
from benchmark.sizes import Sizes

LARGE = 100_000

_MEGABYTE = 1_000_000
_BARE_SPEED, _GATEWAY_SPEED = Target(least=3), Target(least=2)
_BARE_BYTES, _GATEWAY_BYTES = Target(most=1 / 5), Target(most=1 / 4)
_GROWTH = Target(most=100)

Said = Mapping[str, Any]


@dataclass
class _Rounds:
    """What each of the three said in each round."""

    pouch: list[Said] = field(default_factory=list)
    bare: list[Said] = field(default_factory=list)
    gateway: list[Said] = field(default_factory=list)


@dataclass(frozen=True)
class _Data:
    """The same facts in both forms, ready to be copied."""

    documents: list[Plain]
    edited: list[Plain]
    plain: Path
    school: Folders


def measure(folder: Path, sizes: Sizes) -> Part:
    """Measure; ``folder`` is empty and on the disk that is meant."""
    data = _data(folder / "data", sizes)
    rounds = _Rounds()
    for number in range(sizes.replication_rounds):
        _round(folder / f"round-{number}", data, sizes, rounds)
    counted = _Rounds()
    _round(folder / "counted", data, sizes, counted, counted=True)
    lines = [
        *_lines_of_speed(rounds),
        *_lines_of_bytes(counted),
        *_lines_of_checks(rounds, counted),
        *_lines_of_memory(rounds),
        *storm.lines(folder / "storm", sizes),
        *trials.lines(folder / "trials", sizes),
    ]
    title = f"{len(data.documents):,} facts, beside PouchDB with batches of {pouch.BATCH}"
    return Part("sync", title, tuple(lines), _notes(data))


def measure_large(folder: Path, sizes: Sizes) -> Part:
    """Measure one round of ``LARGE`` documents: speed, and how memory grows meanwhile."""
    large = replace(sizes, documents=max(LARGE, sizes.documents))
    data = _data(folder / "data", large)
    rounds = _Rounds()
    _round(folder / "round", data, large, rounds)
    lines = [*_lines_of_speed(rounds), *_lines_of_memory(rounds)]
    title = f"{large.documents:,} facts at once, beside PouchDB with batches of {pouch.BATCH}"
    return Part("sync-large", title, tuple(lines), ("one round",))


def _data(folder: Path, sizes: Sizes) -> _Data:
    count = sizes.documents
    school = facts.school_for(count)
    documents = facts.plain(school, count)
    facts.keep(folder / "plain", documents)
    made = folders.make(
        folder / "school",
        school,
        lambda store, maker: _must_be(
            count, facts.sealed(store, maker, facts.wished(school), count)
        ),
    )
    return _Data(documents, facts.edited(documents, sizes.edits), folder / "plain", made)


def _must_be(wanted: int, written: int) -> None:
    if written != wanted:
        raise AssertionError(f"{written} documents were written")


def _round(
    folder: Path, data: _Data, sizes: Sizes, rounds: _Rounds, *, counted: bool = False
) -> None:
    rounds.pouch.append(pouch.push(folder / "pouch", data.documents, data.edited, counted=counted))
    rounds.bare.append(_to_bare(folder / "bare", data, sizes, counted))
    rounds.gateway.append(_to_gateway(folder / "gateway", data, sizes, counted))


def _to_bare(folder: Path, data: _Data, sizes: Sizes, counted: bool) -> Said:
    copy = facts.copied(data.plain, folder / "plain")
    with processes.bare_endpoint(folder / "databases", folder) as (port, server):
        url = f"http://127.0.0.1:{port}"
        replication.create_database(url)
        errand = Errand(copy, url, server, sizes.edits, sizes.checks, counted=counted, plain=True)
        return processes.push(errand, folder)


def _to_gateway(folder: Path, data: _Data, sizes: Sizes, counted: bool) -> Said:
    copy = data.school.copied_to(folder)
    with processes.central(copy.central, folder) as (port, server):
        url = f"http://127.0.0.1:{port}/replication"
        errand = Errand(copy.node, url, server, sizes.edits, sizes.checks, counted=counted)
        return processes.push(errand, folder)


# --------------------------------------------------------------------------------------- the lines


def _lines_of_speed(rounds: _Rounds) -> Iterator[Line]:
    for what, shown in (("first", "push"), ("edited", "catch-up")):
        beside = _speed(f"PouchDB, {shown}", rounds.pouch, what)
        yield Line(_speed(f"{shown}, bare", rounds.bare, what), beside, _BARE_SPEED)
        yield Line(_speed(f"{shown}, gateway", rounds.gateway, what), beside, _GATEWAY_SPEED)


def _speed(name: str, said: Sequence[Said], what: str) -> Figure:
    speeds = tuple(one[what]["count"] / one[what]["seconds"] for one in said)
    return Figure(name, "docs/s", speeds)


def _lines_of_bytes(counted: _Rounds) -> Iterator[Line]:
    for what, shown in (("first", "push"), ("edited", "catch-up")):
        beside = _bytes(f"PouchDB, {shown}", counted.pouch[0], what)
        for name, said, target in (
            ("bare", counted.bare[0], _BARE_BYTES),
            ("gateway", counted.gateway[0], _GATEWAY_BYTES),
        ):
            yield Line(_bytes(f"bytes both ways, {shown}, {name}", said, what), beside, target)


def _bytes(name: str, said: Said, what: str) -> Figure:
    return Figure(name, "kB", ((said[what]["up"] + said[what]["down"]) / 1000,))


def _lines_of_checks(rounds: _Rounds, counted: _Rounds) -> Iterator[Line]:
    milliseconds = tuple(one["check"]["seconds"] * 1000 for one in rounds.pouch)
    beside = Figure("PouchDB", "ms", milliseconds)
    for name, said in (("bare", rounds.bare), ("gateway", rounds.gateway)):
        medians = tuple(statistics.median(one["checks"]) * 1000 for one in said)
        yield Line(Figure(f"nothing to send, {name}", "ms", medians), beside)
    for what, unit, of in (("requests", "", _requests), ("bytes", "bytes", _check_bytes)):
        peer = Figure("PouchDB", unit, (of(counted.pouch[0]),))
        ours = Figure(f"{what}, nothing to send, gateway", unit, (of(counted.gateway[0]),))
        yield Line(ours, peer)


def _requests(said: Said) -> float:
    return float(said["check"]["requests"])


def _check_bytes(said: Said) -> float:
    return float(said["check"]["up"] + said["check"]["down"])


def _lines_of_memory(rounds: _Rounds) -> Iterator[Line]:
    """Yield how much the servers and the node grew at most; nothing where no system tells."""
    grown: tuple[tuple[str, Sequence[Said], str], ...] = (
        ("memory, central grew by", rounds.gateway, "server_memory"),
        ("memory, the node grew by", rounds.gateway, "memory"),
        ("memory, bare endpoint grew by", rounds.bare, "server_memory"),
    )
    for name, said, what in grown:
        if all(one.get(what) is not None for one in said):
            yield Line(_megabytes(name, said, what), target=_GROWTH)
    if all(one.get("server_memory") is not None for one in rounds.pouch):
        yield Line(_megabytes("memory, express-pouchdb grew by", rounds.pouch, "server_memory"))


def _megabytes(name: str, said: Sequence[Said], what: str) -> Figure:
    return Figure(name, "MB", tuple(one[what] / _MEGABYTE for one in said))


def _notes(data: _Data) -> tuple[str, ...]:
    mean: Callable[[Sequence[int]], float] = statistics.fmean
    plain = mean([len(pushing.json_of(one)) for one in data.documents])
    return (
        f"a plain document is {plain:,.0f} bytes of JSON on average",
        "ratios are to PouchDB with the plain documents, of the gateway too",
        "bytes are counted at the socket, headers too, in a run of its own",
    )
