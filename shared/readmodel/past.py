"""What the rows were at the end of a day: the log up to that day, folded in memory by the read model's own functions.

An event belongs to the day on which it happened (`occurred_at`, in Vietnam), in the order of the log. What
was read of the log is kept decoded and only what has come since is read again; what was folded is kept
for as long as no event of that day or an earlier one has come.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from nats.aio.client import Client

from shared.clock import local_date
from shared.eventstore import Message, read_batch
from shared.readmodel.batch import fold_batch
from shared.readmodel.decoding import decoded
from shared.readmodel.memory import Folded, MemoryRows
from shared.readmodel.tables import AnyTable, Key, ReadModel
from shared.types import Recorded


@dataclass(slots=True)
class _History:
    """What the log holds of a subject, as far as it was read: each event with its day."""

    seq: int = 0
    days: list[date] = field(default_factory=list)
    events: list[Recorded[Any]] = field(default_factory=list)

    def until(self, day: date) -> list[Recorded[Any]]:
        """Return what had happened by the end of the day."""
        return [event for event, at in zip(self.events, self.days, strict=True) if at <= day]


class Past:
    """The log of one stream, as it was at the end of any day."""

    def __init__(
        self,
        client: Client,
        model: ReadModel[Any],
        *,
        events_max: int = 150_000,
        rows_max: int = 150_000,
    ) -> None:
        """Take a connection that may read the stream of the model, and how many events and rows to keep at most."""
        self._client = client
        self._model = model
        self._events_max = events_max
        self._rows_max = rows_max
        self._histories: OrderedDict[str, _History] = OrderedDict()
        self._folds: OrderedDict[tuple[str, date], tuple[int, Folded]] = OrderedDict()
        self._reading = asyncio.Lock()  # what two ask for at once is read and folded once

    async def rows(self, subjects: Sequence[str], until: date) -> MemoryRows:
        """Return the rows that the aggregates of the subjects (wildcards allowed) had at the end of the day.

        No subject may match what another of them matches. Raises Fault `store.unavailable`.
        """
        async with self._reading:
            folds = [await self._folded(subject, until) for subject in subjects]
            self._shed(keep=len(subjects))
        return MemoryRows(self._model, folds)

    async def first_day(self, subject: str) -> date | None:
        """Return the day of the earliest event of the subject; None without any. Raises Fault `store.unavailable`."""
        async with self._reading:
            return min((await self._read(subject)).days, default=None)

    async def _folded(self, subject: str, until: date) -> Folded:
        history = await self._read(subject)
        events = history.until(until)
        known = self._folds.get((subject, until))
        # The log only grows, so as many events as before are the same events.
        if known is None or known[0] != len(events):
            # Not on the loop that answers everybody: a year of a district takes some tenths of a second.
            known = (len(events), await asyncio.to_thread(_fold, self._model, events))
            self._folds[subject, until] = known
        self._folds.move_to_end((subject, until))
        return known[1]

    async def _read(self, subject: str) -> _History:
        """Return what the log holds of the subject now."""
        history = self._histories.setdefault(subject, _History())
        self._histories.move_to_end(subject)
        messages = [
            message async for message in read_batch(self._client, self._model.source, subject, after=history.seq)
        ]
        if messages:
            events = await asyncio.to_thread(self._decoded, messages)
            history.events += events
            history.days += [local_date(event.occurred_at) for event in events]
            history.seq = messages[-1].seq
        return history

    def _decoded(self, messages: Sequence[Message]) -> list[Recorded[Any]]:
        # Nothing that is folded looks at headers, and they are half of what an event weighs.
        return [replace(decoded(self._model, message), headers={}) for message in messages]

    def _shed(self, *, keep: int) -> None:
        """Forget what was used the longest time ago, but what the last question needed."""
        events = sum(len(one.events) for one in self._histories.values())
        while events > self._events_max and len(self._histories) > keep:
            _, history = self._histories.popitem(last=False)
            events -= len(history.events)
        rows = sum(_rows_in(fold) for _, fold in self._folds.values())
        while rows > self._rows_max and len(self._folds) > keep:
            _, (_, fold) = self._folds.popitem(last=False)
            rows -= _rows_in(fold)


def _rows_in(fold: Folded) -> int:
    return sum(map(len, fold.values()))


def _fold(model: ReadModel[Any], events: Sequence[Recorded[Any]]) -> Folded:
    """Return the rows that the events leave behind where there were none before."""

    async def nothing(_: AnyTable, __: Sequence[Key]) -> Mapping[Key, object]:
        return {}

    return asyncio.run(fold_batch(model, events, set(), nothing)).put
