"""What arrives on a subject, in order: for readers of many messages.

nats-py's own `next_msg` makes a task and a timer for each message, which is most of the cost of reading
one that is there already. Here both are made only to wait.
"""

import asyncio
from typing import TYPE_CHECKING

from nats.aio.client import Client
from nats.aio.subscription import Subscription

if TYPE_CHECKING:
    from nats.aio.msg import Msg


class Inbox:
    """A subscription of its own, and what it has received."""

    def __init__(self, subject: str) -> None:
        """Take the subject; `open` subscribes."""
        self.subject = subject
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._subscription: Subscription

    async def open(self, client: Client) -> None:
        """Subscribe. How much may arrive is bounded by what the reader asks the server for."""
        self._subscription = await client.subscribe(
            self.subject, cb=self._arrived.put, pending_msgs_limit=-1, pending_bytes_limit=-1
        )

    async def close(self) -> None:
        """End the subscription. Raises nats.errors.Error where the connection is closed."""
        await self._subscription.unsubscribe()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is here."""
        return self._arrived.empty() and self._subscription.pending_msgs == 0

    async def next(self, *, timeout_s: float) -> "Msg":
        """Return the next message. Raises TimeoutError."""
        if not self._arrived.empty():
            return self._arrived.get_nowait()
        return await asyncio.wait_for(self._arrived.get(), timeout_s)
