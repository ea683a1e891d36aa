"""Rows of a read model in memory, asked as those of the database are."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from shared.readmodel.batch import added_up
from shared.readmodel.conditions import holds_all
from shared.readmodel.rows import Order, Where, maker_of, names_of
from shared.readmodel.tables import AnyTable, Derived, Key, ReadModel, Rollup, Table, add, columns, key_of

R = TypeVar("R")
Folded = Mapping[str, Mapping[Key, object]]
"""The rows of each table that is folded from events, by key."""


class MemoryRows:
    """The rows of one or more folds of the same read model, each of aggregates of its own."""

    def __init__(self, model: ReadModel[Any], folds: Sequence[Folded]) -> None:
        """Take what was folded; derived rows and sums are made of all of it, when they are asked for."""
        self._specs = {table.name: table for table in model.tables}
        self._folds = folds
        self._made: dict[str, Mapping[Key, object]] = {}

    async def get(self, row: type[R], table: str, *key: str | int) -> R | None:
        """Return the row of the key, or None."""
        value = (await self._made_in_thread(table)).get(key)
        assert value is None or isinstance(value, row)
        return value

    async def select(
        self,
        row: type[R],
        table: str,
        *,
        where: Where | None = None,
        order: Order = (),
        descending: bool = False,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[R]:
        """Return the rows that meet all conditions `where(columns)`, in order, at most `limit`."""
        await self._made_in_thread(table)
        found: list[Any] = list(self._meeting(table, where))
        places = order or self._specs[table].key
        found.sort(key=lambda one: tuple(_at(one, place) for place in places), reverse=descending)
        found = found[offset : offset + limit]
        if row is self._specs[table].row:
            return found
        wanted, made = names_of(row), maker_of(row)
        return [made(getattr(one, name) for name in wanted) for one in found]

    async def page(self, table: str, *, offset: int, limit: int) -> list[object]:
        """Return a page of the table's rows, in the order of the key."""
        return await self.select(self._specs[table].row, table, offset=offset, limit=limit)

    async def count(self, table: str, *, where: Where | None = None) -> int:
        """Return the number of rows that meet all conditions."""
        await self._made_in_thread(table)
        return sum(1 for _ in self._meeting(table, where))

    async def tally(
        self, table: str, *, by: tuple[str, ...], where: Where | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """Return the number of rows that meet all conditions, by the values of the columns."""
        await self._made_in_thread(table)
        return Counter(tuple(getattr(one, name) for name in by) for one in self._meeting(table, where))

    def _meeting(self, table: str, where: Where | None) -> Iterable[object]:
        rows = self._rows(table).values()
        if where is None:
            return rows
        return filter(holds_all(where(_columns(self._specs[table]))), rows)

    async def _made_in_thread(self, table: str) -> Mapping[Key, object]:
        """Return the table's rows; what is made of those of a whole city leaves the loop to others meanwhile."""
        return self._made[table] if table in self._made else await asyncio.to_thread(self._rows, table)

    def _rows(self, table: str) -> Mapping[Key, object]:
        """Return the table's rows of all folds. Raises KeyError for a table that is not folded here."""
        known = self._made.get(table)
        if known is None:
            known = self._made[table] = self._make(self._specs[table])
        return known

    def _make(self, spec: AnyTable) -> Mapping[Key, object]:
        match spec:
            case Table():
                each = [fold[spec.name] for fold in self._folds if spec.name in fold]
                merged = {key: row for rows in each for key, row in rows.items()}
                assert len(merged) == sum(map(len, each)), f"a row of {spec.name} is of two aggregates"
                return merged
            case Derived():
                return {key_of(spec, one): one for row in self._rows(spec.of).values() for one in spec.derive(row)}
            case Rollup():
                totals = added_up(spec, ((None, row) for row in self._rows(spec.of).values()))
                rows = {key: add(spec, None, total, key) for key, total in totals.items()}
                return {key: row for key, row in rows.items() if row is not None}


def _at(row: object, place: str | tuple[str, ...]) -> Any:
    if isinstance(place, str):
        return getattr(row, place)
    return next((value for name in place if (value := getattr(row, name)) is not None), None)


@cache
def _columns(table: AnyTable) -> "sa.sql.base.ReadOnlyColumnCollection[str, Any]":
    """Return what a condition names the columns of the table by."""
    return sa.Table(table.name, sa.MetaData(), *columns(table)).c
