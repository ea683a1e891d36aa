"""Pages of long lists, and rows cut to the room that one answer has for them.

An answer over the bus has an end (shared.bus.ANSWER_MAX) and rows have none of their own: one unit may tell a campaign
as much as an event holds. So an answer carries a page of rows, each with room of its own. What is longer than that is
cut and named as `shortened`; whoever wants it all asks for that row alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Generic, TypeVar

from services.plans.views import ROWS_A_PAGE
from shared.codec import to_json
from shared.readmodel import RowReader
from shared.readmodel.rows import Order, Where

ROW_BYTES_MAX = 6_000  # of a row in an answer, as JSON; the usual one has some hundred
ROWS_READ_MAX = 10_000  # of a district and year, of a few columns each, to put them in order
_LISTED_CHARACTERS = 200
_CUT_CHARACTERS = 100  # no id is as long
_CUT_ITEMS = 2

T = TypeVar("T")
R = TypeVar("R")


def page_of(rows: Sequence[T], number: int, size: int = ROWS_A_PAGE) -> tuple[Sequence[T], int, int]:
    """Return the rows of the page, its number, and how many pages there are; a number beyond them is the nearest."""
    number, pages = page_within(len(rows), number, size)
    return rows[(number - 1) * size : number * size], number, pages


def page_within(found: int, number: int, size: int = ROWS_A_PAGE) -> tuple[int, int]:
    """Return the number of the page, the nearest there is, and how many pages so many rows fill."""
    pages = max(1, -(-found // size))
    return min(max(number, 1), pages), pages


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage(Generic[R]):
    """A page of the rows that were found, its number, and how many pages they fill."""

    rows: Sequence[R]
    found: int
    page: int
    pages: int


async def read_page(
    rows: RowReader,
    row: type[R],
    table: str,
    number: int,
    *,
    where: Where,
    order: Order,
    descending: bool = False,
    size: int = ROWS_A_PAGE,
) -> RowPage[R]:
    """Return the page of that number, the nearest there is, of the rows that meet the conditions."""
    found = await rows.count(table, where=where)
    page, pages = page_within(found, number, size)
    read = await rows.select(
        row, table, where=where, order=order, descending=descending, limit=size, offset=(page - 1) * size
    )
    return RowPage(rows=read, found=found, page=page, pages=pages)


def listed(row: R) -> R:
    """Return the row as a list shows it: its texts by their first words, without the lists within it."""
    return _cut(row, _LISTED_CHARACTERS, 0)  # type: ignore[no-any-return]


def fitted(rows: Iterable[R], name: Callable[[R], str]) -> tuple[tuple[R, ...], tuple[str, ...]]:
    """Return the rows, each whole where it has room, and the names of those that were cut."""
    shown, shortened = [], []
    for row in rows:
        if len(to_json(row)) > ROW_BYTES_MAX:
            shortened.append(name(row))
            row = _cut(row, _CUT_CHARACTERS, _CUT_ITEMS)
        shown.append(row)
    return tuple(shown), tuple(shortened)


def _cut(value: Any, characters: int, items: int) -> Any:
    if type(value) is str:
        return value if len(value) <= characters else f"{value[: characters - 1].rstrip()}…"
    if isinstance(value, tuple):
        return tuple(_cut(one, characters, items) for one in value[:items])
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _cut(getattr(value, one.name), characters, items) for one in fields(value)})
    return value
