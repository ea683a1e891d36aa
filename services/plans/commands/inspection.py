"""What may be asked of an inspection (vi: kiểm tra)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import InspectionSubject, Signer, TeamMember


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecommendation:
    """What a unit is to put right: by a day, or within so many working days (1–250) from today; one of the two."""

    unit_id: str
    text: str
    due_on: date | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInspection:
    """Record an inspection that was decided; `units` are ids of units, sets or groups (vi: kế hoạch kiểm tra).

    `number` is that of the decision; `task_number` the task of the district's plan of that year.
    """

    district: str
    inspection_id: str
    title: str
    subject: InspectionSubject
    number: str
    contents: tuple[str, ...]
    units: tuple[str, ...]
    team: tuple[TeamMember, ...]
    starts_on: date
    ends_on: date
    task_number: int | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveInspection:
    """Let the inspection take place on other days of the year, with the reason (vi: chuyển ngày kiểm tra)."""

    district: str
    inspection_id: str
    starts_on: date
    ends_on: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFindings:
    """Record what was found at a unit, or replace it (vi: biên bản kiểm tra).

    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    inspection_id: str
    unit_id: str
    checked_on: date
    contents: tuple[str, ...]
    findings: str
    strengths: str = ""
    shortcomings: str = ""
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecommendations:
    """Tell inspected units what to put right; what was told already is left as it is (vi: kiến nghị)."""

    district: str
    inspection_id: str
    recommendations: tuple[NewRecommendation, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRecommendation:
    """Take a recommendation back, with the reason (vi: rút kiến nghị)."""

    district: str
    inspection_id: str
    number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondToRecommendation:
    """Tell what the unit has done, with the evidence (vi: báo cáo thực hiện kiến nghị).

    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    inspection_id: str
    number: int
    text: str
    evidence: str
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptResponse:
    """Find that the recommendation is carried out (vi: công nhận đã thực hiện)."""

    district: str
    inspection_id: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectResponse:
    """Find that it is not yet carried out, with the reason (vi: yêu cầu thực hiện tiếp)."""

    district: str
    inspection_id: str
    number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeInspection:
    """Report on the inspection under a number (vi: báo cáo kết quả kiểm tra)."""

    district: str
    inspection_id: str
    number: str
    concluded_on: date
    summary: str
    signer: Signer | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelInspection:
    """Give the inspection up before anything was found, with the reason (vi: huỷ cuộc kiểm tra)."""

    district: str
    inspection_id: str
    reason: str
    at: datetime


RecommendationCommand: TypeAlias = WithdrawRecommendation | RespondToRecommendation | AcceptResponse | RejectResponse
InspectionCommand: TypeAlias = (
    ScheduleInspection
    | MoveInspection
    | RecordFindings
    | IssueRecommendations
    | ConcludeInspection
    | CancelInspection
    | RecommendationCommand
)
