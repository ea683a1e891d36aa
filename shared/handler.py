"""One command, one aggregate: load, fold, decide, append; again on conflict.

The folded state of each aggregate is kept, with the command ids that its events carry, so that a
repeated command is recognised for ever. A refusal, or "nothing to do", is only given on state that
the leader has just confirmed; an append needs no such look, its expectation is the look.
"""

import asyncio
import random
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from shared.clock import derived_id
from shared.codec import EventCodec, event_headers
from shared.decider import Decider
from shared.errors import Fault, Rejected
from shared.eventstore import IN_FLIGHT, Conflict, EventStore, Message, NewEvent, Unsure
from shared.telemetry import APPEND_SECONDS, CONFLICTS, note, trace_headers
from shared.topology import MESSAGE_BYTES_MAX
from shared.types import CITY, DISTRICTS, Position, Recorded

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
F = TypeVar("F")

_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
ATTEMPTS_MAX = 12
AGGREGATES_KEPT = 10_000
FOLDED_AT_ONCE = 100  # some 5 ms; the year of a plan, thousands of events, takes a fifth of a second
_EVENT_BYTES_MAX = MESSAGE_BYTES_MAX - 2_048  # beside what the store adds to the headers: expectations, the batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What comes with a command: who sends it, for whom, under which id, caused by what, seen at which sequence."""

    command_id: str
    actor: str
    at: datetime
    correlation_id: str
    causation_id: str
    expected_seq: int | None = None
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[E]):
    """Where the command's events are in the log; no events where it had happened already."""

    position: Position
    events: tuple[E, ...]


@dataclass(slots=True)
class _Aggregate:
    state: Any
    seq: int = 0
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)  # command id → its last event's place, and by whom


