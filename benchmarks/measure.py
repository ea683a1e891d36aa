"""What a measurement says: ratios of pairs that ran one after the other, never a time on its own.

The machine is shared and its pace changes from minute to minute; two things measured within the same
seconds share that pace, so only their ratio is kept. Pairs alternate (AB, BA, AB …), and the median of
their ratios is the figure.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Timed = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the table: the median, the least and the greatest of `rounds` values in `unit`.

    `bar` is what it is held against, from below (`at_least`) or from above; None where it only informs.
    """

    name: str
    unit: str
    median: float
    least: float
    greatest: float
    rounds: int
    bar: float | None = None
    at_least: bool = True

    @property
    def holds(self) -> bool | None:
        """Return whether the median keeps the bar; None where there is none."""
        if self.bar is None:
            return None
        return self.median >= self.bar if self.at_least else self.median <= self.bar


def figure(
    name: str, values: Sequence[float], *, unit: str = "×", bar: float | None = None, at_least: bool = True
) -> Figure:
    """Return the figure of the values."""
    return Figure(
        name=name,
        unit=unit,
        median=statistics.median(values),
        least=min(values),
        greatest=max(values),
        rounds=len(values),
        bar=bar,
        at_least=at_least,
    )


async def ratios(ours: Timed, theirs: Timed, *, rounds: int) -> list[float]:
    """Return how many times as fast as `theirs` `ours` was in each round: above 1 is faster.

    Each is a whole run that returns its seconds; who goes first changes from round to round.
    """
    found: list[float] = []
    for number in range(rounds):
        if number % 2:
            our_s = await ours()
            their_s = await theirs()
        else:
            their_s = await theirs()
            our_s = await ours()
        found.append(their_s / our_s)
    return found


async def seconds(work: Awaitable[object]) -> float:
    """Return how long the work took."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def in_flight(jobs: Sequence[Callable[[], Awaitable[object]]], at_once: int) -> None:
    """Do all the jobs, so many at once."""
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await job()

    await asyncio.gather(*(work() for _ in range(at_once)))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that the share (0–1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
