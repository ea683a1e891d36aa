"""Rows of a read model in memory, asked as those of the database are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from shared.readmodel.conditions import holds_all
from shared.readmodel.rows import Where
from shared.readmodel.tables import Key, ReadModel, Rollup, add, columns, key_of, sums

R = TypeVar("R")
Folded = Mapping[str, Mapping[Key, object]]
"""The rows of each table by key."""


class MemoryRows:
    """The rows of one or more folds of the same read model, each of aggregates of its own."""

    def __init__(self, model: ReadModel[Any], folds: Sequence[Folded]) -> None:
        """Take what was folded; sums of several folds are added up, other rows stand beside each other."""
        self._specs = {table.name: table for table in model.tables}
        self._folds = folds
        self._merged: dict[str, Mapping[Key, object]] = {}

    async def get(self, row: type[R], table: str, *key: str | int) -> R | None:
        """Return the row of the key, or None."""
        value = self._rows(table).get(key)
        assert value is None or isinstance(value, row)
        return value

    async def select(
        self,
        row: type[R],
        table: str,
        *,
        where: Where | None = None,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[R]:
        """Return the rows that meet all conditions `where(columns)`, in order, at most `limit`."""
        found: list[Any] = list(self._meeting(table, where))
        names = tuple(order) or self._specs[table].key
        found.sort(key=lambda one: tuple(getattr(one, name) for name in names), reverse=descending)
        return found[offset : offset + limit]

    async def page(self, table: str, *, offset: int, limit: int) -> list[object]:
        """Return a page of the table's rows, in the order of the key."""
        return await self.select(object, table, offset=offset, limit=limit)

    async def count(self, table: str, *, where: Where | None = None) -> int:
        """Return the number of rows that meet all conditions."""
        return sum(1 for _ in self._meeting(table, where))

    def _meeting(self, table: str, where: Where | None) -> Iterable[object]:
        rows = self._rows(table).values()
        if where is None:
            return rows
        shape: sa.sql.base.ReadOnlyColumnCollection[str, Any] = sa.Table(
            table, sa.MetaData(), *columns(self._specs[table])
        ).c
        return filter(holds_all(where(shape)), rows)

    def _rows(self, table: str) -> Mapping[Key, object]:
        """Return the table's rows of all folds. Raises KeyError for a table that is not folded here."""
        known = self._merged.get(table)
        if known is None:
            known = self._merged[table] = self._merge(table)
        return known

    def _merge(self, table: str) -> Mapping[Key, object]:
        spec = self._specs[table]
        each = [fold[table] for fold in self._folds if table in fold]
        if len(each) == 1:
            return each[0]
        merged: dict[Key, object] = {}
        for rows in each:
            for key, row in rows.items():
                if isinstance(spec, Rollup):
                    total = add(spec, merged.get(key), [getattr(row, name) for name in sums(spec)], key_of(spec, row))
                    assert total is not None, "a row that is there sums to something"
                    merged[key] = total
                else:
                    assert key not in merged, f"{table} {key} is of two aggregates"
                    merged[key] = row
        return merged
