"""Between a cell as a file holds it and a value that the program can trust."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from shared.errors import Rejected
from shared.office.workbook.columns import Choice, Column, Kind, Value, heading_key
from shared.text import nfc, thinned


@dataclass(frozen=True, slots=True)
class NoValue:
    """A cell whose formula failed, or was never computed by the program that wrote the file."""

    written: str


Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | NoValue

YEARS = range(1900, 2201)
DIGITS_MAX = 15  # as many as Excel keeps
_DAY = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})|(\d{4})-(\d{2})-(\d{2})")
# "1.000" is a thousand to one reader and one to another: neither is guessed.
_WHOLE = re.compile(r"[+-]?\d{1,15}(?:[.,](?!000$)0+)?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?")
# What nobody can see, and JSON, XML or a database may not hold.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")


def value_of(column: Column, cell: Cell) -> Value:
    """Return the value of the cell; None where it is blank. Raises Rejected `cell.…`."""
    if isinstance(cell, NoValue):
        raise Rejected("cell.without_value", column=column.heading, written=cell.written)
    if isinstance(cell, str):
        cell = text_of(cell)
    if cell == "" and isinstance(cell, str):
        if column.is_required:
            raise Rejected("cell.missing", column=column.heading)
        return None
    match column.kind:
        case Kind.TEXT:
            return _bounded(column, _text(column, cell))
        case Kind.LIST:
            parts = re.split(r"[;\n]", _text(column, cell))
            found = tuple(dict.fromkeys(_bounded(column, part.strip()) for part in parts if part.strip()))
            if column.is_required and not found:
                raise Rejected("cell.missing", column=column.heading)
            return found or None
        case Kind.INTEGER:
            return int(_within(column, _integer(column, cell)))
        case Kind.DECIMAL:
            return _within(column, _decimal(column, cell))
        case Kind.DATE:
            return _date(column, cell)
        case Kind.CHOICE:
            return _choice(column, _text(column, cell))


def text_of(text: str) -> str:
    """Return the text in NFC, with one kind of line end, without what is invisible. Raises Rejected `cell.not_text`."""
    if thinned(text) != text:
        raise Rejected("cell.not_text")
    return nfc(_INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")))


def words_of(column: Column, value: Value) -> str:
    """Return the value as people read and write it: the cell of a preview, 25/06/2020, 9,5."""
    match value:
        case None:
            return ""
        case date():
            return f"{value.day:02}/{value.month:02}/{value.year:04}"
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case tuple():
            return "; ".join(value)
        case str() if column.kind is Kind.CHOICE:
            return next((one.word for one in column.choices if one.value == value), value)
        case _:
            return str(value)


def _text(column: Column, cell: Cell) -> str:
    match cell:
        case str():
            return cell
        case bool() | time() | timedelta():
            raise Rejected("cell.not_text", column=column.heading)
        case datetime() | date():
            return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
        case float() if cell.is_integer() and abs(cell) < 10**DIGITS_MAX:
            return str(int(cell))  # every number of a spreadsheet is a float: the code 919 comes as 919.0
        case _:
            return str(cell).replace(".", ",")


def _bounded(column: Column, text: str) -> str:
    if len(text) > column.length_max:
        raise Rejected("cell.too_long", column=column.heading, limit=column.length_max)
    return text


def _integer(column: Column, cell: Cell) -> Decimal:
    match cell:
        case bool():
            pass
        case int() if abs(cell) < 10**DIGITS_MAX:
            return Decimal(cell)
        case float() if cell.is_integer() and abs(cell) < 10**DIGITS_MAX:
            return Decimal(int(cell))
        case str() if _WHOLE.fullmatch(cell):
            return Decimal(int(re.split("[.,]", cell)[0]))
    raise Rejected("cell.not_an_integer", column=column.heading)


def _decimal(column: Column, cell: Cell) -> Decimal:
    try:
        match cell:
            case bool():
                pass
            case int() | float():
                # The shortest text of the float is what was typed: 9.1 and not 9.0999….
                number = Decimal(repr(cell))
                if number.is_finite() and abs(number) < 10**DIGITS_MAX:
                    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number
            case str() if _NUMBER.fullmatch(cell):
                return Decimal(cell.replace(",", "."))
    except InvalidOperation:
        pass
    raise Rejected("cell.not_a_number", column=column.heading)


def _within(column: Column, number: Decimal) -> Decimal:
    if not column.number_min <= number <= column.number_max:
        raise Rejected(
            "cell.out_of_range", column=column.heading, number_min=column.number_min, number_max=column.number_max
        )
    return number


def _date(column: Column, cell: Cell) -> date:
    found: date | None = None
    match cell:
        case datetime():
            found = cell.date()
        case date():
            found = cell
        case str() if match_ := _DAY.fullmatch(cell):
            day, month, year, year_first, month_first, day_last = match_.groups()
            try:
                found = date(int(year or year_first), int(month or month_first), int(day or day_last))
            except ValueError:
                found = None
    if found is None or found.year not in YEARS:
        raise Rejected("cell.not_a_date", column=column.heading)
    return found


def _choice(column: Column, text: str) -> str:
    wanted = heading_key(text)
    for one in column.choices:
        if wanted in {heading_key(writing) for writing in (one.word, one.value, *one.also)}:
            return one.value
    raise Rejected("cell.not_a_choice", column=column.heading, written=text[:80], choices=_listed(column.choices))


def _listed(choices: tuple[Choice, ...]) -> str:
    words = [one.word for one in choices]
    return ", ".join(words[:12]) + (" …" if len(words) > 12 else "")
