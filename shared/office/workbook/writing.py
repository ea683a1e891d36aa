"""Write workbooks that officers go on working in: headings that stay, filters, choices, dates, a chart, A4 for print.

Every text is stored as text, whatever it begins with, so that no cell turns into a formula (CWE-1236).
The same content gives the same bytes.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shared.office.workbook.columns import Column, Kind, SheetForm, Value
from shared.office.workbook.values import words_of

INLINE_CHOICES_MAX = 255  # characters of a list that stands in the rule itself (ECMA-376, dataValidation)
CHOICES_SHEET = "Danh mục"
BLANK_ROWS = 200  # rows below the last that have the rules too, for what is added by hand
_DAY_FORMAT = "dd/mm/yyyy"
_HEADING_COLOUR, _DONE_COLOUR, _OPEN_COLOUR = "#F3E3E4", "#2E7D32", "#A4161A"
_PAPER_A4 = 9
_LINE_HEIGHT, _ROW_HEIGHT_MAX = 15, 409  # points
_A_MOMENT = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same bytes on every day


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContent:
    """What is written into a sheet: its form, and a mapping of field to value for each row."""

    form: SheetForm
    rows: Sequence[Mapping[str, Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A small table of counts with a stacked chart beside it: a label and one number for each heading of `counted`."""

    name: str
    title: str
    heading: str
    counted: tuple[str, ...]
    rows: Sequence[tuple[str, tuple[int, ...]]]


def write_workbook(sheets: Sequence[SheetContent], *, summary: Summary | None = None) -> bytes:
    """Return the .xlsx file."""
    import xlsxwriter  # here, and not above: a third of the start of the child that reads files, which writes none

    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    workbook.set_properties({"created": _A_MOMENT})
    writer = _Writer(workbook, sheets)
    for content in sheets:
        writer.write(content)
    if summary is not None:
        writer.summarise(summary)
    writer.write_choices()
    workbook.close()
    return out.getvalue()


