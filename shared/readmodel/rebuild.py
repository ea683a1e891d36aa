"""Build a read model anew beside itself, compare, and switch; questions are answered all the while.

The log comes over the read model's push consumer (ack none, flow control), the fastest way nats-py
offers. Its flow control is answered here, in turn with the messages: nats-py's own subscription answers
only readers that have nothing in hand, and the others wait for the next heartbeat.
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
from shared.feed import from_delivered, place_of, reset_consumer
from shared.readmodel.database import Database
from shared.readmodel.projector import Projector
from shared.readmodel.tables import ReadModel
from shared.types import Checkpoint

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH = 2500
_BATCHES_AHEAD = 1
_ROWS_KEPT = 10_000
_SILENCE_S = 15.0
_DIFFERENCES_SHOWN = 50
_COMPARED_AT_ONCE = 2  # tables: the database has more than one processor, and questions are answered all the while


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
    async with projector.rebuilding, database.rebuilding(projector.model):
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
    kept = projector.rows_of(generation, rows_max=_ROWS_KEPT)
    if info.last_seq:
        async with _pushed(client, model.source, consumer, info.last_seq) as batches:
            async for messages in batches:
                checkpoint = await projector.write(messages, info.epoch, generation, checkpoint, parked, kept)
                events += len(messages)
                await progress(checkpoint.seq, info.last_seq)
    async with projector.writing:
        # The live read model stands still now, but for other instances: read what came meanwhile, and compare.
        live_seq = await _live_seq(database, model)
        rest = [
            message
            async for message in read_batch(client, model.source, after=checkpoint.seq if checkpoint else 0)
            if message.seq <= live_seq
        ]
        for start in range(0, len(rest), BATCH):
            part = rest[start : start + BATCH]
            checkpoint = await projector.write(part, info.epoch, generation, checkpoint, parked, kept)
            events += len(part)
        rows, differences = await _compare(database, projector, generation)
        reached = checkpoint.seq if checkpoint else 0
        live_seq = await _live_seq(database, model)
        if reached != live_seq:
            # The live one had stopped, belonged to another log, or moved on: there is nothing to compare with.
            differences = [f"not compared: the live read model stood at {live_seq}, the log is at {reached}"]
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
    queue: asyncio.Queue[list[Message]] = asyncio.Queue(_BATCHES_AHEAD)
    batch: list[Message] = []
    next_seq = 1

    async def receive(raw: "Msg") -> None:
        nonlocal next_seq, batch
        headers = raw.headers or {}
        if headers.get("Status") == "100":
            flow = raw.reply or headers.get("Nats-Consumer-Stalled")
            if flow:
                await client.publish(flow)
            return
        # The server delivers as soon as we listen, and again from the start after the reset: what an
        # earlier rebuild left in flight and what comes twice is dropped, what is missing leaves silence.
        place = place_of(raw)
        if place.seq != next_seq:
            return
        next_seq += 1
        batch.append(from_delivered(raw, place))
        if len(batch) == BATCH or place.seq == last_seq:
            full, batch = batch, []
            await queue.put(full)

    config = (await client.jetstream().consumer_info(stream, consumer)).config
    subscription = await client.subscribe(
        str(config.deliver_subject), cb=receive, pending_msgs_limit=-1, pending_bytes_limit=-1
    )
    try:
        await reset_consumer(client, stream, consumer, 1)
        yield _batches(queue, stream, last_seq)
    finally:
        await subscription.unsubscribe()


async def _batches(queue: asyncio.Queue[list[Message]], stream: str, last_seq: int) -> AsyncIterator[list[Message]]:
    seq = 0
    while seq < last_seq:
        try:
            messages = await asyncio.wait_for(queue.get(), _SILENCE_S)
        except TimeoutError as error:
            raise Fault("store.unavailable", f"{stream}: nothing delivered behind {seq} for {_SILENCE_S} s") from error
        seq = messages[-1].seq
        yield messages


async def _live_seq(database: Database, model: ReadModel[Any]) -> int:
    """Return how far the live rows have come, whichever instance wrote them."""
    checkpoint = await database.checkpoint(model.name, database.generation(model))
    return checkpoint.seq if checkpoint else 0


async def _compare(database: Database, projector: Projector, generation: int) -> tuple[dict[str, int], list[str]]:
    """Return rows by table, and which rows the live generation had otherwise, at most a pageful.

    Keys are unique, so tables with as many rows are equal when every row of the one is in the other.
    """
    model = projector.model
    live = database.generation(model)

    places = asyncio.Semaphore(_COMPARED_AT_ONCE)

    async def compared(name: str) -> tuple[int, list[str]]:
        old, new = (database.table(model, name, one) for one in (live, generation))
        async with places:
            return await database.read(lambda connection: _compared(connection, name, old, new))

    found = await asyncio.gather(*(compared(table.name) for table in model.tables))
    counts = {table.name: count for table, (count, _) in zip(model.tables, found, strict=True)}
    return counts, [one for _, differences in found for one in differences]


def _compared(connection: sa.Connection, name: str, old: sa.Table, new: sa.Table) -> tuple[int, list[str]]:
    """Return how many rows the new table has, and which are not the same in the old one."""
    count, count_before = _count(connection, new), _count(connection, old)
    missing = _surplus(connection, new, old) if count else []
    differences = [f"{name} {key}: missing or otherwise" for key in missing]
    if missing or count != count_before:
        differences += [f"{name} {key}: too many or otherwise" for key in _surplus(connection, old, new)]
    return count, differences


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _surplus(connection: sa.Connection, table: sa.Table, other: sa.Table) -> list[list[Any]]:
    """Return the keys of rows that the table has and the other has not, or has otherwise; at most a pageful."""
    same_key = [column == other.c[column.name] for column in table.primary_key]
    same = [column.is_not_distinct_from(other.c[column.name]) for column in table.c if not column.primary_key]
    surplus = sa.select(*table.primary_key).where(~sa.exists().where(*same_key, *same))
    return [list(key) for key in connection.execute(surplus.limit(_DIFFERENCES_SHOWN))]
