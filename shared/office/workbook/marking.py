"""Marks in the user's own file: wrong cells coloured, with a comment, and a column that lists the reasons."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from shared.errors import Rejected
from shared.office.workbook.apart import work_apart
from shared.office.workbook.reading import MARK_HEADING

AUTHOR = "Thi đua, khen thưởng"
_COLOUR = "FFFFC7CE"
_REASONS_WIDTH = 60
_TEXT_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A sentence about a cell: row and column from 1, column 0 for the row as a whole, `head` the row of headings."""

    sheet: str
    head: int
    row: int
    column: int
    text: str


def mark_workbook(content: bytes, marks: Sequence[Mark]) -> bytes:
    """Return a copy of the file as .xlsx with the marks; formats, other sheets and the order of columns stay.

    Marks of an earlier copy are taken away. A file of another format becomes an .xlsx of the same values.
    Formulas are kept as they are and never computed. Raises Rejected as `read_grids`.
    """
    return work_apart("mark", content, marks=[asdict(mark) for mark in marks])[1]


def mark_of(value: Mapping[str, Any]) -> Mark:
    """Return the mark that was made JSON."""
    return Mark(**value)


def marked_copy(content: bytes, marks: Sequence[Mark]) -> bytes:
    """Return the marked copy; runs in a process of its own, where openpyxl may take what memory it is given."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    from shared.office.workbook.file_checks import FileFormat, check_file

    format_ = check_file(content)
    try:
        if format_ is FileFormat.XLSX:
            workbook = openpyxl.load_workbook(io.BytesIO(content), keep_vba=False, rich_text=True)
        else:
            workbook = _converted(content)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise Rejected("office_file.unreadable") from error  # openpyxl is stricter than the reader before it
    by_sheet: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_sheet[mark.sheet].append(mark)
    for sheet in workbook.worksheets:
        found = by_sheet.pop(sheet.title, [])
        column = _unmark(sheet) or int(sheet.max_column) + 1
        if found:
            _mark(sheet, found, column)
            workbook.active = sheet
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _unmark(sheet: Any) -> int | None:
    """Take away the marks of an earlier copy; return the column that held its reasons."""
    from openpyxl.styles import PatternFill

    ours = [
        cell for row in sheet.iter_rows() for cell in row if cell.comment is not None and cell.comment.author == AUTHOR
    ]
    reasons = None
    for cell in ours:
        cell.comment = None
        if cell.value == MARK_HEADING:
            reasons = int(cell.column)
            for row in range(cell.row, sheet.max_row + 1):
                sheet.cell(row, reasons).value = None
        else:
            cell.fill = PatternFill()
    return reasons


def _mark(sheet: Any, marks: Sequence[Mark], column: int) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    fill = PatternFill("solid", start_color=_COLOUR, end_color=_COLOUR)
    heading = sheet.cell(marks[0].head, column)
    _write_text(heading, MARK_HEADING)
    heading.comment = Comment("Do hệ thống ghi khi kiểm tra tệp; cột này không được nhập.", AUTHOR)
    heading.font = Font(bold=True)
    sheet.column_dimensions[get_column_letter(column)].width = _REASONS_WIDTH
    reasons: dict[int, dict[str, None]] = defaultdict(dict)
    texts: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    for mark in marks:
        reasons[mark.row][mark.text] = None
        texts[mark.row, mark.column or column][mark.text] = None
    for row, found in reasons.items():
        cell = sheet.cell(row, column)
        _write_text(cell, "; ".join(found)[:_TEXT_MAX])
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for (row, at), found in texts.items():
        cell = _first_of_merged(sheet, row, at)
        cell.fill = fill
        comment = Comment("\n".join(found)[:_TEXT_MAX], AUTHOR)
        comment.width, comment.height = 320, 110
        cell.comment = comment


def _first_of_merged(sheet: Any, row: int, column: int) -> Any:
    cell = sheet.cell(row, column)
    for merged in sheet.merged_cells.ranges if type(cell).__name__ == "MergedCell" else ():
        if cell.coordinate in merged:
            return sheet.cell(merged.min_row, merged.min_col)
    return cell


def _write_text(cell: Any, text: str) -> None:
    cell.value = text
    cell.data_type = "s"  # also where it begins as a formula does


def _converted(content: bytes) -> Any:
    """Return a workbook with the values of an .xls or .ods file."""
    from openpyxl import Workbook
    from openpyxl.utils.exceptions import IllegalCharacterError

    from shared.office.workbook.grids import grids_of

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for grid in grids_of(content, ()):
        sheet = workbook.create_sheet(grid.name)
        for number, row in enumerate(grid.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value == "" or not isinstance(value, str | int | float | bool | date):
                    continue
                cell = sheet.cell(number, column)
                try:
                    if isinstance(value, str):
                        _write_text(cell, value)
                    else:
                        cell.value = value
                except IllegalCharacterError:
                    continue
                if isinstance(value, date):
                    cell.number_format = "dd/mm/yyyy hh:mm" if isinstance(value, datetime) else "dd/mm/yyyy"
    return workbook
