"""The cells of a file as they stand, read within limits; runs in a process of its own (see `apart`)."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from shared.errors import Json, Rejected
from shared.office.package import Package, open_package
from shared.office.workbook.columns import heading_key
from shared.office.workbook.file_checks import CONTENT_TYPES, FileFormat, check_file
from shared.office.workbook.values import Cell, NoValue

ROWS_MAX = 20_000
COLUMNS_MAX = 200
SHEETS_MAX = 50
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One sheet: its rows from the first on; blank cells are empty texts, those at the end of a row may be left out.

    A cell that is merged with those above it holds their value.
    """

    name: str
    rows: Sequence[Sequence[Cell]]


def grids_of(content: bytes, wanted: Sequence[str]) -> tuple[Grid, ...]:
    """Return the sheets with one of the names, whatever their case and marks; all of them where there is none such.

    Raises Rejected as `check_file`, and `workbook.too_many_rows`, `.too_many_columns`, `.too_many_sheets`,
    `office_file.encrypted`, `office_file.unreadable`.
    """
    format_ = check_file(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [one.name for one in workbook.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet]
        keys = {heading_key(name) for name in wanted}
        chosen = [name for name in names if heading_key(name) in keys] or names
        if len(chosen) > SHEETS_MAX:
            raise Rejected("workbook.too_many_sheets", limit=SHEETS_MAX)
        grids = [_grid(name, workbook.get_sheet_by_name(name)) for name in chosen]
    except PasswordError as error:
        raise Rejected("office_file.encrypted") from error
    except (CalamineError, OSError, ValueError) as error:
        raise Rejected("office_file.unreadable") from error
    if format_ is FileFormat.XLSX:
        package = open_package(content, CONTENT_TYPES)
        for grid in grids:
            _mark_valueless(grid.rows, package, grid.name)
    return tuple(Grid(name=grid.name, rows=grid.rows) for grid in grids)


@dataclass(slots=True)
class _Grid:
    name: str
    rows: list[list[Cell]]


def _grid(name: str, sheet: CalamineSheet) -> _Grid:
    if sheet.total_height > ROWS_MAX:
        raise Rejected("workbook.too_many_rows", sheet=name, limit=ROWS_MAX)
    if sheet.total_width > COLUMNS_MAX:
        raise Rejected("workbook.too_many_columns", sheet=name, limit=COLUMNS_MAX)
    rows: list[list[Cell]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        # What is merged over several rows ("Quý I") is said of each of them.
        if top < bottom and top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                row[left] = rows[top][left]
    return _Grid(name=name, rows=rows)


def _mark_valueless(rows: list[list[Cell]], package: Package, name: str) -> None:
    """Put NoValue where a formula failed or has no stored result: calamine shows both as blank."""
    part = _part_of(package, name)
    sheet = package.xml(part) if part else None
    if sheet is None:
        return
    for cell in sheet.iter(f"{_MAIN}c"):
        value = cell.find(f"{_MAIN}v")
        written = (value.text or "") if value is not None else ""
        is_error = cell.get("t") == "e"
        is_uncomputed = not written and cell.find(f"{_MAIN}f") is not None and cell.get("t") != "str"
        if (is_error or is_uncomputed) and (place := _PLACE.fullmatch(cell.get("r", ""))):
            row, column = int(place[2]) - 1, column_index(place[1])
            if row < ROWS_MAX and column < COLUMNS_MAX:
                rows += ([] for _ in range(row + 1 - len(rows)))
                rows[row] += ("" for _ in range(column + 1 - len(rows[row])))
                rows[row][column] = NoValue(written or "=…")


def _part_of(package: Package, name: str) -> str | None:
    main = package.xml(package.main)
    targets = {
        sheet.get("name"): sheet.get(_R_ID) for sheet in (main.iter(f"{_MAIN}sheet") if main is not None else ())
    }
    identifier = targets.get(name)
    return next((one.target for one in package.relationships(package.main) if one.identifier == identifier), None)


def column_index(letters: str) -> int:
    """Return the place of a column, counted from 0: A is 0, AA is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


# --- as JSON, to cross from one process to the other ----------------------------------------------


def to_json_cell(cell: Cell) -> Json:
    """Return the cell as JSON: what JSON does not know is an object of one key."""
    match cell:
        case datetime():
            return {"at": cell.isoformat()}
        case date():
            return {"on": cell.isoformat()}
        case time():
            return {"time": cell.isoformat()}
        case timedelta():
            return {"s": cell.total_seconds()}
        case NoValue():
            return {"no": cell.written}
        case _:
            return cell


def from_json_cell(value: Any) -> Cell:
    """Return the cell that was made JSON by `to_json_cell`."""
    match value:
        case {"at": text}:
            return datetime.fromisoformat(text)
        case {"on": text}:
            return date.fromisoformat(text)
        case {"time": text}:
            return time.fromisoformat(text)
        case {"s": seconds}:
            return timedelta(seconds=seconds)
        case {"no": written}:
            return NoValue(written)
        case str() | int() | float() | bool():
            return value
    raise ValueError(f"no cell: {value!r}")


def json_grids(grids: Sequence[Grid]) -> list[Json]:
    """Return the grids as JSON."""
    return [{"name": one.name, "rows": [[to_json_cell(cell) for cell in row] for row in one.rows]} for one in grids]


def grid_of(value: Any) -> Grid:
    """Return the grid that was made JSON."""
    return Grid(name=value["name"], rows=[[from_json_cell(cell) for cell in row] for row in value["rows"]])
