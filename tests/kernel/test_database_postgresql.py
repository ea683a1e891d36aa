"""What only PostgreSQL can show: replicas on one database, a server that goes away, schemas, erased keys.

These run on a server of their own, whichever database the session is run on.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from nats.aio.client import Client

from services.plans.decider import PLAN
from services.plans.events import EVENTS
from services.plans.projections import PLANS
from shared.archive import ArchiveReader
from shared.errors import Fault
from shared.eventstore import EventStore
from shared.handler import Handler
from shared.readmodel import Database, Projector, Rows, Superseded, rebuild
from shared.readmodel.batch import Changes
from shared.seal import KeyVault
from shared.sql import CONNECTIONS_MAX, alone, open_engine
from shared.tasks import end
from shared.topology import live_consumer, rebuild_consumer
from shared.types import Checkpoint
from tests.kernel.test_handler import envelope, issue, report
from tests.kernel.test_projector import dump, silent
from tests.plans.a_plan import complete, facts
from tests.support.nats import RunningNats, running_nats
from tests.support.postgres import RunningPostgres, running_postgres

LEDGER = """
CREATE TABLE plans.ledger (number bigserial PRIMARY KEY, reader text, generation int8, was int8, seq int8);
CREATE FUNCTION plans.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO plans.ledger (reader, generation, was, seq)
  VALUES (new.reader, new.generation, CASE tg_op WHEN 'INSERT' THEN 0 ELSE old.seq END, new.seq);
  RETURN new;
END $$;
CREATE TRIGGER note BEFORE INSERT OR UPDATE ON plans.checkpoint FOR EACH ROW EXECUTE FUNCTION plans.note();
"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningPostgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture
def url(server: RunningPostgres) -> str:
    return server.create_database()


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[RunningNats]:
    with running_nats(tmp_path) as running:
        yield running


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@asynccontextmanager
async def instance(bus: RunningNats, url: str) -> AsyncIterator[tuple[Client, Database, Projector]]:
    client = await bus.connect("plans")
    database = Database(url, "plans")
    await database.open()
    await database.register(PLANS)
    projector = Projector(client, database, PLANS, live_consumer=live_consumer("plans", "plans"), on_applied=silent)
    task = asyncio.create_task(projector.run())
    try:
        yield client, database, projector
    finally:
        await end([task])
        await client.close()
        await database.close()


async def test_many_processes_start_at_once_on_an_empty_database(url: str) -> None:
    async def start() -> None:
        database, archive, vault = Database(url, "plans"), ArchiveReader(url), KeyVault(url)
        await asyncio.gather(database.open(), archive.open(), vault.key("p1"))
        await database.register(PLANS)
        for one in (database, archive, vault):
            await one.close()

    await asyncio.gather(*(start() for _ in range(6)))
    schemas = ask(url, "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname !~ '^(pg_|information)' ORDER BY 1")
    assert schemas == [("archive",), ("persons",), ("plans",)]
    assert ask(url, "SELECT count(*) FROM persons.person_key") == [(1,)]
    assert ask(url, "SELECT name, generation FROM plans.read_model") == [("plans", 1)]


async def test_two_instances_of_a_service_apply_each_event_once(bus: RunningNats, url: str) -> None:
    async with instance(bus, url) as (client, database, one), instance(bus, url) as (_, _, other):
        ask(url, LEDGER)
        handler = Handler(EventStore(client, "PLANS"), EVENTS)
        await issue(handler)
        for number in range(150):
            await handler.handle(PLAN, report(number), facts(), envelope())
        await handler.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
        async with asyncio.timeout(30):
            while (reached := await database.checkpoint("plans", 1)) is None or reached.seq < 155:
                await asyncio.sleep(0.05)
        steps = ask(url, "SELECT was, seq FROM plans.ledger WHERE reader = 'plans' ORDER BY number")
        assert [was for was, _ in steps] == [0, *(seq for _, seq in steps[:-1])]
        assert steps[-1] == (steps[-1][0], 155)
        before = await dump(database)
    async with instance(bus, url) as (client, database, one):
        assert await one.wait_for(155, timeout_s=10)
        consumer = rebuild_consumer("plans", "plans")
        told = await rebuild(client, database, one, consumer=consumer, progress=silent)
        assert told.differences == () and told.events == 155
        assert await dump(database) == before
    assert other.seq <= 155


