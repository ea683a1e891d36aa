"""What may be seen of inspections and their recommendations: the rows, the questions and their answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import DueReason, InspectionSubject, PlannedTask, Signer, TeamMember
from services.plans.views.activity import (
    ActivityEntry,
    ActivityStatus,
    InspectionParts,
    RecommendationParts,
)
from shared.types import Attachment


class RecommendationState(StrEnum):
    """How far a recommendation has come; open and rejected ones wait for the unit (vi: tình trạng kiến nghị)."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionView:
    """An inspection; `seq` is its last event. `concluded_on` and what follows are of its report."""

    district: str
    inspection_id: str
    year: int
    status: ActivityStatus
    title: str
    subject: InspectionSubject
    number: str
    contents: tuple[str, ...]
    team: tuple[TeamMember, ...]
    starts_on: date
    ends_on: date
    task: PlannedTask | None
    concluded_on: date | None
    report_number: str
    summary: str
    signer: Signer | None
    cancel_reason: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionUnitView:
    """A unit that is inspected, and what was found there, where it is on record."""

    district: str
    inspection_id: str
    unit_id: str
    year: int
    name: str
    group_id: str | None
    checked_on: date | None = None
    contents: tuple[str, ...] = ()
    findings: str = ""
    strengths: str = ""
    shortcomings: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationView:
    """A recommendation with the unit's last answer and what came of it.

    `answered_on` is the day of that answer in Vietnam; `reason` why it was rejected or withdrawn.
    """

    district: str
    inspection_id: str
    number: int
    year: int
    unit_id: str
    unit_name: str
    text: str
    issued_at: datetime
    due_on: date
    working_days: int | None
    due_reason: DueReason | None
    state: RecommendationState
    answer: str
    evidence: str
    answered_on: date | None
    attachments: tuple[Attachment, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInspections:
    """Which inspections and recommendations has the district this year? Answer: InspectionList."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionList:
    """Inspections in the order of their first day with what each counts, and all recommendations by due date.

    `days_left`: working days from today to each due date; negative where it is past.
    """

    inspections: tuple[InspectionView, ...]
    parts: tuple[InspectionParts, ...]
    recommendation_parts: tuple[RecommendationParts, ...]
    recommendations: tuple[RecommendationView, ...]
    days_left: Mapping[date, int]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowInspection:
    """One inspection with its units, recommendations and history. Answer: InspectionDetail."""

    district: str
    inspection_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDetail:
    """An inspection, its units by name, its recommendations by number, their sums, and its history, oldest first.

    `days_left`: working days from today to each due date; negative where it is past.
    """

    inspection: InspectionView
    units: tuple[InspectionUnitView, ...]
    parts: InspectionParts | None
    recommendations: tuple[RecommendationView, ...]
    recommendation_parts: RecommendationParts | None
    history: tuple[ActivityEntry, ...]
    days_left: Mapping[date, int]
    today: date


InspectionQuestion: TypeAlias = ListInspections | ShowInspection
InspectionAnswer: TypeAlias = InspectionList | InspectionDetail
