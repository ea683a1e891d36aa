"""One reader's way through a stream: from a position onward, in order, without gaps.

Uses the reader's pre-created durable pull consumer, placed by CONSUMER.RESET (interfaces: consumers).
The position that counts is the reader's own checkpoint; the consumer's is only for the operator.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import nats.errors
from nats.aio.client import Client

from shared.errors import Fault
from shared.eventstore import Message, message_at, stream_info
from shared.inbox import Inbox
from shared.types import Checkpoint

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH = 1000
ASK_S = 30.0  # how long one request stays open at the server
HEARTBEAT_S = 1.0
SILENCE_S = 4.0
LOOK_UP_S = 0.25  # how soon a reader notices that the connection, and with it the request, was lost
ON_ITS_WAY_S = 0.02  # how long a reader with messages in hand waits for those that the server has behind them
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
        self._inbox: Inbox | None = None
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
        self._inbox = Inbox(self._client.new_inbox())
        await self._inbox.open(self._client)
        self._asked_for = 0
        self._consumer_seq = 0
        self._last_seq = after
        self._connections = self._client.stats["reconnects"]

    async def detach(self) -> None:
        """Let go of the consumer."""
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            with suppress(nats.errors.Error):  # a connection that is closed has let go of it
                await inbox.close()

    async def batches(self, *, batch: int = BATCH, wait_s: float = 5.0) -> AsyncIterator[list[Message]]:
        """Yield what arrives, at most `batch` messages at a time, acknowledged after the consumer took them.

        One request stays open at the server, which answers it with each message as it comes. (nats-py's
        own `fetch` asks anew for each batch and at times waits with a message in hand.) An empty list is
        yielded when nothing came for `wait_s`, and at once where there is nothing to come: a reader that
        has caught up need not wait to know it. Raises Gap.
        """
        if self.pending == 0:
            yield []
        stored = 0
        while True:
            raw = await self._receive(batch, wait_s)
            if not raw:
                # A server that was killed may hold that we have these already, and would wait a minute for the ack.
                if self._last_seq < stored:
                    raise Gap(f"{self.stream}: {stored} is stored, and nothing comes after {self._last_seq}")
                yield []
                stored = (await stream_info(self._client, self.stream)).last_seq
                continue
            messages = [found for one in raw if (found := self._in_order(*one)) is not None]
            if messages:
                yield messages
            last, _ = raw[-1]
            await last.ack()

    async def _receive(self, batch: int, wait_s: float) -> list[tuple["Msg", "Place"]]:
        """Return what has arrived and what is on its way, at least one message; nothing after `wait_s`. Raises Gap."""
        assert self._inbox is not None
        until_s = time.monotonic() + wait_s
        received: list[tuple[Msg, Place]] = []
        is_last = False
        while True:
            if self._client.stats["reconnects"] != self._connections:
                raise Gap(f"{self.stream}: the server that held the request is another connection away")
            now_s = time.monotonic()
            if self._asked_for <= 0 or now_s >= self._asked_until_s:
                await self._ask(batch)
            if len(received) >= batch or (is_last and self._inbox.is_empty):
                return received
            left_s = ON_ITS_WAY_S if received else min(until_s, self._asked_until_s, now_s + LOOK_UP_S) - now_s
            try:
                raw = await self._inbox.next(timeout_s=max(left_s, 0.001))
            except TimeoutError:
                if received or time.monotonic() >= until_s:
                    return received
                if time.monotonic() - self._heard_s > SILENCE_S:
                    raise Gap(f"{self.stream}: no heartbeat, the server has forgotten the request") from None
                continue
            self._heard_s = time.monotonic()
            status = (raw.headers or {}).get("Status", "")
            if not status:
                self._asked_for -= 1
                place = place_of(raw)
                received.append((raw, place))
                is_last = place.pending == 0
            elif status != "100":  # 100 is a heartbeat
                if status not in ("404", "408"):
                    raise Gap(f"{self.stream}: {self.consumer}: {(raw.headers or {}).get('Description', status)}")
                self._asked_for = 0  # the request has run out

    async def _ask(self, batch: int) -> None:
        assert self._inbox is not None
        wanted = {"batch": batch, "expires": int(ASK_S * 1e9), "idle_heartbeat": int(HEARTBEAT_S * 1e9)}
        body = json.dumps(wanted).encode()
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer}"
        await self._client.publish(subject, body, reply=self._inbox.subject)
        self._heard_s = time.monotonic()
        self._asked_for, self._asked_until_s = batch, self._heard_s + ASK_S

    def _in_order(self, raw: "Msg", place: "Place") -> Message | None:
        self._consumer_seq += 1
        if place.consumer_seq != self._consumer_seq:
            raise Gap(f"{self.stream}: consumer sequence {place.consumer_seq} after {self._consumer_seq - 1}")
        self.pending = place.pending
        if place.seq <= self._last_seq:
            return None  # delivered again after a lost acknowledgement
        self._last_seq = place.seq
        return from_delivered(raw, place)


class Place(NamedTuple):
    """Where a delivered message stands: in its stream, in its consumer, when stored, and how many are behind it."""

    seq: int
    consumer_seq: int
    recorded_at: datetime
    pending: int


def place_of(raw: "Msg") -> Place:
    """Return the place that the server has written into the reply subject.

    `$JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<consumer seq>.<ns>.<pending>`, in newer servers with domain and
    account before the stream (ADR-15 of NATS). nats-py reads the same, at three times the cost, through a float.
    """
    tokens = raw.reply.split(".")
    seq, consumer_seq, ns, pending = map(int, tokens[5:9] if len(tokens) == 9 else tokens[7:11])
    at = _EPOCH + timedelta(microseconds=ns // 1000)
    return Place(seq=seq, consumer_seq=consumer_seq, recorded_at=at, pending=pending)


def from_delivered(raw: "Msg", place: Place) -> Message:
    """Return the stored message that a consumer delivered."""
    return Message(
        subject=raw.subject, headers=raw.headers or {}, body=raw.data, seq=place.seq, recorded_at=place.recorded_at
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
