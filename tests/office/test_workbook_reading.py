"""Spreadsheets in: whatever program wrote them, wherever the headings stand, whatever the cells hold."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from shared.office.workbook import Column, Kind, SheetForm, read_grids, read_sheet, value_of
from tests.office.sheets import FORM, HEAD, ROW, ods, read, refusal_of, saved, xls, xlsx

VALUES = {
    "number": 7,
    "content": "Ban hành Chỉ thị",
    "due_on": date(2020, 6, 25),
    "points": Decimal("9.5"),
    "quarter": "1",
    "units": ("Phòng Nội vụ", "Thanh tra"),
}


@pytest.mark.parametrize("make", [xlsx, xls, ods])
def test_the_three_formats_give_the_same_typed_values(make: Any) -> None:
    sheet = read(make(HEAD, ROW))

    assert [row.values for row in sheet.rows] == [VALUES]
    assert (sheet.problems, sheet.head, sheet.rows[0].number) == ((), 1, 2)


@pytest.mark.parametrize("make", [xlsx, xls, ods])
def test_the_format_is_told_by_the_bytes_and_headings_by_their_words(make: Any) -> None:
    headings = ("  SỐ   THỨ TỰ (*)", "noi dung", "Thời hạn:", "ĐIỂM", "Quý", "đơn vị")

    assert read(make(headings, ROW, sheet="NHIEM VU")).rows[0].values == VALUES


def test_headings_may_stand_below_titles_and_in_any_order_beside_columns_of_others() -> None:
    content = xlsx(
        ("UBND QUẬN CÁI RĂNG",),
        (),
        ("", "DANH SÁCH NHIỆM VỤ NĂM 2020"),
        ("Ghi chú", "Nội dung", "STT"),
        ("x", "Việc một", 1.0),
        (),
        ("", "Việc hai", "2"),
        (),
        (" ", "\n", None),
    )
    sheet = read(content)

    assert [(row.number, dict(row.values)) for row in sheet.rows] == [
        (5, {"number": 1, "content": "Việc một"}),
        (7, {"number": 2, "content": "Việc hai"}),
    ]
    assert (sheet.head, sheet.columns, sheet.unknown_headings) == (4, {"number": 3, "content": 2}, ("Ghi chú",))


def test_a_sheet_of_another_name_is_taken_where_its_headings_fit_and_no_sheet_has_the_name() -> None:
    assert read(xlsx(HEAD, ROW, sheet="Sheet1", others=["Sheet2"])).name == "Sheet1"
    assert read_sheet(read_grids(xlsx(("a", "b"), sheet="Sheet1"), [FORM]), FORM) is None


def test_a_wrong_cell_is_named_by_row_column_and_code_and_the_other_rows_are_read() -> None:
    content = xlsx(
        HEAD,
        ROW,
        ("bảy", "", "31/02/2020", "chín", "Quý V", "x"),
        (8.5, "y" * 201, 2020, 100.5, "", ""),
        (10_000, "Việc", True, "1.234,5", "II", "a;b\nc ; a"),
        (9, "Việc", "2020-06-25", "9,25", "ii", "a;b\nc ; a"),
    )
    sheet = read(content)

    assert [(one.row, one.column, one.code) for one in sheet.problems] == [
        (3, 1, "cell.not_an_integer"),
        (3, 2, "cell.missing"),
        (3, 3, "cell.not_a_date"),
        (3, 4, "cell.not_a_number"),
        (3, 5, "cell.not_a_choice"),
        (4, 1, "cell.not_an_integer"),
        (4, 2, "cell.too_long"),
        (4, 3, "cell.not_a_date"),
        (4, 4, "cell.out_of_range"),
        (5, 1, "cell.out_of_range"),
        (5, 3, "cell.not_a_date"),
        (5, 4, "cell.not_a_number"),
    ]
    assert [row.number for row in sheet.rows] == [2, 6]
    assert sheet.rows[1].values == {
        "number": 9,
        "content": "Việc",
        "due_on": date(2020, 6, 25),
        "points": Decimal("9.25"),
        "quarter": "2",
        "units": ("a", "b", "c"),
    }
    assert [row.values.get("quarter") for row in sheet.wrong_rows] == [None, None, "2"]


def test_a_formula_that_failed_or_was_never_computed_is_no_blank_cell() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Nhiệm vụ"
    sheet.append(list(HEAD))
    sheet.append([1, "Việc", None, None, None, None])
    sheet["F2"] = "=A2&A3"  # openpyxl computes nothing
    sheet["C2"] = "#N/A"
    sheet["C2"].data_type = "e"
    found = read(saved(workbook))

    assert [(one.row, one.column, one.code) for one in found.problems] == [
        (2, 3, "cell.without_value"),
        (2, 6, "cell.without_value"),
    ]


def test_what_is_merged_over_several_rows_is_said_of_each() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["Quý", "STT", "Nội dung"])
    sheet.append(["I", 1, "Một"])
    sheet.append([None, 2, "Hai"])
    sheet.append(["II", 3, "Ba"])
    sheet.merge_cells("A2:A3")

    assert [row.values["quarter"] for row in read(saved(workbook)).rows] == ["1", "1", "2"]


def test_a_code_typed_as_a_number_stays_what_was_typed() -> None:
    column = Column(field="code", heading="Mã")

    assert value_of(column, 919.0) == "919"
    assert value_of(column, 9.5) == "9,5"
    assert value_of(column, date(2020, 6, 25)) == "25/06/2020"
    assert value_of(column, datetime(2020, 6, 25, 8)) == "25/06/2020"  # noqa: DTZ001 - as the reader gives it


def test_a_whole_number_may_have_decimals_of_nothing_but_not_be_a_thousand_or_one() -> None:
    assert [row.values["number"] for row in read(xlsx(HEAD, ("7,0", *ROW[1:]), ("8.00", *ROW[1:]))).rows] == [7, 8]
    assert [one.code for one in read(xlsx(HEAD, ("1.000", *ROW[1:]))).problems] == ["cell.not_an_integer"]


def test_text_is_read_in_nfc_without_what_nobody_sees() -> None:
    column = Column(field="content", heading="Nội dung")

    assert value_of(column, "Cái Răng\r\n\x07\u200b dòng\u00a0hai ") == "Cái Răng\n dòng hai"


@pytest.mark.parametrize(
    "cell", ["25/06/2020", "25-6-2020", "25.6.2020", "25 / 06 / 2020", "2020-06-25", date(2020, 6, 25)]
)
def test_a_date_may_be_written_in_the_usual_ways(cell: Any) -> None:
    assert value_of(Column(field="d", heading="Ngày", kind=Kind.DATE), cell) == date(2020, 6, 25)


def test_missing_headings_are_named_and_a_heading_stands_once() -> None:
    missing = refusal_of(xlsx(("Nội dung",), ("Việc",)))
    twice = refusal_of(xlsx((*HEAD, "Nội dung"), (*ROW, "x")))

    assert (missing.code, missing.detail["headings"]) == ("workbook.headings_missing", "Số thứ tự")
    assert (twice.code, twice.detail["heading"]) == ("workbook.heading_twice", "Nội dung")


def test_a_sheet_has_no_more_rows_than_its_form_allows() -> None:
    rows = [(number, "Việc") for number in range(1, 102)]

    assert refusal_of(xlsx(("STT", "Nội dung"), *rows)).code == "workbook.too_many_rows"
    assert len(read(xlsx(("STT", "Nội dung"), *rows[:100])).rows) == 100


def test_coloured_blank_rows_below_the_table_are_nothing() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(list(HEAD))
    sheet.append(list(ROW))
    for number in range(3, 2000):
        sheet.cell(number, 3).fill = PatternFill("solid", start_color="FFFFFF00")

    assert len(read(saved(workbook)).rows) == 1


def test_a_required_list_of_separators_is_missing() -> None:
    form = SheetForm(
        name="x", title="x", columns=(Column(field="l", heading="Danh sách", kind=Kind.LIST, is_required=True),)
    )

    assert [one.code for one in read(xlsx(("Danh sách",), (" ; ;",)), form).problems] == ["cell.missing"]
