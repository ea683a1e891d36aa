"""What the rows were at the end of a day: the log up to that day, folded in memory by the read model's own functions.

An event belongs to the day on which it happened (`occurred_at`, in Vietnam), in the order of the log. What
was read of the log is kept decoded and only what has come since is read again. What was folded is kept for as
long as no event of that day or an earlier one has come, and a later day is folded on from it.

Decoding and folding go on a thread, a page of the log or a month at a time, so that the loop answers others meanwhile.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar, cast

from nats.aio.client import Client

from shared.clock import local_date
from shared.errors import Fault
from shared.eventstore import from_frame, read_frames, stream_info
from shared.frames import Frame
from shared.frozen import replace
from shared.readmodel.batch import fold_batch
from shared.readmodel.decoding import decoded
from shared.readmodel.memory import Folded, MemoryRows
from shared.readmodel.tables import AnyTable, Key, ReadModel, Table
from shared.types import Recorded

T = TypeVar("T")
_AT_ONCE = 2  # histories that are read or folded; what others ask for waits, and is not held beside what is kept
_EMPTY = 100  # what remembering nothing weighs, in events or rows: names that somebody makes up are many


@dataclass(slots=True)
class _History:
    """What the log holds of a subject, as far as it was read: each event with its day."""

    seq: int = 0
    days: list[date] = field(default_factory=list)
    events: list[Recorded[Any]] = field(default_factory=list)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)  # what two ask for at once is read and folded once

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
        # Sums and derived rows are made of the rows of the day that is asked for; no day before it needs them.
        self._folding = replace(model, tables=tuple(one for one in model.tables if isinstance(one, Table)))
        self._events_max = events_max
        self._rows_max = rows_max
        self._histories: OrderedDict[str, _History] = OrderedDict()
        self._folds: OrderedDict[tuple[str, date], _Fold] = OrderedDict()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._epoch = ""

    async def rows(self, subjects: Sequence[str], until: date) -> MemoryRows:
        """Return the rows that the aggregates of the subjects (wildcards allowed) had at the end of the day.

        No subject may match what another of them matches. Raises Fault `store.unavailable`.
        """
        while True:
            epoch = await self._forget_another_log()
            folds = []
            for subject in subjects:
                folds.append(await self._folded(subject, until))
                self._shed(keep=len(subjects))
            if epoch == self._epoch:  # else another question has found that it is another log by now
                return MemoryRows(self._model, folds)

    async def remember(self, subjects: Sequence[str], until: date) -> None:
        """Read and fold what is likely to be asked for, one subject at a time.

        Raises Fault `store.unavailable`, the first of them, once every subject was tried.
        """
        failures: list[Fault] = []
        for subject in subjects:
            try:
                await self.rows([subject], until)
            except Fault as fault:
                failures.append(fault)
        if failures:
            raise failures[0]

    async def first_day(self, subject: str) -> date | None:
        """Return the day of the earliest event of the subject; None without any. Raises Fault `store.unavailable`."""
        await self._forget_another_log()
        history = self._history(subject)
        async with history.reading, self._places:
            await self._read(subject, history)
        first = min(history.days, default=None)
        self._shed(keep=1)
        return first

    async def _forget_another_log(self) -> str:
        """Forget everything where the stream is another one than before: a restored log tells other events."""
        epoch = (await stream_info(self._client, self._model.source)).epoch
        if epoch != self._epoch:
            self._histories.clear()
            self._folds.clear()
            self._epoch = epoch
        return epoch

    def _history(self, subject: str) -> _History:
        history = self._histories.setdefault(subject, _History())
        self._histories.move_to_end(subject)
        return history

    async def _folded(self, subject: str, until: date) -> Folded:
        history = self._history(subject)
        async with history.reading, self._places:
            await self._read(subject, history)
            fold = self._folds.get((subject, until))
            # The log only grows, so as many events as before are the same events.
            if fold is None or fold.count != history.count(until):
                fold = self._nearest(subject, history, until)
                # Whoever asks for one day asks for others, and those are then less than a month away.
                for stop in (*_month_ends(history, fold.until, until), until):
                    fold = await asyncio.to_thread(_fold_on, self._folding, history, fold, stop)
                    self._keep(subject, history, fold)
        self._keep(subject, history, fold)
        return fold.rows

    def _keep(self, subject: str, history: _History, fold: _Fold) -> None:
        if self._histories.get(subject) is history:  # neither forgotten nor of another log by now
            self._folds[subject, fold.until] = fold
            self._folds.move_to_end((subject, fold.until))

    def _nearest(self, subject: str, history: _History, until: date) -> _Fold:
        """Return the fold of the latest day before that the day can be folded on from."""
        days = sorted((day for name, day in self._folds if name == subject and day < until), reverse=True)
        folds = (self._folds[subject, day] for day in days)
        return next((fold for fold in folds if history.after(fold, until) is not None), _NOTHING)

    async def _read(self, subject: str, history: _History) -> None:
        """Read what the log holds of the subject by now."""
        async with aclosing(read_frames(self._client, self._model.source, subject, after=history.seq)) as pages:
            async for frames in pages:
                events = await asyncio.to_thread(_decoded, self._model, frames)
                history.events += events
                history.days += [local_date(event.occurred_at) for event in events]
                history.seq = events[-1].seq

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


def _decoded(model: ReadModel[Any], frames: Sequence[Frame]) -> list[Recorded[Any]]:
    # Nothing that is folded looks at headers, and they are half of what an event weighs.
    return [replace(decoded(model, from_frame(frame)), headers={}) for frame in frames]


def _month_ends(history: _History, after: date, until: date) -> list[date]:
    """Return the last day of each month between the days in which something happened."""
    months = {(day.year, day.month) for day in history.days if after < day < until}
    ends = sorted(date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) for year, month in months)
    return [end for end in ends if after < end < until]


def _fold_on(model: ReadModel[Any], history: _History, base: _Fold, until: date) -> _Fold:
    """Return the fold of the day: from the base or, where something was recorded too late, from the beginning."""
    events = history.after(base, until)
    if events is None:
        base, events = _NOTHING, history.after(_NOTHING, until) or []

    async def known(table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
        rows = base.rows.get(table.name, {})
        return {key: rows[key] for key in keys if key in rows}

    parked = set(base.parked)
    changes = _at_once(fold_batch(model, events, parked, known))
    rows = dict(base.rows)
    for name in changes.put.keys() | changes.delete.keys():
        deleted = changes.delete.get(name, ())
        kept = {key: row for key, row in rows.get(name, {}).items() if key not in deleted}
        rows[name] = {**kept, **changes.put.get(name, {})}
    return _Fold(until=until, count=base.count + len(events), parked=frozenset(parked), rows=rows)


def _at_once(answer: Coroutine[Any, Any, T]) -> T:
    """Return what the coroutine returns; it waits for nothing, for what it asks for is in memory."""
    try:
        answer.send(None)
    except StopIteration as ended:
        return cast(T, ended.value)
    raise AssertionError("it waits for something")
