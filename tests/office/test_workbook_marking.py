"""Marks in the user's own file: what is wrong is seen where it stands, and nothing else has changed."""

import io
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from shared.office.workbook import Mark, mark_workbook
from tests.office.sheets import HEAD, ROW, ods, opened, read, saved, xls, xlsx

MARKS = (
    Mark(sheet="Nhiệm vụ", head=1, row=2, column=3, text="“Thời hạn” phải là ngày, ví dụ 25/06/2020."),
    Mark(sheet="Nhiệm vụ", head=1, row=2, column=2, text="Thiếu “Nội dung”."),
    Mark(sheet="Nhiệm vụ", head=1, row=3, column=0, text="=1+1"),
)
RED = "FFFFC7CE"


def own_file() -> bytes:
    """Return a file with formats, a formula, a comment, another sheet and a column of its own."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Nhiệm vụ"
    for row in (HEAD, ROW, ROW):
        sheet.append([*row, "ghi chú riêng"])
    sheet["G1"] = "Ghi chú"
    sheet["A2"].font = Font(bold=True, color="FF00AA00")
    sheet["B3"].fill = PatternFill("solid", start_color="FFFFFF00")
    sheet["A1"].comment = Comment("của tôi", "Chị Lan")
    sheet["H2"] = "=A2+1"
    sheet.column_dimensions["B"].width = 55
    sheet.row_dimensions[2].height = 40
    sheet.freeze_panes = "A2"
    workbook.create_sheet("Riêng")["A1"] = "=SUM(1,2)"
    return saved(workbook)


def test_wrong_cells_are_coloured_and_commented_and_a_column_lists_the_reasons() -> None:
    sheet = opened(mark_workbook(own_file(), MARKS))["Nhiệm vụ"]

    assert (sheet["I1"].value, sheet["I2"].value) == (
        "Lỗi",
        "“Thời hạn” phải là ngày, ví dụ 25/06/2020.; Thiếu “Nội dung”.",
    )
    assert [sheet[cell].fill.start_color.rgb for cell in ("C2", "B2", "I3")] == [RED] * 3
    assert sheet["C2"].comment.text == MARKS[0].text
    assert sheet["A2"].fill.fill_type is None


def test_everything_else_in_the_file_stays() -> None:
    before, after = opened(own_file()), opened(mark_workbook(own_file(), MARKS))
    sheet, was = after["Nhiệm vụ"], before["Nhiệm vụ"]

    assert after.sheetnames == before.sheetnames
    for row in was.iter_rows():
        for cell in row:
            assert sheet[cell.coordinate].value == cell.value
            assert repr(sheet[cell.coordinate].font) == repr(cell.font)
    assert repr(sheet["B3"].fill) == repr(was["B3"].fill)
    assert sheet["A1"].comment.text == "của tôi"
    assert (sheet.column_dimensions["B"].width, sheet.row_dimensions[2].height, sheet.freeze_panes) == (55, 40, "A2")
    assert after["Riêng"]["A1"].value == "=SUM(1,2)"


def test_a_reason_is_never_a_formula() -> None:
    content = mark_workbook(own_file(), MARKS)
    cell = opened(content)["Nhiệm vụ"]["I3"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert sheet.count("<f>") == 1  # his own


def test_marks_of_an_earlier_copy_are_taken_away() -> None:
    once = mark_workbook(own_file(), MARKS)
    again = opened(mark_workbook(once, MARKS[1:2]))["Nhiệm vụ"]
    corrected = opened(mark_workbook(once, ()))["Nhiệm vụ"]

    assert [cell.value for cell in again[1]].count("Lỗi") == 1
    assert (again["I2"].value, again["I3"].value) == ("Thiếu “Nội dung”.", None)
    assert (again["C2"].comment, again["C2"].fill.fill_type, again["B2"].fill.start_color.rgb) == (None, None, RED)
    assert again["A1"].comment.text == "của tôi"
    assert (corrected["B2"].comment, corrected["I1"].value, corrected["I2"].value) == (None, None, None)


def test_a_column_of_his_own_that_is_called_so_is_left_alone() -> None:
    content = xlsx((*HEAD, "Lỗi"), (*ROW, "của tôi"))
    sheet = opened(mark_workbook(content, MARKS[:1]))["Nhiệm vụ"]

    assert ([cell.value for cell in sheet[1]][-2:], sheet["G2"].value) == (["Lỗi", "Lỗi"], "của tôi")
    assert sheet["H2"].value == MARKS[0].text


def test_a_marked_copy_reads_as_the_file_did() -> None:
    content = xlsx(HEAD, ROW, ROW)
    marked = read(mark_workbook(content, MARKS))

    assert [row.values for row in marked.rows] == [row.values for row in read(content).rows]
    assert marked.unknown_headings == ()


@pytest.mark.parametrize("make", [xls, ods])
def test_a_file_of_another_format_becomes_an_xlsx_of_the_same_values(make: object) -> None:
    assert callable(make)
    content = make(HEAD, ROW)
    marked = mark_workbook(content, MARKS[:1])

    assert [row.values for row in read(marked).rows] == [row.values for row in read(content).rows]
    sheet = opened(marked)["Nhiệm vụ"]
    assert (sheet["C2"].number_format, sheet["C2"].fill.start_color.rgb) == ("dd/mm/yyyy", RED)


def test_a_mark_within_a_merged_area_stands_at_its_first_cell() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Nhiệm vụ"
    for row in (HEAD, ROW, ROW):
        sheet.append(list(row))
    sheet.merge_cells("C2:C3")
    marked = opened(mark_workbook(saved(workbook), [Mark(sheet="Nhiệm vụ", head=1, row=3, column=3, text="sai")]))

    assert marked["Nhiệm vụ"]["C2"].comment.text == "sai"
    assert marked["Nhiệm vụ"]["G3"].value == "sai"
