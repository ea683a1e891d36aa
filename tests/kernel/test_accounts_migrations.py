"""The tables of the account store: made, adopted from before there were migrations, and upgraded by one of several."""

import asyncio
import multiprocessing
import sqlite3
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.accounts import Accounts, tables
from shared.accounts.database import MIGRATIONS, NEWEST, SCHEMA, open_database
from shared.sql import open_engine, schema_of
from shared.types import Grant, Role
from tests.kernel.account_store import account_store, url_in
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER, TurnedClock

BEFORE = Path(__file__).parent / "accounts_before_migrations"
TOKEN_BEFORE = "token-of-a-session-before-migrations"


def _make_old_database(folder: Path) -> None:
    """Make what the release before migrations made: the dumps come from its own code."""
    url = url_in(folder)
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            connection.execute((BEFORE / "postgresql.sql").read_bytes())
        return
    (folder / "sql").mkdir()
    with sqlite3.connect(folder / "sql" / "portal.db") as connection:
        connection.executescript((BEFORE / "sqlite.sql").read_text())


async def _columns(engine: AsyncEngine) -> dict[str, set[tuple[str, bool]]]:
    def read(connection: object) -> dict[str, set[tuple[str, bool]]]:
        inspector, schema = inspect(connection), schema_of(engine, SCHEMA)
        return {
            name: {(column["name"], column["nullable"]) for column in inspector.get_columns(name, schema=schema)}
            for name in inspector.get_table_names(schema=schema)
            if name != "alembic_version"
        }

    async with engine.connect() as connection:
        return await connection.run_sync(read)


def _declared(metadata: MetaData) -> dict[str, set[tuple[str, bool]]]:
    return {
        table.name: {(column.name, bool(column.nullable)) for column in table.columns}
        for table in metadata.sorted_tables
    }


def test_the_newest_migration_is_the_one_that_opening_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


@pytest.mark.parametrize("is_old", [False, True])
async def test_the_migrations_leave_the_tables_that_the_code_declares(tmp_path: Path, is_old: bool) -> None:
    if is_old:
        _make_old_database(tmp_path)
    engine = await open_database(url_in(tmp_path))
    assert await _columns(engine) == _declared(tables.METADATA)
    await engine.dispose()


async def test_a_database_from_before_migrations_keeps_accounts_grants_and_sessions(tmp_path: Path) -> None:
    _make_old_database(tmp_path)
    async with account_store(tmp_path, people=False) as accounts:
        clerk = await accounts.account("clerk")
        assert clerk.account_id == "van-thu.le-binh"
        assert [grant.role for grant in clerk.grants] == [Role.GROUP_HEAD, Role.UNIT_CLERK]
        assert clerk.grants[1] == Grant(
            role=Role.UNIT_CLERK,
            district="cai-rang",
            unit="le-binh",
            valid_from=clerk.grants[1].valid_from,
            valid_to=clerk.grants[1].valid_to,
        )
        assert str(clerk.grants[1].valid_to) == "2020-12-31"
        assert (await accounts.account("gone")).disabled_at is not None
        session = await accounts.resume(TOKEN_BEFORE)
        assert session is not None and session.step == "" and session.via == "password"
        assert await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "after")


async def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    async with account_store(tmp_path) as accounts:
        before = await accounts.ls()
    async with account_store(tmp_path, people=False) as accounts:
        assert await accounts.ls() == before


async def test_a_migration_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    _make_old_database(tmp_path)
    engine = open_engine(url_in(tmp_path), SCHEMA)
    schema = schema_of(engine, SCHEMA)
    in_the_way = f"{schema}.audit" if schema else "audit"
    async with engine.begin() as connection:
        await connection.execute(text(f"CREATE TABLE {in_the_way} (stranger INTEGER)"))
    before = await _columns(engine)
    with pytest.raises(DBAPIError, match="audit"):
        await open_database(url_in(tmp_path))
    assert await _columns(engine) == before
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP TABLE {in_the_way}"))
    await engine.dispose()
    async with account_store(tmp_path, people=False) as accounts:
        assert [account.login for account in await accounts.ls()] == ["admin", "clerk", "gone"]


def _open(url: str) -> None:
    async def run() -> None:
        accounts = await Accounts.open(url, now=TurnedClock(), hasher=QUICK_HASHER)
        await accounts.create("shared", "Chung", PASSWORD)
        await accounts.close()

    asyncio.run(run())


@pytest.mark.parametrize("is_old", [False, True])
def test_several_processes_open_at_once_and_one_migrates(tmp_path: Path, is_old: bool) -> None:
    if is_old:
        _make_old_database(tmp_path)
    url = url_in(tmp_path)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4

    async def ls() -> list[str]:
        async with account_store(tmp_path, people=False) as accounts:
            return [account.login for account in await accounts.ls()]

    logins = asyncio.run(ls())
    assert logins.count("shared") == 1
    assert ("clerk" in logins) == is_old
