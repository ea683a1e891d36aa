"""The archive: an independent copy of every event stream in SQL, chained by hashes.

Rows are only ever added. Each row's hash covers the row before it, so a changed, missing or inserted
row shows, and two copies that end in the same hash are the same. The position of the archive is its
last row: there is no checkpoint beside the rows that could disagree with them.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import nats
import sqlalchemy as sa
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import telemetry
from shared.errors import Fault
from shared.eventstore import Message
from shared.feed import Feed, Gap
from shared.health import health_server
from shared.settings import Settings
from shared.sql import POSTGRESQL, alone, open_engine
from shared.tasks import end, keep_following
from shared.telemetry import CHECKPOINT, LAG, log
from shared.topology import disconnect, inbox_prefix, live_consumer, prove_durable
from shared.types import Checkpoint

NAME = "archive"
STREAMS = ("PLANS", "NOMINATIONS", "SCORING", "NOTIFICATIONS")
_ROWS_A_QUERY = 1000


# The chain


def genesis(stream: str, epoch: str) -> bytes:
    """Return the hash before the first event of the stream of this epoch."""
    return sha256(_framed(b"tdkt.archive.v1", stream.encode(), epoch.encode())).digest()


def chain(previous_hash: bytes, message: Message) -> bytes:
    """Return the hash of the event behind `previous_hash`: 32 bytes, SHA-256.

    It covers the sequence, the subject, the event id, the payload and the CloudEvents headers; other
    headers are the server's or the trace's and may differ between copies.
    """
    headers = {name.lower(): value for name, value in message.headers.items() if name.lower().startswith("ce-")}
    pairs = [part.encode() for name in sorted(headers) for part in (name, headers[name])]
    content = sha256(_framed(message.body, *pairs)).digest()
    event_id = headers.get("ce-id", "")
    return sha256(
        previous_hash + _framed(str(message.seq).encode(), message.subject.encode(), event_id.encode(), content)
    ).digest()


def _framed(*parts: bytes) -> bytes:
    # With lengths before them no two lists of parts give the same bytes.
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


# The rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEvent:
    """One row: the event as the log held it, the epoch of that log, and the hash up to here."""

    stream: str
    epoch: str
    seq: int
    subject: str
    event_id: str
    headers: Mapping[str, str]
    payload: bytes
    recorded_at: datetime
    hash: bytes

    @property
    def message(self) -> Message:
        """Return the event as a message of the log."""
        return Message(
            subject=self.subject, headers=self.headers, body=self.payload, seq=self.seq, recorded_at=self.recorded_at
        )


_METADATA = sa.MetaData()
_EVENTS = sa.Table(
    "event_archive",
    _METADATA,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("epoch", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

_ONLY_ADDED_TO = {
    "sqlite": tuple(
        f"CREATE TRIGGER IF NOT EXISTS event_archive_no_{change.lower()} BEFORE {change}"
        " ON event_archive BEGIN SELECT RAISE(ABORT, 'the archive is only added to'); END"
        for change in ("UPDATE", "DELETE")
    ),
    POSTGRESQL: (
        f"CREATE OR REPLACE FUNCTION {NAME}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the archive is only added to'; END $$",
        f"CREATE OR REPLACE TRIGGER event_archive_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE"
        f" ON {NAME}.event_archive FOR EACH STATEMENT EXECUTE FUNCTION {NAME}.refuse_change()",
    ),
}


class ArchiveReader:
    """The archived events, to be read."""

    def __init__(self, url: str) -> None:
        """Name the database (`settings.sql_url("archive")`); close it when done."""
        # The copy is there for the day on which the log is lost: it is on the disk before the next is read.
        self.engine: AsyncEngine = open_engine(url, NAME, pragmas=("synchronous=FULL",))

    async def open(self) -> None:
        """Create the table where it is missing, and what refuses to change or delete its rows."""
        async with alone(self.engine, NAME) as connection:
            await connection.run_sync(_METADATA.create_all)
            for statement in _ONLY_ADDED_TO[self.engine.dialect.name]:
                await connection.exec_driver_sql(statement)

    async def close(self) -> None:
        """Release the connections."""
        await self.engine.dispose()

    async def head(self, stream: str) -> ArchivedEvent | None:
        """Return the last archived event of the stream; None where there is none."""
        select = sa.select(_EVENTS).where(_EVENTS.c.stream == stream).order_by(_EVENTS.c.seq.desc()).limit(1)
        async with self.engine.connect() as connection:
            row = (await connection.execute(select)).mappings().one_or_none()
        return _archived(row) if row is not None else None

    async def rows(self, stream: str, after: int = 0) -> AsyncIterator[ArchivedEvent]:
        """Yield the archived events of the stream after the sequence, in order."""
        while True:
            select = (
                sa.select(_EVENTS)
                .where(_EVENTS.c.stream == stream, _EVENTS.c.seq > after)
                .order_by(_EVENTS.c.seq)
                .limit(_ROWS_A_QUERY)
            )
            async with self.engine.connect() as connection:
                found = (await connection.execute(select)).mappings().all()
            for row in found:
                event = _archived(row)
                after = event.seq
                yield event
            if len(found) < _ROWS_A_QUERY:
                return

    async def first_break(self, stream: str) -> int | None:
        """Return the first sequence that does not follow from the rows before it; None where all do.

        A cut tail breaks nothing here: compare `head` with the log.
        """
        seq, previous, epoch = 0, b"", ""
        async for row in self.rows(stream):
            if not seq:
                previous, epoch = genesis(stream, row.epoch), row.epoch
            expected = chain(previous, row.message)
            if (row.seq, row.epoch, row.hash, row.event_id) != (seq + 1, epoch, expected, _event_id(row.message)):
                return seq + 1
            seq, previous = row.seq, row.hash
        return None


def _archived(row: Any) -> ArchivedEvent:
    values = dict(row)
    recorded_at = values["recorded_at"]
    for name in ("payload", "hash"):  # a forger may have left text; it is to be found out, not to stop the search
        values[name] = values[name].encode() if isinstance(values[name], str) else values[name]
    # SQLite forgets the zone.
    values["recorded_at"] = recorded_at if recorded_at.tzinfo else recorded_at.replace(tzinfo=UTC)
    return ArchivedEvent(**values)


def _event_id(message: Message) -> str:
    return message.headers.get("ce-id", "")


# The process


class StreamArchiver:
    """Copies one stream."""

    def __init__(self, client: Client, archive: ArchiveReader, stream: str) -> None:
        """Take the connection of the archive's user and the open archive."""
        self.stream = stream
        self.failure = "starting"
        self._archive = archive
        self._reader = f"{NAME}-{stream.lower()}"
        self._feed = Feed(client, stream, live_consumer(NAME, self._reader))

    async def run(self) -> None:
        """Follow the stream until cancelled; on any error attach again behind the last row, with back-off."""
        await keep_following(self._follow, self._failed, self._feed.detach)

    def _failed(self, error: Exception) -> None:
        self.failure = f"{error.code}: {error}" if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
        expected = isinstance(error, Fault | Gap | sa.exc.SQLAlchemyError | OSError)
        log.error("archive stopped", stream=self.stream, error=self.failure, exc_info=not expected)

    async def _follow(self) -> None:
        head = await self._archive.head(self.stream)
        checkpoint = Checkpoint(epoch=head.epoch, seq=head.seq, event_id=head.event_id) if head else None
        epoch = await self._feed.check(checkpoint)
        seq, previous = (head.seq, head.hash) if head else (0, genesis(self.stream, epoch))
        await self._feed.attach(seq)
        async for messages in self._feed.batches():
            if messages:
                previous = await self._append(messages, epoch, seq, previous)
                last = messages[-1]
                seq = last.seq
                checkpoint = Checkpoint(epoch=epoch, seq=seq, event_id=_event_id(last))
                CHECKPOINT.labels(NAME, self._reader, self.stream).set(seq)
            else:
                await self._feed.check(checkpoint)
            if self._feed.pending == 0:
                self.failure = ""
            LAG.labels(NAME, self._reader, self.stream).set(self._feed.pending)

    async def _append(self, messages: Sequence[Message], epoch: str, seq: int, previous: bytes) -> bytes:
        """Add the messages and return the last hash; another archiver that was faster makes the key a duplicate."""
        rows = []
        for message in messages:
            if message.seq != seq + 1:
                raise Fault("log.disagrees", f"{self.stream}: {message.seq} follows {seq}, events between are missing")
            seq, previous = message.seq, chain(previous, message)
            rows.append(
                {
                    "stream": self.stream,
                    "epoch": epoch,
                    "seq": seq,
                    "subject": message.subject,
                    "event_id": _event_id(message),
                    "headers": dict(message.headers),
                    "payload": message.body,
                    "recorded_at": message.recorded_at,
                    "hash": previous,
                }
            )
        async with self._archive.engine.begin() as connection:
            await connection.execute(_EVENTS.insert(), rows)
        return previous


