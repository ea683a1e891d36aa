"""Tasks that run for ever: begun again after an error, and ended when asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

BACKOFF_S_MIN, BACKOFF_S_MAX = 0.1, 5.0
CALM_S = 10.0
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


async def keep_following(
    follow: Callable[[], Awaitable[None]],
    failed: Callable[[Exception], None],
    release: Callable[[], Awaitable[None]],
) -> None:
    """Follow until cancelled; after an error tell it, release what was held, and begin again with back-off.

    A life of `CALM_S` resets the back-off: blips that lie weeks apart do not add up.
    """
    delay_s = BACKOFF_S_MIN
    while True:
        began_s = time.monotonic()
        try:
            await follow()
        except Exception as error:  # noqa: BLE001 - the edge of the loop: nothing may end it quietly
            failed(error)
        finally:
            await release()
        if time.monotonic() - began_s > CALM_S:
            delay_s = BACKOFF_S_MIN
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, BACKOFF_S_MAX)
