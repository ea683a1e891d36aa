"""How a process reaches its database: a schema of its own on PostgreSQL, a file of its own on SQLite.

Nothing relies on `search_path`: every statement names the schema. What creates or drops tables does so
alone (`alone`), so that two replicas may start at the same moment.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.errors import Fault

T = TypeVar("T")

POSTGRESQL = "postgresql"
CONNECTIONS_MAX = 8  # of one process to one schema: what a PostgreSQL of 100 connections can share out
IDENTIFIER_BYTES_MAX = 63  # PostgreSQL cuts longer names off without a word
_PATIENCE_S = 10
_IN_LINE_S = 30  # two hundred who come at once wait for their turn, they are not sent away

# Text sorts and compares by code point on both: the collation of a server is nobody's decision of ours.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)


def open_engine(url: str, schema: str, *, pragmas: Sequence[str] = (), hide_parameters: bool = False) -> AsyncEngine:
    """Return the engine for the schema; on SQLite the file is the schema, and its folder is made.

    Tables without a schema of their own are taken to be in `schema`. `pragmas` are set on each connection to SQLite.
    """
    address = sa.make_url(url)
    if address.get_backend_name() != POSTGRESQL:
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(address, hide_parameters=hide_parameters)
        _close_to_terminate(engine)
        sa.event.listen(
            engine.sync_engine,
            "connect",
            _tuner(("journal_mode=WAL", f"busy_timeout={round(1000 * _IN_LINE_S)}", *pragmas)),
        )
        return engine
    return create_async_engine(
        address.set(drivername="postgresql+psycopg"),
        hide_parameters=hide_parameters,
        # All are kept once they are open: to open one costs more than most of what is done with it.
        pool_size=CONNECTIONS_MAX,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=_IN_LINE_S,
        # A server that was restarted has closed every connection: the next to use one gets a new one instead.
        pool_pre_ping=True,
        connect_args={
            "application_name": f"tdkt-{schema}",
            "connect_timeout": _PATIENCE_S,
            "tcp_user_timeout": _PATIENCE_S * 1000,  # a machine that is gone answers nothing at all
            # What is committed is on the disk, whatever the server's default is.
            "options": "-c synchronous_commit=on -c timezone=UTC",
        },
        execution_options={"schema_translate_map": {None: schema}},
    )


class Reader:
    """Work that only reads: the file of SQLite without asyncio, PostgreSQL through its engine.

    Through SQLite's asyncio driver a statement changes the thread five times, which is most of what a click waits for.
    """

    def __init__(self, engine: AsyncEngine, name: str, *, threads: int) -> None:
        """Take the engine, a name for the threads, and how many of them read at once."""
        self._engine = engine
        self._file: _File | None = None
        if not is_postgresql(engine):
            # Threads of its own: a read never waits behind a document that is being written.
            self._file = _File(engine, name, threads, ("query_only=ON",), isolation_level="AUTOCOMMIT")

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do the work on a connection that nobody else uses meanwhile, and return what it returns."""
        if self._file is not None:
            return await self._file.do(work)
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    def close(self) -> None:
        """Release threads and connections; what is being read breaks off, what waits for its turn is not begun."""
        if self._file is not None:
            self._file.interrupt()
            self._file.close()


class Writer:
    """Transactions that write: into the file of SQLite one after another, on one thread; PostgreSQL through its engine.

    Who finds the file of SQLite busy sleeps up to 25 ms before it looks again.
    """

    def __init__(self, engine: AsyncEngine, name: str, *, pragmas: Sequence[str] = ()) -> None:
        """Take the engine, a name for the thread, and what is set on its connection to SQLite."""
        self._engine = engine
        self._file = None if is_postgresql(engine) else _File(engine, name, 1, pragmas)

    async def change(self, work: Callable[[sa.Connection], T]) -> T:
        """Do the work in one transaction, and return what it returns.

        Whoever is cancelled meanwhile does not know whether it was done: it is done whole, or not at all.
        """

        def changed(connection: sa.Connection) -> T:
            with connection.begin():
                return work(connection)

        if self._file is not None:
            return await self._file.do(changed)
        async with self._engine.connect() as connection:
            return await connection.run_sync(changed)

    def close(self) -> None:
        """Release the thread once what has begun is done; what waits for its turn is not done any more."""
        if self._file is not None:
            self._file.close()


