"""Requests on NATS that always get an answer: the server side on FastStream, the client side beside it.

FastStream sends nothing when a handler raises or a body does not decode, and the caller sees a
time-out. So our wrapper takes the raw message, decodes in our codec and answers itself:
`{"ok": …}`, `{"rejected": code, "detail": …}` or `{"fault": code, "trace_id": …}` (interfaces: replies).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import nats.errors
from faststream.nats import NatsBroker, NatsMessage
from joserfc.jwk import OKPKey
from nats.aio.client import Client
from opentelemetry.trace import SpanKind

from shared.actor import sign
from shared.clock import new_id
from shared.codec import to_json
from shared.errors import Fault, Json, Rejected
from shared.telemetry import log, span, trace_headers, trace_id
from shared.types import Actor

COMMAND_ID = "ce-commandid"
ACTOR_TOKEN = "tdkt-actor"  # noqa: S105 - the name of a header
EXPECTED_SEQ = "tdkt-expected-seq"
AT_LEAST = "tdkt-at-least"
CORRELATION_ID = "ce-correlationid"
INBOX = "_INBOX_"
BODY_MAX = 512 * 1024
ANSWER_MAX = 1000 * 1000  # below the server's max_payload
WORKERS_MAX = 512  # of one channel

Answer = Callable[[str, bytes, Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it travels: exactly one of ok, rejected, fault."""

    ok: Any = None
    rejected: str = ""
    detail: Mapping[str, Json] | None = None
    fault: str = ""
    trace_id: str = ""


def serve(broker: NatsBroker, service: str, channel: str, answer: Answer) -> None:
    """Answer every request on `<service>.<channel>.<name>`; a name that nobody knows is for `answer` to refuse.

    One subscription for all names: who gets no responders knows that the service is down, not that a name is wrong.
    """

    async def answered(message: NatsMessage) -> None:
        await _answer(message, service, answer)

    broker.subscriber(
        f"{service}.{channel}.*", queue=service, max_workers=WORKERS_MAX, decoder=_undecoded, no_reply=True
    )(answered)


async def _undecoded(message: NatsMessage) -> NatsMessage:
    # FastStream hands the decoded body to the handler: ours is the message itself.
    return message


async def _answer(message: NatsMessage, service: str, answer: Answer) -> None:
    raw = message.raw_message
    headers = dict(raw.headers or {})
    name = raw.subject.rsplit(".", 1)[-1]
    with span(f"{service} {name}", headers=headers, kind=SpanKind.SERVER, subject=raw.subject) as opened:
        try:
            if len(raw.data) > BODY_MAX:
                raise Rejected("bus.too_large", limit_kb=BODY_MAX // 1024)
            reply = to_json(await answer(name, raw.data, headers))
        except Rejected as refusal:
            opened.set_attribute("tdkt.rejected", refusal.code)
            reply = to_json({"rejected": refusal.code, "detail": dict(refusal.detail)})
        except Fault as fault:
            log.error("fault", subject=raw.subject, code=fault.code, error=str(fault))
            reply = to_json({"fault": fault.code, "trace_id": trace_id()})
        except Exception:  # noqa: BLE001 - the edge of the process: whatever broke, the caller gets an answer
            log.error("fault", subject=raw.subject, exc_info=True)
            reply = to_json({"fault": "bus.internal", "trace_id": trace_id()})
        if len(reply) > ANSWER_MAX:
            log.error("fault", subject=raw.subject, code="bus.answer_too_large", bytes=len(reply))
            reply = to_json({"fault": "bus.answer_too_large", "trace_id": trace_id()})
        # The server lets us answer any subject that a request names; only an inbox is one.
        if raw.reply.startswith(INBOX):
            await raw.respond(reply)


class BusClient:
    """Sends commands and questions as an actor, signed by this edge."""

    def __init__(self, client: Client, *, issuer: str, key: OKPKey, timeout_s: float = 10.0) -> None:
        """Take a connection and the key of this edge (portal, cli)."""
        self.client = client
        self._issuer = issuer
        self._key = key
        self._timeout_s = timeout_s

    async def command(
        self,
        service: str,
        name: str,
        body: bytes,
        actor: Actor,
        *,
        command_id: str = "",
        expected_seq: int | None = None,
        correlation_id: str = "",
    ) -> Reply:
        """Send a command; the same command id may be sent again and happens once."""
        headers = {CORRELATION_ID: correlation_id} if correlation_id else {}
        if expected_seq is not None:
            headers[EXPECTED_SEQ] = str(expected_seq)
        return await self._request(f"{service}.cmd.{name}", body, actor, command_id or new_id(), headers)

    async def question(
        self, service: str, name: str, body: bytes, actor: Actor, *, at_least: Mapping[str, int] | None = None
    ) -> Reply:
        """Ask a question, answered from read models that have passed the positions (stream: sequence)."""
        headers = {AT_LEAST: json.dumps(dict(at_least))} if at_least else {}
        return await self._request(f"{service}.qry.{name}", body, actor, new_id(), headers)

    async def file(self, subject: str, body: bytes, actor: Actor) -> Reply:
        """Ask a service about files (`<service>.file.…`), or hand it a part of one."""
        return await self._request(subject, body, actor, new_id(), {})

    async def control(self, service: str, name: str, body: bytes, actor: Actor, *, timeout_s: float = 600.0) -> Reply:
        """Ask for an operation on the service itself (rebuild, parked …); for operators."""
        return await self._request(f"{service}.ctl.{name}", body, actor, new_id(), {}, timeout_s=timeout_s)

    async def _request(
        self,
        subject: str,
        body: bytes,
        actor: Actor,
        request_id: str,
        headers: dict[str, str],
        *,
        timeout_s: float = 0.0,
    ) -> Reply:
        if len(body) > BODY_MAX:
            return Reply(rejected="bus.too_large", detail={"limit_kb": BODY_MAX // 1024})
        with span(f"request {subject}", kind=SpanKind.CLIENT, subject=subject):
            signed = {
                COMMAND_ID: request_id,
                ACTOR_TOKEN: sign(actor, body, request_id, issuer=self._issuer, key=self._key),
                **headers,
                **trace_headers(),
            }
            try:
                message = await self.client.request(subject, body, timeout=timeout_s or self._timeout_s, headers=signed)
            except nats.errors.NoRespondersError:
                return Reply(fault="bus.service_down", trace_id=trace_id())
            except nats.errors.TimeoutError:
                return Reply(fault="bus.timeout", trace_id=trace_id())
            except nats.errors.Error as error:
                log.error("bus", subject=subject, error=str(error))
                return Reply(fault="bus.unreachable", trace_id=trace_id())
            answer = json.loads(message.data)
            return Reply(
                ok=answer.get("ok"),
                rejected=answer.get("rejected", ""),
                detail=answer.get("detail"),
                fault=answer.get("fault", ""),
                trace_id=answer.get("trace_id", ""),
            )