class Handler:
    """Handles the commands of one stream."""

    def __init__(self, store: EventStore, codec: EventCodec[Any]) -> None:
        """Take the stream and the codec of its events."""
        self._store = store
        self._codec = codec
        self._timer = APPEND_SECONDS.labels(store.stream)
        self._kept: OrderedDict[str, _Aggregate] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def handle(self, decider: Decider[C, S, E, F], command: C, facts: F, envelope: Envelope) -> Outcome[E]:
        """Return where the command's events are. Raises Rejected, Fault `store.*` or `handler.busy`."""
        district, identifier = decider.address(command)
        if district not in (*DISTRICTS, CITY) or not _TOKEN.fullmatch(identifier):
            raise Rejected("bus.invalid_id", district=district[:80], id=identifier[:80])
        subject = f"{self._codec.service}.evt.{district}.{decider.kind}.{identifier}"
        lock = self._locks.setdefault(subject, asyncio.Lock())
        async with lock:
            try:
                return await self._handle(decider, command, facts, envelope, subject)
            except Rejected:
                raise
            except BaseException:
                # What was half known is forgotten; the next command folds the log anew.
                self._kept.pop(subject, None)
                raise
            finally:
                self._shed()

    async def _handle(
        self, decider: Decider[C, S, E, F], command: C, facts: F, envelope: Envelope, subject: str
    ) -> Outcome[E]:
        aggregate = self._kept.get(subject)
        confirmed = aggregate is None
        if aggregate is None:
            aggregate = _Aggregate(state=decider.initial)
            await self._catch_up(decider, aggregate, subject)
        self._kept[subject] = aggregate
        self._kept.move_to_end(subject)
        for attempt in range(ATTEMPTS_MAX):
            if envelope.command_id in aggregate.seen:
                seq, actor = aggregate.seen[envelope.command_id]
                if actor != envelope.actor:
                    raise Rejected("command.id_reused")
                return await self._outcome(seq, ())
            try:
                await self._refuse_stale_form(decider, command, envelope, aggregate, subject)
                events = decider.decide(command, aggregate.state, facts)
                new = self._encoded(events, envelope, subject)
            except Rejected:
                if confirmed:
                    raise
                events, new = [], []
            if not events:
                if confirmed:
                    return await self._outcome(aggregate.seq, ())
                confirmed = True
                await self._catch_up(decider, aggregate, subject)
                continue
            try:
                position = await self._append(new, subject, aggregate.seq)
            except Conflict as conflict:
                CONFLICTS.labels(self._store.stream, conflict.code).inc()
                if conflict.code == IN_FLIGHT:
                    await asyncio.sleep(random.uniform(0.002, 0.02) * (attempt + 1))  # noqa: S311 - jitter
            except Unsure:
                await asyncio.sleep(0.05 * (attempt + 1))
            else:
                for event in events:
                    aggregate.state = decider.evolve(aggregate.state, event)
                aggregate.seq = position.seq
                aggregate.seen[envelope.command_id] = (position.seq, envelope.actor)
                return Outcome(position=position, events=tuple(events))
            await self._catch_up(decider, aggregate, subject)
            confirmed = True
        raise Fault("handler.busy", f"{subject}: no append in {ATTEMPTS_MAX} attempts")

    def _encoded(self, events: Sequence[object], envelope: Envelope, subject: str) -> list[NewEvent]:
        """Return the events as messages. Raises Rejected `event.too_large` for one that the bus would not take."""
        new = [
            NewEvent(
                subject=subject, body=self._codec.encode(event), headers=self._headers(event, index, envelope, subject)
            )
            for index, event in enumerate(events)
        ]
        size = max(map(_size, new), default=0)
        if size > _EVENT_BYTES_MAX:
            raise Rejected("event.too_large", size_kb=-(-size // 1000), limit_kb=_EVENT_BYTES_MAX // 1000)
        return new

    async def _append(self, new: Sequence[NewEvent], subject: str, seq: int) -> Position:
        started_s = time.perf_counter()
        try:
            return await self._store.append(new, {subject: seq})
        finally:
            took_s = time.perf_counter() - started_s
            self._timer.observe(took_s)
            note(stream=self._store.stream, subject=subject, events=len(new), append_ms=round(took_s * 1000, 1))

    def _headers(self, event: object, index: int, envelope: Envelope, subject: str) -> dict[str, str]:
        headers = event_headers(
            wire_name=self._codec.wire_name(type(event)),
            event_id=derived_id(subject, envelope.command_id, index),
            subject=subject,
            occurred_at=envelope.at,
            actor=envelope.actor,
            command_id=envelope.command_id,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            on_behalf_of=envelope.on_behalf_of,
        )
        return headers | trace_headers()

    async def _refuse_stale_form(
        self, decider: Decider[C, S, E, F], command: C, envelope: Envelope, aggregate: _Aggregate, subject: str
    ) -> None:
        if envelope.expected_seq is None or aggregate.seq <= envelope.expected_seq:
            return
        since = await self._store.load(subject, after=envelope.expected_seq)
        changed = [
            recorded
            for recorded in map(self._recorded, since)
            if recorded.command_id != envelope.command_id and decider.concerns(command, recorded.event)
        ]
        if changed:
            raise Rejected(
                "form.stale",
                changed=[
                    {"type": one.type, "by": one.actor, "at": one.occurred_at.isoformat(), "seq": one.seq}
                    for one in changed
                ],
            )

    async def _catch_up(self, decider: Decider[C, S, E, F], aggregate: _Aggregate, subject: str) -> None:
        for number, message in enumerate(await self._store.load(subject, after=aggregate.seq), start=1):
            if number % FOLDED_AT_ONCE == 0:
                await asyncio.sleep(0)  # others ask meanwhile
            recorded = self._recorded(message)
            aggregate.state = decider.evolve(aggregate.state, recorded.event)
            aggregate.seq = recorded.seq
            aggregate.seen[recorded.command_id] = (recorded.seq, recorded.actor)

    def _recorded(self, message: Message) -> Recorded[Any]:
        return self._codec.recorded(
            subject=message.subject,
            headers=message.headers,
            body=message.body,
            stream=self._store.stream,
            seq=message.seq,
            recorded_at=message.recorded_at,
        )

    async def _outcome(self, seq: int, events: tuple[()]) -> Outcome[Any]:
        position = Position(stream=self._store.stream, epoch=await self._store.epoch(), seq=seq)
        return Outcome(position=position, events=events)

    def _shed(self) -> None:
        while len(self._kept) > AGGREGATES_KEPT:
            self._kept.popitem(last=False)
        if len(self._locks) > 2 * AGGREGATES_KEPT:
            self._locks = {subject: lock for subject, lock in self._locks.items() if lock.locked()}


def _size(event: NewEvent) -> int:
    """Return the bytes of the message: the body, and a line for each header."""
    return len(event.body) + sum(len(name) + len(value.encode()) + 4 for name, value in event.headers.items())
