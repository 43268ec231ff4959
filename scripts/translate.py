"""Bring the catalogue up to date with the code: ``python3 scripts/translate.py``.

Collects every text from the code and the templates, adds the new ones to the Russian catalogue,
drops those that are gone, compiles it, and lists what has no translation yet. The exit code is 1
if something has none. Translations are written into the .po file by hand or with any editor.
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

if __name__ == "__main__":
    environment.enter()  # before the imports that need it

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

import build_catalogues

LOCALE = "ru"
CATALOGUE = environment.ROOT / f"sync/web/translations/{LOCALE}/LC_MESSAGES/messages.po"
PACKAGES = ("node", "central", "sync")
HEADER = "# The Russian words of school-journal; scripts/translate.py keeps this file's form."


def extract() -> Catalog:
    """Return every text of the three packages as a catalogue without translations."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        command = ["babel.messages.frontend", "--quiet", "extract", "-F", "pyproject.toml"]
        options = ["--no-location", "--output-file", str(template)]
        subprocess.run(
            [sys.executable, "-m", *command, *options, *PACKAGES], cwd=environment.ROOT, check=True
        )
        with template.open("rb") as stream:
            return read_po(stream, locale=LOCALE)


def stored() -> Catalog:
    """Return the catalogue as it stands in the repository; an empty one if there is none."""
    if not CATALOGUE.exists():
        return Catalog(locale=LOCALE, project="school-journal", fuzzy=False)
    with CATALOGUE.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def texts(catalogue: Catalog) -> set[tuple[str | None, str]]:
    """Return the context and the English text of every message."""
    return {(message.context, _english(message)) for message in catalogue if message.id}


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the English text of each message without a complete, certain translation."""
    return sorted(
        _english(message) for message in catalogue if message.id and not _is_complete(message)
    )


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_complete(message: Message) -> bool:
    if message.fuzzy or not message.string:
        return False
    return isinstance(message.string, str) or all(message.string)


def _write(catalogue: Catalog) -> None:
    """Write the catalogue in the one form it has in the repository, if that changes anything."""
    catalogue.header_comment = HEADER
    catalogue.project, catalogue.version = "school-journal", ""
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    written = io.BytesIO()
    write_po(written, catalogue, sort_output=True, no_location=True, width=100)
    if not CATALOGUE.exists() or CATALOGUE.read_bytes() != written.getvalue():
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        CATALOGUE.write_bytes(written.getvalue())


def main() -> None:
    """Update, compile and report."""
    catalogue = stored()
    catalogue.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    _write(catalogue)
    build_catalogues.compile_catalogues(environment.ROOT)
    missing = untranslated(catalogue)
    print(f"{len(texts(catalogue))} texts, {len(missing)} without a translation")
    for text in missing:
        print(f"  {text!r}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
