"""The archive: every event once, in order, under a chain that shows what was changed or is missing."""

import asyncio
import http.client
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from services.topology import TOPOLOGY
from shared.archive import STREAMS, ArchiveReader, StreamArchiver, chain, genesis
from shared.clock import derived_id
from shared.codec import event_headers
from shared.eventstore import EventStore, Message, NewEvent
from shared.sql import is_postgresql
from shared.tasks import end
from shared.topology import apply
from tests.support.database import forget, tamper_with_archive
from tests.support.nats import RunningNats, running_nats
from tests.support.services import RunningServices, running_services

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
EVENT = Message(
    subject="plans.evt.cai-rang.plan.2020",
    headers={"ce-id": "e1", "ce-type": "plans.TaskStarted.v1", "Nats-Msg-Id": "e1", "traceparent": "00-1"},
    body=b'{"task_number": 7}',
    seq=1,
    recorded_at=AT,
)
texts = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=0, max_size=6)
messages = st.builds(
    lambda subject, seq, body, pairs: replace(EVENT, subject=subject, seq=seq, body=body, headers=pairs),
    texts,
    st.integers(1, 10**12),
    st.binary(max_size=8),
    st.dictionaries(texts.map(lambda name: f"ce-{name.lower()}"), texts, max_size=3),
)


# The chain


@given(messages, messages)
def test_two_events_have_one_hash_only_if_they_are_the_same(one: Message, other: Message) -> None:
    start = genesis("PLANS", "epoch")
    assert (chain(start, one) == chain(start, other)) == (one == other)


def test_the_hash_covers_what_was_before() -> None:
    assert chain(genesis("PLANS", "a"), EVENT) != chain(genesis("PLANS", "b"), EVENT)
    assert chain(genesis("PLANS", "a"), EVENT) != chain(genesis("SCORING", "a"), EVENT)
    assert len(chain(genesis("PLANS", "a"), EVENT)) == 32


def test_the_hash_is_the_same_wherever_the_event_is_kept() -> None:
    start = genesis("PLANS", "a")
    headers = dict(reversed([*EVENT.headers.items(), ("Nats-Expected-Last-Subject-Sequence", "0")]))
    elsewhere = replace(EVENT, headers=headers, recorded_at=datetime(2021, 1, 1, tzinfo=UTC))
    assert chain(start, elsewhere) == chain(start, EVENT)


def test_a_part_cannot_slide_into_its_neighbour() -> None:
    start = genesis("PLANS", "a")
    one = replace(EVENT, subject="ab", headers={"ce-id": "c"})
    other = replace(EVENT, subject="a", headers={"ce-id": "bc"})
    assert chain(start, one) != chain(start, other)


def test_every_event_stream_of_the_registry_is_archived() -> None:
    assert TOPOLOGY.event_streams == STREAMS


# The rows


async def publish(client: Client, count: int, *, first: int = 0) -> None:
    """Append events, each of an aggregate of its own."""
    store = EventStore(client, "PLANS")
    for number in range(first, first + count):
        subject = f"plans.evt.cai-rang.plan.p{number}"
        headers = event_headers(
            wire_name="plans.PlanSubmitted.v1",
            event_id=derived_id("archive", number),
            subject=subject,
            occurred_at=AT,
            actor="somebody",
            command_id=f"c{number}",
            correlation_id="",
            causation_id="",
        )
        body = json.dumps({"number": number}).encode()
        await store.append([NewEvent(subject=subject, headers=headers, body=body)], {subject: 0})


@asynccontextmanager
async def reading(bus: RunningNats) -> AsyncIterator[ArchiveReader]:
    archive = ArchiveReader(bus.settings.sql_url("archive"))
    await archive.open()
    try:
        yield archive
    finally:
        await archive.close()


@asynccontextmanager
async def archiving(bus: RunningNats, archive: ArchiveReader) -> AsyncIterator[StreamArchiver]:
    client = await bus.connect("archive")
    archiver = StreamArchiver(client, archive, "PLANS")
    task = asyncio.create_task(archiver.run())
    try:
        yield archiver
    finally:
        await end([task])
        await client.close()


async def until(is_true: Callable[[], Awaitable[bool]], seconds_max: float = 15.0) -> None:
    async with asyncio.timeout(seconds_max):
        while not await is_true():
            await asyncio.sleep(0.02)


async def archived(archive: ArchiveReader, seq: int) -> bool:
    head = await archive.head("PLANS")
    return head is not None and head.seq >= seq


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[RunningNats]:
    with running_nats(tmp_path) as running:
        client = await running.connect("plans")
        await publish(client, 20)
        await client.close()
        yield running


