"""The journal sheet of a full class and term, as its page is fetched from a real node."""

from pathlib import Path

from benchmark import children, folders, processes
from benchmark import school as schools
from benchmark.client import Client
from benchmark.measuring import Figure, Line, Part
from benchmark.school import School
from benchmark.sizes import Sizes
from benchmark.turns import Turns
from sync.entries.door import Maker
from sync.store.document_store import DocumentStore

_CELL = b"<td data-cell="


def measure(folder: Path, sizes: Sizes) -> Part:
    """Measure the page; ``folder`` is empty."""
    school = School(sizes)

    def fill(store: DocumentStore, maker: Maker) -> None:
        schools.keep_lessons(store, maker, school)
        folders.confirm(store, maker.node)

    made = folders.make(folder / "school", school, fill)
    address = f"/journal/{school.groups[0].id}?term={schools.TERM}"
    turns = Turns()
    with (
        processes.node(made.node, folder / "logs") as (port, process),
        Client(port) as client,
        Client(port) as nobody,
    ):
        client.sign_in(folders.LOGIN, folders.PASSWORD)
        page, _ = client.get(address)
        _check(page, sizes)
        for _ in range(sizes.rounds):
            turns.take("empty", lambda: nobody.get(f"{children.EMPTY}/")[1], sizes.pages, process)
            turns.take("sheet", lambda: client.get(address)[1], sizes.pages, process)
    lines = [
        *turns.lines_of_times("sheet", "journal sheet over HTTP", "empty", "GET of an empty page"),
        *turns.lines_of_work("sheet", "the processor for it", "empty", "the processor for that"),
        Line(Figure("size of the page", "kB", (len(page) / 1000,))),
    ]
    title = f"Journal sheet of {sizes.students} x {sizes.lessons} cells, all with a mark"
    return Part("sheet", title, tuple(lines))


def _check(page: bytes, sizes: Sizes) -> None:
    """Refuse to measure a page that does not show the whole sheet."""
    cells = page.count(_CELL)
    if cells < sizes.students * sizes.lessons:
        raise AssertionError(f"the page has {cells} cells")
