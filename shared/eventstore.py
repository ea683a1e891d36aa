"""The event store on JetStream: load an aggregate, append at the expected sequence.

One event is one publish, several are one atomic batch with an expectation on the first event of each
aggregate (ADR-50 of NATS; docs/adr/0002). Expectations name the exact subject: wildcards are not
atomic on replicated streams. A time-out or a refusal never says whether the write happened, so the
caller gets `Unsure` or `Conflict` and looks for its command id before it decides again.
"""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import nats.errors
from nats.aio.client import Client

from shared.clock import new_id
from shared.errors import Fault
from shared.frames import Frame, Frames, Page
from shared.types import Position

if TYPE_CHECKING:
    from nats.aio.msg import Msg

STREAM_FULL = 10077
WRONG_SEQUENCE = 10071
IN_FLIGHT = 10164
DUPLICATE_IN_BATCH = 10201
INCOMPLETE_BATCH = 10176  # the server was restarted amid the batch, or waited too long for the rest
TOO_MANY_BATCHES = 10210
BATCH_MAX = 1000
UNANSWERED_BYTES_MAX = 1024 * 1024  # of a batch under way; half of what nats-py holds back before it blocks
_EXPECT = "Nats-Expected-Last-Subject-Sequence"


class Conflict(Exception):  # noqa: N818 - the field's word
    """The aggregate has moved, or may have: reload and look for the command id."""

    def __init__(self, code: int) -> None:
        super().__init__(f"append refused with {code}")
        self.code = code


class Unsure(Exception):  # noqa: N818 - it is no failure until the log was asked
    """No acknowledgement came; the write may or may not be in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a stream as the server holds it."""

    subject: str
    headers: Mapping[str, str]
    body: bytes
    seq: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """One event to append."""

    subject: str
    headers: Mapping[str, str]
    body: bytes


