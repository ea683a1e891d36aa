"""The database of the account store: opened, and brought to the newest migration, by whoever comes first."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.sql import alone, open_engine

SCHEMA = "portal"
MIGRATIONS = Path(__file__).parent / "migrations"
BEFORE_MIGRATIONS = "0001"  # what the first release made without a version
NEWEST = "0003"


async def open_database(url: str, *, revision: str = NEWEST) -> AsyncEngine:
    """Return the engine of the address, with all tables as the migration, usually the newest, leaves them.

    Two processes may open at once: one migrates, the other waits and finds it done.
    """
    engine = open_engine(url, SCHEMA, pragmas=("synchronous=FULL", "foreign_keys=ON"), hide_parameters=True)
    try:
        async with alone(engine, SCHEMA) as connection:
            await connection.run_sync(_upgrade, revision)
    except BaseException:
        await engine.dispose()
        raise
    return engine


def _upgrade(connection: Connection, revision: str) -> None:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    inspector = inspect(connection)
    version = None
    if inspector.has_table("alembic_version", schema=schema):
        version = connection.execute(text(f"SELECT version_num FROM {_named(schema)}")).scalar_one_or_none()  # noqa: S608 - a constant
    if version == revision:
        return
    # Imported where it is needed: opening is part of every command, migrating of one a release.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes.update(connection=connection, schema=schema)
    if version is None and inspector.has_table("account", schema=schema):
        command.stamp(config, BEFORE_MIGRATIONS)
    command.upgrade(config, revision)


def _named(schema: str | None) -> str:
    return f"{schema}.alembic_version" if schema else "alembic_version"