async def test_an_archive_is_only_added_to(bus: RunningNats) -> None:
    async with reading(bus) as archive:
        async with archiving(bus, archive):
            await until(lambda: archived(archive, 20))
        for statement in ("UPDATE event_archive SET payload = 'x' WHERE seq = 3", "DELETE FROM event_archive"):
            with pytest.raises(sa.exc.DatabaseError, match="only added to"):
                async with archive.engine.begin() as connection:
                    if is_postgresql(archive.engine):
                        await connection.exec_driver_sql("SET LOCAL search_path = archive")
                    await connection.exec_driver_sql(statement)
        assert await archive.first_break("PLANS") is None
        assert [row.seq async for row in archive.rows("PLANS", after=15)] == [16, 17, 18, 19, 20]


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE event_archive SET payload = '{}' WHERE seq = 5", 5),
        ("UPDATE event_archive SET subject = 'plans.evt.o-mon.plan.p4' WHERE seq = 5", 5),
        ('UPDATE event_archive SET headers = \'{"ce-id": "nobody"}\' WHERE seq = 5', 5),
        ("UPDATE event_archive SET event_id = 'x' WHERE seq = 5", 5),
        ("UPDATE event_archive SET epoch = 'x' WHERE seq = 5", 5),
        ("UPDATE event_archive SET hash = payload WHERE seq = 5", 5),
        ("DELETE FROM event_archive WHERE seq = 5", 5),
        ("DELETE FROM event_archive WHERE seq = 1", 1),
        ("UPDATE event_archive SET seq = 21 WHERE seq = 5", 5),
    ],
)
async def test_a_changed_or_missing_row_breaks_the_chain_where_it_is(
    bus: RunningNats, statement: str, seq: int
) -> None:
    async with reading(bus) as archive:
        async with archiving(bus, archive):
            await until(lambda: archived(archive, 20))
        assert await archive.first_break("PLANS") is None
        tamper_with_archive(bus.settings, statement)
        assert await archive.first_break("PLANS") == seq


async def test_two_archivers_at_once_write_each_event_once(bus: RunningNats) -> None:
    client = await bus.connect("plans")
    async with reading(bus) as archive, archiving(bus, archive), archiving(bus, archive):
        await publish(client, 200, first=20)
        await until(lambda: archived(archive, 220))
        assert [row.seq async for row in archive.rows("PLANS")] == list(range(1, 221))
        assert await archive.first_break("PLANS") is None
    await client.close()


async def test_an_archive_that_disagrees_with_the_log_goes_no_further(bus: RunningNats) -> None:
    async def refused(archiver: StreamArchiver) -> bool:
        return "log.disagrees" in archiver.failure

    for statement in (
        "UPDATE event_archive SET event_id = 'x' WHERE seq = 20",
        "UPDATE event_archive SET epoch = 'x' WHERE seq = 20",
        "UPDATE event_archive SET seq = 99 WHERE seq = 20",  # the log ends before the archive does
    ):
        async with reading(bus) as archive:
            async with archiving(bus, archive):
                await until(lambda archive=archive: archived(archive, 20))  # type: ignore[misc]
            tamper_with_archive(bus.settings, statement)
            before = [row async for row in archive.rows("PLANS")]
            async with archiving(bus, archive) as archiver:
                await until(lambda archiver=archiver: refused(archiver))  # type: ignore[misc]
                assert "PLANS" in archiver.failure
            assert [row async for row in archive.rows("PLANS")] == before
        forget(bus.settings, "archive")


# The process


def is_ready(system: RunningServices) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", system.ports["archive"], timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


async def test_killed_while_it_archives_it_leaves_no_gap_and_no_duplicate(tmp_path: Path) -> None:
    with running_services(tmp_path, ("archive",)) as system:
        client = await system.bus.connect("plans")
        publishing = asyncio.create_task(publish(client, 1500))
        kills = 0
        while not publishing.done():
            await asyncio.sleep(0.15)
            system.kill("archive")
            kills += 1
            await asyncio.to_thread(system.start, "archive")
        await publishing
        async with reading(system.bus) as archive:
            await until(lambda: archived(archive, 1500))
            assert [row.seq async for row in archive.rows("PLANS")] == list(range(1, 1501))
            assert await archive.first_break("PLANS") is None
        assert kills > 0
        await client.close()


def test_another_log_under_the_same_name_makes_the_archive_not_ready(tmp_path: Path) -> None:
    async def fill() -> None:
        client = await system.bus.connect("plans")
        await publish(client, 5)
        await client.close()

    async def read() -> list[int]:
        async with reading(system.bus) as archive:
            await until(lambda: archived(archive, 5))
            return [row.seq async for row in archive.rows("PLANS")]

    async def refused() -> bool:
        status, body = is_ready(system)
        return status == 503 and "log.disagrees" in body and "epoch" in body

    with running_services(tmp_path, ("archive",)) as system:
        asyncio.run(fill())
        assert asyncio.run(read()) == [1, 2, 3, 4, 5]
        system.bus.kill()
        shutil.rmtree(tmp_path / "nats")
        system.bus.start()
        asyncio.run(apply(system.settings, TOPOLOGY))
        asyncio.run(fill())
        asyncio.run(until(refused))
        assert asyncio.run(read()) == [1, 2, 3, 4, 5]
        assert system.stop("archive") < 2.0


async def test_a_task_that_overhears_one_cancellation_is_ended_all_the_same() -> None:
    async def hard_of_hearing() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    async def broken() -> None:
        raise OSError("broken")

    tasks = [asyncio.create_task(hard_of_hearing()), asyncio.create_task(broken())]
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await end(tasks)
    assert all(task.done() for task in tasks)
