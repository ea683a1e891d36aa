"""Rows in and out of one table through the driver: what costs most when a read model is rebuilt.

The statements are written once for a table and its generation, and what has to be done to a value is
chosen once for its column, instead of by SQLAlchemy for each row. Many rows go into PostgreSQL by binary
COPY into a staging table and from there in one statement: 2,000 rows of tasks at 44,000 to 80,000 rows a
second, against 20,000 to 24,000 by `executemany` and 10,000 by arrays (PostgreSQL 15, two cores).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from shared.readmodel.tables import AnyTable, Key, Table
from shared.sql import POSTGRESQL

_COPY_FROM = 100  # fewer rows are sooner written one by one than staged
_KEYS_A_QUERY = 500
_ROWS_A_STATEMENT = 50  # into SQLite, where each statement waits for its turn anew (shared.threads)

Convert = Callable[[Any], Any]


class BulkTable:
    """The statements and conversions of one table of one generation."""

    def __init__(self, spec: AnyTable, table: sa.Table, dialect: sa.Dialect) -> None:
        """Write the statements in the words of the dialect."""
        self._row = spec.row
        self._is_appended = isinstance(spec, Table) and spec.appended
        self._is_postgresql = dialect.name == POSTGRESQL
        self._names = [column.name for column in table.columns]
        self._key_at = [self._names.index(name) for name in spec.key]
        self._types = [column.type.compile(dialect).lower().split(" collate ")[0] for column in table.columns]
        kinds = [column.type.dialect_impl(dialect) for column in table.columns]
        self._into = _needed(kind.bind_processor(dialect) for kind in kinds)
        self._out_of = _needed(kind.result_processor(dialect, None) for kind in kinds)
        self._key_into = _needed(kinds[at].bind_processor(dialect) for at in self._key_at)
        self._values = attrgetter(*self._names) if len(self._names) > 1 else lambda row: (getattr(row, self._names[0]),)

        quote = dialect.identifier_preparer.quote
        mark = "%s" if self._is_postgresql else "?"
        into = dialect.identifier_preparer.format_table(table)
        names, keys = ", ".join(map(quote, self._names)), [quote(name) for name in spec.key]
        rest = [quote(name) for name in self._names if name not in spec.key]
        action = f"UPDATE SET {', '.join(f'{one} = excluded.{one}' for one in rest)}" if rest else "NOTHING"
        upsert = f"ON CONFLICT ({', '.join(keys)}) DO {action}"
        staging = f"pg_temp.{quote(f'staging_{spec.name}')}"
        marks = ", ".join([mark] * len(self._names))
        # No value stands in these texts, only names of our own, quoted.
        self._put = f"INSERT INTO {into} ({names}) VALUES ({marks}) {upsert}"  # noqa: S608
        many = ", ".join([f"({marks})"] * _ROWS_A_STATEMENT)
        self._put_many = f"INSERT INTO {into} ({names}) VALUES {many} {upsert}"  # noqa: S608
        self._delete = f"DELETE FROM {into} WHERE {' AND '.join(f'{one} = {mark}' for one in keys)}"  # noqa: S608
        self._select = f"SELECT {names} FROM {into} WHERE ({', '.join(keys)}) IN "  # noqa: S608
        # A staging table empties itself at the commit and lives as long as the connection.
        self._stage = f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {into}) ON COMMIT DELETE ROWS"
        self._copy = f"COPY {staging} ({names}) FROM STDIN (FORMAT BINARY)"
        self._copy_new = f"COPY {into} ({names}) FROM STDIN (FORMAT BINARY)"
        self._put_staged = f"INSERT INTO {into} ({names}) SELECT {names} FROM {staging} {upsert}"  # noqa: S608

    def put(self, connection: sa.Connection, rows: Iterable[object]) -> None:
        """Insert the rows, in place of those of the same keys; no key may come twice."""
        values = [_converted(self._values(row), self._into) for row in rows]
        if not self._is_postgresql:
            whole = len(values) - len(values) % _ROWS_A_STATEMENT
            for start in range(0, whole, _ROWS_A_STATEMENT):
                part = values[start : start + _ROWS_A_STATEMENT]
                connection.exec_driver_sql(self._put_many, tuple(chain.from_iterable(part)))
            self._put_singly(connection, values[whole:])
        elif len(values) < _COPY_FROM:
            self._put_singly(connection, values)
        elif self._is_appended:
            self._copy_in(connection, self._copy_new, values)
        else:
            connection.exec_driver_sql(self._stage)
            self._copy_in(connection, self._copy, values)
            connection.exec_driver_sql(self._put_staged)

    def _put_singly(self, connection: sa.Connection, values: list[tuple[Any, ...]]) -> None:
        if values:
            connection.exec_driver_sql(self._put, values)

    def _copy_in(self, connection: sa.Connection, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        async def copied(raw: Any) -> None:
            async with raw.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types(self._types)
                for row in values:
                    await copy.write_row(row)

        adapted = connection.connection.dbapi_connection
        assert isinstance(adapted, sa.AdaptedConnection)
        try:
            adapted.run_async(copied)
        except connection.dialect.loaded_dbapi.Error as error:
            # As SQLAlchemy names the errors of its own statements.
            raise sa.exc.DBAPIError.instance(
                statement, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
            ) from error

    def delete(self, connection: sa.Connection, keys: Iterable[Key]) -> None:
        """Delete the rows of the keys that exist."""
        if values := [_converted(key, self._key_into) for key in keys]:
            connection.exec_driver_sql(self._delete, values)

    def fetch(self, connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, object]:
        """Return the rows of the keys that exist."""
        found: dict[Key, object] = {}
        values = [_converted(key, self._key_into) for key in keys]
        for start in range(0, len(values), _KEYS_A_QUERY):
            part = values[start : start + _KEYS_A_QUERY]
            for stored in connection.exec_driver_sql(*self._selecting(part)).all():
                row = _converted(stored, self._out_of)
                found[tuple(row[at] for at in self._key_at)] = self._row(**dict(zip(self._names, row, strict=True)))
        return found

    def _selecting(self, keys: Sequence[tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
        """Return the query of the keys and its parameters; on PostgreSQL one text for any number of keys."""
        if self._is_postgresql:
            arrays = ", ".join(f"%s::{self._types[at]}[]" for at in self._key_at)
            lists = tuple(map(list, zip(*keys, strict=True)))
            return f"{self._select} (SELECT * FROM unnest({arrays}))", lists  # noqa: S608
        marks = ", ".join([f"({', '.join('?' * len(self._key_at))})"] * len(keys))
        return f"{self._select} (VALUES {marks})", tuple(part for key in keys for part in key)


def _needed(conversions: Iterable[Convert | None]) -> list[tuple[int, Convert]]:
    """Return the conversions that there are, each with the place of its column."""
    return [(at, convert) for at, convert in enumerate(conversions) if convert is not None]


def _converted(values: Any, conversions: Sequence[tuple[int, Convert]]) -> tuple[Any, ...]:
    if not conversions:
        return tuple(values)
    changed = list(values)
    for at, convert in conversions:
        changed[at] = convert(changed[at])
    return tuple(changed)