class EventStore:
    """One stream of events."""

    def __init__(self, client: Client, stream: str, *, timeout_s: float = 5.0) -> None:
        """Take a connection whose user may write the stream's subjects."""
        self.stream = stream
        self._client = client
        self._timeout_s = timeout_s
        self._epoch = ""

    async def epoch(self) -> str:
        """Return the epoch of the stream, read once. Raises Fault `store.no_stream`."""
        if not self._epoch:
            self._epoch = (await stream_info(self._client, self.stream)).epoch
        return self._epoch

    async def load(self, subject: str, *, after: int = 0) -> list[Message]:
        """Return the aggregate's messages after the sequence, in order, as the leader holds them.

        The batch read may be served by a replica that lags, so its end is compared with the leader's
        last message. Raises Fault `store.unavailable`.
        """
        messages = [message async for message in read_batch(self._client, self.stream, subject, after=after)]
        last = await self.last(subject)
        for _ in range(20):
            known = messages[-1].seq if messages else after
            if last is None or last.seq <= known:
                return messages
            messages += [message async for message in read_batch(self._client, self.stream, subject, after=known)]
            await asyncio.sleep(0.01)
        raise Fault("store.unavailable", f"{self.stream}: replica stays behind at {subject}")

    async def last(self, subject: str) -> Message | None:
        """Return the last message of the subject, from the leader."""
        return await last_message(self._client, self.stream, subject)

    async def append(self, events: Sequence[NewEvent], expected: Mapping[str, int]) -> Position:
        """Append all the events or none; `expected` maps each subject to its last sequence (0: new).

        Durable before it returns. Raises Conflict, Unsure, and Fault `store.full` or `store.refused`.
        """
        assert 0 < len(events) <= BATCH_MAX
        if len(events) == 1:
            event = events[0]
            seq = await self._publish(event, {**event.headers, _EXPECT: str(expected[event.subject])})
        else:
            seq = await self._publish_batch(events, expected)
        return Position(stream=self.stream, epoch=await self.epoch(), seq=seq)

    async def _publish_batch(self, events: Sequence[NewEvent], expected: Mapping[str, int]) -> int:
        batch_id = new_id()
        guarded: set[str] = set()
        unanswered = 0
        for number, event in enumerate(events, start=1):
            headers = {**event.headers, "Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(number)}
            if event.subject not in guarded:
                headers[_EXPECT] = str(expected[event.subject])
                guarded.add(event.subject)
            if number == len(events):
                return await self._publish(event, {**headers, "Nats-Batch-Commit": "1"})
            unanswered += len(event.body)
            if number == 1 or unanswered > UNANSWERED_BYTES_MAX:
                # The server answers such a publish at once, empty or with a refusal; a wait for the rest to be read.
                reply = await self._request(event, headers)
                if reply.data:
                    _acknowledged_seq(reply.data)
                unanswered = 0
            else:
                try:
                    await self._client.publish(event.subject, event.body, headers=headers)
                except nats.errors.Error as error:
                    raise Unsure from error
        raise AssertionError("a batch has a last event")

    async def _publish(self, event: NewEvent, headers: Mapping[str, str]) -> int:
        return _acknowledged_seq((await self._request(event, headers)).data)

    async def _request(self, event: NewEvent, headers: Mapping[str, str]) -> "Msg":
        try:
            return await self._client.request(event.subject, event.body, timeout=self._timeout_s, headers=dict(headers))
        except nats.errors.Error as error:
            raise Unsure from error


def _acknowledged_seq(data: bytes) -> int:
    ack = json.loads(data)
    error = ack.get("error")
    if error is None:
        if ack.get("duplicate"):
            # The server has an event of this id, perhaps elsewhere: nothing was stored now. Ask the log.
            raise Unsure
        return int(ack["seq"])
    code = int(error.get("err_code", 0))
    if code in (WRONG_SEQUENCE, IN_FLIGHT, DUPLICATE_IN_BATCH):
        raise Conflict(code)
    if code in (INCOMPLETE_BATCH, TOO_MANY_BATCHES):
        raise Unsure
    if code == STREAM_FULL:
        raise Fault("store.full", str(error.get("description", "")))
    raise Fault("store.refused", f"{code}: {error.get('description', '')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """What the server says of a stream; sizes in bytes."""

    name: str
    epoch: str
    first_seq: int
    last_seq: int
    messages: int
    deleted: int
    size: int
    size_max: int


async def stream_info(client: Client, stream: str, *, timeout_s: float = 5.0) -> StreamInfo:
    """Return the stream's state. Raises Fault `store.no_stream` or `store.unavailable`."""
    answer = await _api(client, f"$JS.API.STREAM.INFO.{stream}", b"", timeout_s=timeout_s)
    if "error" in answer:
        raise Fault("store.no_stream", f"{stream}: {answer['error'].get('description', '')}")
    state, config = answer["state"], answer["config"]
    return StreamInfo(
        name=stream,
        epoch=(config.get("metadata") or {}).get("epoch", ""),
        first_seq=state["first_seq"],
        last_seq=state["last_seq"],
        messages=state["messages"],
        deleted=state.get("num_deleted", 0),
        size=state["bytes"],
        size_max=config.get("max_bytes", -1),
    )


async def last_message(client: Client, stream: str, subject: str, *, timeout_s: float = 5.0) -> Message | None:
    """Return the last message whose subject matches, from the leader; None where there is none."""
    return await _get(client, stream, {"last_by_subj": subject}, timeout_s=timeout_s)


async def message_at(client: Client, stream: str, seq: int, *, timeout_s: float = 5.0) -> Message | None:
    """Return the message at the sequence, from the leader; None where there is none."""
    return await _get(client, stream, {"seq": seq}, timeout_s=timeout_s)


async def next_message(
    client: Client, stream: str, subject: str = ">", *, after: int = 0, timeout_s: float = 5.0
) -> Message | None:
    """Return the first message of the subject after the sequence, from the leader; None where there is none.

    For streams that allow no direct gets (TIMERS, PARKED); others are read by `read_batch`.
    """
    return await _get(client, stream, {"seq": after + 1, "next_by_subj": subject}, timeout_s=timeout_s)


async def _get(client: Client, stream: str, query: Mapping[str, object], *, timeout_s: float) -> Message | None:
    body = json.dumps(query).encode()
    answer = await _api(client, f"$JS.API.STREAM.MSG.GET.{stream}", body, timeout_s=timeout_s)
    if "error" in answer:
        if answer["error"].get("err_code") == 10037:  # no message found
            return None
        raise Fault("store.unavailable", f"{stream}: {answer['error'].get('description', '')}")
    message = answer["message"]
    return Message(
        subject=message["subject"],
        headers=_parse_headers(base64.b64decode(message.get("hdrs", ""))),
        body=base64.b64decode(message.get("data", "")),
        seq=message["seq"],
        recorded_at=_instant(message["time"]),
    )


async def _api(client: Client, subject: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
    try:
        reply = await client.request(subject, body, timeout=timeout_s)
    except nats.errors.Error as error:
        raise Fault("store.unavailable", f"{subject}: {error or type(error).__name__}") from error
    answer: dict[str, Any] = json.loads(reply.data)
    return answer


async def read_batch(
    client: Client, stream: str, subject: str = ">", *, after: int = 0, batch: int = 1000, timeout_s: float = 5.0
) -> AsyncGenerator[Message, None]:
    """Yield the messages of the subject after the sequence, in order, by batched direct gets (ADR-31 of NATS).

    Raises Fault `store.unavailable` when the server stops answering, or less came than it has sent. Who may stop
    before the end reads within `aclosing`, else the subscription stays until the garbage is collected.
    """
    reading = read_frames(client, stream, subject, after=after, batch=batch, timeout_s=timeout_s)
    async with aclosing(reading) as pages:
        async for frames in pages:
            for frame in frames:
                yield from_frame(frame)


async def read_frames(
    client: Client, stream: str, subject: str = ">", *, after: int = 0, batch: int = 1000, timeout_s: float = 5.0
) -> AsyncGenerator[list[Frame], None]:
    """Yield the same messages as they came, some at a time, for `from_frame`. Raises Fault as `read_batch` does."""
    received = Frames(client)
    try:
        await received.open()
        pending = 1
        while pending:
            query = {"seq": after + 1, "next_by_subj": subject, "batch": batch}
            await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(query).encode(), reply=received.subject)
            page = await received.page(timeout_s=timeout_s)
            if page.status == _NOT_FOUND and not page.frames:
                return
            if page.status != _END_OF_BATCH:
                raise Fault("store.unavailable", f"{stream}: direct get answered {page.status}")
            if not page.frames or not _is_whole(page):
                raise Fault("store.unavailable", f"{stream}: less came of a direct get than was sent")
            yield page.frames
            after = int(page.headers["Nats-Last-Sequence"])
            pending = int(page.headers["Nats-Num-Pending"])
    except (TimeoutError, nats.errors.Error) as error:
        reason = str(error) or type(error).__name__
        raise Fault("store.unavailable", f"{stream}: direct get was not answered: {reason}") from error
    finally:
        await received.close()


def _is_whole(page: Page) -> bool:
    """Return whether nothing was lost on the way, as while nats-py connects anew.

    Each message names the one before it in the page, the first 0, and the end of the page the last one. How many are
    still to come does not show a loss as surely: the server counts once a page, and goes on to what was stored since.
    """
    before = b"0"
    for frame in page.frames:
        if _value(frame.head, b"\r\nNats-Last-Sequence: ") != before:
            return False
        before = _value(frame.head, b"\r\nNats-Sequence: ")
    return page.headers.get("Nats-Last-Sequence", "").encode() == before


def _value(head: bytes, name: bytes) -> bytes:
    # The server puts its headers behind those of the message, so the last of the name is its own.
    return head.rpartition(name)[2].partition(b"\r\n")[0]


def from_frame(frame: Frame) -> Message:
    """Return the stored message that a direct get delivered; its place travels in headers."""
    headers = frame.headers()
    for name in _DIRECT_ONLY:
        headers.pop(name, None)
    return Message(
        subject=headers.pop("Nats-Subject"),
        seq=int(headers.pop("Nats-Sequence")),
        recorded_at=_instant(headers.pop("Nats-Time-Stamp")),
        headers=headers,
        body=frame.body,
    )


_END_OF_BATCH, _NOT_FOUND = "204", "404"
_DIRECT_ONLY = ("Nats-Stream", "Nats-Num-Pending", "Nats-Last-Sequence", "Nats-UpTo-Sequence")


def _instant(text: str) -> datetime:
    # The server writes nanoseconds; Python keeps microseconds.
    head, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{(rest or '0')[:6]:0<6}+00:00")


def _parse_headers(raw: bytes) -> dict[str, str]:
    lines = raw.decode().split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name: value.strip() for name, _, value in pairs}