async def test_while_one_instance_rebuilds_another_neither_rebuilds_nor_clears_away_what_it_makes(url: str) -> None:
    async with AsyncExitStack() as stack:
        one, other = Database(url, "plans"), Database(url, "plans")
        for database in (one, other):
            await database.open()
            stack.push_async_callback(database.close)
        await one.register(PLANS)
        async with one.rebuilding(PLANS):
            generation = await one.create_generation(PLANS)
            await other.register(PLANS)
            async with one.engine.connect() as connection:
                assert await connection.scalar(sa.select(sa.func.count()).select_from(one.table(PLANS, "task", 2))) == 0
            with pytest.raises(Fault, match="plans"):
                async with other.rebuilding(PLANS):
                    pass
        async with other.rebuilding(PLANS):
            assert generation == await other.create_generation(PLANS)


async def test_an_instance_goes_on_after_another_has_rebuilt_and_switched(bus: RunningNats, url: str) -> None:
    async with instance(bus, url) as (client, database, one):
        handler = Handler(EventStore(client, "PLANS"), EVENTS)
        await issue(handler)
        assert await one.wait_for(3, timeout_s=10)
        other = Database(url, "plans")
        await other.open()
        await other.register(PLANS)
        writer = await bus.connect("plans")
        builder = Projector(writer, other, PLANS, live_consumer=live_consumer("plans", "plans"), on_applied=silent)
        told = await rebuild(writer, other, builder, consumer=rebuild_consumer("plans", "plans"), progress=silent)
        assert told.differences == ()  # compared with what the other instance had written
        assert await Rows(database, [PLANS]).count("task") == 2
        await handler.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
        assert await one.wait_for(5, timeout_s=10)
        assert database.generation(PLANS) == 2
        assert ask(url, "SELECT sum(completed) FROM plans.city_totals__g2") == [(1,)]
        await other.close()
        await writer.close()


async def test_a_switch_waits_for_a_writer_and_the_writer_not_for_it(url: str) -> None:
    async with AsyncExitStack() as stack:
        database = Database(url, "plans")
        stack.push_async_callback(database.close)
        await database.open()
        await database.register(PLANS)
        first = Checkpoint(epoch="e", seq=1, event_id="x")
        await database.apply(PLANS, 1, Changes(), None, first)
        generation = await database.create_generation(PLANS)
        async with database.engine.connect() as writer:
            await writer.run_sync(database.move_checkpoint, PLANS.name, 1, first, replace(first, seq=2))
            switching = asyncio.create_task(database.switch(PLANS, generation))
            await _waiting_for_a_lock(url)
            async with asyncio.timeout(5):
                await writer.execute(database.table(PLANS, "task", 1).delete())
                await writer.commit()
        async with asyncio.timeout(5):
            await switching
        with pytest.raises(Superseded):
            await database.apply(PLANS, 1, Changes(), replace(first, seq=2), replace(first, seq=3))


async def test_a_switch_that_cannot_be_ended_has_not_happened(url: str) -> None:
    async with AsyncExitStack() as stack:
        database = Database(url, "plans")
        stack.push_async_callback(database.close)
        await database.open()
        await database.register(PLANS)
        first = Checkpoint(epoch="e", seq=1, event_id="x")
        await database.apply(PLANS, 1, Changes(), None, first)
        generation = await database.create_generation(PLANS)
        async with database.engine.connect() as reader:
            await reader.execute(sa.select(database.table(PLANS, "task", 1)))
            switching = asyncio.create_task(database.switch(PLANS, generation))
            await _waiting_for_a_lock(url)
            await end([switching])
        assert ask(url, "SELECT generation FROM plans.read_model") == [(1,)]
        assert await database.refresh(PLANS) == 1
        await database.apply(PLANS, 1, Changes(), first, replace(first, seq=2))


async def _waiting_for_a_lock(url: str) -> None:
    async with asyncio.timeout(5):
        while ask(url, "SELECT 1 FROM pg_locks WHERE NOT granted") == []:
            await asyncio.sleep(0.02)


