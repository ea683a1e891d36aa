"""Whole numbers from outside, in addresses, headers and forms: bounded before anything computes with them."""

from typing import Annotated, TypeAlias

from fastapi import Path

DIGITS_MAX = 18  # always within 64 bits, which the streams and read models count in
YEAR_MIN, YEAR_MAX = 1900, 2200

Number: TypeAlias = Annotated[int, Path(ge=0, le=999_999_999)]
Year: TypeAlias = Annotated[int, Path(ge=YEAR_MIN, le=YEAR_MAX)]


def whole(text: str) -> int | None:
    """Return the number that the digits write; None for anything else, and for one too long to be ours."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MAX else None


def year_in(text: str) -> int | None:
    """Return the year that the text writes with four digits; None for anything else."""
    year = whole(text) if len(text) == 4 else None
    return year if year is not None and YEAR_MIN <= year <= YEAR_MAX else None
