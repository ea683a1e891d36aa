"""What may be asked of a notice."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.notifications.events import NoticeKind, NoticeSource, Recipient
from shared.codec import MessageCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNotice:
    """Tell the recipient of an event (vi: gửi thông báo); only policies do."""

    notice_id: str
    recipient: Recipient
    kind: NoticeKind
    title: str
    text: str
    link: str
    source: NoticeSource
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNoticeRead:
    """Mark the notice as read (vi: đánh dấu đã đọc)."""

    district: str
    notice_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNoticeUnread:
    """Mark the notice as unread again (vi: đánh dấu chưa đọc)."""

    district: str
    notice_id: str
    at: datetime


NoticeCommand: TypeAlias = PostNotice | MarkNoticeRead | MarkNoticeUnread
COMMANDS: MessageCodec[NoticeCommand] = MessageCodec("notifications", NoticeCommand)
