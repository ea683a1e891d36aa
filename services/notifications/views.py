"""What may be seen of notices: the rows of the inbox, the questions and their answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.notifications.events import NoticeKind, NoticeSource
from shared.codec import MessageCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice; `unit_id` or `role` says who is told, the other is empty; unread where `read_at` is None.

    `posted_seq` orders the inbox and never changes; `seq` is the notice's last event.
    """

    district: str
    notice_id: str
    unit_id: str
    role: str
    group_id: str | None
    kind: str
    title: str
    text: str
    link: str
    source: NoticeSource
    at: datetime
    read_by: str | None
    read_at: datetime | None
    posted_seq: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientTotals:
    """The notices of one recipient: a unit of the district, or a role (the other is empty)."""

    district: str
    unit_id: str
    role: str
    posted: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """The notices of a group's units, as far as the source events named the group."""

    district: str
    group_id: str
    posted: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictTotals:
    """The notices to a district's units and roles, by kind; those to the city's roles stand under the city."""

    district: str
    kind: str
    posted: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityTotals:
    """All notices, by kind."""

    kind: str
    posted: int
    unread: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MyInbox:
    """Which notices have the asker's units and roles? Newest first; `limit` 1–200. Answer: NoticeList.

    A fact that several of them are told in the same words, leading to one page, stands once.
    With `kinds` only notices of these.
    """

    unread_only: bool = False
    limit: int = 50
    before_seq: int | None = None
    kinds: tuple[NoticeKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNotices:
    """Which notices were posted in the district? For the auditor. `limit` 1–200. Answer: NoticeList."""

    district: str
    unread_only: bool = False
    limit: int = 50
    before_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeList:
    """Notices, newest first; `next_before_seq` asks for the page behind, None where there is none."""

    notices: tuple[NoticeView, ...]
    next_before_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountInbox:
    """How many notices has the asker, across units and roles? Answer: InboxCount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCount:
    """The asker's notices: together, as many as MyInbox lists, and by recipient."""

    posted: int
    unread: int
    recipients: tuple[RecipientTotals, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNotice:
    """One notice. Answer: NoticeDetail."""

    district: str
    notice_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDetail:
    """A notice; `is_mine` says whether the asker may mark it."""

    notice: NoticeView
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNoticeTotals:
    """How many notices has each level of the district, and how many are unread? Answer: NoticeTotals."""

    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTotals:
    """The district's notices by recipient, group and kind; a unit's people see only their own recipients."""

    recipients: tuple[RecipientTotals, ...]
    groups: tuple[GroupTotals, ...]
    kinds: tuple[DistrictTotals, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCityNotices:
    """How many notices has each district, and how many are unread? Answer: CityNotices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityNotices:
    """Notices by district and kind, and of all together."""

    districts: tuple[DistrictTotals, ...]
    city: tuple[CityTotals, ...]


NoticeQuestion: TypeAlias = MyInbox | ListNotices | CountInbox | ShowNotice | ShowNoticeTotals | ShowCityNotices
NoticeAnswer: TypeAlias = NoticeList | InboxCount | NoticeDetail | NoticeTotals | CityNotices
QUESTIONS: MessageCodec[NoticeQuestion] = MessageCodec("notifications", NoticeQuestion)
