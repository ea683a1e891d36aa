"""One reader's way through a stream: from a position onward, in order, without gaps.

Uses the reader's pre-created durable pull consumer, placed by CONSUMER.RESET (interfaces: consumers).
The position that counts is the reader's own checkpoint; the consumer's is only for the operator.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.errors import Fault
from shared.eventstore import Message, message_at, stream_info
from shared.types import Checkpoint

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH = 500


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
        self._subscription: JetStreamContext.PullSubscription | None = None
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
        context = self._client.jetstream()
        self._subscription = await context.pull_subscribe_bind(consumer=self.consumer, stream=self.stream)
        self._consumer_seq = 0
        self._last_seq = after

    async def detach(self) -> None:
        """Let go of the consumer.

        Whoever ends has to: nats-py never marks fetched messages as done, so the drain of a connection
        that still has the subscription waits for them until it times out (30 s).
        """
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(nats.errors.Error):  # a connection that is closed has let go of it
                await subscription.unsubscribe()

    async def batches(self, *, batch: int = BATCH, wait_s: float = 5.0) -> AsyncIterator[list[Message]]:
        """Yield what arrives, at most `batch` messages at a time, acknowledged after the consumer took them.

        An empty list is yielded when nothing came for `wait_s`, and at once where there is nothing to
        come: a reader that has caught up need not wait to know it. Raises Gap.
        """
        assert self._subscription is not None
        if self.pending == 0:
            yield []
        while True:
            try:
                raw = await self._subscription.fetch(batch=batch, timeout=wait_s)
            except nats.errors.TimeoutError:
                raw = []
            if not raw:
                self.pending = 0
                yield []
                continue
            messages = [found for one in raw if (found := self._in_order(one)) is not None]
            if messages:
                yield messages
            await raw[-1].ack()

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
