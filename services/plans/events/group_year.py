"""What a cluster or block did in a year: its charter, its reviews, the leaders it elected (vi: hoạt động cụm, khối)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.calendar import DueReason
from services.plans.events.plan import NamedUnit
from shared.types import Attachment


class ReviewKind(StrEnum):
    """Which review of the year it is (vi: sơ kết 6 tháng, tổng kết năm)."""

    MID_YEAR = "mid_year"
    ANNUAL = "annual"


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterAdopted:
    """The members adopted the rules by which the group works (vi: quy chế hoạt động); the version counts from 1.

    `votes_for` of `votes_total` were in favour.
    """

    district: str
    group_id: str
    group_name: str
    year: int
    version: int
    number: str
    adopted_on: date
    articles: tuple[str, ...]
    votes_for: int
    votes_total: int
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPlanned:
    """A day was set for a review (vi: lịch sơ kết, tổng kết); `members` are the ids of the units it calls."""

    district: str
    group_id: str
    group_name: str
    year: int
    kind: ReviewKind
    planned_on: date
    place: str
    by: str
    at: datetime
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHeld:
    """A review took place, with its minutes (vi: họp sơ kết, tổng kết cụm, khối).

    `due_on` is the day until which it was due by the working days known then, `due_reason` why it is that day;
    `days_late` counts working days after it, which may be none for a day off.
    """

    district: str
    group_id: str
    group_name: str
    year: int
    kind: ReviewKind
    held_on: date
    place: str
    attending: tuple[NamedUnit, ...]
    absent: tuple[NamedUnit, ...]
    results: str
    strengths: str
    limits: str
    directions: str
    conclusions: str
    due_on: date
    due_reason: DueReason | None
    is_late: bool
    days_late: int
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWithdrawn:
    """What was recorded of a review does not hold; it may be recorded anew (vi: huỷ ghi nhận sơ kết, tổng kết)."""

    district: str
    group_id: str
    group_name: str
    year: int
    kind: ReviewKind
    held_on: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadersElected:
    """The members chose the units that lead the group in the year after (vi: bầu cụm trưởng, cụm phó năm sau).

    `is_rotation` tells whether the choice follows the order in which members take turns.
    """

    district: str
    group_id: str
    group_name: str
    year: int
    for_year: int
    elected_on: date
    head: NamedUnit
    deputy: NamedUnit | None
    is_rotation: bool
    by: str
    at: datetime


GroupYearEvent: TypeAlias = CharterAdopted | ReviewPlanned | ReviewHeld | ReviewWithdrawn | LeadersElected
