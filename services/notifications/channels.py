"""What notifications makes known to other systems: that somebody was told, never what."""

from dataclasses import dataclass

from services.notifications.events import NoticeEvent, NoticePosted
from shared.publisher import PublicFact
from shared.types import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePostedPublic:
    """A unit, or a role of the district, was told of an event; the other of the two is None."""

    district: str
    notice_id: str
    kind: str
    unit_id: str | None
    role: str | None
    source_type: str


def publish(recorded: Recorded[NoticeEvent]) -> PublicFact | None:
    """Return the public fact of the event; None for what stays inside."""
    match recorded.event:
        case NoticePosted() as event:
            return PublicFact(
                district=event.district,
                name="NoticePosted",
                body=NoticePostedPublic(
                    district=event.district,
                    notice_id=event.notice_id,
                    kind=event.kind,
                    unit_id=event.recipient.unit_id,
                    role=event.recipient.role.value if event.recipient.role else None,
                    source_type=event.source.type,
                ),
            )
        case _:
            return None
