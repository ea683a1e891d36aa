"""Send what is too much for one command: a series of commands for each aggregate, some aggregates at once.

Within a series each command expects the log as the one before it left it. When somebody else writes in
between, or a command is refused, that series ends there; what was done stays done, and is told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.errors import Fault, Rejected
from shared.types import Position

C = TypeVar("C")
SERIES_AT_ONCE = 3


@dataclass(slots=True, kw_only=True)
class Sent(Generic[C]):
    """How it went: the commands that were done, their positions, and the first refusal or fault, if any."""

    done: list[C] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    refusal: Rejected | Fault | None = None


async def send_series(
    series: Mapping[str, Sequence[C]],
    send: Callable[[C, int], Awaitable[Position]],
    *,
    expected_seq: int,
    on_done: Callable[[C], None] = lambda command: None,
) -> Sent[C]:
    """Send every series with `send(command, expected_seq)`; `expected_seq` is what the sender has seen of the stream.

    Returns when all series have ended; a refusal ends its own series only. Faults are kept likewise, since
    what was done by then has to be told all the same.
    """
    sent: Sent[C] = Sent()
    places = asyncio.Semaphore(SERIES_AT_ONCE)

    async def run(commands: Sequence[C]) -> None:
        seen = expected_seq
        async with places:
            for command in commands:
                try:
                    position = await send(command, seen)
                except (Rejected, Fault) as refusal:
                    sent.refusal = sent.refusal or refusal
                    return
                seen = max(seen, position.seq)
                sent.done.append(command)
                sent.positions.append(position)
                on_done(command)

    await asyncio.gather(*(run(commands) for commands in series.values()))
    return sent
