"""The read side: rows of a service's read models, as its queries see them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, Protocol, TypeAlias, TypeVar

import sqlalchemy as sa

from shared.readmodel.database import Database
from shared.readmodel.tables import ReadModel

R = TypeVar("R")
T = TypeVar("T")
_STATEMENTS_MAX = 500  # a service asks some two hundred; those of a generation that is gone are pushed out in time
Order: TypeAlias = tuple[str | tuple[str, ...], ...]
Where: TypeAlias = Callable[[sa.sql.base.ReadOnlyColumnCollection[str, Any]], Sequence[Any]]


def names_of(row: type[Any]) -> tuple[str, ...]:
    """Return the names of the columns that the row has, a dataclass or a named tuple."""
    return row._fields if issubclass(row, tuple) else tuple(one.name for one in fields(row))  # type: ignore[attr-defined]


def maker_of(row: type[R]) -> Callable[[Iterable[Any]], R]:
    """Return what makes a row of its values, in the order of its columns."""
    if issubclass(row, tuple):
        return row._make  # type: ignore[attr-defined, no-any-return]
    names = names_of(row)
    # Much of what a question costs: by hand it takes two thirds of the time of SQLAlchemy's mappings.
    return lambda values: row(**dict(zip(names, values, strict=True)))


class RowReader(Protocol):
    """What a question asks of rows, wherever they are: `Rows` in the database, `MemoryRows` as they were one day."""

    async def get(self, row: type[R], table: str, *key: str | int) -> R | None:
        """Return the row of the key, or None."""

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
        """Return the rows that meet all conditions `where(columns)`, in order, at most `limit`.

        In `order` several columns in one place stand for the first of them that has a value. A `row` of fewer columns
        than the table's is read in a fraction of the time, a named tuple in half of that.
        """

    async def count(self, table: str, *, where: Where | None = None) -> int:
        """Return the number of rows that meet all conditions."""

    async def tally(
        self, table: str, *, by: tuple[str, ...], where: Where | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """Return the number of rows that meet all conditions, by the values of the columns."""

    async def page(self, table: str, *, offset: int, limit: int) -> list[object]:
        """Return a page of the table's rows, in the order of the key."""


@lru_cache(maxsize=_STATEMENTS_MAX)
def _ordered(table: sa.Table, columns: tuple[str, ...], order: Order, descending: bool) -> sa.Select[Any]:
    """Return what a question asks of the table whatever its conditions are: written once, not for each question."""
    places = (
        table.c[one] if isinstance(one, str) else sa.func.coalesce(*(table.c[name] for name in one)) for one in order
    )
    order_by = (place.desc() if descending else place for place in places)
    return sa.select(*(table.c[name] for name in columns)).order_by(*order_by)


class Rows:
    """Rows by key, by condition and by page, of the generation that answers."""

    def __init__(self, database: Database, models: Sequence[ReadModel[Any]]) -> None:
        """Take the database and the read models registered in it."""
        self._database = database
        self._models = {table.name: (model, table) for model in models for table in model.tables}

    async def get(self, row: type[R], table: str, *key: str | int) -> R | None:
        """Return the row of the key, or None."""
        model, spec = self._models[table]
        found = await self._read(model, lambda generation: self._database.fetch(model, generation, spec, [key]))
        value = found.get(key)
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
        model, spec = self._models[table]
        made = maker_of(row)

        async def read(generation: int) -> list[R]:
            sql = self._database.table(model, table, generation)
            ordered = _ordered(sql, names_of(row), order or spec.key, descending)
            wanted = ordered.where(*(where(sql.c) if where else ())).limit(limit).offset(offset)

            def rows(connection: sa.Connection) -> list[R]:
                return [made(one) for one in connection.execute(wanted).all()]

            return await self._database.read(rows)

        return await self._read(model, read)

    async def page(self, table: str, *, offset: int, limit: int) -> list[object]:
        """Return a page of the table's rows as they are stored, in the order of the key."""
        _, spec = self._models[table]
        rows: list[object] = await self.select(spec.row, table, limit=limit, offset=offset)
        return rows

    async def count(self, table: str, *, where: Where | None = None) -> int:
        """Return the number of rows that meet all conditions."""
        model, _ = self._models[table]

        async def read(generation: int) -> int:
            sql = self._database.table(model, table, generation)
            wanted = sa.select(sa.func.count()).select_from(sql).where(*(where(sql.c) if where else ()))
            return await self._database.read(lambda connection: int(connection.execute(wanted).scalar_one()))

        return await self._read(model, read)

    async def tally(
        self, table: str, *, by: tuple[str, ...], where: Where | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """Return the number of rows that meet all conditions, by the values of the columns."""
        model, _ = self._models[table]

        async def read(generation: int) -> Mapping[tuple[Any, ...], int]:
            sql = self._database.table(model, table, generation)
            columns = [sql.c[name] for name in by]
            wanted = sa.select(*columns, sa.func.count()).where(*(where(sql.c) if where else ())).group_by(*columns)
            found = await self._database.read(lambda connection: connection.execute(wanted).all())
            return {tuple(values): number for *values, number in found}

        return await self._read(model, read)

    async def _read(self, model: ReadModel[Any], read: Callable[[int], Awaitable[T]]) -> T:
        """Read the live generation; once more where a rebuild has switched to the next one meanwhile."""
        generation = self._database.generation(model)
        try:
            return await read(generation)
        except sa.exc.DBAPIError:
            if await self._database.refresh(model) == generation:
                raise
            return await read(self._database.generation(model))
