"""Spreadsheets for tests: a form, and files made of plain rows by the programs that people use."""

import io
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from typing import Any

import openpyxl

from shared.errors import Rejected
from shared.office.workbook import Choice, Column, Kind, ReadSheet, SheetForm, read_grids, read_sheet

FORM = SheetForm(
    name="Nhiệm vụ",
    also=("Bảng việc",),
    title="Danh sách nhiệm vụ",
    columns=(
        Column(
            field="number", heading="Số thứ tự", also=("STT",), kind=Kind.INTEGER, is_required=True, number_max=9999
        ),
        Column(field="content", heading="Nội dung", is_required=True, width=40, length_max=200),
        Column(field="due_on", heading="Thời hạn", kind=Kind.DATE, hint="Ví dụ 25/06/2020"),
        Column(field="points", heading="Điểm", kind=Kind.DECIMAL, number_max=100),
        Column(
            field="quarter",
            heading="Quý",
            kind=Kind.CHOICE,
            choices=(Choice(value="1", word="Quý I", also=("I",)), Choice(value="2", word="Quý II", also=("II",))),
        ),
        Column(field="units", heading="Đơn vị", kind=Kind.LIST),
    ),
    rows_max=100,
)
HEAD = ("Số thứ tự", "Nội dung", "Thời hạn", "Điểm", "Quý", "Đơn vị")
ROW = (7, "Ban hành Chỉ thị", date(2020, 6, 25), 9.5, "Quý I", "Phòng Nội vụ; Thanh tra")


def xlsx(*rows: Sequence[Any], sheet: str = "Nhiệm vụ", others: Sequence[str] = ()) -> bytes:
    """Return an .xlsx of the rows, as another program writes it."""
    workbook = openpyxl.Workbook()
    first = workbook.worksheets[0]
    first.title = sheet
    for row in rows:
        first.append(list(row))
    for name in others:
        workbook.create_sheet(name).append(["khác"])
    return saved(workbook)


def saved(workbook: Any) -> bytes:
    """Return the bytes of an openpyxl workbook."""
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def opened(content: bytes) -> Any:
    """Return the file as openpyxl sees it."""
    return openpyxl.load_workbook(io.BytesIO(content))


def ods(*rows: Sequence[Any], sheet: str = "Nhiệm vụ") -> bytes:
    """Return an .ods of the rows."""
    odf, tables = _untyped("odf.opendocument"), _untyped("odf.table")
    document = odf.OpenDocumentSpreadsheet()
    table = tables.Table(name=sheet)
    for row in rows:
        line = tables.TableRow()
        for value in row:
            match value:
                case date():
                    cell = tables.TableCell(valuetype="date", datevalue=value.isoformat())
                case int() | float():
                    cell = tables.TableCell(valuetype="float", value=value)
                case _:
                    cell = tables.TableCell(valuetype="string")
                    cell.addElement(_untyped("odf.text").P(text=str(value)))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def xls(*rows: Sequence[Any], sheet: str = "Nhiệm vụ") -> bytes:
    """Return an .xls (Excel 97) of the rows."""
    xlwt = _untyped("xlwt")
    workbook = xlwt.Workbook(encoding="utf-8")
    page = workbook.add_sheet(sheet)
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                page.write(number, column, value, day)
            else:
                page.write(number, column, value)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _untyped(name: str) -> Any:
    return import_module(name)


def read(content: bytes, form: SheetForm = FORM) -> ReadSheet:
    """Return what the form's sheet says."""
    found = read_sheet(read_grids(content, [form]), form)
    assert found is not None
    return found


def refusal_of(content: bytes, form: SheetForm = FORM) -> Rejected:
    """Return why the file is refused."""
    try:
        read_sheet(read_grids(content, [form]), form)
    except Rejected as refusal:
        return refusal
    raise AssertionError("the file was taken")
