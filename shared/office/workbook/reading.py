"""Read a sheet into rows of typed values; what does not fit is named by row, column and code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.errors import Json, Rejected
from shared.office.workbook.apart import work_apart
from shared.office.workbook.columns import SheetForm, Value, heading_key
from shared.office.workbook.grids import Grid, grid_of
from shared.office.workbook.values import Cell, value_of

HEADER_ROWS_MAX = 40  # titles stand above the headings, not a page of them
MARK_HEADING = "Lỗi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong in a file; row and column count from 1, column 0 is the row as a whole."""

    sheet: str
    row: int
    column: int
    code: str
    detail: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the file with a value for each column that the file has; `number` counts from 1, as people see it."""

    number: int
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSheet:
    """What a sheet says: its good rows, the problems of the others, where its headings and columns stand (from 1).

    `wrong_rows` hold what could be read of the rows with problems.
    """

    name: str
    head: int
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, int]
    wrong_rows: tuple[Row, ...] = ()
    unknown_headings: tuple[str, ...] = ()

    def problem(self, row: int, field: str, refusal: Rejected) -> Problem:
        """Return a problem of this sheet, at the column of the field; at the row where the file has no such column."""
        column = self.columns.get(field, 0)
        return Problem(sheet=self.name, row=row, column=column, code=refusal.code, detail=refusal.detail)


def read_grids(content: bytes, forms: Sequence[SheetForm]) -> tuple[Grid, ...]:
    """Return the sheets of the file that have the name of a form, or all where none has.

    Takes .xlsx, .xls and .ods, told apart by their bytes. Raises Rejected `office_file.…`, `workbook.…`.
    """
    wanted: list[Json] = [name for form in forms for name in (form.name, *form.also)]
    found, _ = work_apart("read", content, wanted=wanted)
    return tuple(map(grid_of, found))


def read_sheet(grids: Sequence[Grid], form: SheetForm) -> ReadSheet | None:
    """Return what the form's sheet says; None where no sheet bears its name or has its headings.

    The headings may stand below titles. Columns of other headings are left alone. Raises Rejected
    `workbook.headings_missing`, `.heading_twice`, `.too_many_rows`.
    """
    names = {heading_key(name) for name in (form.name, *form.also)}
    named = [grid for grid in grids if heading_key(grid.name) in names]
    for grid in named or grids:
        head, columns, missing = _head(grid, form)
        if not missing:
            return _read(grid, form, head, columns)
        if named:
            raise Rejected("workbook.headings_missing", sheet=grid.name, headings=", ".join(missing))
    return None


def _head(grid: Grid, form: SheetForm) -> tuple[int, dict[str, int], list[str]]:
    """Return the row of the headings, where each field stands (from 0), and the required headings that are missing."""
    known = {heading_key(writing): one.field for one in form.columns for writing in (one.heading, *one.also)}
    best: tuple[int, dict[str, int], str] = (0, {}, "")
    for index, row in enumerate(grid.rows[:HEADER_ROWS_MAX]):
        places: dict[str, int] = {}
        twice = ""
        for column, cell in enumerate(row):
            field = known.get(heading_key(cell)) if isinstance(cell, str) else None
            if field in places:
                twice = form.column(field).heading
            elif field is not None:
                places[field] = column
        if len(places) > len(best[1]):
            best = index, places, twice
    head, columns, twice = best
    missing = [one.heading for one in form.columns if one.is_required and one.field not in columns]
    if twice and not missing:
        raise Rejected("workbook.heading_twice", sheet=grid.name, heading=twice)
    return head, columns, missing


def _read(grid: Grid, form: SheetForm, head: int, columns: Mapping[str, int]) -> ReadSheet:
    rows: list[Row] = []
    wrong_rows: list[Row] = []
    problems: list[Problem] = []
    used = set(columns.values())
    count = 0
    for number, cells in enumerate(grid.rows[head + 1 :], start=head + 2):
        if all(_is_blank(cells[column]) for column in used if column < len(cells)):
            continue
        count += 1
        if count > form.rows_max:
            raise Rejected("workbook.too_many_rows", sheet=grid.name, limit=form.rows_max)
        values: dict[str, Value] = {}
        found: list[Problem] = []
        for one in form.columns:
            if (column := columns.get(one.field)) is None:
                continue
            try:
                values[one.field] = value_of(one, cells[column] if column < len(cells) else "")
            except Rejected as refusal:
                found.append(
                    Problem(sheet=grid.name, row=number, column=column + 1, code=refusal.code, detail=refusal.detail)
                )
        problems += found
        (wrong_rows if found else rows).append(Row(number=number, values=values))
    headings = [
        cell.strip() for column, cell in enumerate(grid.rows[head]) if column not in used and isinstance(cell, str)
    ]
    return ReadSheet(
        name=grid.name,
        head=head + 1,
        rows=tuple(rows),
        problems=tuple(problems),
        columns={field: column + 1 for field, column in columns.items()},
        wrong_rows=tuple(wrong_rows),
        unknown_headings=tuple(one for one in headings if one and heading_key(one) != heading_key(MARK_HEADING)),
    )


def _is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()
