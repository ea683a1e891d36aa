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
    PLAN_AMENDMENT_SUBMITTED = "plan_amendment_submitted"
    PLAN_AMENDMENT_RETURNED = "plan_amendment_returned"
    PLAN_AMENDED = "plan_amended"
    PLAN_CLOSED = "plan_closed"
    EXTENSION_REQUESTED = "extension_requested"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    UNIT_PLAN_SUBMITTED = "unit_plan_submitted"
    UNIT_PLAN_RETURNED = "unit_plan_returned"
    UNIT_PLAN_ISSUED = "unit_plan_issued"
    REGISTRATION_OPENED = "registration_opened"
    REGISTRATION_CLOSING_MOVED = "registration_closing_moved"
    REGISTRATION_SUBMITTED = "registration_submitted"
    REGISTRATION_LATE = "registration_late"
    REGISTRATION_RETURNED = "registration_returned"
    REGISTRATION_APPROVED = "registration_approved"
    REGISTRATION_REOPENED = "registration_reopened"
    REPORT_ASKED = "report_asked"
    REPORT_EXCUSED = "report_excused"
    REPORT_DUE_MOVED = "report_due_moved"
    REPORT_SUBMITTED = "report_submitted"
    REPORT_LATE = "report_late"
    REPORT_RETURNED = "report_returned"
    REPORT_ACCEPTED = "report_accepted"
    CAMPAIGN_LAUNCHED = "campaign_launched"
    CAMPAIGN_END_MOVED = "campaign_end_moved"
    CAMPAIGN_CLOSED = "campaign_closed"
    CAMPAIGN_CANCELLED = "campaign_cancelled"
    INSPECTION_SCHEDULED = "inspection_scheduled"
    INSPECTION_MOVED = "inspection_moved"
    INSPECTION_CONCLUDED = "inspection_concluded"
    INSPECTION_CANCELLED = "inspection_cancelled"
    RECOMMENDATION_ISSUED = "recommendation_issued"
    RECOMMENDATION_WITHDRAWN = "recommendation_withdrawn"
    RECOMMENDATION_ANSWERED = "recommendation_answered"
    RESPONSE_ACCEPTED = "response_accepted"
    RESPONSE_REJECTED = "response_rejected"
    TRAINING_SCHEDULED = "training_scheduled"
    TRAINING_MOVED = "training_moved"
    TRAINING_CANCELLED = "training_cancelled"
    REVIEW_PLANNED = "review_planned"
    GROUP_LEADER_ELECTED = "group_leader_elected"
    GROUP_LEADER_MISSING = "group_leader_missing"
    PLEDGE_SIGNING_OPENED = "pledge_signing_opened"
    PLEDGE_SIGNING_WITHDRAWN = "pledge_signing_withdrawn"
    PLEDGE_CONCLUDED = "pledge_concluded"


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
    """A recipient was told of an event (vi: gửi thông báo); `link` is a path of the portal, `at` the source's time.

    `kind` is a NoticeKind or, from a later release, one that is not known here: readers take any.
    """

    district: str
    notice_id: str
    recipient: Recipient
    kind: str
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
    # A reader of 1 or 2 knows only the kinds of that time; the bodies are alike. Since 3 a kind is an open word, so
    # that a new kind is no new version any more: which kinds there are is checked where a notice is posted.
    versions={NoticePosted: 3},
    upcasts={("NoticePosted", 1): lambda body: body, ("NoticePosted", 2): lambda body: body},
)
