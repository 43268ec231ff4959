"""The benchmark runs, and says of each figure what it stands for; no figure is judged here."""

import json
import shutil
import socket
import threading
from pathlib import Path

import pytest

from tests.support import tools

bench = tools.load_script("bench")
counting = tools.load_script("benchmark.counting")
pouch = tools.load_script("benchmark.pouch")
measuring = tools.load_script("benchmark.measuring")
tracing = tools.load_script("benchmark.tracing")

FIGURES = {
    "save": {
        "save of a mark over HTTP, p50",
        "save of a mark over HTTP, p99",
        "the same save without HTTP, p50",
        "the same save without HTTP, p99",
    },
    "sheet": {"journal sheet over HTTP, p50", "journal sheet over HTTP, p99", "size of the page"},
    "replication": {
        "into the gateway",
        "7 edited, into the gateway",
        "nothing to send, to the gateway",
        "receipts from the gateway",
        "bytes up, all",
        "bytes down, all",
        "requests, all",
        "bytes up, edited",
        "bytes down, edited",
        "requests, edited",
        "bytes both ways, nothing to send",
        "requests, nothing to send",
    },
}
REFERENCES = {
    "save": {"SQLite commit of as many bytes, p50", "POST to an empty Flask, p50"},
    "sheet": {"GET of an empty page, p50"},
    "replication": {
        "into the bare endpoint",
        "into a store with read tables",
        "into a store without them",
        "SQLite executemany",
        "the documents as JSON",
    },
}
SYNC = {
    *(f"{what}, {where}" for what in ("push", "catch-up") for where in ("bare", "gateway")),
    *("bytes both ways, push, bare", "bytes both ways, push, gateway"),
    *("nothing to send, gateway", "requests, nothing to send, gateway"),
    *("a save while 3 nodes push, p50", "a save while they push, p99", "3 nodes × 8 at once"),
    *("a write with 20 leaves there", "a read with 20 leaves there"),
    "a save with 5 polls at 16 threads, p99",
}


def test_every_figure_is_measured_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, printed = {}, ""
    for name in FIGURES:
        file = tmp_path / "all.json"
        bench.main([name, "--small", "--folder", str(tmp_path), "--json", str(file)])
        printed += capsys.readouterr().out
        parts |= json.loads(file.read_text("utf-8"))["parts"]
    for name, wanted in FIGURES.items():
        lines = parts[name]["lines"]
        measured = {line["measured"]["name"]: line["measured"] for line in lines}
        references = {line["reference"]["name"] for line in lines if line["reference"]}
        assert wanted <= measured.keys()
        assert REFERENCES[name] <= references
        assert all(measured[one]["median"] > 0 for one in wanted)
        assert all(one in printed for one in (*measured, *references))
    if shutil.which("strace"):
        assert "1 to 1 waits each before the answer" in printed
    else:
        assert "not counted, strace is not installed" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.json"]


def test_sync_is_measured_beside_pouchdb_with_targets(
    npm_peers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.main(["sync", "--small", "--folder", str(tmp_path), "--json", str(tmp_path / "x.json")])

    printed = capsys.readouterr().out
    lines = json.loads((tmp_path / "x.json").read_text("utf-8"))["parts"]["sync"]["lines"]
    measured = {line["measured"]["name"]: line for line in lines}
    assert measured.keys() >= SYNC
    assert all(measured[one]["measured"]["median"] > 0 for one in SYNC)
    assert measured["push, bare"]["target"] == {"least": 3, "most": None}
    assert measured["push, gateway"]["reference"]["name"] == "PouchDB, push"
    wanted = [line for line in lines if "target" in line]
    assert printed.count(": met") + printed.count(": MISSED") == len(wanted)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.json"]


def test_without_node_there_is_nothing_to_compare_with_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pouch.shutil, "which", lambda name: None)

    with pytest.raises(SystemExit, match="is not installed"):
        bench.main(["sync", "--small", "--folder", str(tmp_path)])


def test_target_is_met_or_missed_by_the_ratio_or_by_the_figure_alone() -> None:
    ours, theirs = (
        measuring.Figure("ours", "docs/s", (6.0,)),
        measuring.Figure("PouchDB", "", (2.0,)),
    )
    lines = (
        measuring.Line(ours, theirs, measuring.Target(least=3)),
        measuring.Line(ours, theirs, measuring.Target(most=2)),
        measuring.Line(ours, target=measuring.Target(most=6)),
        measuring.Line(ours, theirs),
    )

    assert [line.is_met for line in lines] == [True, False, True, None]
    rows = measuring.Part("sync", "Sync", lines).as_text().splitlines()
    assert rows[1].endswith("wanted")
    assert rows[2].endswith("at least 3: met")
    assert rows[3].endswith("at most 2: MISSED")


