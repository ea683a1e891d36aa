"""Bytes to types and back: closed unions, versioned wire names, upcasts, CloudEvents headers.

The one place where data from outside is checked; inside, types are trusted. Commands and questions
refuse unknown fields, events ignore them (interfaces: envelope; CloudEvents 1.0 NATS binding).
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import quote, unquote

from pydantic import TypeAdapter, ValidationError

from shared.errors import Fault, Rejected
from shared.text import kebab
from shared.types import Recorded

M = TypeVar("M")
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

_WIRE_NAME = re.compile(r"^([a-z]+)\.([A-Za-z]+)\.v(\d+)$")
_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
_PLAIN = re.compile(f"[{re.escape(_SAFE)}]*")
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class EventCodec(Generic[M]):
    """The events of one service: a closed union, each type under its wire name `<service>.<Type>.v<version>`."""

    def __init__(
        self,
        service: str,
        union: UnionType | type,
        *,
        versions: Mapping[type, int] | None = None,
        upcasts: Mapping[tuple[str, int], Upcast] | None = None,
    ) -> None:
        """Take the union; `upcasts[(name, version)]` turns a body of that version into the next one."""
        members: tuple[type[M], ...] = get_args(union) or (union,)
        self.service = service
        self.members = members
        self._versions = {member.__name__: (versions or {}).get(member, 1) for member in members}
        self._adapters: dict[str, TypeAdapter[M]] = {member.__name__: TypeAdapter(member) for member in members}
        self._upcasts = dict(upcasts or {})
        self._current = {self.wire_name(member): self._adapters[member.__name__] for member in members}
        for name, version in self._versions.items():
            missing = [step for step in range(1, version) if (name, step) not in self._upcasts]
            assert not missing, f"{name} has no upcast from version {missing}"

    def wire_name(self, member: type[M]) -> str:
        """Return the name under which the type travels."""
        return f"{self.service}.{member.__name__}.v{self._versions[member.__name__]}"

    def encode(self, event: M) -> bytes:
        """Return the JSON body."""
        return self._adapters[type(event).__name__].dump_json(event)

    def decode(self, wire_name: str, body: bytes) -> M:
        """Return the event, upcast to the newest version. Raises Fault `event.unknown` or `event.unreadable`."""
        try:
            adapter = self._current.get(wire_name)
            if adapter is not None:
                return adapter.validate_json(body, extra="ignore")
            name, version = self._parse(wire_name)
            data = json.loads(body)
            for step in range(version, self._versions[name]):
                data = self._upcasts[(name, step)](data)
            return self._adapters[name].validate_python(data, extra="ignore")
        except (ValidationError, ValueError) as error:
            raise Fault("event.unreadable", f"{wire_name}: {error}") from error

    def _parse(self, wire_name: str) -> tuple[str, int]:
        match = _WIRE_NAME.match(wire_name)
        if match is None or match[1] != self.service or not 1 <= int(match[3]) <= self._versions.get(match[2], 0):
            raise Fault("event.unknown", f"no event type {wire_name!r} in {self.service}")
        return match[2], int(match[3])

    def recorded(
        self, *, subject: str, headers: Mapping[str, str], body: bytes, stream: str, seq: int, recorded_at: datetime
    ) -> Recorded[M]:
        """Return the event with its envelope. Raises Fault as `decode` does."""
        wire_name = headers.get("ce-type", "")
        return Recorded(
            event=self.decode(wire_name, body),
            type=wire_name,
            event_id=headers.get("ce-id", ""),
            stream=stream,
            seq=seq,
            subject=subject,
            occurred_at=datetime.fromisoformat(headers["ce-time"]) if "ce-time" in headers else recorded_at,
            recorded_at=recorded_at,
            actor=unquote(headers.get("ce-actor", "")),
            command_id=headers.get("ce-commandid", ""),
            correlation_id=headers.get("ce-correlationid", ""),
            headers=headers,
        )


class MessageCodec(Generic[M]):
    """The commands or questions of one service: a closed union, each type under its kebab name."""

    def __init__(self, service: str, union: UnionType | type) -> None:
        """Take the union of message classes."""
        members: tuple[type[M], ...] = get_args(union) or (union,)
        self.service = service
        self.members: dict[str, type[M]] = {kebab(member.__name__): member for member in members}
        self._adapters: dict[str, TypeAdapter[M]] = {name: TypeAdapter(member) for name, member in self.members.items()}

    def encode(self, message: M) -> bytes:
        """Return the JSON body."""
        return self._adapters[kebab(type(message).__name__)].dump_json(message)

    def decode(self, name: str, body: bytes) -> M:
        """Return the typed message. Raises Rejected `bus.unknown_name` or `bus.invalid_body`."""
        adapter = self._adapters.get(name)
        if adapter is None:
            raise Rejected("bus.unknown_name", service=self.service, name=name)
        _refuse_unstorable(body)
        try:
            message = adapter.validate_json(body, strict=True, extra="forbid")
            at = getattr(message, "at", None)
            if isinstance(at, datetime) and (at.tzinfo is None or not 1900 <= at.year <= 2200):
                raise Rejected("bus.invalid_body", fields="at")
            return message
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(str(step) for step in one["loc"]) or "body" for one in error.errors()}))
            problems: list[Any] = [
                {"field": ".".join(str(step) for step in one["loc"]), "problem": one["type"]}
                for one in error.errors()[:20]
            ]
            raise Rejected("bus.invalid_body", fields=fields, problems=problems) from error

    def adapter(self, name: str) -> TypeAdapter[M]:
        """Return the adapter of a message, for its JSON Schema."""
        return self._adapters[name]


def _refuse_unstorable(body: bytes) -> None:
    """Raise Rejected `bus.invalid_body` for what JSON can say and a database cannot hold.

    An event that no read model can store would stop them all, for the log forgets nothing.
    """
    try:
        json.loads(body, parse_int=_bounded)
    except _Unstorable as error:
        raise Rejected("bus.invalid_body", fields=str(error)) from error
    except RecursionError as error:
        raise Rejected("bus.invalid_body", fields="body") from error
    except ValueError:
        pass  # the adapter says what is wrong
    if b"\\u0000" in body or b"\x00" in body:
        raise Rejected("bus.invalid_body", fields="U+0000")


class _Unstorable(Exception):  # noqa: N818 - becomes a refusal at once
    pass


def _bounded(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise _Unstorable(f"{digits[:24]}…")
    return int(digits)


def event_headers(
    *,
    wire_name: str,
    event_id: str,
    subject: str,
    occurred_at: datetime,
    actor: str,
    command_id: str,
    correlation_id: str,
    causation_id: str,
    on_behalf_of: str = "",
) -> dict[str, str]:
    """Return the CloudEvents attributes of an event, binary mode; values percent-encoded as the NATS binding asks.

    `actor` did it, in his own right or `on_behalf_of` the account that delegated his.
    """
    service, _, _, aggregate = subject.split(".", 3)
    attributes = {
        "Nats-Msg-Id": event_id,
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": wire_name,
        "ce-source": f"/tdkt/{service}",
        "ce-subject": aggregate,
        "ce-time": utc_text(occurred_at),
        "ce-datacontenttype": "application/json",
        "ce-commandid": command_id,
        "ce-correlationid": correlation_id,
        "ce-causationid": causation_id,
        "ce-actor": actor,
        "ce-onbehalfof": on_behalf_of,
    }
    return {
        name: value if _PLAIN.fullmatch(value) else quote(value, safe=_SAFE)
        for name, value in attributes.items()
        if value
    }


def utc_text(instant: datetime) -> str:
    """Return the instant in UTC as RFC 3339 with a Z."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def to_json(value: object) -> bytes:
    """Return the JSON of any of our types."""
    return _ANYTHING.dump_json(value)


def to_plain(value: object) -> Any:
    """Return any of our types as plain JSON values."""
    return _ANYTHING.dump_python(value, mode="json")
