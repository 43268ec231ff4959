"""A table as a workbook: read back by another library, with texts that look like formulas."""

import io

import openpyxl

from central.desk import workbook
from central.desk.workbook import Sheet

SHEET = Sheet(
    name="Протокол: [5А]/7",
    head=["Школа № 1", "Протокол"],
    columns=["Объект", "Версии", "Число"],
    rows=[
        ["Иванов: отметка", '=HYPERLINK("http://x")', 7],
        ["+7 900", "@SUM(A1)\n-1", 0],
        ["http://example.org", "007", -3],
    ],
    widths=[20, 30, 10],
    foot=["Заместитель директора"],
)


def read() -> openpyxl.Workbook:
    """Return the sheet as another program sees it."""
    return openpyxl.load_workbook(io.BytesIO(workbook.of(SHEET)))


def test_what_people_typed_stays_text_and_numbers_stay_numbers():
    page = read().active

    rows = [list(row) for row in page.iter_rows(min_row=5, max_row=7)]
    assert [[cell.value for cell in row] for row in rows] == SHEET.rows
    assert [[cell.data_type for cell in row] for row in rows] == [["s", "s", "n"]] * 3


def test_head_columns_and_foot_stand_around_the_rows():
    page = read().active

    texts = [row[0].value for row in page.iter_rows()]
    assert texts[:2] == SHEET.head
    assert [cell.value for cell in page[4]] == SHEET.columns
    assert texts[-1] == SHEET.foot[0]


def test_sheet_prints_on_a4_with_its_columns_on_each_page():
    page = read().active

    assert page.title == "Протокол   5А  7"
    assert page.print_title_rows == "$4:$4"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
