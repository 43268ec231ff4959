"""Compile the translation catalogues: the .po files are kept in git, the .mo files never are.

hatchling runs this as a build hook for a wheel and for an editable install; environment.py installs
the project anew when a .po file has changed.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = "sync/web/translations/*/LC_MESSAGES/*.po"


def compile_catalogues(root: Path) -> list[Path]:
    """Write the .mo beside every .po of the project at ``root``; return the files written."""
    written = []
    for source in sorted(root.glob(CATALOGUES)):
        target = source.with_suffix(".mo")
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3])
        # Replaced in one step: a program that starts meanwhile reads the old file or the new one.
        unfinished = target.with_suffix(".mo.part")
        with unfinished.open("wb") as stream:
            write_mo(stream, catalogue)
        unfinished.replace(target)
        written.append(target)
    return written


class CatalogueHook(BuildHookInterface[Any]):
    """The hook hatchling looks for in this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files of a wheel or an editable install are gathered."""
        compile_catalogues(Path(self.root))
