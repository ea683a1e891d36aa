"""From a stored message to the event that is folded; what cannot be read is set aside where it stands."""

from datetime import datetime
from typing import Any

from shared.eventstore import Message
from shared.readmodel.batch import Unreadable
from shared.readmodel.tables import ReadModel
from shared.types import Recorded


def decoded(model: ReadModel[Any], message: Message) -> Recorded[Any]:
    """Return the message as a recorded event, its event Unreadable where the codec cannot read it."""
    try:
        return model.codec.recorded(
            subject=message.subject,
            headers=message.headers,
            body=message.body,
            stream=model.source,
            seq=message.seq,
            recorded_at=message.recorded_at,
        )
    except Exception as error:  # noqa: BLE001 - an upcast may raise anything; its aggregate is parked
        return _unread(message, model.source, f"{type(error).__name__}: {error}")


def _unread(message: Message, stream: str, error: str) -> Recorded[Any]:
    try:
        occurred_at = datetime.fromisoformat(message.headers["ce-time"])
    except (KeyError, ValueError):
        occurred_at = message.recorded_at
    return Recorded(
        event=Unreadable(error),
        type=message.headers.get("ce-type", ""),
        event_id=message.headers.get("ce-id", ""),
        stream=stream,
        seq=message.seq,
        subject=message.subject,
        occurred_at=occurred_at,
        recorded_at=message.recorded_at,
        actor="",
        command_id="",
        correlation_id="",
        headers=message.headers,
    )
