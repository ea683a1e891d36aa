"""What the rows were at the end of a day: the log up to that day, folded in memory by the read model's own functions.

An event belongs to the day on which it happened (`occurred_at`, in Vietnam), in the order of the log. What
was read of the log is kept decoded and only what has come since is read again. What was folded is kept for as
long as no event of that day or an earlier one has come, and a later day is folded on from it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from nats.aio.client import Client

from shared.clock import local_date
from shared.eventstore import Message, read_batch, stream_info
from shared.readmodel.batch import fold_batch
from shared.readmodel.decoding import decoded
from shared.readmodel.memory import Folded, MemoryRows
from shared.readmodel.tables import AnyTable, Key, ReadModel
from shared.types import Recorded

_EMPTY = 100  # what remembering nothing weighs, in events or rows: names that somebody makes up are many


@dataclass(slots=True)
class _History:
    """What the log holds of a subject, as far as it was read: each event with its day."""

    seq: int = 0
    days: list[date] = field(default_factory=list)
    events: list[Recorded[Any]] = field(default_factory=list)

    def count(self, until: date) -> int:
        """Return how many events had happened by the end of the day."""
        return sum(day <= until for day in self.days)

    def after(self, fold: "_Fold", until: date) -> list[Recorded[Any]] | None:
        """Return what the fold lacks of the day; None where something earlier was recorded later: it is of no use."""
        if any(day > fold.until for day in self.days[: fold.count]) or fold.count != self.count(fold.until):
            return None
        rest = zip(self.events[fold.count :], self.days[fold.count :], strict=True)
        return [event for event, day in rest if day <= until]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    """The rows at the end of a day: what `count` events have left behind, and which aggregates stand still."""

    until: date
    count: int
    parked: frozenset[str]
    rows: Folded


_NOTHING = _Fold(until=date.min, count=0, parked=frozenset(), rows={})


class Past:
    """The log of one stream, as it was at the end of any day."""

    def __init__(
        self,
        client: Client,
        model: ReadModel[Any],
        *,
        events_max: int = 150_000,
        rows_max: int = 300_000,
    ) -> None:
        """Take a connection that may read the stream of the model, and how many events and rows to keep at most."""
        self._client = client
        self._model = model
        self._events_max = events_max
        self._rows_max = rows_max
        self._histories: OrderedDict[str, _History] = OrderedDict()
        self._folds: OrderedDict[tuple[str, date], _Fold] = OrderedDict()
        self._epoch = ""
        self._reading = asyncio.Lock()  # what two ask for at once is read and folded once

    async def rows(self, subjects: Sequence[str], until: date) -> MemoryRows:
        """Return the rows that the aggregates of the subjects (wildcards allowed) had at the end of the day.

        No subject may match what another of them matches. Raises Fault `store.unavailable`.
        """
        async with self._reading:
            await self._forget_another_log()
            folds = [await self._folded(subject, until) for subject in subjects]
            self._shed(keep=len(subjects))
        return MemoryRows(self._model, folds)

    async def first_day(self, subject: str) -> date | None:
        """Return the day of the earliest event of the subject; None without any. Raises Fault `store.unavailable`."""
        async with self._reading:
            await self._forget_another_log()
            first = min((await self._read(subject)).days, default=None)
            self._shed(keep=1)
            return first

    async def _forget_another_log(self) -> None:
        """Forget everything where the stream is another one than before: a restored log tells other events."""
        epoch = (await stream_info(self._client, self._model.source)).epoch
        if epoch != self._epoch:
            self._histories.clear()
            self._folds.clear()
            self._epoch = epoch

    async def _folded(self, subject: str, until: date) -> Folded:
        history = await self._read(subject)
        known = self._folds.get((subject, until))
        # The log only grows, so as many events as before are the same events.
        if known is None or known.count != history.count(until):
            base = self._nearest(subject, history, until)
            # Not on the loop that answers everybody: a year of a district takes some tenths of a second.
            for fold in await asyncio.to_thread(_fold_on, self._model, history, base, until):
                self._folds[subject, fold.until] = known = fold
        assert known is not None
        self._folds.move_to_end((subject, until))
        return known.rows

    def _nearest(self, subject: str, history: _History, until: date) -> _Fold:
        """Return the fold of the latest day before that the day can be folded on from."""
        days = sorted((day for name, day in self._folds if name == subject and day < until), reverse=True)
        folds = (self._folds[subject, day] for day in days)
        return next((fold for fold in folds if history.after(fold, until) is not None), _NOTHING)

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
        events = sum(_EMPTY + len(one.events) for one in self._histories.values())
        while events > self._events_max and len(self._histories) > keep:
            _, history = self._histories.popitem(last=False)
            events -= _EMPTY + len(history.events)
        rows = sum(map(_rows_in, self._folds.values()))
        while rows > self._rows_max and len(self._folds) > keep:
            rows -= _rows_in(self._folds.popitem(last=False)[1])


def _rows_in(fold: _Fold) -> int:
    return _EMPTY + sum(map(len, fold.rows.values()))


def _fold_on(model: ReadModel[Any], history: _History, base: _Fold, until: date) -> list[_Fold]:
    """Return the folds from the base to the day, one for the end of each month on the way, the day's own last.

    Whoever asks for one day asks for others, and those are then less than a month away.
    """
    folds: list[_Fold] = []
    for stop in (*_month_ends(history, base.until, until), until):
        events = history.after(base, stop)
        if events is None:  # what was recorded too late: from the beginning
            base = _NOTHING
            events = history.after(base, stop) or []
        base = _fold(model, base, events, stop)
        folds.append(base)
    return folds


def _month_ends(history: _History, after: date, until: date) -> list[date]:
    """Return the last day of each month between the days in which something happened."""
    months = {(day.year, day.month) for day in history.days if after < day < until}
    ends = sorted(date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) for year, month in months)
    return [end for end in ends if after < end < until]


def _fold(model: ReadModel[Any], base: _Fold, events: Sequence[Recorded[Any]], until: date) -> _Fold:
    """Return the fold of the day after these events."""

    async def known(table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
        rows = base.rows.get(table.name, {})
        return {key: rows[key] for key in keys if key in rows}

    parked = set(base.parked)
    changes = asyncio.run(fold_batch(model, events, parked, known))
    rows = dict(base.rows)
    for name in changes.put.keys() | changes.delete.keys():
        deleted = changes.delete.get(name, ())
        kept = {key: row for key, row in rows.get(name, {}).items() if key not in deleted}
        rows[name] = {**kept, **changes.put.get(name, {})}
    return _Fold(until=until, count=base.count + len(events), parked=frozenset(parked), rows=rows)
