"""The save of one mark: what a teacher waits for after each cell of the sheet.

Measured over HTTP at a real node, beside what nobody can avoid: a commit of a row of the same size
that waits for the same disk, and a POST to an application that does nothing. All three take turns,
so that what disturbs the machine disturbs them alike.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmark import children, folders, processes, tracing
from benchmark import school as schools
from benchmark.client import Client
from benchmark.folders import Folders
from benchmark.measuring import Figure, Line, Part
from benchmark.school import School
from benchmark.sizes import Sizes
from benchmark.turns import Turns
from node import storage
from node.settings import Settings
from node.storage import Node
from sync.documents import canonical, identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.door import Maker
from sync.store.connection import Database
from sync.store.document_store import DocumentStore

_NOT_COUNTED = "waits for the disk: not counted, strace is not installed"


@dataclass(frozen=True)
class _Cell:
    """An empty cell of the sheet."""

    lesson: LessonKey
    student: str

    @property
    def key(self) -> str:
        return f"{self.lesson.date.isoformat()}:{self.lesson.ordinal}:1:{self.student}"


def measure(folder: Path, sizes: Sizes) -> Part:
    """Measure the save; ``folder`` is empty and on the disk that is meant."""
    school = School(sizes)

    def fill(store: DocumentStore, maker: Maker) -> None:
        schools.keep_lessons(store, maker, school, schools.marks_in_a_third)
        folders.confirm(store, maker.node)

    made = folders.make(folder / "school", school, fill)
    turns, notes = _timed_turns(folder, made, school, sizes)
    commit, empty = "SQLite commit of as many bytes", "POST to an empty Flask"
    lines = [
        *turns.lines_of_times("save", "save of a mark over HTTP", "commit", commit),
        *turns.lines_of_times("save", "save of a mark over HTTP", "empty", empty),
        *turns.lines_of_times("inside", "the same save without HTTP", "commit", commit),
        *turns.lines_of_work("save", "the processor for a save", "empty", "for an empty POST"),
    ]
    counted = _waits(folder, made, school, sizes)
    if counted is None:
        notes.append(_NOT_COUNTED)
    else:
        lines.append(counted[0])
        notes.append(counted[1])
    return Part("save", "Save of one mark", tuple(lines), tuple(notes))


def _timed_turns(
    folder: Path, made: Folders, school: School, sizes: Sizes
) -> tuple[Turns, list[str]]:
    http, direct = made.copied_to(folder / "http"), made.copied_to(folder / "inside")
    settings = Settings(direct.node, demonstration=True)
    turns = Turns()
    with (
        processes.node(http.node, folder / "logs") as (port, process),
        Client(port) as client,
        Client(port) as nobody,
        storage.opened(settings, folders.identity_of(direct.node)) as node,
    ):
        client.sign_in(folders.LOGIN, folders.PASSWORD)
        save, post, inside = _saver(client, school), _poster(nobody), _inside_saver(node, school)
        body = _body_of_a_mark(node, school)
        with _committer(http.node.parent / "rows.sqlite", body) as commit:
            for _ in range(sizes.rounds):
                turns.take("commit", commit, sizes.saves)
                turns.take("empty", post, sizes.saves, process)
                turns.take("save", save, sizes.saves, process)
                turns.take("inside", inside, sizes.saves)
    said = f"a mark with its entries is {len(body.encode()):,} bytes; commits are WAL and FULL"
    return turns, [said]


def _saver(client: Client, school: School) -> Callable[[], float]:
    """Return what puts a mark into the next empty cell, as the sheet's module does it."""
    cells = _empty_cells(school)
    address = f"/journal/{school.groups[0].id}/cell"
    seen = {"mark": None, "presence": None, "reason": None}

    def save() -> float:
        wish = {"cell": next(cells).key, "typed": "5", "seen": seen, "token": _token()}
        told, seconds = client.post(address, wish)
        if told["cell"].get("value") != 5:
            raise AssertionError("the answer does not show the mark")
        return seconds

    return save


def _poster(client: Client) -> Callable[[], float]:
    def post() -> float:
        wish = {"cell": "2026-10-14:1:1:student", "typed": "5", "seen": {}, "token": _token()}
        return client.post(f"{children.EMPTY}/", wish)[1]

    return post


@contextmanager
def _committer(file: Path, body: str) -> Iterator[Callable[[], float]]:
    """Give what commits one more row, by the product's driver and settings and nothing else."""
    database = Database(file)
    with database.write() as connection:
        connection.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, json TEXT NOT NULL)")

    def commit() -> float:
        started = time.perf_counter()
        with database.write() as connection:
            connection.execute("INSERT INTO row (json) VALUES (?)", (body,))
        return time.perf_counter() - started

    try:
        yield commit
    finally:
        database.close()


def _inside_saver(node: Node, school: School) -> Callable[[], float]:
    """Return what saves through the journal's door in this process, as the page's view does."""
    cells = _empty_cells(school)

    def save() -> float:
        cell, token = next(cells), _token()
        started = time.perf_counter()
        node.journal.record_mark(
            schools.TEACHER, cell.lesson, cell.student, 5, seen=None, token=token
        )
        return time.perf_counter() - started

    return save


def _body_of_a_mark(node: Node, school: School) -> str:
    """Return a first mark as it is stored."""
    leaf = node.store.get(identifiers.mark_id(_lessons(school)[0], school.groups[0].students[0]))
    if leaf is None:
        raise LookupError("the first student has no mark in the first lesson")
    return canonical.encode(leaf.value).decode()


def _empty_cells(school: School) -> Iterator[_Cell]:
    for number, lesson in enumerate(_lessons(school)):
        for place, student in enumerate(school.groups[0].students):
            if not schools.marks_in_a_third(place, number):
                yield _Cell(lesson, student)


def _lessons(school: School) -> list[LessonKey]:
    return [LessonKey(school.groups[0].id, day, ordinal) for day, ordinal in school.hours]


def _waits(folder: Path, made: Folders, school: School, sizes: Sizes) -> tuple[Line, str] | None:
    """Return how often a save waited for the disk; None if that cannot be counted here."""
    log = folder / "calls.txt"
    command = tracing.command(log)
    if command is None:
        return None
    watched = made.copied_to(folder / "watched")
    with (
        processes.node(watched.node, folder / "logs", wrapper=command) as (port, _),
        Client(port) as client,
    ):
        client.sign_in(folders.LOGIN, folders.PASSWORD)
        save = _saver(client, school)
        for _ in range(sizes.traced_saves):
            save()
    found = tracing.waits_of_answers(log)[-sizes.traced_saves :]
    commits = tuple(float(one.commits) for one in found)
    checkpoints = sum(one.checkpoints for one in found)
    others = sum(one.others for one in found)
    line = Line(Figure("waits for the disk in one save", "fsync", commits))
    return line, (
        f"{len(found)} saves under strace: {min(commits):.0f} to {max(commits):.0f} waits each"
        f" before the answer; {checkpoints} more in checkpoints, {others} elsewhere"
    )


def _token() -> str:
    return secrets.token_hex(8)
