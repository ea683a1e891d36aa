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


class RecommendationFilter(StrEnum):
    """Which recommendations to show; waiting ones, also those overdue, are the unit's to carry out (vi: tình trạng)."""

    OVERDUE = "overdue"
    WAITING = "waiting"
    ANSWERED = "answered"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionUnitLine:
    """An inspected unit by its name, and whether it was checked: what InspectionUnitView says, and not more."""

    unit_id: str
    name: str
    checked_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInspections:
    """Which inspections has the district this year, and which recommendations? Answer: InspectionList."""

    district: str
    year: int
    only: RecommendationFilter | None = None
    page: int = 1
    recommendation_page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionList:
    """A page of the inspections in the order of their first day with what each counts, and one of the recommendations.

    The recommendations are those that the filter lets through, by due date; `titles` are those of their inspections.
    Texts are there by their first words, and no lists. `found` and `recommendations_found` count all. `days_left`:
    working days from today to each due date; negative where it is past.
    """

    inspections: tuple[InspectionView, ...]
    parts: tuple[InspectionParts, ...]
    recommendation_parts: tuple[RecommendationParts, ...]
    recommendations: tuple[RecommendationView, ...]
    days_left: Mapping[date, int]
    today: date
    titles: Mapping[str, str]
    found: int
    page: int
    pages: int
    recommendations_found: int
    recommendation_page: int
    recommendation_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowInspection:
    """One inspection with a page each of its units, its recommendations and its history.

    With `unit_id` that unit alone, whole, with `number` that recommendation, with `entry`, its sequence, that entry of
    the history; then without the others. Answer: InspectionDetail.
    """

    district: str
    inspection_id: str
    unit_id: str | None = None
    number: int | None = None
    page: int = 1
    recommendation_page: int = 1
    history_page: int = 1
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDetail:
    """An inspection, pages of its units by name, its recommendations by number and its history, newest first.

    `overdue` counts all recommendations that wait for their unit longer than they should. Units whose ids are in
    `shortened`, recommendations whose numbers are in `shortened_numbers`, and entries of the history whose sequences
    are in `shortened_entries`, say more than is here. `days_left`: working days from today to each due date; negative
    where it is past.
    """

    inspection: InspectionView
    units: tuple[InspectionUnitView, ...]
    parts: InspectionParts | None
    recommendations: tuple[RecommendationView, ...]
    recommendation_parts: RecommendationParts | None
    history: tuple[ActivityEntry, ...]
    days_left: Mapping[date, int]
    today: date
    overdue: int = 0
    page: int = 1
    pages: int = 1
    shortened: tuple[str, ...] = ()
    recommendation_page: int = 1
    recommendation_pages: int = 1
    shortened_numbers: tuple[int, ...] = ()
    history_page: int = 1
    history_pages: int = 1
    shortened_entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInspectionUnits:
    """Which units are inspected? Answer: InspectionUnitList."""

    district: str
    inspection_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionUnitList:
    """All units inspected, in the order of their names."""

    units: tuple[InspectionUnitLine, ...]


InspectionQuestion: TypeAlias = ListInspections | ShowInspection | ListInspectionUnits
InspectionAnswer: TypeAlias = InspectionList | InspectionDetail | InspectionUnitList
