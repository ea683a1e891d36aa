"""The life of one read model: catch up, follow, say how far it is, set aside what cannot be folded."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from nats.aio.client import Client

from shared.clock import derived_id, real_now
from shared.errors import Fault
from shared.eventstore import EventStore, Message
from shared.feed import Feed, Gap
from shared.readmodel.batch import Changes, fold_batch
from shared.readmodel.cache import RowCache
from shared.readmodel.database import Database, ParkedRow, Superseded
from shared.readmodel.decoding import decoded
from shared.readmodel.tables import AnyTable, Key, ReadModel
from shared.tasks import keep_following
from shared.telemetry import APPLIED, CHECKPOINT, LAG, PARKED, log, trace_context, tracer
from shared.types import Checkpoint

_TRACED_A_BATCH = 32
# The value is at fault, not the database: the same write fails for ever.
_UNSTORABLE = (sa.exc.DataError, sa.exc.IntegrityError, OverflowError, UnicodeEncodeError)


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
        self._followed = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        # Held while rows are written, so that a switch of generations falls between two batches.
        self.writing = asyncio.Lock()
        self.rebuilding = asyncio.Lock()

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
        await keep_following(self._follow, self._failed, self._feed.detach)

    def _failed(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}"
        expected = isinstance(error, Fault | Gap | Superseded | sa.exc.SQLAlchemyError | OSError)
        log.error("read model stopped", read_model=self.model.name, error=self.failure, exc_info=not expected)

    async def _follow(self) -> None:
        # Another instance may have built the read model anew and switched to it.
        self._followed = await self._database.refresh(self.model)
        self._checkpoint = await self._database.checkpoint(self.model.name, self._followed)
        self._wake()
        self._parked = {row.subject for row in await self._database.parked_rows(self.model)}
        PARKED.labels(self._database.service, self.model.name).set(len(self._parked))
        # From the start: one that never moves is seen as well.
        CHECKPOINT.labels(self._database.service, self.model.name, self.model.source).set(self.seq)
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
        # Where an instance has switched meanwhile, this generation has no checkpoint any more: Superseded.
        generation = self._followed
        # Nothing is kept from batch to batch: another instance may release what is parked in between.
        rows = self.rows_of(generation, rows_max=0)
        checkpoint = await self.write(fresh, epoch, generation, self._checkpoint, self._parked, rows)
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
        rows: RowCache,
    ) -> Checkpoint:
        """Fold the messages into the generation and return its new checkpoint. Raises Superseded.

        What the database cannot hold is poison as well: the run is written one by one, to find it.
        """
        last = messages[-1]
        new = Checkpoint(epoch=epoch, seq=last.seq, event_id=last.headers.get("ce-id", ""), updated_at=real_now())
        events = [decoded(self.model, message) for message in messages]
        parked_now = set(parked)
        try:
            changes = await fold_batch(self.model, events, parked_now, rows.fetch)
            await self._database.apply(self.model, generation, changes, old, new)
        except _UNSTORABLE as error:
            if len(messages) > 1:
                for message in messages:
                    old = await self.write([message], epoch, generation, old, parked, rows)
                assert old is not None
                return old
            parked_now.add(last.subject)
            changes = Changes(poisoned=[(events[0], f"{type(error).__name__}: {error}"[:500])])
            await self._database.apply(self.model, generation, changes, old, new)
        rows.note(self.model, changes)
        parked |= parked_now
        if changes.poisoned:
            await self._tell_parked(changes)
        return new

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

    def rows_of(self, generation: int, *, rows_max: int) -> RowCache:
        """Return the way to the generation's rows, keeping so many of them at hand."""

        async def fetch(table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
            return await self._database.fetch(self.model, generation, table, keys)

        return RowCache(fetch, rows_max=rows_max)

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

        Returns how many events were folded. Raises Fault `readmodel.not_parked`, `readmodel.still_poisoned`, or
        `handler.busy` where another instance has applied events meanwhile.
        """
        async with self.writing:
            row = next((one for one in await self.parked() if one.subject == subject), None)
            if row is None:
                raise Fault("readmodel.not_parked", subject)
            generation = self._generation
            checkpoint = await self._database.checkpoint(self.model.name, generation)
            assert checkpoint is not None  # it was parked by what moved the checkpoint
            changes = Changes()
            count = 0
            if retry:
                # As the leader has them: a replica that lags would lose what is then no longer parked.
                store = EventStore(self._client, self.model.source)
                messages = await store.load(subject, after=row.first_seq - 1)
                events = [decoded(self.model, message) for message in messages if message.seq <= checkpoint.seq]
                if not events or events[-1].seq < row.last_seq:
                    raise Fault("store.unavailable", f"{subject}: the log does not reach {row.last_seq}")
                count = len(events)
                changes = await fold_batch(self.model, events, set(), self.rows_of(generation, rows_max=0).fetch)
                if changes.poisoned:
                    raise Fault("readmodel.still_poisoned", changes.poisoned[0][1])
            # The checkpoint stays where it is and is written all the same: an instance that has read rows, or what is
            # parked, before this one wrote them is Superseded.
            touched = replace(checkpoint, updated_at=real_now())

            def released(connection: sa.Connection) -> None:
                self._database.move_checkpoint(connection, self.model.name, generation, checkpoint, touched)
                self._database.write(connection, self.model, generation, changes)
                self._database.forget_parked(connection, self.model.name, generation, subject)

            try:
                await self._database.change(released)
            except Superseded as error:
                raise Fault("handler.busy", f"{subject}: another instance has applied events meanwhile") from error
            if self._checkpoint == checkpoint:
                self._checkpoint = touched
            self._parked.discard(subject)
            PARKED.labels(self._database.service, self.model.name).set(len(self._parked))
            return count

    # --- what a rebuild needs ----------------------------------------------------------------

    async def adopt(self, generation: int, checkpoint: Checkpoint | None, parked: set[str]) -> None:
        """Let the generation take the place of the live one, wherever that stands; hold `writing` meanwhile."""
        await self._database.switch(self.model, generation)
        self._followed = generation
        self._checkpoint = checkpoint
        self._parked = parked
        self._wake()
