"""The AsyncAPI 3.0 document: FastStream's own, completed where it is silent.

FastStream describes channels, operations and messages from subscribers and publishers. It says nothing
of replies, headers, parameters, security and tags, and it keeps one schema a class name, so that two classes of
one name become one: these we write ourselves, from the same codecs.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI

from docs.contract.services import Contract, contracts
from shared import bus
from shared.publisher import SOURCE_EPOCH, SOURCE_SEQ
from shared.schemas import RECEIVED, SENT, Schema, component_schemas
from shared.text import kebab
from shared.types import CITY, DISTRICTS, Position

VERSION = "1.0.0"
_ORDER = ("fact", "command", "question")
_ABOUT = (
    "What other systems may send to the services of thi đua, khen thưởng, and the facts these make known. Public facts "
    "keep their meaning for ever: fields are only added. Commands and questions are for those who hold a signing key; "
    "other systems read the stream `PUBLIC`, in an account of their own."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One address: what travels there, and what answers; `name` is also that of its operation and message."""

    name: str
    address: str
    service: str
    kind: str
    message: type[Any]
    answer: type[Any] | None = None


def document() -> Schema:
    """Return the whole document as plain JSON values."""
    known = contracts()
    channels = [channel for contract in known for channel in _channels(contract)]
    channels.sort(key=lambda channel: _ORDER.index(channel.kind))
    references, schemas = component_schemas(_messages(channels))
    base = _faststream(channels)
    return {
        "asyncapi": base["asyncapi"],
        "id": "urn:tdkt:contract",
        "info": {"title": "Thi đua, khen thưởng Cần Thơ", "version": VERSION, "description": _ABOUT},
        "defaultContentType": base["defaultContentType"],
        "servers": _SERVERS,
        "channels": {one.name: _channel(base["channels"][one.name], one) for one in channels}
        | {f"{one.name}Reply": _reply_channel(one) for one in channels if one.answer},
        "operations": {one.name: _operation(base["operations"][one.name], one) for one in channels},
        "components": {
            "messages": {one.name: _message(one, references) for one in channels}
            | {f"{one.name}Reply": _reply(one, references) for one in channels if one.answer}
            | {"Refused": _REFUSED, "Failed": _FAILED},
            "parameters": {"district": _DISTRICT},
            "securitySchemes": {"nkey": _NKEY},
            "schemas": schemas | _HEADERS,
        },
    }


def _channels(contract: Contract) -> Iterator[Channel]:
    service = contract.service
    for name, member in contract.commands.items():
        address = f"{service}.cmd.{name}"
        yield Channel(
            name=f"{service}-{member.__name__}",
            address=address,
            service=service,
            kind="command",
            message=member,
            answer=Position,
        )
    for name, member in contract.questions.items():
        yield Channel(
            name=f"{service}-{member.__name__}",
            address=f"{service}.qry.{name}",
            service=service,
            kind="question",
            message=member,
            answer=contract.answers[name],
        )
    for name, fact in contract.facts.items():
        address = f"public.{{district}}.{service}.{kebab(name)}"
        yield Channel(name=f"{service}-{name}-v1", address=address, service=service, kind="fact", message=fact)


def _messages(channels: Sequence[Channel]) -> Iterator[tuple[type[Any], Any]]:
    for one in channels:
        yield one.message, SENT if one.kind == "fact" else RECEIVED
        if one.answer:
            yield one.answer, SENT


def _faststream(channels: Sequence[Channel]) -> dict[str, Any]:
    """Return what FastStream says of a broker with these subscribers and publishers."""
    broker = NatsBroker()
    for one in channels:
        about = _about(one.message)
        if one.kind == "fact":
            broker.publisher(one.address, title=one.name, description=about, schema=one.message)
        else:
            subscriber = broker.subscriber(one.address, queue=one.service, title=one.name, description=about)
            subscriber(_handler_of(one.message))
    described: dict[str, Any] = AsyncAPI(broker, schema_version="3.0.0").to_specification().to_jsonable()
    return described


def _handler_of(message: type[Any]) -> Callable[[Any], Awaitable[None]]:
    async def handle(body: Any) -> None: ...

    handle.__annotations__ = {"body": message}
    return handle


def _channel(base: Mapping[str, Any], one: Channel) -> Schema:
    channel = {
        "address": base["address"],
        "title": one.name,
        "description": _about(one.message),
        "servers": [{"$ref": "#/servers/nats"}],
        "messages": {"message": {"$ref": f"#/components/messages/{one.name}"}},
        "tags": [{"name": one.service}, {"name": one.kind}],
    }
    if one.kind == "fact":
        channel["parameters"] = {"district": {"$ref": "#/components/parameters/district"}}
    return channel


def _reply_channel(one: Channel) -> Schema:
    return {
        "address": None,
        "title": f"Reply to {one.name}",
        "description": "The inbox that the request names; it begins with `_INBOX_`.",
        "messages": {
            "ok": {"$ref": f"#/components/messages/{one.name}Reply"},
            "rejected": {"$ref": "#/components/messages/Refused"},
            "fault": {"$ref": "#/components/messages/Failed"},
        },
    }


def _operation(base: Mapping[str, Any], one: Channel) -> Schema:
    operation = {
        "action": base["action"],
        "channel": {"$ref": f"#/channels/{one.name}"},
        "title": one.message.__name__.removesuffix("Public"),
        "summary": _about(one.message),
        "tags": [{"name": one.service}, {"name": one.kind}],
        "messages": [{"$ref": f"#/channels/{one.name}/messages/message"}],
    }
    if one.answer:
        operation["bindings"] = {"nats": {"queue": one.service, "bindingVersion": "0.1.0"}}
        operation["reply"] = {
            "address": {"location": "$message.header#/reply", "description": "The reply subject of the NATS request."},
            "channel": {"$ref": f"#/channels/{one.name}Reply"},
            "messages": [{"$ref": f"#/channels/{one.name}Reply/messages/{way}"} for way in ("ok", "rejected", "fault")],
        }
    return operation