class _File:
    """A file of SQLite and threads that work on it.

    Each keeps its connection: to take one from the pool and to give it back is half of what a small read costs.
    """

    def __init__(self, engine: AsyncEngine, name: str, threads: int, pragmas: Sequence[str], **options: Any) -> None:
        self._engine = sa.create_engine(
            engine.url.set(drivername="sqlite"), hide_parameters=engine.sync_engine.hide_parameters, **options
        )
        sa.event.listen(self._engine, "connect", _tuner((f"busy_timeout={round(1000 * _IN_LINE_S)}", *pragmas)))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._own = threading.local()
        self._connections: list[sa.Connection] = []

    async def do(self, work: Callable[[sa.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._done, work)

    def _done(self, work: Callable[[sa.Connection], T]) -> T:
        connection: sa.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._engine.connect()
            self._connections.append(connection)
        try:
            return work(connection)
        except BaseException:
            connection.rollback()  # else SQLAlchemy holds what went wrong for unfinished, and does nothing more
            raise

    def interrupt(self) -> None:
        for connection in self._connections:
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.interrupt()

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        while self._connections:
            self._connections.pop().close()
        self._engine.dispose()


def _close_to_terminate(engine: AsyncEngine) -> None:
    """Let a connection whose task was cancelled within a transaction be closed, and no more than that.

    SQLAlchemy would close it and stop its thread at once; the closing then waits for a thread that is gone, and the
    process that waits for all its tasks never ends.
    """
    dialect = engine.sync_engine.dialect
    dialect.has_terminate = False
    dialect.do_terminate = dialect.do_close  # type: ignore[method-assign]


def schema_of(engine: AsyncEngine, schema: str) -> str | None:
    """Return the schema to name in statements: None on SQLite, which has none."""
    return schema if is_postgresql(engine) else None


def is_postgresql(engine: AsyncEngine) -> bool:
    """Return whether the engine speaks with PostgreSQL; it is SQLite otherwise."""
    return engine.dialect.name == POSTGRESQL


def upsert(engine: AsyncEngine, table: sa.Table) -> Any:
    """Return an INSERT that knows ON CONFLICT, in the dialect of the engine."""
    return (postgresql if is_postgresql(engine) else sqlite).insert(table)


@asynccontextmanager
async def alone(engine: AsyncEngine, schema: str) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which nobody else creates or drops tables of the schema; the schema exists in it.

    Raises Fault `database.unavailable` where nobody answers, or refuses us.
    """
    try:
        connection = await engine.connect().start()
    except sa.exc.OperationalError as error:
        # In one line, and without the address: a password may stand in it.
        raise Fault("database.unavailable", f"{schema}: {str(error.orig).splitlines()[0]}") from error
    try:
        if is_postgresql(engine):
            await connection.execute(
                sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"tdkt.{schema}"}
            )
            known = await connection.scalar(
                sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema}
            )
            # IF NOT EXISTS asks for the right to create even where there is nothing to do.
            if known is None:
                await connection.execute(sa.schema.CreateSchema(schema))
        else:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        await connection.commit()
    finally:
        await connection.close()


async def held(connection: AsyncConnection, name: str) -> bool:
    """Take the named right until the connection's transaction ends; return whether nobody else has it.

    On SQLite nobody else has: only one process may write the file.
    """
    if connection.dialect.name != POSTGRESQL:
        return True
    statement = sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(await connection.scalar(statement, {"name": f"tdkt.{name}"}))


def _tuner(pragmas: Sequence[str]) -> Any:
    def tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return tune
