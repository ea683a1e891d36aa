"""A read model on a real nats-server: applied once, poison set aside, the log never contradicted in silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from nats.aio.client import Client

from services.plans.decider import PLAN
from services.plans.events import EVENTS, GroupFormed, GroupKind
from services.plans.projections import PLANS
from services.plans.views import CityTotals, TaskView
from services.scoring.projections import UNITS as SCORING_UNITS
from shared.codec import event_headers
from shared.errors import Fault
from shared.eventstore import EventStore, NewEvent
from shared.handler import Handler
from shared.readmodel import Database, Projector, Rows, Superseded, rebuild
from shared.readmodel.batch import Changes
from shared.tasks import end
from shared.topology import live_consumer, rebuild_consumer
from shared.types import Checkpoint
from tests.kernel.test_handler import envelope, issue, report
from tests.plans.a_plan import AT, complete, facts
from tests.support.nats import RunningNats, running_nats


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[RunningNats]:
    with running_nats(tmp_path) as running:
        yield running


POISONED = "plans.evt.o-mon.plan.2020"


async def silent(*_: object) -> None:
    pass


@asynccontextmanager
async def following(bus: RunningNats, name: str = "plans") -> AsyncIterator[tuple[Client, Database, Projector, Rows]]:
    client = await bus.connect("plans")
    database = Database(bus.settings.sql_url(name), "plans")
    await database.open()
    await database.register(PLANS)
    projector = Projector(client, database, PLANS, live_consumer=live_consumer("plans", "plans"), on_applied=silent)
    task = asyncio.create_task(projector.run())
    try:
        yield client, database, projector, Rows(database, [PLANS])
    finally:
        await end([task])
        await client.close()
        await database.close()


async def dump(database: Database) -> dict[str, list[Any]]:
    async with database.engine.connect() as connection:
        return {
            table.name: sorted(
                map(repr, (await connection.execute(sa.select(database.table(PLANS, table.name)))).all())
            )
            for table in PLANS.tables
        }


async def test_rows_follow_the_log_and_a_restart_goes_on_behind_the_checkpoint(bus: RunningNats) -> None:
    async with following(bus) as (client, _, projector, rows):
        handler = Handler(EventStore(client, "PLANS"), EVENTS)
        await issue(handler)
        assert await projector.wait_for(3, timeout_s=5)
        assert await rows.count("task") == 2
    async with following(bus) as (client, _, projector, rows):
        handler = Handler(EventStore(client, "PLANS"), EVENTS)
        await handler.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
        assert await projector.wait_for(5, timeout_s=5)
        (quarter,) = await rows.select(CityTotals, "city_totals")
        assert (quarter.tasks, quarter.completed, quarter.parts_done) == (2, 1, 1)


async def test_a_checkpoint_that_has_moved_stops_the_second_writer(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, _):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(3, timeout_s=5)
        behind = Checkpoint(epoch=projector.checkpoint.epoch, seq=2, event_id="x")  # type: ignore[union-attr]
        new = Checkpoint(epoch=behind.epoch, seq=3, event_id="y")
        before = await dump(database)
        with pytest.raises(Superseded):
            await database.apply(PLANS, 1, Changes(), behind, new)
        with pytest.raises(Superseded):
            await database.apply(PLANS, 1, Changes(), None, new)
        assert await dump(database) == before


async def test_a_poison_event_parks_its_aggregate_and_the_others_go_on(bus: RunningNats) -> None:
    async with following(bus) as (client, _, projector, rows):
        store = EventStore(client, "PLANS")
        await issue(Handler(store, EVENTS))
        poison = "plans.evt.o-mon.plan.2020"
        headers = event_headers(
            wire_name="plans.TaskStarted.v1",
            event_id="poison",
            subject=poison,
            occurred_at=AT,
            actor="x",
            command_id="poison",
            correlation_id="",
            causation_id="",
        )
        await store.append([NewEvent(subject=poison, headers=headers, body=b"not json")], {poison: 0})
        await Handler(store, EVENTS).handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
        assert await projector.wait_for(6, timeout_s=5)
        (parked,) = await projector.parked()
        assert (parked.subject, parked.first_seq) == (poison, 4)
        task = await rows.get(TaskView, "task", "cai-rang", "2020", 1)
        assert task is not None and task.completed_on is not None
        with pytest.raises(Fault, match=r"event\.unreadable|not json|invalid"):
            await projector.release(poison, retry=True)
        assert await projector.release(poison, retry=False) == 0
        assert await projector.parked() == []


async def test_a_release_stops_a_writer_that_had_read_rows_before_it(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, _):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        await append_raw(client, POISONED, "TaskStarted", b"not json", 0, "poison")
        assert await projector.wait_for(4, timeout_s=5)
        read = await database.checkpoint(PLANS.name, 1)
        assert read is not None and await projector.release(POISONED, retry=False) == 0
        with pytest.raises(Superseded):
            await database.apply(PLANS, 1, Changes(), read, Checkpoint(epoch=read.epoch, seq=5, event_id="y"))
        await append_raw(client, POISONED, "TaskStarted", b"not json", 4, "again")
        assert await projector.wait_for(5, timeout_s=5) and projector.failure == ""
        assert [row.first_seq for row in await projector.parked()] == [5]


async def append_raw(client: Client, subject: str, name: str, body: bytes, expected: int, event_id: str) -> int:
    headers = event_headers(
        wire_name=f"plans.{name}.v1",
        event_id=event_id,
        subject=subject,
        occurred_at=AT,
        actor="x",
        command_id=event_id,
        correlation_id="",
        causation_id="",
    )
    new = NewEvent(subject=subject, headers=headers, body=body)
    return (await EventStore(client, "PLANS").append([new], {subject: expected})).seq


async def test_what_came_before_the_poison_in_the_same_run_is_kept(bus: RunningNats) -> None:
    writer = await bus.connect("plans")
    await issue(Handler(EventStore(writer, "PLANS"), EVENTS))
    subject = "plans.evt.cai-rang.plan.2020"
    await append_raw(writer, subject, "TaskStarted", b"not json", 3, "poison")
    await writer.close()
    async with following(bus) as (_, _, projector, rows):
        assert await projector.wait_for(4, timeout_s=5)
        (parked,) = await projector.parked()
        assert (parked.first_seq, parked.last_seq) == (4, 4)
        assert await rows.count("task") == 2


async def test_what_no_database_holds_is_parked_and_the_others_go_on(bus: RunningNats) -> None:
    async with following(bus) as (client, _, projector, rows):
        subject = "plans.evt.o-mon.organisation.o-mon"
        group = GroupFormed(
            district="o-mon",
            group_id="thu",
            year=10**20,
            name="x",
            kind=GroupKind.CLUSTER,
            members=("a",),
            by="x",
            at=AT,
        )
        await append_raw(client, subject, "GroupFormed", EVENTS.encode(group), 0, "huge")
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(4, timeout_s=5)
        (parked,) = await projector.parked()
        assert parked.subject == subject
        assert await rows.count("task") == 2


async def test_a_rebuild_repairs_a_read_model_that_has_stopped(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, rows):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(3, timeout_s=5)
        async with database.engine.begin() as connection:
            await connection.execute(database.checkpoints.update().values(event_id="another"))
    async with following(bus) as (client, database, projector, rows):
        consumer = rebuild_consumer("plans", "plans")
        told = await rebuild(client, database, projector, consumer=consumer, progress=silent)
        assert projector.seq == 3 and await rows.count("task") == 2
        assert told.rows["task"] == 2
        await Handler(EventStore(client, "PLANS"), EVENTS).handle(
            PLAN, complete(1, "phong-noi-vu"), facts(), envelope()
        )
        assert await projector.wait_for(5, timeout_s=10)


async def test_only_one_rebuild_at_a_time(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, _):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(3, timeout_s=5)
        consumer = rebuild_consumer("plans", "plans")
        outcomes = await asyncio.gather(
            *(rebuild(client, database, projector, consumer=consumer, progress=silent) for _ in range(3)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in outcomes) == ["Fault", "Fault", "RebuildReport"]


async def test_what_an_aborted_rebuild_left_is_not_taken_over_by_an_upgrade(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, rows):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(3, timeout_s=5)
        generation = await database.create_generation(PLANS)
        left = Checkpoint(epoch="x", seq=3, event_id="x")
        await database.apply(PLANS, generation, Changes(), None, left)
        async with database.engine.begin() as connection:
            await connection.execute(database.read_models.update().values(fingerprint="older"))
    async with following(bus) as (_, _, projector, rows):
        assert await projector.wait_for(3, timeout_s=5)
        assert await rows.count("task") == 2


async def test_a_read_model_of_another_services_stream_can_be_rebuilt(bus: RunningNats) -> None:
    writer = await bus.connect("plans")
    await issue(Handler(EventStore(writer, "PLANS"), EVENTS))
    client = await bus.connect("scoring")
    database = Database(bus.settings.sql_url("scoring"), "scoring")
    await database.open()
    await database.register(SCORING_UNITS)
    projector = Projector(
        client, database, SCORING_UNITS, live_consumer=live_consumer("scoring", "units"), on_applied=silent
    )
    task = asyncio.create_task(projector.run())
    assert await projector.wait_for(3, timeout_s=5)
    told = await rebuild(client, database, projector, consumer=rebuild_consumer("scoring", "units"), progress=silent)
    assert told.events == 3
    await end([task])
    for connection in (client, writer):
        await connection.close()
    await database.close()


async def test_a_log_that_contradicts_the_checkpoint_is_not_read_on(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, _):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(3, timeout_s=5)
    for column, value in (("event_id", "another"), ("epoch", "another")):
        async with following(bus) as (_, database, projector, _), database.engine.begin() as connection:
            await connection.execute(database.checkpoints.update().values({column: value}))
        async with following(bus) as (_, database, projector, _):
            for _ in range(50):
                if "log.disagrees" in projector.failure or "checkpoint" in projector.failure:
                    break
                await asyncio.sleep(0.05)
            assert "checkpoint" in projector.failure


async def test_a_rebuild_gives_the_same_rows_and_names_what_had_been_tampered_with(bus: RunningNats) -> None:
    async with following(bus) as (client, database, projector, rows):
        handler = Handler(EventStore(client, "PLANS"), EVENTS)
        await issue(handler)
        for number in range(120):
            await handler.handle(PLAN, report(number), facts(), envelope())
        assert await projector.wait_for(123, timeout_s=10)
        before = await dump(database)
        told: list[tuple[int, int]] = []

        async def progress(done: int, total: int) -> None:
            told.append((done, total))

        consumer = rebuild_consumer("plans", "plans")
        report_clean = await rebuild(client, database, projector, consumer=consumer, progress=progress)
        assert report_clean.differences == ()
        assert report_clean.events == 123 and told[-1] == (123, 123)
        assert await dump(database) == before
        async with database.engine.begin() as connection:
            table = database.table(PLANS, "city_totals")
            await connection.execute(table.update().values(tasks=99))
        repaired = await rebuild(client, database, projector, consumer=consumer, progress=progress)
        assert any("city_totals [2020, 1]" in one for one in repaired.differences)
        assert await dump(database) == before
        await handler.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
        assert await projector.wait_for(125, timeout_s=5)
        (quarter,) = await rows.select(CityTotals, "city_totals")
        assert quarter.completed == 1


async def test_a_read_model_of_another_shape_is_built_anew(bus: RunningNats) -> None:
    async with following(bus) as (client, _, projector, _):
        await issue(Handler(EventStore(client, "PLANS"), EVENTS))
        assert await projector.wait_for(3, timeout_s=5)
    async with following(bus) as (_, database, _, _), database.engine.begin() as connection:
        await connection.execute(database.read_models.update().values(fingerprint="older"))
    async with following(bus) as (_, database, projector, rows):
        assert await projector.wait_for(3, timeout_s=5)
        assert database.generation(PLANS) == 2
        assert await rows.count("task") == 2
