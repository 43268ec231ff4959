"""The page about the workbook names what the code reads and how the code is arranged."""

import re

from central.imports import layout
from tests.support import source, tools

README = (tools.ROOT / "central" / "imports" / "README.md").read_text("utf-8")


def test_every_sheet_stands_there_with_its_columns() -> None:
    rows = {
        line.split("|")[1].strip(): line.split("|")[2]
        for line in README.splitlines()
        if line.startswith("| ")
    }

    for sheet in layout.ALL:
        for column in sheet.columns:
            heading = column.heading if column.required else f"*{column.heading}*"
            assert heading in rows[sheet.title], (sheet.title, heading)


def test_every_module_stands_there() -> None:
    arrangement = README.partition("## How the code is arranged")[2]
    named = set(re.findall("`([a-z_…]+)`", arrangement))
    modules = {path.stem for path in source.files("central/imports", suffix=".py")} - {"__init__"}

    unnamed = {
        module
        for module in modules
        if module not in named
        and not any(name.endswith("…") and module.startswith(name[:-1]) for name in named)
    }

    assert unnamed == set()
    assert {name for name in named if "…" not in name} <= modules
