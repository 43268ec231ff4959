"""Files that anybody may have made: each that cannot be used is a clear error, nothing changes."""

import contextlib
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from central.imports import school_import, workbook
from central.imports.school_import import Wishes
from central.imports.workbook import Limits
from central.storage import Storage
from sync import errors
from sync.web import command_line
from tests.support import workbooks
from tests.support.workbooks import Book

SCHOOL = workbooks.DATA / "school-small.xlsx"

_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def repacked(path: Path, **parts: bytes) -> Path:
    """Write a workbook with some of its parts replaced, named without folders and dots."""
    with zipfile.ZipFile(SCHOOL) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in source.infolist():
            name = item.filename.rpartition("/")[2].partition(".")[0]
            new.writestr(item.filename, parts.get(name, source.read(item)))
    return path


def of_bytes(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def cut_short(path: Path) -> Path:
    data = SCHOOL.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def with_a_flipped_bit(path: Path) -> Path:
    with zipfile.ZipFile(SCHOOL) as archive:
        middle = archive.getinfo("xl/worksheets/sheet8.xml").header_offset + 2_000
    data = bytearray(SCHOOL.read_bytes())
    data[middle] ^= 0xFF
    path.write_bytes(data)
    return path


def a_letter(path: Path) -> Path:
    """Another office file: a ZIP archive, but of a text."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return path


def with_a_password(path: Path) -> Path:
    data = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(data)
    return path


def unpacking_to_a_lot(path: Path) -> Path:
    return repacked(path, sheet13=_SHEET.encode() + b" " * 200_000_000 + b"</worksheet>")


def packed_too_densely(path: Path) -> Path:
    return repacked(path, sheet13=_SHEET.encode() + b" " * 60_000_000 + b"</worksheet>")


def lying_about_sizes(path: Path) -> Path:
    """The directory says that a part of 60 MB has 2,000 bytes."""
    packed_too_densely(path)
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet13.xml").file_size
    path.write_bytes(data.replace(struct.pack("<L", size), struct.pack("<L", 2_000)))
    return path


def with_an_entity(path: Path) -> Path:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return repacked(path, sheet2=f"{bomb}{_SHEET}&b;</worksheet>".encode())


def with_broken_xml(path: Path) -> Path:
    return repacked(path, sheet2=b"<worksheet><sheetData><row>")


def without_a_sheet_it_names(path: Path) -> Path:
    with zipfile.ZipFile(SCHOOL) as source, zipfile.ZipFile(path, "w") as new:
        for item in source.infolist():
            if not item.filename.endswith("sheet5.xml"):
                new.writestr(item.filename, source.read(item))
    return path


def of_200_000_rows(path: Path) -> Path:
    cells = '<c t="inlineStr"><is><t>Математика</t></is></c><c><v>5</v></c>'
    rows = "".join(f"<row>{cells}<c><v>{number}</v></c></row>" for number in range(200_000))
    return repacked(path, sheet13=f"{_SHEET}<sheetData>{rows}</sheetData></worksheet>".encode())


def with_a_row_far_below(path: Path) -> Path:
    row = '<sheetData><row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>'
    return repacked(path, sheet13=(_SHEET + row).encode())


def of_60_columns(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append([f"Столбец {number}" for number in range(60)])
    book.save(path)
    return path


BAD_FILES = [
    (of_bytes(b""), "workbook_empty"),
    (of_bytes("Фамилия;Имя\nРябова;Анна\n".encode("cp1251")), "workbook_not_xlsx"),
    (of_bytes(b"<html><table></table></html>"), "workbook_not_xlsx"),
    (of_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1000)), "workbook_old_format"),
    (of_bytes(b"PK\x03\x04" + random.Random(5).randbytes(5_000)), "workbook_damaged"),
    (of_bytes(b"PK"), "workbook_damaged"),
    (a_letter, "workbook_not_xlsx"),
    (with_a_password, "workbook_encrypted"),
    (cut_short, "workbook_damaged"),
    (with_a_flipped_bit, "workbook_damaged"),
    (unpacking_to_a_lot, "workbook_unpacks_too_large"),
    (packed_too_densely, "workbook_unpacks_too_large"),
    (lying_about_sizes, "workbook_damaged"),
    (with_an_entity, "workbook_damaged"),
    (with_broken_xml, "workbook_damaged"),
    (of_200_000_rows, "sheet_too_long"),
    (with_a_row_far_below, "sheet_too_long"),
    (of_60_columns, "sheet_too_wide"),
]


@pytest.mark.parametrize(
    ("make", "code"),
    BAD_FILES,
    ids=[f"{code}-{number}" for number, (_, code) in enumerate(BAD_FILES)],
)
def test_file_that_cannot_be_used_is_a_clear_error_and_changes_nothing(
    make: Callable[[Path], Path], code: str, untouched: Storage, tmp_path: Path
) -> None:
    path = make(tmp_path / "file.xlsx")
    before = untouched.store.update_seq()

    with pytest.raises(errors.WorkbookRefused) as refused:
        school_import.import_school(path, untouched, Wishes(skip_bad_rows=True))

    assert refused.value.code == code
    assert untouched.store.update_seq() == before
    with command_line.speaking("ru"):
        said = command_line.explained(refused.value)
    assert re.search("[а-я]{3}.*[.] .*[а-я]{3}", said)  # what happened, and what to do


def test_part_that_was_lost_is_a_missing_sheet(untouched: Storage, tmp_path: Path) -> None:
    path = without_a_sheet_it_names(tmp_path / "file.xlsx")

    report = school_import.import_school(path, untouched, Wishes(skip_bad_rows=True))

    assert not report.imported
    assert ("Предметы", "sheet_missing") in [(one.sheet, one.code) for one in report.problems]


@pytest.mark.parametrize("name", ["nothing.xlsx", "folder"])
def test_file_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(errors.WorkbookRefused):
        workbook.read(tmp_path / name)


def test_file_larger_than_allowed_is_not_even_opened() -> None:
    with pytest.raises(errors.WorkbookRefused) as refused:
        workbook.read(SCHOOL, Limits(file_bytes=100_000))

    assert refused.value.code == "workbook_too_large"


def test_archive_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(SCHOOL) as source, zipfile.ZipFile(tmp_path / "x", "w") as new:
        for item in source.infolist():
            new.writestr(item.filename, source.read(item))
        for number in range(1_001):
            new.writestr(f"xl/part{number}.xml", "")

    with pytest.raises(errors.WorkbookRefused) as refused:
        workbook.read(tmp_path / "x")

    assert refused.value.code == "workbook_unpacks_too_large"


def test_any_damage_is_an_error_or_harmless(tmp_path: Path) -> None:
    """Bytes are changed at random; whatever comes of it, it is an answer of ours."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    small = io.BytesIO()
    Book().save(tmp_path / "good.xlsx")
    small.write((tmp_path / "good.xlsx").read_bytes())
    for _ in range(60):
        data = bytearray(small.getvalue())
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / "bad.xlsx"
        path.write_bytes(data)
        with contextlib.suppress(errors.WorkbookRefused):
            workbook.read(path)


def test_formulas_give_their_results_and_are_never_worked_out(tmp_path: Path) -> None:
    """A file that Excel has not saved has no results: the cells count as empty."""
    book = openpyxl.Workbook()
    book.active.title = "Лист"
    book.active.append(["=1+1", "да"])
    book.save(tmp_path / "formula.xlsx")

    (sheet,) = workbook.read(tmp_path / "formula.xlsx")

    assert sheet.rows == ((None, "да"),)


def test_claimed_size_of_a_sheet_is_not_believed(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 6))
    sheet = f'{_SHEET}<dimension ref="A1:A2"/><sheetData>{rows}</sheetData></worksheet>'
    path = repacked(tmp_path / "x.xlsx", sheet13=sheet.encode())

    plan = workbook.read(path)[-1]

    assert [row[0] for row in plan.rows] == [1, 2, 3, 4, 5]
