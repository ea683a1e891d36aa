"""Run a policy: follow its source stream, and command what it says.

Command ids derive from (stream, sequence, policy, index), so an event that is read again after a
crash commands nothing twice. Events that a policy has nothing to say of are most of them: on SQLite its place
behind these is kept when the stream falls silent, at the end, and every thousand events. On PostgreSQL it is kept
at once: another instance goes on from there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nats.aio.client import Client
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import derived_id
from shared.errors import Fault, Rejected
from shared.eventstore import EventStore, Message
from shared.feed import Feed
from shared.handler import Envelope
from shared.policy import Policy
from shared.readmodel import Database, ParkedRow, Projector, Superseded
from shared.sql import is_postgresql
from shared.tasks import keep_following
from shared.telemetry import CHECKPOINT, LAG, log, span
from shared.types import Checkpoint, Position, Recorded

Dispatch = Callable[[Any, Envelope], Awaitable[Position]]
_UNKEPT_MAX = 1000


class PolicyRunner:
    """Follows the source stream and commands what the policy says, one event after another."""

    def __init__(
        self, client: Client, policy: Policy, feed: Feed, database: Database, dispatch: Dispatch, own: Projector
    ) -> None:
        """`dispatch` handles a command on our own stream; `own` is the read model of that stream.

        A policy may also follow our own stream; its commands are then decided on rows that hold the event.
        """
        self.policy = policy
        self.failure = "starting"
        self._client = client
        self._feed = feed
        self._database = database
        self._dispatch = dispatch
        self._own = own
        self._checkpoint: Checkpoint | None = None
        self._kept: Checkpoint | None = None  # what of it stands in the database
        self._unkept_max = 1 if is_postgresql(database.engine) else _UNKEPT_MAX
        self._moved = asyncio.Condition()
        self.reader = f"policy-{policy.name}"

    @property
    def seq(self) -> int:
        """Return the source sequence whose consequences are visible in our own read model."""
        return self._checkpoint.seq if self._checkpoint else 0

    @property
    def lag(self) -> int:
        """Return how many events the server still holds for this policy."""
        return self._feed.pending

    async def run(self) -> None:
        """Follow until cancelled; on any error attach again at the checkpoint, with back-off."""
        await keep_following(self._follow, self._failed, self._release)

    def _failed(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}"
        log.error("policy stopped", policy=self.policy.name, error=self.failure, exc_info=not isinstance(error, Fault))

    async def _follow(self) -> None:
        self._checkpoint = self._kept = await self._database.checkpoint(self.reader)
        CHECKPOINT.labels(self._database.service, self.reader, self.policy.source).set(self.seq)
        epoch = await self._feed.check(self._checkpoint)
        await self._feed.attach(self.seq)
        async for messages in self._feed.batches():
            fresh = [message for message in messages if message.seq > self.seq]
            if fresh:
                await self._react(fresh, epoch)
            elif not messages:
                await self._keep()
            if self._feed.pending == 0:
                self.failure = ""
            LAG.labels(self._database.service, self.reader, self.policy.source).set(self._feed.pending)

    async def _release(self) -> None:
        try:
            await self._keep()
        except (Superseded, SQLAlchemyError, OSError) as error:
            log.info("place not kept", policy=self.policy.name, error=f"{type(error).__name__}: {error}")
        await self._feed.detach()

    async def _react(self, messages: Sequence[Message], epoch: str) -> None:
        reached: list[int] = []
        for message in messages:
            reached += await self._react_to(message)
        # The consequence counts as reached when it can be seen.
        if not await self._own.wait_for(max(reached, default=0), timeout_s=30.0):
            raise Fault("policy.own_read_model_late", f"{self.reader}: own read model has not passed {max(reached)}")
        last = messages[-1]
        self._checkpoint = Checkpoint(epoch=epoch, seq=last.seq, event_id=last.headers.get("ce-id", ""))
        # What was refused is not to be asked again after a crash: by then it might be granted.
        if reached or self.seq - (self._kept.seq if self._kept else 0) >= self._unkept_max:
            await self._keep()
        CHECKPOINT.labels(self._database.service, self.reader, self.policy.source).set(self.seq)
        async with self._moved:
            self._moved.notify_all()

    async def _keep(self) -> None:
        """Write how far the policy has come. Raises Superseded where another instance has."""
        old, new = self._kept, self._checkpoint
        if new is not None and new != old:
            await self._database.change(
                lambda connection: self._database.move_checkpoint(connection, self.reader, 0, old, new)
            )
            self._kept = new

    async def _react_to(self, message: Message) -> list[int]:
        """Handle the event, or set it aside: a defect of ours must not hold up the others.

        Returns where what it commanded stands, 0 for what was refused or set aside; nothing where nothing was to do.
        """
        try:
            return await self._handle(message)
        except (SQLAlchemyError, OSError):
            raise  # the database is away: the event is read again
        except Fault as fault:
            if not fault.code.startswith("event."):
                raise  # the log is away: the event is read again
            await self._park(message, str(fault))
        except Exception as error:  # noqa: BLE001 - poison: said loudly, the others go on
            await self._park(message, f"{type(error).__name__}: {error}")
        return [0]

    async def _handle(self, message: Message) -> list[int]:
        recorded = self.policy.codec.recorded(
            subject=message.subject,
            headers=message.headers,
            body=message.body,
            stream=self.policy.source,
            seq=message.seq,
            recorded_at=message.recorded_at,
        )
        commands = self.policy.react(recorded)
        return [await self._command(message, recorded, commands)] if commands else []

    async def _command(self, message: Message, recorded: Recorded[Any], commands: Sequence[Any]) -> int:
        reached = 0
        if self.policy.source == self._own.model.source and not await self._own.wait_for(message.seq, timeout_s=30.0):
            raise Fault("policy.own_read_model_late", f"{self.reader}: own read model has not passed {message.seq}")
        with span(f"policy {self.policy.name}", headers=message.headers, seq=message.seq):
            for index, command in enumerate(commands):
                envelope = Envelope(
                    command_id=derived_id(self.policy.source, message.seq, self.policy.name, index),
                    actor=f"policy:{self._database.service}.{self.policy.name}",
                    at=recorded.occurred_at,
                    correlation_id=recorded.correlation_id or recorded.event_id,
                    causation_id=recorded.event_id,
                )
                try:
                    position = await self._dispatch(command, envelope)
                    reached = max(reached, position.seq)
                except Rejected as refusal:
                    log.warning("policy refused", policy=self.policy.name, seq=message.seq, code=refusal.code)
        return reached

    async def parked(self) -> list[ParkedRow]:
        """Return the subjects of which an event could not be handled."""
        return await self._database.parked_by(self.reader, 0)

    async def release(self, subject: str, *, retry: bool) -> int:
        """Handle the parked events again under the same command ids (retry), or leave them out (skip).

        Returns how many events were handled. Raises Fault `readmodel.not_parked` or `readmodel.still_poisoned`.
        """
        row = next((one for one in await self.parked() if one.subject == subject), None)
        if row is None:
            raise Fault("readmodel.not_parked", subject)
        messages: list[Message] = []
        if retry:
            store = EventStore(self._client, self.policy.source)
            messages = [one for one in await store.load(subject, after=row.first_seq - 1) if one.seq <= row.last_seq]
        for message in messages:
            try:
                await self._handle(message)
            except Exception as error:
                raise Fault("readmodel.still_poisoned", f"#{message.seq}: {error}") from error
        # Last of all: a crash before this leaves the subject parked, and the same command ids.
        await self._database.unpark(self.reader, 0, subject)
        return len(messages)

    async def _park(self, message: Message, error: str) -> None:
        log.error("event parked", policy=self.policy.name, subject=message.subject, seq=message.seq, error=error)
        await self._database.park(self.reader, 0, message.subject, message.seq, error)

    async def wait_for(self, seq: int, *, timeout_s: float) -> bool:
        """Wait until the consequences of the source sequence can be seen; return whether they can."""
        try:
            async with asyncio.timeout(timeout_s), self._moved:
                await self._moved.wait_for(lambda: self.seq >= seq)
        except TimeoutError:
            return self.seq >= seq
        return True
