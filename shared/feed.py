"""One reader's way through a stream: from a position onward, in order, without gaps.

Uses the reader's pre-created durable pull consumer, placed by CONSUMER.RESET (interfaces: consumers).
The position that counts is the reader's own checkpoint; the consumer's is only for the operator.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING

import nats.errors
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from shared.errors import Fault
from shared.eventstore import Message, message_at, stream_info
from shared.types import Checkpoint

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH = 500
ASK_S = 30.0  # how long one request stays open at the server
HEARTBEAT_S = 1.0
SILENCE_S = 4.0
LOOK_UP_S = 0.25  # how soon a reader notices that the connection, and with it the request, was lost


class Gap(Exception):  # noqa: N818 - a state of the feed, mended by attaching again
    """A message is missing between two that arrived."""


class Feed:
    """A reader's live consumer on one stream."""

    def __init__(self, client: Client, stream: str, consumer: str) -> None:
        """Take a connection whose user may use the consumer."""
        self.stream = stream
        self.consumer = consumer
        self.pending = 0
        self._client = client
        self._subscription: Subscription | None = None
        self._asked_for = 0
        self._asked_until_s = 0.0
        self._heard_s = 0.0
        self._connections = 0
        self._consumer_seq = 0
        self._last_seq = 0

    async def check(self, checkpoint: Checkpoint | None) -> str:
        """Return the stream's epoch once the checkpoint agrees with the log.

        Raises Fault `log.disagrees` when the stream is another one, ends before the checkpoint or
        holds another event there: a lost tail or a restored stream is never read over in silence.
        """
        info = await stream_info(self._client, self.stream)
        if checkpoint is None or checkpoint.seq == 0:
            return info.epoch
        if checkpoint.epoch != info.epoch:
            raise Fault("log.disagrees", f"{self.stream}: epoch {info.epoch}, checkpoint of {checkpoint.epoch}")
        message = await message_at(self._client, self.stream, checkpoint.seq)
        if message is None or message.headers.get("ce-id", "") != checkpoint.event_id:
            raise Fault("log.disagrees", f"{self.stream}: another event at {checkpoint.seq} than the checkpoint's")
        return info.epoch

    async def attach(self, after: int) -> None:
        """Place the consumer behind the sequence."""
        await self.detach()
        self.pending = await reset_consumer(self._client, self.stream, self.consumer, after + 1)
        self._subscription = await self._client.subscribe(self._client.new_inbox())
        self._asked_for = 0
        self._consumer_seq = 0
        self._last_seq = after
        self._connections = self._client.stats["reconnects"]

    async def detach(self) -> None:
        """Let go of the consumer."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(nats.errors.Error):  # a connection that is closed has let go of it
                await subscription.unsubscribe()

    async def batches(self, *, batch: int = BATCH, wait_s: float = 5.0) -> AsyncIterator[list[Message]]:
        """Yield what arrives, at most `batch` messages at a time, acknowledged after the consumer took them.

        One request stays open at the server, which answers it with each message as it comes. (nats-py's
        own `fetch` asks anew for each batch and at times waits with a message in hand.) An empty list is
        yielded when nothing came for `wait_s`, and at once where there is nothing to come: a reader that
        has caught up need not wait to know it. Raises Gap.
        """
        if self.pending == 0:
            yield []
        while True:
            raw = await self._receive(batch, wait_s)
            if not raw:
                yield []
                continue
            messages = [found for one in raw if (found := self._in_order(one)) is not None]
            if messages:
                yield messages
            await raw[-1].ack()

    async def _receive(self, batch: int, wait_s: float) -> list["Msg"]:
        """Return what has arrived, at least one message; nothing after `wait_s`. Raises Gap."""
        assert self._subscription is not None
        until_s = time.monotonic() + wait_s
        received: list[Msg] = []
        while True:
            if self._client.stats["reconnects"] != self._connections:
                raise Gap(f"{self.stream}: the server that held the request is another connection away")
            now_s = time.monotonic()
            if self._asked_for <= 0 or now_s >= self._asked_until_s:
                await self._ask(batch)
            if received and (len(received) >= batch or self._subscription.pending_msgs == 0):
                return received
            left_s = min(until_s, self._asked_until_s, now_s + LOOK_UP_S) - now_s
            try:
                raw = await self._subscription.next_msg(timeout=max(left_s, 0.001))
            except TimeoutError:  # nats-py raises its own, and asyncio's
                if received or time.monotonic() >= until_s:
                    return received
                if time.monotonic() - self._heard_s > SILENCE_S:
                    raise Gap(f"{self.stream}: no heartbeat, the server has forgotten the request") from None
                continue
            self._heard_s = time.monotonic()
            status = (raw.headers or {}).get("Status", "")
            if not status:
                self._asked_for -= 1
                received.append(raw)
            elif status != "100":  # 100 is a heartbeat
                if status not in ("404", "408"):
                    raise Gap(f"{self.stream}: {self.consumer}: {(raw.headers or {}).get('Description', status)}")
                self._asked_for = 0  # the request has run out

    async def _ask(self, batch: int) -> None:
        assert self._subscription is not None
        wanted = {"batch": batch, "expires": int(ASK_S * 1e9), "idle_heartbeat": int(HEARTBEAT_S * 1e9)}
        body = json.dumps(wanted).encode()
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer}"
        await self._client.publish(subject, body, reply=self._subscription.subject)
        self._heard_s = time.monotonic()
        self._asked_for, self._asked_until_s = batch, self._heard_s + ASK_S

    def _in_order(self, raw: "Msg") -> Message | None:
        metadata = raw.metadata
        self._consumer_seq += 1
        if metadata.sequence.consumer != self._consumer_seq:
            raise Gap(f"{self.stream}: consumer sequence {metadata.sequence.consumer} after {self._consumer_seq - 1}")
        self.pending = metadata.num_pending or 0
        if metadata.sequence.stream <= self._last_seq:
            return None  # delivered again after a lost acknowledgement
        self._last_seq = metadata.sequence.stream
        return from_delivered(raw)


def from_delivered(raw: "Msg") -> Message:
    """Return the stored message that a consumer delivered."""
    metadata = raw.metadata
    return Message(
        subject=raw.subject,
        headers=dict(raw.headers or {}),
        body=raw.data,
        seq=metadata.sequence.stream,
        recorded_at=metadata.timestamp.astimezone(UTC),
    )


async def reset_consumer(client: Client, stream: str, consumer: str, seq: int, *, timeout_s: float = 5.0) -> int:
    """Place the consumer so that it delivers from the sequence on; return how many messages there are.

    Raises Fault `store.unavailable`.
    """
    try:
        reply = await client.request(
            f"$JS.API.CONSUMER.RESET.{stream}.{consumer}", json.dumps({"seq": seq}).encode(), timeout=timeout_s
        )
    except nats.errors.Error as error:
        raise Fault("store.unavailable", f"{stream}: consumer {consumer} cannot be reset") from error
    answer = json.loads(reply.data)
    if "error" in answer:
        raise Fault("store.unavailable", f"{stream}: {consumer}: {answer['error'].get('description', '')}")
    return int(answer["num_pending"])