async def test_a_server_restarted_in_the_middle_loses_and_doubles_nothing(bus: RunningNats) -> None:
    with running_postgres() as server:
        url = server.create_database()
        async with instance(bus, url) as (client, database, projector):
            ask(url, LEDGER)
            handler = Handler(EventStore(client, "PLANS"), EVENTS)
            await issue(handler)

            async def write() -> None:
                for number in range(300):
                    await handler.handle(PLAN, report(number), facts(), envelope())

            writing = asyncio.create_task(write())
            for _ in range(3):
                await asyncio.sleep(0.3)
                await asyncio.to_thread(server.restart)
            await writing
            assert await projector.wait_for(303, timeout_s=30)
            # A question that comes first after a restart finds its connections gone, and is answered.
            await asyncio.to_thread(server.restart)
            assert await Rows(database, [PLANS]).count("task_history") == 302
            steps = ask(url, "SELECT was, seq FROM plans.ledger WHERE reader = 'plans' ORDER BY number")
            assert [was for was, _ in steps] == [0, *(seq for _, seq in steps[:-1])]
            consumer = rebuild_consumer("plans", "plans")
            assert (await rebuild(client, database, projector, consumer=consumer, progress=silent)).differences == ()


async def test_a_database_that_does_not_answer_is_said_in_one_line_without_its_password() -> None:
    database = Database("postgresql://clerk:geheim@127.0.0.1:1/x", "plans")
    with pytest.raises(Fault) as told:
        await database.open()
    assert told.value.code == "database.unavailable"
    assert "geheim" not in str(told.value) and "\n" not in str(told.value)
    await database.close()


async def test_no_more_connections_are_taken_than_a_process_may_have(url: str) -> None:
    engine = open_engine(url, "plans")
    taken = asyncio.Semaphore(0)

    async def hold() -> None:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT pg_sleep(0.3)"))
            taken.release()

    holding = [asyncio.create_task(hold()) for _ in range(3 * CONNECTIONS_MAX)]
    await asyncio.sleep(0.2)
    (open_now,) = ask(url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tdkt-plans'")
    assert open_now == (CONNECTIONS_MAX,)
    await asyncio.gather(*holding)
    await engine.dispose()


async def test_neither_the_search_path_nor_the_role_need_favour_us(server: RunningPostgres, url: str) -> None:
    name = url.rsplit("/", 1)[1].split("?")[0] if "?" not in url.split("/")[3] else url.split("/")[3].split("?")[0]
    ask(url, "CREATE TABLE public.task__g1 (trap text)")
    ask(url, "CREATE ROLE clerk LOGIN")
    ask(url, "CREATE SCHEMA plans AUTHORIZATION clerk")
    ask(url, "ALTER ROLE clerk SET search_path = public")
    ask(url, f"REVOKE CREATE ON DATABASE {name} FROM PUBLIC")
    database = Database(url.replace("tdkt@", "clerk@"), "plans")
    await database.open()
    await database.register(PLANS)
    assert await Rows(database, [PLANS]).count("task") == 0
    await database.close()
    other = Database(url.replace("tdkt@", "clerk@"), "scoring")
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        await other.open()
    await other.close()


async def test_what_is_committed_is_on_the_disk_whatever_the_server_is_set_to(url: str) -> None:
    ask(url, "ALTER ROLE tdkt SET synchronous_commit = off")
    try:
        engine = open_engine(url, "plans")
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SHOW synchronous_commit")) == "on"
        await engine.dispose()
    finally:
        ask(url, "ALTER ROLE tdkt RESET synchronous_commit")


async def test_an_aborted_start_leaves_nothing_half_made(url: str) -> None:
    engine = open_engine(url, "plans")
    with pytest.raises(RuntimeError):
        async with alone(engine, "plans") as connection:
            await connection.exec_driver_sql("CREATE TABLE plans.half (a int)")
            raise RuntimeError("killed")
    await engine.dispose()
    assert ask(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'plans'") == [(0,)]


async def test_an_erased_key_is_on_no_page_of_its_table(server: RunningPostgres, url: str) -> None:
    vault = KeyVault(url)
    key = await vault.key("p1")
    assert key is not None
    for number in range(50):
        await vault.key(f"other-{number}")
    assert _is_in_the_table(server, url, key.secret)
    assert await vault.erase("p1")
    assert not _is_in_the_table(server, url, key.secret)
    assert await vault.key("p1") is None
    assert await vault.key("other-7") is not None
    await vault.close()


def _is_in_the_table(server: RunningPostgres, url: str, secret: bytes) -> bool:
    ask(url, "CHECKPOINT")
    (oid,) = ask(url, "SELECT oid::text FROM pg_database WHERE datname = current_database()")[0]
    files = list((server.folder / "data" / "base" / oid).iterdir())
    ((node,),) = ask(url, "SELECT pg_relation_filepath('persons.person_key')")
    assert (server.folder / "data" / node) in files
    return any(secret in path.read_bytes() for path in files if path.is_file())
