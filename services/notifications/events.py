"""What happened to a notice (vi: thông báo): one aggregate a notice, from its posting to its reading."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.codec import EventCodec
from shared.types import Role


class NoticeKind(StrEnum):
    """What a notice tells of (vi: loại thông báo)."""

    PLAN_SUBMITTED = "plan_submitted"
    PLAN_RETURNED = "plan_returned"
    PLAN_ISSUED = "plan_issued"
    TASK_ASSIGNED = "task_assigned"
    TASK_UNASSIGNED = "task_unassigned"
    TASK_PART_COMPLETED = "task_part_completed"
    TASK_COMPLETED = "task_completed"
    TASK_REOPENED = "task_reopened"
    TASK_CANCELLED = "task_cancelled"
    DUE_DATES_MOVED = "due_dates_moved"
    NOMINATION_SUBMITTED = "nomination_submitted"
    NOMINATION_RESUBMITTED = "nomination_resubmitted"
    NOMINATION_RETURNED = "nomination_returned"
    NOMINATION_ACCEPTED = "nomination_accepted"
    NOMINATION_WITHDRAWN = "nomination_withdrawn"
    SELF_SCORE_SUBMITTED = "self_score_submitted"
    SCORE_POSTED = "score_posted"
    SCORE_CORRECTED = "score_corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is told: a unit (any of its people) or a role of the district; exactly one of the two is set.

    `group_id` is the unit's group where the source event said it (vi: đơn vị nhận, vai trò nhận).
    """

    district: str
    unit_id: str | None = None
    role: Role | None = None
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSource:
    """The event a notice tells of: where it is in which log, and the district it happened in."""

    stream: str
    seq: int
    event_id: str
    type: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePosted:
    """A recipient was told of an event (vi: gửi thông báo); `link` is a path of the portal, `at` the source's time."""

    district: str
    notice_id: str
    recipient: Recipient
    kind: NoticeKind
    title: str
    text: str
    link: str
    source: NoticeSource
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRead:
    """One of the recipients read the notice, for all of them (vi: đã đọc)."""

    district: str
    notice_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeUnread:
    """One of the recipients marked the notice as unread again (vi: đánh dấu chưa đọc)."""

    district: str
    notice_id: str
    by: str
    at: datetime


NoticeEvent: TypeAlias = NoticePosted | NoticeRead | NoticeUnread
EVENTS: EventCodec[NoticeEvent] = EventCodec(
    "notifications",
    NoticeEvent,
    # 2: a reader of 1 knows only the kinds of that time; the bodies are alike.
    versions={NoticePosted: 2},
    upcasts={("NoticePosted", 1): lambda body: body},
)
