"""The life of one read model: catch up, follow, say how far it is, set aside what cannot be folded."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from nats.aio.client import Client

from shared.clock import derived_id, real_now
from shared.errors import Fault
from shared.eventstore import Message, read_batch
from shared.feed import Feed, Gap
from shared.readmodel.batch import Changes, Fetch, fold_batch
from shared.readmodel.database import Database, ParkedRow, Superseded
from shared.readmodel.tables import AnyTable, Key, ReadModel
from shared.telemetry import APPLIED, CHECKPOINT, LAG, PARKED, log, trace_context, tracer
from shared.types import Checkpoint, Recorded

_TRACED_A_BATCH = 32


class Projector:
    """Applies a source stream to one read model."""

    def __init__(
        self,
        client: Client,
        database: Database,
        model: ReadModel[Any],
        *,
        live_consumer: str,
        on_applied: Callable[[str, int, frozenset[str]], Awaitable[None]],
    ) -> None:
        """Take the consumers created for it; `on_applied(name, seq, districts)` is called after each commit."""
        self.model = model
        self.failure = "starting"
        self._client = client
        self._database = database
        self._feed = Feed(client, model.source, live_consumer)
        self._on_applied = on_applied
        self._checkpoint: Checkpoint | None = None
        self._parked: set[str] = set()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        # Held while rows are written, so that a switch of generations falls between two batches.
        self.writing = asyncio.Lock()

    @property
    def seq(self) -> int:
        """Return the sequence that has been applied."""
        return self._checkpoint.seq if self._checkpoint else 0

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Return how far the read model has come."""
        return self._checkpoint

    @property
    def lag(self) -> int:
        """Return how many events the server still holds for this reader."""
        return self._feed.pending

    async def run(self) -> None:
        """Follow the stream until cancelled; on any error attach again at the checkpoint, with back-off."""
        delay_s = 0.1
        while True:
            try:
                await self._follow()
            except (Fault, Gap, Superseded, sa.exc.SQLAlchemyError, OSError) as error:
                self.failure = f"{type(error).__name__}: {error}"
                log.error("read model stopped", read_model=self.model.name, error=self.failure)
            except Exception as error:  # noqa: BLE001 - the edge of the loop: nothing may end it quietly
                self.failure = f"{type(error).__name__}: {error}"
                log.error("read model stopped", read_model=self.model.name, exc_info=True)
            finally:
                await self._feed.detach()
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, 5.0)

    async def _follow(self) -> None:
        self._checkpoint = await self._database.checkpoint(self.model.name, self._generation)
        self._parked = {row.subject for row in await self._database.parked_rows(self.model)}
        PARKED.labels(self._database.service, self.model.name).set(len(self._parked))
        epoch = await self._feed.check(self._checkpoint)
        await self._feed.attach(self.seq)
        async for messages in self._feed.batches():
            if messages:
                async with self.writing:
                    await self._apply(messages, epoch)
            else:
                epoch = await self._feed.check(self._checkpoint)
            if self._feed.pending == 0:
                self.failure = ""
            LAG.labels(self._database.service, self.model.name, self.model.source).set(self._feed.pending)

    @property
    def _generation(self) -> int:
        return self._database.generation(self.model)

    async def _apply(self, messages: Sequence[Message], epoch: str) -> None:
        fresh = [message for message in messages if message.seq > self.seq]
        if not fresh:
            return
        started_ns = time.time_ns()
        generation = self._generation
        checkpoint = await self.write(fresh, epoch, generation, self._checkpoint, self._parked, self.fetch(generation))
        self._checkpoint = checkpoint
        self._trace(fresh, started_ns)
        APPLIED.labels(self._database.service, self.model.name).inc(len(fresh))
        CHECKPOINT.labels(self._database.service, self.model.name, self.model.source).set(checkpoint.seq)
        self._wake()
        districts = frozenset(message.subject.split(".")[2] for message in fresh)
        await self._on_applied(self.model.name, checkpoint.seq, districts)

    async def write(
        self,
        messages: Sequence[Message],
        epoch: str,
        generation: int,
        old: Checkpoint | None,
        parked: set[str],
        fetch: Fetch,
    ) -> Checkpoint:
        """Fold the messages into the generation and return its new checkpoint. Raises Superseded."""
        events, unreadable = self._decode(messages, parked)
        changes = await fold_batch(self.model, events, parked, fetch)
        changes.poisoned[:0] = unreadable
        last = messages[-1]
        new = Checkpoint(epoch=epoch, seq=last.seq, event_id=last.headers.get("ce-id", ""), updated_at=real_now())
        await self._database.apply(self.model, generation, changes, old, new)
        if changes.poisoned:
            await self._tell_parked(changes)
        return new

    def _decode(
        self, messages: Sequence[Message], parked: set[str]
    ) -> tuple[list[Recorded[Any]], list[tuple[Recorded[Any], str]]]:
        events: list[Recorded[Any]] = []
        unreadable: list[tuple[Recorded[Any], str]] = []
        for message in messages:
            try:
                events.append(self.decode(message))
            except (Fault, ValueError, KeyError) as error:
                parked.add(message.subject)
                unreadable.append((_unread(message, self.model.source), f"{type(error).__name__}: {error}"))
        return events, unreadable

    def decode(self, message: Message) -> Recorded[Any]:
        """Return the message as a recorded event. Raises Fault `event.*`."""
        return self.model.codec.recorded(
            subject=message.subject,
            headers=message.headers,
            body=message.body,
            stream=self.model.source,
            seq=message.seq,
            recorded_at=message.recorded_at,
        )

    async def _tell_parked(self, changes: Changes) -> None:
        PARKED.labels(self._database.service, self.model.name).set(len(self._parked))
        for recorded, error in changes.poisoned:
            log.error(
                "aggregate parked", read_model=self.model.name, subject=recorded.subject, seq=recorded.seq, error=error
            )
            body = {"stream": recorded.stream, "seq": recorded.seq, "subject": recorded.subject, "error": error}
            headers = {"Nats-Msg-Id": derived_id("parked", self.model.name, recorded.stream, recorded.seq)}
            await self._client.publish(
                f"parked.{self._database.service}.{self.model.name}",
                json.dumps(body).encode(),
                headers=headers,
            )

    def _trace(self, messages: Sequence[Message], started_ns: int) -> None:
        # Each event's own trace gets its share; a catch-up of thousands is not worth a span each.
        ended_ns = time.time_ns()
        for message in messages[:_TRACED_A_BATCH]:
            if "traceparent" in message.headers:
                name = f"apply {self._database.service}.{self.model.name}"
                opened = tracer.start_span(name, context=trace_context(message.headers), start_time=started_ns)
                opened.set_attribute("tdkt.seq", message.seq)
                opened.set_attribute("tdkt.type", message.headers.get("ce-type", ""))
                opened.end(end_time=ended_ns)

    def fetch(self, generation: int) -> Fetch:
        """Return the reader of the generation's rows."""

        async def fetch(table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
            return await self._database.fetch(self.model, generation, table, keys)

        return fetch

    async def wait_for(self, seq: int, *, timeout_s: float) -> bool:
        """Wait until the sequence has been applied; return whether it has."""
        if self.seq >= seq:
            return True
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append((seq, waiting))
        try:
            await asyncio.wait_for(waiting, timeout_s)
        except TimeoutError:
            return False
        finally:
            self._waiting = [one for one in self._waiting if one[1] is not waiting]
        return True

    def _wake(self) -> None:
        for seq, waiting in self._waiting:
            if seq <= self.seq and not waiting.done():
                waiting.set_result(None)

    # --- parked aggregates -------------------------------------------------------------------

    async def parked(self) -> list[ParkedRow]:
        """Return the aggregates that are parked."""
        return await self._database.parked_rows(self.model)

    async def release(self, subject: str, *, retry: bool) -> int:
        """Fold the parked events of the aggregate again (retry), or leave them out for good (skip).

        Returns how many events were folded. Raises Fault `readmodel.not_parked` or
        `readmodel.still_poisoned`.
        """
        async with self.writing:
            row = next((one for one in await self.parked() if one.subject == subject), None)
            if row is None:
                raise Fault("readmodel.not_parked", subject)
            generation = self._generation
            changes = Changes()
            count = 0
            if retry:
                events = [
                    self.decode(message)
                    async for message in read_batch(self._client, self.model.source, subject, after=row.first_seq - 1)
                    if message.seq <= self.seq
                ]
                count = len(events)
                changes = await fold_batch(self.model, events, set(), self.fetch(generation))
                if changes.poisoned:
                    raise Fault("readmodel.still_poisoned", changes.poisoned[0][1])
            parked = self._database.parked
            async with self._database.engine.begin() as connection:
                await self._database.write(connection, self.model, generation, changes)
                await connection.execute(
                    parked.delete().where(
                        parked.c.read_model == self.model.name,
                        parked.c.generation == generation,
                        parked.c.subject == subject,
                    )
                )
            self._parked.discard(subject)
            PARKED.labels(self._database.service, self.model.name).set(len(self._parked))
            return count

    # --- what a rebuild needs ----------------------------------------------------------------

    async def adopt(self, generation: int, checkpoint: Checkpoint | None, parked: set[str]) -> None:
        """Let the generation, built up to where the live one stands, take its place; hold `writing` meanwhile."""
        assert (checkpoint.seq if checkpoint else 0) == self.seq
        await self._database.switch(self.model, generation)
        self._checkpoint = checkpoint
        self._parked = parked


def _unread(message: Message, stream: str) -> Recorded[Any]:
    return Recorded(
        event=None,
        type=message.headers.get("ce-type", ""),
        event_id=message.headers.get("ce-id", ""),
        stream=stream,
        seq=message.seq,
        subject=message.subject,
        occurred_at=message.recorded_at,
        recorded_at=message.recorded_at,
        actor="",
        command_id="",
        correlation_id="",
        headers=message.headers,
    )
