"""A rebuild of the read model of plans, against receiving and decoding the same events and doing nothing with them."""

import asyncio
from typing import TYPE_CHECKING

from nats.aio.client import Client

from benchmarks.ground import STREAM, Ground, fill, plans_database, plans_projector, silent
from benchmarks.measure import Figure, figure, ratios, seconds
from services.plans.events import EVENTS
from shared.feed import reset_consumer
from shared.headers import quicken
from shared.readmodel import Database, Projector, rebuild
from shared.topology import rebuild_consumer

if TYPE_CHECKING:
    from nats.aio.msg import Msg

CONSUMER = rebuild_consumer("plans", "plans")
SQLITE_BAR, POSTGRESQL_BAR = 0.40, 0.30


async def measure(ground: Ground, *, events: int, rounds: int) -> list[Figure]:
    """Return how fast a rebuild is on SQLite and on PostgreSQL, as shares of the raw pace."""
    client, plain = quicken(await ground.bus.connect("plans")), await ground.bus.connect("plans")
    last_seq = await fill(client, events)
    sqlite = f"sqlite+aiosqlite:///{ground.folder / 'rebuild.db'}"
    try:
        return [
            await _compared("SQLite", sqlite, SQLITE_BAR, client, plain, last_seq, rounds),
            await _compared(
                "PostgreSQL", ground.postgres.create_database(), POSTGRESQL_BAR, client, plain, last_seq, rounds
            ),
        ]
    finally:
        await client.close()
        await plain.close()


async def _compared(
    name: str, url: str, bar: float, client: Client, plain: Client, last_seq: int, rounds: int
) -> Figure:
    async with plans_database(url) as database:
        projector = plans_projector(client, database)
        # The first one has nothing to compare itself with; those that count do what an operator's does.
        await rebuild(client, database, projector, consumer=CONSUMER, progress=silent)
        found = await ratios(
            lambda: seconds(rebuilt(client, database, projector)),
            lambda: seconds(received(plain, last_seq)),
            rounds=rounds,
        )
    return figure(f"rebuild into {name} ÷ raw receive and decode", found, bar=bar)


async def rebuilt(client: Client, database: Database, projector: Projector) -> int:
    """Rebuild the read model as an operator does, comparison included; return how many events it took."""
    report = await rebuild(client, database, projector, consumer=CONSUMER, progress=silent)
    assert not report.differences, report.differences[:3]
    return report.events


async def received(client: Client, last_seq: int) -> None:
    """Receive and decode every event the fastest way that nats-py offers, and do nothing with it.

    A push consumer without acknowledgements, under flow control, on a plain subscription with a callback
    (JetStream's own subscription is a fifth slower); headers parsed by nats-py, the body into its type.
    """
    done = asyncio.get_running_loop().create_future()
    info = await client.jetstream().consumer_info(STREAM, CONSUMER)
    next_seq = 1

    async def receive(message: "Msg") -> None:
        nonlocal next_seq
        headers = message.headers or {}
        if headers.get("Status") == "100":
            flow = message.reply or headers.get("Nats-Consumer-Stalled")
            if flow:
                await client.publish(flow)
        elif int(message.reply.split(".")[5]) == next_seq:  # what an earlier run left in flight is another one
            EVENTS.decode(headers["ce-type"], message.data)
            next_seq += 1
            if next_seq > last_seq:
                done.set_result(None)

    subject = str(info.config.deliver_subject)
    subscription = await client.subscribe(subject, cb=receive, pending_msgs_limit=-1, pending_bytes_limit=-1)
    try:
        await client.flush()
        await reset_consumer(client, STREAM, CONSUMER, 1)
        await done
    finally:
        await subscription.unsubscribe()
