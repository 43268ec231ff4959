"""The demonstration's folder: where each program keeps its data, and what the demo itself keeps.

    demo.json      who may sign in where, and what time it was in the demonstration
    central/       the data folder of central
    node-1/, node-2/   those of the two nodes
    history/       that of the node by which the weeks before were written
    logs/          what the programs said
    slips.txt      one-time passwords of those who are not in the table

The time goes on from where it was; it never goes back, or entries would come from the future.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sync import clock
from sync.store.connection import FolderLock

#: Wednesday 14.10.2026, 10:00 in Moscow.
BEGINS = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
FORMAT = 1
#: The file by which a folder is had to oneself.
LOCK = ".lock"

_STATE = "demo.json"
#: How often the time is noted while the programs run: what a power cut may lose of it.
NOTE_EVERY = timedelta(seconds=20)


class FolderRefused(Exception):
    """The folder holds something else, or a demonstration of another version."""


@dataclass(frozen=True)
class SignIn:
    """A row of the table: who may sign in where. ``purpose`` is a text of ``words``."""

    place: str
    name: str
    login: str
    password: str
    purpose: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What the demo keeps: when it was last seen running, the rooms of the nodes, the table."""

    shown: datetime
    rooms: tuple[str, str]
    sign_ins: tuple[SignIn, ...]
    weeks: Mapping[str, int]


class DemoFolder:
    """The folder of one demonstration."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made yet."""
        self.path = path
        self.central = path / "central"
        self.nodes = (path / "node-1", path / "node-2")
        self.history = path / "history"
        self.logs = path / "logs"
        self.slips = path / "slips.txt"

    def programs(self) -> tuple[Path, ...]:
        """Return the data folders of the programs that run."""
        return (self.central, *self.nodes)

    def read(self) -> State | None:
        """Return what is kept; None for a new folder, or one whose first start was broken off.

        Raises:
            FolderRefused: the folder is not empty and not a demonstration's, or of a newer format.
        """
        kept = self._read()
        if kept is None:
            there = self.path.iterdir() if self.path.exists() else ()
            if any(one.name != LOCK for one in there):
                raise FolderRefused(str(self.path))
            return None
        if kept.get("format") != FORMAT:
            raise FolderRefused(str(self.path))
        return _state_of(kept) if kept.get("finished") else None

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Make the folder if it is not there, and have it to ourselves within the block.

        Raises:
            errors.DataFolderBusy: another demonstration runs in it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with FolderLock(self.path):
            yield

    def begin(self) -> None:
        """Make ready for a first start: what one that was broken off has left is removed."""
        for one in (*self.programs(), self.history, self.logs):
            if one.exists():
                shutil.rmtree(one)
        self.slips.unlink(missing_ok=True)
        self._write({"format": FORMAT, "finished": False})

    def keep(self, state: State) -> None:
        """Keep the state; from now on a start goes on from here."""
        self._write(
            {
                "format": FORMAT,
                "finished": True,
                "shown": state.shown.isoformat(),
                "rooms": list(state.rooms),
                "sign_ins": [asdict(one) for one in state.sign_ins],
                "weeks": dict(state.weeks),
            }
        )

    def set_clocks(self, shows: datetime) -> None:
        """Let the clocks of all programs show ``shows`` now and run on from there."""
        started_at = datetime.now(UTC)
        for program in self.programs():
            program.mkdir(parents=True, exist_ok=True)
            clock.write_demonstration_clock(program, shows, started_at)

    def now(self) -> datetime:
        """Return what the clocks show."""
        return clock.clock_of_folder(self.central, demonstration=True).now()

    def _read(self) -> dict[str, Any] | None:
        try:
            kept = json.loads((self.path / _STATE).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise FolderRefused(str(self.path)) from error
        return kept if isinstance(kept, dict) else None

    def _write(self, kept: Mapping[str, Any]) -> None:
        draft = self.path / f"{_STATE}.part"
        draft.write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")
        draft.replace(self.path / _STATE)


def goes_on_at(state: State) -> datetime:
    """Return what the clocks show at the next start: later than anything written so far.

    After an orderly stop ``shown`` is the very last moment; after a power cut the programs may
    have run on for as long as the time is not noted.
    """
    return max(BEGINS, state.shown + NOTE_EVERY + timedelta(seconds=1))


def _state_of(kept: Mapping[str, Any]) -> State:
    first, second = kept["rooms"]
    return State(
        shown=datetime.fromisoformat(kept["shown"]),
        rooms=(first, second),
        sign_ins=tuple(SignIn(**one) for one in kept["sign_ins"]),
        weeks=kept["weeks"],
    )
