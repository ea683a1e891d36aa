"""Into a service's database behind its back, on either database: for tests that tamper, lose or search.

`schema` is the service, `archive`, `portal` or `persons` (the keys of persons). Statements name tables
without a schema and mark parameters by `?`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from shared.settings import Settings

Row = tuple[Any, ...]


def change(settings: Settings, schema: str, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Run the statement and return the rows that it yields."""
    with _opened(settings, schema) as connection:
        text = statement if isinstance(connection, sqlite3.Connection) else statement.replace("?", "%s")
        cursor = connection.execute(text, tuple(parameters))
        return cursor.fetchall() if cursor.description else []


def tables(settings: Settings, schema: str) -> list[str]:
    """Return the names of the tables, sorted."""
    listed = (
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        if settings.database_url
        else "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    )
    return [name for (name,) in change(settings, schema, listed)]


def dump(settings: Settings, schema: str) -> str:
    """Return all that the database holds, as text."""
    with _opened(settings, schema) as connection:
        if isinstance(connection, sqlite3.Connection):
            return "\n".join(connection.iterdump())
        said = []
        for name in tables(settings, schema):
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
                said += [name, *(bytes(part).decode() for part in copy)]
        return "\n".join(said)


def forget(settings: Settings, schema: str) -> None:
    """Lose the database; who uses it must have ended."""
    if settings.database_url:
        change(settings, schema, f'DROP SCHEMA "{schema}" CASCADE')
        return
    path = _path(_url(settings, schema))
    for one in path.parent.glob(f"{path.name}*"):
        one.unlink()


@contextmanager
def locked(settings: Settings, schema: str) -> Iterator[None]:
    """Keep everybody else from writing to the database, which is a file of SQLite."""
    with _opened(settings, schema) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def tamper_with_archive(settings: Settings, statement: str, parameters: Sequence[Any] = ()) -> None:
    """Take away what keeps the archive from being changed, and run the statement."""
    if settings.database_url:
        change(settings, "archive", "ALTER TABLE event_archive DISABLE TRIGGER USER")
    else:
        for forbidden in ("update", "delete"):
            change(settings, "archive", f"DROP TRIGGER IF EXISTS event_archive_no_{forbidden}")
    change(settings, "archive", statement, parameters)


@contextmanager
def _opened(settings: Settings, schema: str) -> "Iterator[sqlite3.Connection | psycopg.Connection[Row]]":
    url = _url(settings, schema)
    if settings.database_url:
        with psycopg.connect(url, options=f"-c search_path={schema}") as connection:
            yield connection
    else:
        with closing(sqlite3.connect(_path(url), timeout=20)) as file, file:
            yield file


def _url(settings: Settings, schema: str) -> str:
    return settings.keys_url if schema == "persons" else settings.sql_url(schema)


def _path(url: str) -> Path:
    return Path(str(sa.make_url(url).database))
