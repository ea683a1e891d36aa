"""The end of tasks that would run for ever."""

import asyncio
from collections.abc import Iterable
from typing import Any

_PATIENCE_S = 0.2


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and return when all have ended; what they raise is not raised again.

    One cancellation may be lost: `asyncio.wait_for` of Python 3.11 swallows it where the awaited result
    arrives at the same moment. So it is said again until it is heard.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        ended, pending = await asyncio.wait(pending, timeout=_PATIENCE_S)
        for task in ended:
            if not task.cancelled():
                task.exception()  # looked at, so that asyncio does not complain of it
