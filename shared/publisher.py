"""What other systems may know, written to PUBLIC exactly once (interfaces: PUBLIC).

There is no checkpoint in SQL: the position is in the output. Each public message carries the source
sequence it came from; on start, and after any refusal, the writer reads its last message from the
leader and goes on behind it. The expectation on one filter string, which all writers of the prefix
use, makes a second writer's message a refusal.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import nats.errors
from nats.aio.client import Client

from shared.clock import derived_id
from shared.codec import EventCodec, event_headers, to_json
from shared.errors import Fault
from shared.eventstore import Message, last_message
from shared.feed import Feed
from shared.tasks import keep_following
from shared.telemetry import CHECKPOINT, LAG, log, span, trace_headers
from shared.text import kebab
from shared.types import Checkpoint, Recorded

STREAM = "PUBLIC"
SOURCE_SEQ = "ce-sourceseq"
SOURCE_EPOCH = "ce-sourceepoch"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFact:
    """A redacted fact: the district it is about and its body; `name` and `version` never change meaning."""

    district: str
    name: str
    body: object
    version: int = 1


class Publisher:
    """Follows the service's own stream and publishes what `publish(recorded)` makes of it."""

    def __init__(
        self,
        client: Client,
        feed: Feed,
        *,
        service: str,
        codec: EventCodec[Any],
        publish: Callable[[Recorded[Any]], PublicFact | None],
        timeout_s: float = 5.0,
    ) -> None:
        """`publish` is pure and returns None for what stays inside."""
        self.failure = "starting"
        self._client = client
        self._feed = feed
        self._service = service
        self._codec = codec
        self._publish = publish
        self._timeout_s = timeout_s
        self._filter = f"public.*.{service}.>"
        self._last_public = 0

    @property
    def lag(self) -> int:
        """Return how many events the server still holds for the publisher."""
        return self._feed.pending

    async def run(self) -> None:
        """Follow until cancelled; after any refusal or error read the own output again."""
        await keep_following(self._follow, self._failed, self._feed.detach)

    def _failed(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}"
        log.error("publisher stopped", service=self._service, error=self.failure, exc_info=not isinstance(error, Fault))

    async def _follow(self) -> None:
        last = await last_message(self._client, STREAM, self._filter)
        source: Checkpoint | None = None
        self._last_public = 0
        if last is not None:
            # The last fact names the event it came from: that event must still be where it was.
            source = Checkpoint(
                epoch=last.headers.get(SOURCE_EPOCH, ""),
                seq=int(last.headers[SOURCE_SEQ]),
                event_id=last.headers.get("ce-causationid", ""),
            )
            self._last_public = last.seq
        epoch = await self._feed.check(source)
        source_seq = source.seq if source else 0
        await self._feed.attach(source_seq)
        async for messages in self._feed.batches():
            for message in messages:
                await self._publish_one(message, epoch)
            if self._feed.pending == 0:
                self.failure = ""
            if messages:
                CHECKPOINT.labels(self._service, "public", self._feed.stream).set(messages[-1].seq)
            LAG.labels(self._service, "public", self._feed.stream).set(self._feed.pending)

    async def _publish_one(self, message: Message, epoch: str) -> None:
        try:
            recorded = self._codec.recorded(
                subject=message.subject,
                headers=message.headers,
                body=message.body,
                stream=self._feed.stream,
                seq=message.seq,
                recorded_at=message.recorded_at,
            )
        except Fault as fault:
            # What nobody can read is not published; the read models park it and name it.
            log.error("event not published", seq=message.seq, error=str(fault))
            return
        fact = self._publish(recorded)
        if fact is None:
            return
        with span("publish", headers=message.headers, seq=message.seq):
            subject = f"public.{fact.district}.{self._service}.{kebab(fact.name)}"
            await self._send(subject, to_json(fact.body), self._headers(fact, recorded, epoch))

    def _headers(self, fact: PublicFact, recorded: Recorded[Any], epoch: str) -> dict[str, str]:
        headers = event_headers(
            wire_name=f"{self._service}.{fact.name}.v{fact.version}",
            event_id=derived_id(recorded.event_id, "public"),
            subject=recorded.subject,
            occurred_at=recorded.occurred_at,
            actor="",
            command_id="",
            correlation_id=recorded.correlation_id,
            causation_id=recorded.event_id,
        )
        return headers | {SOURCE_SEQ: str(recorded.seq), SOURCE_EPOCH: epoch} | trace_headers()

    async def _send(self, subject: str, body: bytes, headers: Mapping[str, str]) -> None:
        expectation = {
            "Nats-Expected-Last-Subject-Sequence": str(self._last_public),
            "Nats-Expected-Last-Subject-Sequence-Subject": self._filter,
        }
        try:
            reply = await self._client.request(
                subject, body, timeout=self._timeout_s, headers={**headers, **expectation}
            )
        except nats.errors.Error as error:
            raise Fault("public.unsure", f"{subject}: no acknowledgement") from error
        ack = json.loads(reply.data)
        if "error" in ack:
            raise Fault("public.refused", f"{subject}: {ack['error']}")
        self._last_public = int(ack["seq"])