def test_one_part_alone_is_measured_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = measuring.Line(measuring.Figure("a page", "ms", (2.0,)))
    part = measuring.Part("sheet", "Sheet", (line,))
    monkeypatch.setattr(bench, "_MEASURES", {"save": None, "sheet": lambda *given: part})

    bench.main(["sheet"])

    assert "a page" in capsys.readouterr().out


def test_line_has_medians_spread_and_ratio() -> None:
    save = measuring.Figure("a save", "ms", (4.0, 9.0, 6.0))
    commit = measuring.Figure("a commit", "ms", (2.0, 2.0, 2.0))

    part = measuring.Part("save", "Saves", (measuring.Line(save, commit),), ("a note",))

    row = part.as_text().splitlines()[2].split()
    assert row == ["a", "save", "6", "ms", "±42%", "a", "commit", "2", "ms", "±0%", "3", "x"]
    assert part.as_text().endswith("a note")
    assert part.as_json()["lines"][0]["ratio"] == 3


def test_percentile_is_a_sample_that_so_many_do_not_exceed() -> None:
    samples = [float(number) for number in range(1, 201)]

    assert measuring.percentile(samples, 0.5) == 100
    assert measuring.percentile(samples, 0.99) == 198
    assert measuring.percentile([7.0], 0.99) == 7


TRACE = """\
11 pwrite64(7</j/journal.sqlite-wal>, "ab"..., 24, 32) = 24
11 pwrite64(7</j/journal.sqlite-wal>, "ab"..., 4096, 56) = 4096
11 fsync(7</j/journal.sqlite-wal>)         = 0
12 sendto(9<TCP:[1->2]>, "HTTP/1.1 200 OK\\r"..., 300, 0, NULL, 0) = 300
11 pwrite64(7</j/journal.sqlite-wal>, "ab"..., 4096, 4176) = 4096
11 fsync(7</j/journal.sqlite-wal> <unfinished ...>
12 sendto(9<TCP:[1->2]>, "{\\"a\\": 1}"..., 300, 0, NULL, 0) = 300
11 <... fsync resumed>)                    = 0
11 fsync(7</j/journal.sqlite-wal>)         = 0
11 pwrite64(6</j/journal.sqlite>, "ab"..., 4096, 0) = 4096
11 fdatasync(6</j/journal.sqlite>)         = 0
12 sendto(9<TCP:[1->2]>, "HTTP/1.1 200 OK\\r"..., 300, 0, NULL, 0) = 300
11 pwrite64(7</j/journal.sqlite-wal>, "ab"..., 32, 0) = 32
11 fsync(7</j/journal.sqlite-wal>)         = 0
11 pwrite64(7</j/journal.sqlite-wal>, "ab"..., 4096, 56) = 4096
11 fsync(7</j/journal.sqlite-wal>)         = 0
11 fsync(8</j>)                            = 0
12 sendto(9<TCP:[1->2]>, "HTTP/1.1 200 OK\\r"..., 300, 0, NULL, 0) = 300
"""


def test_waits_of_a_checkpoint_are_counted_apart(tmp_path: Path) -> None:
    (tmp_path / "calls.txt").write_text(TRACE, "utf-8")

    assert tracing.waits_of_answers(tmp_path / "calls.txt") == [
        tracing.Waits(commits=1, checkpoints=0, others=0),
        tracing.Waits(commits=1, checkpoints=2, others=0),
        tracing.Waits(commits=1, checkpoints=1, others=1),
    ]


def test_bytes_and_requests_are_counted_both_ways() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answers = threading.Thread(target=_answer_twice, args=(server,))
        answers.start()
        with (
            counting.Counter(server.getsockname()[1]) as counter,
            socket.create_connection(("127.0.0.1", counter.port), timeout=10) as client,
        ):
            for _ in range(2):
                client.sendall(b"question")
                assert client.recv(100) == b"answer"
            counted = (counter.up, counter.down, counter.requests)
        answers.join(timeout=10)

    assert counted == (16, 12, 2)


def _answer_twice(server: socket.socket) -> None:
    visitor, _ = server.accept()
    with visitor:
        for _ in range(2):
            visitor.recv(100)
            visitor.sendall(b"answer")
