"""Messages received in bulk: set aside as they come off the wire, a page at a time, and read when there is time.

nats-py makes an object and a dictionary of headers for each message and passes it through a queue and a task, which
is most of what reading a long log takes. Here its bytes are kept as they are, so that whoever wants the page reads
them in a thread, and leaves out what it does not want (docs/adr/0018).
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from weakref import WeakKeyDictionary

import nats.errors
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from shared.headers import parse_headers

_NAME = b"NATS/1.0"
_PLAIN = _NAME + b"\r\n"


class Frame(NamedTuple):
    """A message as it came: the block of its headers and its body."""

    head: bytes
    body: bytes

    def headers(self) -> dict[str, str]:
        """Return the headers."""
        return parse_headers(self.head[len(_PLAIN) :])


class Page(NamedTuple):
    """What came up to a message that tells only of the state of things: its code and its headers."""

    frames: list[Frame]
    status: str
    headers: Mapping[str, str]


class Frames:
    """A subscription of its own, and what it has received."""

    def __init__(self, client: Client) -> None:
        """Take the connection; `open` subscribes."""
        self.subject = client.new_inbox()
        self._client = client
        self._subscription: Subscription | None = None
        self._received: list[Frame] = []
        self._heard = asyncio.Event()
        self._pages: deque[tuple[list[Frame], bytes]] = deque()

    async def open(self) -> None:
        """Subscribe; how much may arrive is bounded by what is asked of the server. Raises nats.errors.Error."""
        self._subscription = await self._client.subscribe(self.subject)
        _taps(self._client)[self._subscription._id] = self

    async def close(self) -> None:
        """End the subscription; it has ended already where it was never opened, or with the connection."""
        if self._subscription is None:
            return
        del _taps(self._client)[self._subscription._id]
        with suppress(nats.errors.Error):  # it ends with the connection, and must not hide why we stop
            await self._subscription.unsubscribe()

    async def page(self, *, timeout_s: float) -> Page:
        """Return the next page. Raises TimeoutError when nothing comes for so long."""
        while not self._pages:
            self._heard.clear()
            await asyncio.wait_for(self._heard.wait(), timeout_s)
        frames, head = self._pages.popleft()
        line, _, rest = head.removeprefix(_NAME).partition(b"\r\n")
        return Page(frames, line.strip().decode(errors="replace")[:3], parse_headers(rest))

    def receive(self, head: bytes | None, body: bytes) -> None:
        """Take a message as it comes off the wire; what this raised would end the connection."""
        if head is not None and head.startswith(_PLAIN):
            self._received.append(Frame(head, body))
        else:
            self._pages.append((self._received, head or b""))
            self._received = []
        self._heard.set()


_TAPS: "WeakKeyDictionary[Client, dict[int, Frames]]" = WeakKeyDictionary()


def _taps(client: Client) -> dict[int, Frames]:
    """Return who takes messages of the connection as they come, by the number of the subscription."""
    known = _TAPS.get(client)
    if known is None:
        known = _TAPS[client] = {}
        taps, process = known, client._process_msg

        async def divert(sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:
            tap = taps.get(sid)
            if tap is None:
                await process(sid, subject, reply, data, headers)  # type: ignore[arg-type]
            else:
                tap.receive(headers, data)

        client._process_msg = divert  # type: ignore[method-assign]  # nats-py hands every message to it
    return known