def _message(one: Channel, references: Mapping[Any, Schema]) -> Schema:
    is_fact = one.kind == "fact"
    return {
        "name": one.name.replace("-", "."),
        "title": one.message.__name__.removesuffix("Public"),
        "summary": _about(one.message),
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{'FactHeaders' if is_fact else 'RequestHeaders'}"},
        "correlationId": {"location": f"$message.header#/{bus.CORRELATION_ID}"},
        "payload": references[one.message, SENT if is_fact else RECEIVED],
    }


def _reply(one: Channel, references: Mapping[Any, Schema]) -> Schema:
    assert one.answer
    ok = references[one.answer, SENT]
    if one.kind == "question":
        ok = {
            "type": "object",
            "required": ["view", "stale", "positions"],
            "properties": {
                "view": ok,
                "stale": {
                    "type": "boolean",
                    "description": f"The read model had not reached `{bus.AT_LEAST}` within two seconds.",
                },
                "positions": {"type": "object", "description": "How far each source has been read: stream → seq, at."},
            },
        }
    return {
        "name": f"{one.name}Reply".replace("-", "."),
        "title": f"{one.message.__name__}: ok",
        "contentType": "application/json",
        "payload": {"type": "object", "required": ["ok"], "properties": {"ok": ok}},
    }


def _about(message: type[Any]) -> str:
    return " ".join((message.__doc__ or "").split())


_SERVERS: Schema = {
    "nats": {
        "host": "{host}:4222",
        "protocol": "nats",
        "description": "The NATS cluster of the city. Outsiders reach JetStream under the prefix `JS.tdkt.API`.",
        "variables": {"host": {"default": "localhost", "description": "A node of the cluster."}},
        "security": [{"$ref": "#/components/securitySchemes/nkey"}],
    }
}
_NKEY: Schema = {
    "type": "asymmetricEncryption",
    "description": "An nkey of the NATS user (Ed25519); each user may publish and subscribe what its list says.",
}
_DISTRICT: Schema = {
    "description": "The district that the fact is about; `can-tho` is the city itself.",
    "enum": [*DISTRICTS, CITY],
}
_REFUSED: Schema = {
    "name": "Refused",
    "title": "Refused",
    "summary": "The request was understood and refused; nothing has happened.",
    "contentType": "application/json",
    "payload": {
        "type": "object",
        "required": ["rejected", "detail"],
        "properties": {
            "rejected": {"type": "string", "description": "The code, such as `plan.task_not_found`."},
            "detail": {"type": "object"},
        },
    },
}
_FAILED: Schema = {
    "name": "Failed",
    "title": "Failed",
    "summary": "Something broke; the same command id may be sent again and happens once.",
    "contentType": "application/json",
    "payload": {
        "type": "object",
        "required": ["fault", "trace_id"],
        "properties": {"fault": {"type": "string"}, "trace_id": {"type": "string"}},
    },
}
_TEXT: Schema = {"type": "string"}
_HEADERS: Schema = {
    "RequestHeaders": {
        "type": "object",
        "required": [bus.COMMAND_ID, bus.ACTOR_TOKEN],
        "properties": {
            bus.COMMAND_ID: {
                **_TEXT,
                "maxLength": 200,
                "description": "Sent again, the command happens once.",
            },
            bus.ACTOR_TOKEN: {
                **_TEXT,
                "description": "Who acts: a compact Ed25519 JWS (RFC 8037) over account, grants, command id, body "
                "(as SHA-256) and an expiry in real time.",
            },
            bus.EXPECTED_SEQ: {**_TEXT, "pattern": "^[0-9]+$", "description": "Refused where more has happened since."},
            bus.AT_LEAST: {**_TEXT, "description": "JSON, stream → sequence that the answer has to have passed."},
            bus.CORRELATION_ID: _TEXT,
            "traceparent": {**_TEXT, "description": "W3C Trace Context."},
        },
    },
    "FactHeaders": {
        "type": "object",
        "description": "CloudEvents 1.0, binary mode.",
        "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-subject", "ce-time", SOURCE_SEQ],
        "properties": {
            "Nats-Msg-Id": {**_TEXT, "description": "The same as `ce-id`."},
            "ce-specversion": {"const": "1.0"},
            "ce-id": {**_TEXT, "format": "uuid", "description": "The same whenever the fact is delivered again."},
            "ce-type": {**_TEXT, "pattern": r"^[a-z]+\.[A-Za-z]+\.v[0-9]+$"},
            "ce-source": {**_TEXT, "pattern": "^/tdkt/[a-z]+$"},
            "ce-subject": {**_TEXT, "description": "The aggregate."},
            "ce-time": {**_TEXT, "format": "date-time", "description": "Business time, UTC."},
            "ce-datacontenttype": {"const": "application/json"},
            bus.CORRELATION_ID: _TEXT,
            "ce-causationid": {**_TEXT, "description": "The id of the event that the fact tells of."},
            SOURCE_SEQ: {**_TEXT, "pattern": "^[0-9]+$", "description": "Its place in the service's own stream."},
            SOURCE_EPOCH: {**_TEXT, "description": "Another one after the stream was made anew."},
            "traceparent": _TEXT,
        },
    },
}
