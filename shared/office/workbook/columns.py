"""What a sheet should hold: its columns as a table of data, and how a heading is recognised."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from shared.text import fold

Value: TypeAlias = str | int | date | Decimal | tuple[str, ...] | None
_NO_WORD = re.compile(r"[^a-z0-9]+")
_KEPT_LENGTH_MAX = 200  # what a stranger writes at length is not kept in memory


class Kind(StrEnum):
    """What the cells of a column hold; `LIST` is texts separated by semicolons or line breaks."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    CHOICE = "choice"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a choice: what the program knows, what people read, and what else they may write."""

    value: str
    word: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet.

    `heading` is written; it and `also` are recognised, without regard to case, marks and blanks.
    `width` is in characters, `hint` appears when a cell is chosen. `length_max` bounds texts, and each
    text of a list; `number_min` and `number_max` bound numbers, both inclusive. `suggestions` names a
    column of another sheet whose values are offered, others being allowed.
    """

    field: str
    heading: str
    kind: Kind = Kind.TEXT
    also: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    width: int = 16
    hint: str = ""
    length_max: int = 500
    number_min: int = 0
    number_max: int = 1_000_000_000
    suggestions: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetForm:
    """A sheet: its name, the columns in the order in which they are written, and how many rows it may have."""

    name: str
    title: str
    columns: tuple[Column, ...]
    also: tuple[str, ...] = ()
    rows_max: int = 10_000

    def column(self, field: str) -> Column:
        """Return the column of the field. Raises KeyError."""
        return {column.field: column for column in self.columns}[field]


def heading_key(text: str) -> str:
    """Return what two writings of a heading have in common: "Số  TT (*)" and "SỐ TT" are the same."""
    return _kept_key(text) if len(text) <= _KEPT_LENGTH_MAX else _key(text)


@lru_cache(maxsize=4096)  # the same few words stand in thousands of cells
def _kept_key(text: str) -> str:
    return _key(text)


def _key(text: str) -> str:
    return _NO_WORD.sub(" ", fold(text)).strip()