async def _leave_to_the_reader(error: Exception) -> None:
    """Say nothing: the request that failed raises, and its reader says it."""


async def main(settings: Settings) -> None:
    """Archive every event stream until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    provider = telemetry.start(settings)
    await prove_durable(settings.nats_monitor_urls)
    client = await nats.connect(
        settings.nats_url.split(","),
        name=f"tdkt-{NAME}",
        nkeys_seed=str(settings.seed_path(NAME)),
        inbox_prefix=inbox_prefix(NAME),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
        error_cb=_leave_to_the_reader,
    )
    archive = ArchiveReader(settings.sql_url(NAME))
    await archive.open()
    archivers = [StreamArchiver(client, archive, stream) for stream in STREAMS]

    def problems() -> list[str]:
        found = [f"{one.stream}: {one.failure}" for one in archivers if one.failure]
        return found if client.is_connected else [*found, "NATS: not connected"]

    server = health_server(settings, problems)
    serving = asyncio.create_task(server.serve())
    tasks = [asyncio.create_task(one.run()) for one in archivers]
    log.info("started", service=NAME)
    await stop.wait()
    # Readers end before the connection does, see `shared.process`.
    server.should_exit = True
    await end(tasks)
    await asyncio.gather(serving, return_exceptions=True)
    await disconnect(client)
    await archive.close()
    telemetry.stop(provider)