class _Writer:
    """One workbook while it is written."""

    def __init__(self, workbook: Any, sheets: Sequence[SheetContent]) -> None:
        self._workbook = workbook
        self._sheets = sheets
        self._choices: list[tuple[str, ...]] = []
        base = {"valign": "top", "text_wrap": True}
        self._text = workbook.add_format({**base, "num_format": "@"})
        self._day = workbook.add_format({"valign": "top", "align": "left", "num_format": _DAY_FORMAT})
        self._number = workbook.add_format({"valign": "top", "align": "left"})
        self._heading = workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": _HEADING_COLOUR, "bottom": 1}
        )

    def write(self, content: SheetContent) -> None:
        """Write one sheet."""
        form, rows = content.form, content.rows
        sheet = self._workbook.add_worksheet(form.name)
        last = len(rows) + BLANK_ROWS
        for index, column in enumerate(form.columns):
            label = f"{column.heading} (*)" if column.is_required else column.heading
            sheet.write_string(0, index, label, self._heading)
            sheet.set_column(index, index, column.width, self._format_of(column))
            self._offer(sheet, index, column, last)
        for number, row in enumerate(rows, start=1):
            for index, column in enumerate(form.columns):
                self._cell(sheet, number, index, column, row.get(column.field))
            lines = max(_lines(column, row.get(column.field)) for column in form.columns)
            if lines > 1:
                # Not every program finds the height of wrapped text by itself, least of all when it prints.
                sheet.set_row(number, min(lines * _LINE_HEIGHT, _ROW_HEIGHT_MAX))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(form.columns) - 1)
        self._print(sheet, form.title)
        sheet.repeat_rows(0)

    def summarise(self, summary: Summary) -> None:
        """Write the sheet of counts and its chart."""
        sheet = self._workbook.add_worksheet(summary.name)
        for index, heading in enumerate((summary.heading, *summary.counted)):
            sheet.write_string(0, index, heading, self._heading)
        for number, (label, counts) in enumerate(summary.rows, start=1):
            sheet.write_string(number, 0, label, self._text)
            for index, count in enumerate(counts, start=1):
                sheet.write_number(number, index, count, self._number)
        sheet.set_column(0, len(summary.counted), 18)
        chart = self._workbook.add_chart({"type": "column", "subtype": "stacked"})
        for index, colour in zip(range(1, len(summary.counted) + 1), (_DONE_COLOUR, _OPEN_COLOUR), strict=False):
            chart.add_series(
                {
                    "name": [summary.name, 0, index],
                    "categories": [summary.name, 1, 0, len(summary.rows), 0],
                    "values": [summary.name, 1, index, len(summary.rows), index],
                    "fill": {"color": colour},
                }
            )
        chart.set_title({"name": summary.title, "name_font": {"size": 12}})
        chart.set_y_axis({"num_format": "0", "min": 0})
        chart.set_legend({"position": "bottom"})
        sheet.insert_chart(len(summary.rows) + 2, 0, chart, {"description": summary.title})
        self._print(sheet, summary.title)

    def write_choices(self) -> None:
        """Write the lists that are too long for a rule, on a sheet of their own that nobody sees."""
        if not self._choices:
            return
        sheet = self._workbook.add_worksheet(CHOICES_SHEET)
        sheet.hide()
        for column, words in enumerate(self._choices):
            for row, word in enumerate(words):
                sheet.write_string(row, column, word, self._text)

    def _format_of(self, column: Column) -> Any:
        match column.kind:
            case Kind.DATE:
                return self._day
            case Kind.INTEGER | Kind.DECIMAL:
                return self._number
            case Kind.TEXT | Kind.CHOICE | Kind.LIST:
                return self._text

    def _cell(self, sheet: Any, row: int, index: int, column: Column, value: Value) -> None:
        match value:
            case None:
                return
            case date():
                sheet.write_datetime(row, index, value, self._day)
            case int() | Decimal():
                sheet.write_number(row, index, value, self._number)
            case _:
                self._words(sheet, row, index, words_of(column, value))

    def _words(self, sheet: Any, row: int, index: int, text: str) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library takes such a text for markup of its own; in pieces it writes each as what it is.
            sheet.write_rich_string(row, index, text[:1], text[1:2], text[2:], self._text)
        else:
            sheet.write_string(row, index, text, self._text)

    def _offer(self, sheet: Any, index: int, column: Column, last: int) -> None:
        """Give the column its choices and its hint."""
        rule: dict[str, Any] = {"validate": "any"}
        if column.choices:
            words = tuple(one.word for one in column.choices)
            rule = {"validate": "list", "source": list(words)}
            if len(",".join(words)) > INLINE_CHOICES_MAX or any("," in word for word in words):
                rule["source"] = self._listed(words)
            rule |= {"error_title": column.heading[:32], "error_message": "Hãy chọn một mục trong danh sách."}
        elif column.suggestions is not None:
            rule = {"validate": "list", "source": self._range_of(*column.suggestions), "show_error": False}
        if column.hint:
            rule |= {"input_title": column.heading[:32], "input_message": column.hint[:255]}
        if rule != {"validate": "any"}:
            sheet.data_validation(1, index, last, index, rule)

    def _listed(self, words: tuple[str, ...]) -> str:
        if words not in self._choices:
            self._choices.append(words)
        name = _letters(self._choices.index(words))
        return f"='{CHOICES_SHEET}'!{name}$1:{name}${len(words)}"

    def _range_of(self, sheet: str, field: str) -> str:
        content = next(one for one in self._sheets if one.form.name == sheet)
        index = [column.field for column in content.form.columns].index(field)
        name = _letters(index)
        return f"='{sheet}'!{name}$2:{name}${len(content.rows) + 1 + BLANK_ROWS}"

    def _print(self, sheet: Any, title: str) -> None:
        sheet.set_landscape()
        sheet.set_paper(_PAPER_A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f'&C&"Times New Roman,Bold"&12{title.replace("&", "&&")}'[:255])
        sheet.set_footer("&CTrang &P/&N")


def _letters(index: int) -> str:
    """Return the name of the column, as it stands in a reference that does not move: $A for 0, $AA for 26."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(index, col_abs=True))


def _lines(column: Column, value: Value) -> int:
    parts = words_of(column, value).split("\n")
    return sum(max(1, -(-len(part) // max(1, column.width - 1))) for part in parts)
