"""What the measurements stand on: a real nats-server, a real PostgreSQL, and a disk whose pace is known."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from benchmarks.history import histories
from benchmarks.measure import percentile
from services.plans.projections import PLANS
from shared.eventstore import BATCH_MAX, EventStore
from shared.readmodel import Database, Projector, ReadModel
from shared.tasks import end
from shared.topology import live_consumer
from tests.support.nats import RunningNats, running_nats
from tests.support.postgres import RunningPostgres

STREAM = "PLANS"
_MB_AN_EVENT = 0.0016  # body, headers and what the server adds, with room to spare
_FSYNC_BYTES = 1024
_LOOP_STEPS = 1_000_000
_WAIT_S_MAX = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The servers, and the folder for files."""

    folder: Path
    bus: RunningNats
    postgres: RunningPostgres


@contextmanager
def ground(folder: Path, postgres: RunningPostgres, *, events_max: int = 0) -> Iterator[Ground]:
    """Run a nats-server of its own on an empty folder; the stream has room for so many events."""
    folder.mkdir()
    stream_max_mb = 64 + int(events_max * _MB_AN_EVENT)
    with running_nats(folder, stream_max_mb=stream_max_mb) as bus:
        yield Ground(folder=folder, bus=bus, postgres=postgres)


def fsync_s(folder: Path, *, times: int) -> list[float]:
    """Return the seconds of so many appends of 1 KiB to a file, each followed by fsync."""
    path = folder / "fsync"
    found: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(os.urandom(_FSYNC_BYTES))
            began = time.perf_counter()
            os.fsync(file.fileno())
            found.append(time.perf_counter() - began)
    path.unlink()
    return found


def fsync_p50_ms(folder: Path, *, times: int) -> float:
    """Return the median of `fsync_s`, in milliseconds."""
    return 1000 * percentile(fsync_s(folder, times=times), 0.5)


def loop_ms() -> float:
    """Return the milliseconds of a loop that is always the same: how fast the processor is just now."""
    began = time.perf_counter()
    for number in range(_LOOP_STEPS):
        number * number
    return 1000 * (time.perf_counter() - began)


async def fill(client: Client, last: int, *, first: int = 0) -> int:
    """Append the events of plans from the first on, so that there are `last`; return the sequence of the last one."""
    store = EventStore(client, STREAM, timeout_s=30)
    at: dict[str, int] = {}
    seq = 0
    events = histories(first, last)
    while batch := list(islice(events, BATCH_MAX)):
        for subject in {one.subject for one in batch} - at.keys():
            known = await store.last(subject)
            at[subject] = known.seq if known else 0
        seq = (await store.append(batch, at)).seq
        for number, one in enumerate(batch):
            at[one.subject] = seq - len(batch) + 1 + number
    return seq


@asynccontextmanager
async def plans_database(url: str, model: ReadModel[Any] = PLANS) -> AsyncIterator[Database]:
    """Open a database with the read model, that of plans unless told, registered in it."""
    database = Database(url, "plans")
    await database.open()
    try:
        await database.register(model)
        yield database
    finally:
        await database.close()


def plans_projector(client: Client, database: Database, model: ReadModel[Any] = PLANS) -> Projector:
    """Return the projector of plans on the database."""
    return Projector(client, database, model, live_consumer=live_consumer("plans", "plans"), on_applied=silent)


async def followed(client: Client, database: Database, last_seq: int, model: ReadModel[Any] = PLANS) -> None:
    """Let the live reader of plans come from the first event to the last one."""
    projector = plans_projector(client, database, model)
    following = asyncio.create_task(projector.run())
    try:
        assert await projector.wait_for(last_seq, timeout_s=_WAIT_S_MAX), projector.failure
    finally:
        await end([following])


async def silent(*_: object) -> None:
    """Take no notice: of what was applied, of how far a rebuild is."""
