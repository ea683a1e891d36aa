"""What may be asked of a group's year."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import ReviewKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptCharter:
    """Record the rules that the members adopted (vi: thông qua quy chế hoạt động); attachments by SHA-256."""

    district: str
    group_id: str
    year: int
    number: str
    adopted_on: date
    articles: tuple[str, ...]
    votes_for: int
    votes_total: int
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReview:
    """Set or move the day of a review (vi: lên lịch sơ kết, tổng kết)."""

    district: str
    group_id: str
    year: int
    kind: ReviewKind
    planned_on: date
    place: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReview:
    """Record a review with its minutes (vi: ghi nhận họp sơ kết, tổng kết); attachments by SHA-256.

    An annual review may elect the leaders of the next year.
    """

    district: str
    group_id: str
    year: int
    kind: ReviewKind
    held_on: date
    place: str
    attending: tuple[str, ...]
    results: str
    strengths: str = ""
    limits: str = ""
    directions: str = ""
    conclusions: str
    next_head_id: str | None = None
    next_deputy_id: str | None = None
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReview:
    """Take back what was recorded of a review (vi: huỷ ghi nhận sơ kết, tổng kết)."""

    district: str
    group_id: str
    year: int
    kind: ReviewKind
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectLeaders:
    """Record whom the members elected after the annual review, or instead of whom it elected (vi: bầu trưởng, phó)."""

    district: str
    group_id: str
    year: int
    elected_on: date
    head_id: str
    deputy_id: str | None = None
    at: datetime


GroupYearCommand: TypeAlias = AdoptCharter | PlanReview | HoldReview | WithdrawReview | ElectLeaders
