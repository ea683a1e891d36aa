"""Build a read model anew beside itself, compare, and switch; questions are answered all the while.

The log comes over the read model's push consumer (ack none, flow control), the fastest way nats-py
offers.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from nats.aio.client import Client

from shared.errors import Fault
from shared.eventstore import Message, read_batch, stream_info
from shared.feed import from_delivered, reset_consumer
from shared.readmodel.database import Database
from shared.readmodel.projector import Projector
from shared.readmodel.tables import Value
from shared.types import Checkpoint

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH = 2000
_QUEUE_MAX = 20_000
_SILENCE_S = 15.0
_DIFFERENCES_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What a rebuild did: events read, seconds, rows by table, and the rows that differed from the live ones."""

    read_model: str
    events: int
    seconds: float
    rows: Mapping[str, int]
    differences: tuple[str, ...]


async def rebuild(
    client: Client,
    database: Database,
    projector: Projector,
    *,
    consumer: str,
    progress: Callable[[int, int], Awaitable[None]],
) -> RebuildReport:
    """Rebuild the projector's read model; `progress(done, total)` is told how far it is, in sequences.

    Raises Fault `store.unavailable`, and `readmodel.rebuilding` while another rebuild is at it.
    """
    if projector.rebuilding.locked():
        raise Fault("readmodel.rebuilding", projector.model.name)
    async with projector.rebuilding:
        return await _rebuild(client, database, projector, consumer=consumer, progress=progress)


async def _rebuild(
    client: Client,
    database: Database,
    projector: Projector,
    *,
    consumer: str,
    progress: Callable[[int, int], Awaitable[None]],
) -> RebuildReport:
    started = time.monotonic()
    model = projector.model
    generation = await database.create_generation(model)
    info = await stream_info(client, model.source)
    parked: set[str] = set()
    checkpoint: Checkpoint | None = None
    events = 0
    if info.last_seq:
        async with _pushed(client, model.source, consumer, info.last_seq) as batches:
            async for messages in batches:
                checkpoint = await projector.write(
                    messages, info.epoch, generation, checkpoint, parked, projector.fetch(generation)
                )
                events += len(messages)
                await progress(checkpoint.seq, info.last_seq)
    async with projector.writing:
        # The live read model stands still now: read what came meanwhile and compare at the same place.
        rest = [
            message
            async for message in read_batch(client, model.source, after=checkpoint.seq if checkpoint else 0)
            if message.seq <= projector.seq
        ]
        for start in range(0, len(rest), BATCH):
            part = rest[start : start + BATCH]
            checkpoint = await projector.write(
                part, info.epoch, generation, checkpoint, parked, projector.fetch(generation)
            )
            events += len(part)
        rows, differences = await _compare(database, projector, generation)
        reached = checkpoint.seq if checkpoint else 0
        if reached != projector.seq:
            # The live one had stopped, or belonged to another log: there is nothing to compare with.
            differences = [f"not compared: the live read model stood at {projector.seq}, the log is at {reached}"]
        await projector.adopt(generation, checkpoint, parked)
    return RebuildReport(
        read_model=model.name,
        events=events,
        seconds=time.monotonic() - started,
        rows=rows,
        differences=tuple(differences),
    )


@asynccontextmanager
async def _pushed(
    client: Client, stream: str, consumer: str, last_seq: int
) -> AsyncIterator[AsyncIterator[list[Message]]]:
    """Open the push consumer from the first event; the iterator ends at the sequence."""
    queue: asyncio.Queue[Message] = asyncio.Queue(_QUEUE_MAX)
    next_seq = 1

    async def receive(raw: "Msg") -> None:
        # The server delivers as soon as we listen, and again from the start after the reset: what an
        # earlier rebuild left in flight and what comes twice is dropped, what is missing leaves silence.
        nonlocal next_seq
        if raw.metadata.sequence.stream == next_seq:
            next_seq += 1
            await queue.put(from_delivered(raw))

    context = client.jetstream()
    info = await context.consumer_info(stream, consumer)
    subscription = await context.subscribe_bind(
        stream=stream, config=info.config, consumer=consumer, cb=receive, manual_ack=True
    )
    try:
        await reset_consumer(client, stream, consumer, 1)
        yield _batches(queue, stream, last_seq)
    finally:
        await subscription.unsubscribe()


async def _batches(queue: asyncio.Queue[Message], stream: str, last_seq: int) -> AsyncIterator[list[Message]]:
    seq = 0
    while seq < last_seq:
        try:
            messages = [await asyncio.wait_for(queue.get(), _SILENCE_S)]
        except TimeoutError as error:
            raise Fault("store.unavailable", f"{stream}: nothing delivered behind {seq} for {_SILENCE_S} s") from error
        while len(messages) < BATCH and not queue.empty():
            messages.append(queue.get_nowait())
        seq = messages[-1].seq
        yield messages


async def _compare(database: Database, projector: Projector, generation: int) -> tuple[dict[str, int], list[str]]:
    """Return rows by table, and which rows the live generation had otherwise, at most a pageful."""
    model = projector.model
    live = database.generation(model)
    counts: dict[str, int] = {}
    differences: list[str] = []
    async with database.engine.connect() as connection:
        for table in model.tables:
            old = database.table(model, table.name, live)
            new = database.table(model, table.name, generation)
            counts[table.name] = int(
                (await connection.execute(sa.select(sa.func.count()).select_from(new))).scalar_one()
            )
            for left, right, word in ((new, old, "missing or otherwise"), (old, new, "too many or otherwise")):
                surplus = sa.except_(sa.select(*_comparable(left)), sa.select(*_comparable(right)))
                rows = (await connection.execute(surplus.limit(_DIFFERENCES_SHOWN))).all()
                keys = [left.columns.keys().index(name) for name in table.key]
                differences += [f"{table.name} {[row[at] for at in keys]}: {word}" for row in rows]
    return counts, differences


def _comparable(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    # JSON has no equality on PostgreSQL; its text has.
    return [
        sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, Value) else column
        for column in table.columns
    ]
