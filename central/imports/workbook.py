"""Opens an XLSX file that anybody may have made, without trusting a byte of it.

An XLSX file is a ZIP archive of XML. Before the XML is read: the size of the file, what it says it
is, how large it says it unpacks, and how large it really does (every part is unpacked once and
counted, which also finds damage by its checksums). While the rows are read: how many there are and
how wide. XML entities are refused by defusedxml, which openpyxl uses when it is installed.

The sample school of 522 students has 0.4 MB, 4.5 MB unpacked and 9,758 rows in its longest sheet.
"""

import io
import posixpath
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import ElementTree

from sync import errors

RawRow = tuple[Any, ...]
Progress = Callable[[str, int], None]

_CHUNK = 1 << 16
_BOOK = "xl/workbook.xml"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ROW = b"<row"
_ZIP = b"PK"
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")  # old Excel, and new Excel with a password
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
_LARGE_ENOUGH_TO_COUNT_RATIO = 1 << 20

#: What a broken or forged file makes openpyxl and zipfile raise.
_DAMAGE = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,  # a position before the beginning of the file
    OverflowError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class Limits:
    """What a workbook may be; sizes in bytes."""

    file_bytes: int = 20 * 1024 * 1024
    unpacked_bytes: int = 100 * 1024 * 1024
    ratio: int = 100
    parts: int = 1_000
    rows: int = 50_000
    columns: int = 50


@dataclass(frozen=True)
class Sheet:
    """One sheet as it stands: the rows from the first on, empty ones included."""

    title: str
    rows: tuple[RawRow, ...]


def read(
    path: Path, limits: Limits | None = None, progress: Progress = lambda sheet, rows: None
) -> list[Sheet]:
    """Return the sheets of the workbook with the values of their cells (of formulas, the results).

    Args:
        progress: told each sheet's title and number of rows when it has been read.
    Raises:
        errors.WorkbookRefused: the file is missing, no workbook, locked by a password, damaged or
            larger than the limits; its codes are listed there.
    """
    bounds = limits or Limits()
    # Opened once: what was checked is what is read, and no error leaves the file open.
    with _opened(path) as stream:
        _check_start(stream, bounds)
        _check_archive(stream, bounds)
        with warnings.catch_warnings():
            # openpyxl warns about decorations that it drops; nobody reads decorations here.
            warnings.simplefilter("ignore")
            return list(_sheets(stream, bounds, progress))


def _opened(path: Path) -> BinaryIO:
    if path.is_dir():
        raise errors.WorkbookRefused(code="workbook_not_xlsx")
    try:
        return path.open("rb")
    except OSError as error:
        raise errors.WorkbookRefused(code="workbook_unreadable", hint="check_file_name") from error


def _check_start(stream: BinaryIO, limits: Limits) -> None:
    size = _size_of(stream)
    start = stream.read(len(_COMPOUND_FILE))
    if size == 0:
        raise errors.WorkbookRefused(code="workbook_empty")
    if size > limits.file_bytes:
        raise errors.WorkbookRefused(
            code="workbook_too_large", megabytes=limits.file_bytes // 1024**2
        )
    if start == _COMPOUND_FILE:
        encrypted = _ENCRYPTED_PART in stream.read()
        raise errors.WorkbookRefused(
            code="workbook_encrypted" if encrypted else "workbook_old_format"
        )
    if not start.startswith(_ZIP):
        raise errors.WorkbookRefused(code="workbook_not_xlsx")


def _size_of(stream: BinaryIO) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size


def _check_archive(stream: BinaryIO, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_directory(archive, _size_of(stream), limits)
            _check_parts(archive, limits)
    except _DAMAGE as error:
        raise errors.WorkbookRefused(code="workbook_damaged") from error


def _check_directory(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    too_dense = unpacked > max(packed * limits.ratio, _LARGE_ENOUGH_TO_COUNT_RATIO)
    if len(parts) > limits.parts or unpacked > limits.unpacked_bytes or too_dense:
        raise errors.WorkbookRefused(code="workbook_unpacks_too_large")
    if _BOOK not in archive.namelist():
        raise errors.WorkbookRefused(code="workbook_not_xlsx")


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Unpack every part once: the directory may lie about sizes, and checksums show damage.

    Rows are counted on the way, because reading them as XML takes a hundred times as long.
    """
    unpacked = 0
    for part in archive.infolist():
        rows = 0
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                rows += chunk.count(_ROW)
                if unpacked > limits.unpacked_bytes:
                    raise errors.WorkbookRefused(code="workbook_unpacks_too_large")
        if rows > limits.rows:
            raise _too_long(_titles(archive).get(part.filename, part.filename), limits)


def _titles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the titles of the sheets by the names of their parts."""
    book = ElementTree.fromstring(archive.read(_BOOK))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): posixpath.join("/xl", link.get("Target", "")) for link in links}
    return {
        targets.get(sheet.get(_LINK), "").lstrip("/"): sheet.get("name", "")
        for sheet in book.iter(_SHEET)
    }


def _too_long(title: str, limits: Limits) -> errors.WorkbookRefused:
    return errors.WorkbookRefused(code="sheet_too_long", sheet=_shown(title), rows=limits.rows)


def _sheets(stream: BinaryIO, limits: Limits, progress: Progress) -> Iterator[Sheet]:
    if not openpyxl.DEFUSEDXML:
        raise errors.WorkbookRefused(code="workbook_reader_unsafe", hint="tell_administrator")
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                rows = tuple(_rows(sheet, limits))
                progress(sheet.title, len(rows))
                yield Sheet(sheet.title, rows)
        finally:
            book.close()
    except _DAMAGE as error:
        raise errors.WorkbookRefused(code="workbook_damaged") from error


def _rows(sheet: Any, limits: Limits) -> Iterator[RawRow]:
    # The size that a sheet claims may be wrong or huge; the rows themselves are counted.
    sheet.reset_dimensions()
    # One column more than allowed is looked at; a row that names thousands costs nothing.
    rows = sheet.iter_rows(max_col=limits.columns + 1, values_only=True)
    for number, row in enumerate(rows, start=1):
        if number > limits.rows:
            raise _too_long(sheet.title, limits)
        trimmed = _without_empty_end(row)
        if len(trimmed) > limits.columns:
            raise errors.WorkbookRefused(
                code="sheet_too_wide", sheet=_shown(sheet.title), columns=limits.columns
            )
        yield trimmed


def _without_empty_end(row: RawRow) -> RawRow:
    width = len(row)
    while width and row[width - 1] is None:
        width -= 1
    return row[:width]


def _shown(title: str) -> str:
    return title[:40]
