"""Figures: a quantity measured in several rounds, beside a reference measured in the same rounds.

A machine is never quiet and no two are alike, so a bare number says little: each figure is the
median of its rounds, with their spread, and its ratio to a reference of the same run. A ratio that
differs from an earlier run's by less than the spread says nothing.
"""

import json
import math
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PERCENT = 100.0


@dataclass(frozen=True)
class Figure:
    """One quantity, once for each round; ``unit`` is ms, docs/s, requests, MB or the like."""

    name: str
    unit: str
    rounds: tuple[float, ...]

    @property
    def value(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float | None:
        """Return the distance of the extreme rounds as a part of the median; None for one round."""
        if len(self.rounds) < 2 or not self.value:
            return None
        return (max(self.rounds) - min(self.rounds)) / self.value

    def as_json(self) -> dict[str, Any]:
        """Return the figure for a file."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.value,
            "rounds": list(self.rounds),
            "spread": self.spread,
        }


@dataclass(frozen=True)
class Target:
    """What is wanted of a line: of its ratio to the reference, or of the figure if it has none."""

    least: float | None = None
    most: float | None = None

    def is_met(self, value: float) -> bool:
        """Tell whether ``value`` is what is wanted."""
        enough = self.least is None or value >= self.least
        return enough and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        """Return it as it stands in the table."""
        if self.least is not None:
            return f"at least {_number(self.least)}"
        return "" if self.most is None else f"at most {_number(self.most)}"


@dataclass(frozen=True)
class Line:
    """A figure beside its reference; without one it stands alone. ``target``: what is wanted."""

    figure: Figure
    reference: Figure | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Return how many times the reference the figure is."""
        if self.reference is None or not self.reference.value:
            return None
        return self.figure.value / self.reference.value

    @property
    def is_met(self) -> bool | None:
        """Tell whether the line is as it is wanted; None if nothing is wanted of it."""
        if self.target is None:
            return None
        return self.target.is_met(self.figure.value if self.ratio is None else self.ratio)

    def as_json(self) -> dict[str, Any]:
        """Return the line for a file."""
        reference = None if self.reference is None else self.reference.as_json()
        told = {"measured": self.figure.as_json(), "reference": reference, "ratio": self.ratio}
        if self.target is not None:
            told["target"] = {"least": self.target.least, "most": self.target.most}
            told["met"] = self.is_met
        return told


@dataclass(frozen=True)
class Part:
    """The lines of one measurement, and what has to be said to them."""

    name: str
    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the part for a file."""
        lines = [line.as_json() for line in self.lines]
        return {"title": self.title, "lines": lines, "notes": list(self.notes)}

    def _wanted(self) -> str:
        return "wanted" if any(line.target for line in self.lines) else ""

    def as_text(self) -> str:
        """Return the part as a table for a terminal."""
        heads = ("measured", "", "reference", "", "ratio", self._wanted())
        rows = [heads, *(_cells(line) for line in self.lines)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
        return "\n".join([self.title, *table, *(f"  {note}" for note in self.notes)])


def _wish(line: Line) -> str:
    return "" if line.target is None else f"{line.target}: {'met' if line.is_met else 'MISSED'}"


def percentile(samples: Sequence[float], part: float) -> float:
    """Return the smallest sample that at least ``part`` (0 to 1) of all do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def machine() -> dict[str, Any]:
    """Return what the figures were measured on, without a name of it."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def write_json(file: Path, sizes: Mapping[str, Any], parts: Sequence[Part]) -> None:
    """Write everything, each round too, into a file."""
    document = {
        "machine": machine(),
        "sizes": dict(sizes),
        "parts": {part.name: part.as_json() for part in parts},
    }
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _cells(line: Line) -> tuple[str, str, str, str, str, str]:
    reference, ratio = line.reference, line.ratio
    return (
        line.figure.name,
        _shown(line.figure),
        "" if reference is None else reference.name,
        "" if reference is None else _shown(reference),
        "" if ratio is None else f"{_number(ratio)} x",
        _wish(line),
    )


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    sides = ("<", ">", "<", ">", ">", "<")
    return [f"{text:{side}{width}}" for text, side, width in zip(row, sides, widths, strict=True)]


def _shown(figure: Figure) -> str:
    spread = "" if figure.spread is None else f" ±{figure.spread * _PERCENT / 2:.0f}%"
    return f"{_number(figure.value)} {figure.unit}".rstrip() + spread


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1000:
        return f"{value:.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
