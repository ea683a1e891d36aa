"""The tables of a database as lines of JSON, the same from SQLite and from PostgreSQL, and back into either.

No program of the database is needed, and a system may move from one to the other by a backup. All
tables are read in one transaction, as they were at one moment.
"""

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.errors import Fault
from shared.sql import is_postgresql, schema_of

REVISION_TABLE = "alembic_version"
_ROWS_AT_ONCE = 1000


async def dump_rows(
    engine: AsyncEngine,
    schema: str,
    to: IO[bytes],
    progress: Callable[[int], None],
    *,
    without: Sequence[str] = (),
    where: Callable[[sa.Table], sa.ColumnElement[bool]] = lambda _: sa.true(),
) -> dict[str, int]:
    """Write every table of the schema but those named to the open file; return how many rows each has.

    `where` may leave rows out; `progress` is told how many came.
    """
    counts: dict[str, int] = {}
    with gzip.GzipFile(fileobj=to, mode="wb", compresslevel=6, mtime=0) as packed:
        async with engine.connect() as connection:
            if is_postgresql(engine):
                await connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                await connection.exec_driver_sql("BEGIN")
            for table in await _tables(connection, schema_of(engine, schema), without):
                columns = [column.name for column in table.columns]
                packed.write(_line({"table": table.name, "columns": columns}))
                counts[table.name] = 0
                result = await connection.stream(
                    sa.select(table).where(where(table)).order_by(*table.primary_key.columns)
                )
                async for rows in result.partitions(_ROWS_AT_ONCE):
                    for row in rows:
                        packed.write(_line([_written(value) for value in row]))
                    counts[table.name] += len(rows)
                    progress(len(rows))
            await connection.rollback()
        # What was cut off has no such line.
        packed.write(_line({"end": counts}))
    return counts


def read_rows(source: IO[bytes]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield each table's name, with None as its heading and then with each of its rows.

    Raises Fault `backup.damaged` where the file is cut off or is none of ours, at the latest at its end.
    """
    counts: dict[str, int] = {}
    expected: dict[str, int] | None = None
    name, columns = "", list[str]()
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as packed:
            for line in packed:
                value = json.loads(line)
                if isinstance(value, list):
                    counts[name] += 1
                    yield name, {column: _read(one) for column, one in zip(columns, value, strict=True)}
                elif "end" in value:
                    expected = value["end"]
                else:
                    name, columns = value["table"], value["columns"]
                    counts[name] = 0
                    yield name, None
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise Fault("backup.damaged", f"rows: {type(error).__name__}: {error}") from error
    if counts != expected:
        raise Fault("backup.damaged", f"rows: {counts} are there, {expected} were taken")


async def load_rows(
    engine: AsyncEngine, schema: str, source: IO[bytes], progress: Callable[[int], None]
) -> dict[str, int]:
    """Fill the empty tables from the file, all or nothing; return how many rows each got.

    Raises Fault `backup.not_empty` where a table has rows already, `backup.damaged` where the file is
    cut off or speaks of other tables.
    """
    counts: dict[str, int] = {}
    waiting: list[dict[str, Any]] = []
    async with engine.begin() as connection:
        tables = {table.name: table for table in await _tables(connection, schema_of(engine, schema), ())}
        await _refuse_rows(connection, tables)

        async def insert(name: str) -> None:
            if waiting:
                await connection.execute(tables[name].insert(), waiting)
                counts[name] += len(waiting)
                progress(len(waiting))
                waiting.clear()

        name = ""
        for table, row in read_rows(source):
            if row is None:
                await insert(name)
                name, counts[table] = table, 0
                if table not in tables:
                    raise Fault("backup.damaged", f"rows of {schema}: there is no table {table}")
            elif name != REVISION_TABLE:
                waiting.append(_fitting(tables[name], row))
                if len(waiting) >= _ROWS_AT_ONCE:
                    await insert(name)
        await insert(name)
        if is_postgresql(engine):
            await _advance_sequences(connection, tables.values())
    return counts


async def _advance_sequences(connection: AsyncConnection, tables: Iterable[sa.Table]) -> None:
    """Let PostgreSQL number on behind the rows that came with their numbers."""
    for table in tables:
        for column in table.primary_key.columns:
            if isinstance(column.type, sa.Integer) and (
                column.server_default is not None or column.identity is not None
            ):
                name = table.fullname
                sequence = sa.func.pg_get_serial_sequence(name, column.name)
                last = sa.select(sa.func.max(column)).scalar_subquery()
                await connection.execute(sa.select(sa.func.setval(sequence, last)).where(last.is_not(None)))


async def _tables(connection: AsyncConnection, schema: str | None, without: Sequence[str]) -> list[sa.Table]:
    """Return the tables, those that others refer to first."""
    metadata = sa.MetaData()
    await connection.run_sync(
        lambda plain: metadata.reflect(plain, schema=schema, only=lambda name, _: name not in without)
    )
    return metadata.sorted_tables


async def _refuse_rows(connection: AsyncConnection, tables: Mapping[str, sa.Table]) -> None:
    for name, table in tables.items():
        # The revision of the tables themselves is there as soon as the tables are.
        if name != REVISION_TABLE and await connection.scalar(sa.select(sa.func.count()).select_from(table)):
            raise Fault("backup.not_empty", f"the table {table} has rows")


def _fitting(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row as the columns take it: SQLite forgets zones, PostgreSQL insists on them."""
    for name, value in row.items():
        kind = table.columns[name].type
        if isinstance(value, datetime):
            keeps_zone = getattr(kind, "timezone", False)
            row[name] = value if keeps_zone else value.astimezone(UTC).replace(tzinfo=None)
        elif isinstance(kind, sa.Boolean) and isinstance(value, int):
            row[name] = bool(value)
    return row


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _written(value: Any) -> Any:
    """Return what JSON has no word for under its type; everything else is itself."""
    match value:
        case bytes() | memoryview():
            return {"bytes": b64encode(bytes(value)).decode()}
        case datetime():  # a datetime is a date as well
            return {"instant": (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case dict() | list():
            return {"json": value}
        case _:
            return value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, written),) = value.items()
    match kind:
        case "bytes":
            return b64decode(written, validate=True)
        case "instant":
            return datetime.fromisoformat(written)
        case "date":
            return date.fromisoformat(written)
        case "decimal":
            return Decimal(written)
        case "json":
            return written
        case _:
            raise ValueError(f"a value of the unknown kind {kind!r}")
