"""What happened to an inspection and to what it recommended: one aggregate an inspection (vi: kiểm tra)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.activity import ActivityUnit, PlannedTask
from services.plans.events.calendar import DueReason
from services.plans.events.plan import Signer
from shared.types import Attachment


class InspectionSubject(StrEnum):
    """What is inspected (vi: phong trào thi đua, sáng kiến, mô hình, công tác thi đua, khen thưởng nói chung)."""

    MOVEMENTS = "movements"
    INITIATIVES = "initiatives"
    MODELS = "models"
    GENERAL = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    """An official in the inspection team, named in the decision that sets it up (vi: thành viên đoàn kiểm tra)."""

    name: str
    post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What a unit is to put right, and by when (vi: kiến nghị sau kiểm tra).

    With `working_days` the day is the last of a term counted from the day of issue, and `due_reason` names the days
    off within it; else it was stated.
    """

    number: int
    unit_id: str
    unit_name: str
    text: str
    due_on: date
    working_days: int | None
    due_reason: DueReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionScheduled:
    """An inspection was decided; its year is that of its first day, dates inclusive (vi: kế hoạch kiểm tra).

    `number` is that of the decision or plan of inspection, `contents` what is to be looked at.
    """

    district: str
    inspection_id: str
    year: int
    title: str
    subject: InspectionSubject
    number: str
    contents: tuple[str, ...]
    units: tuple[ActivityUnit, ...]
    team: tuple[TeamMember, ...]
    starts_on: date
    ends_on: date
    task: PlannedTask | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionMoved:
    """The inspection takes place on other days of the year (vi: chuyển ngày kiểm tra); `units` are unit ids."""

    district: str
    inspection_id: str
    year: int
    starts_on_before: date
    ends_on_before: date
    starts_on: date
    ends_on: date
    reason: str
    by: str
    at: datetime
    title: str = ""
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsRecorded:
    """What was found at a unit; a later record replaces an earlier one (vi: biên bản kiểm tra)."""

    district: str
    inspection_id: str
    year: int
    unit_id: str
    unit_name: str
    checked_on: date
    contents: tuple[str, ...]
    findings: str
    strengths: str
    shortcomings: str
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationsIssued:
    """Units were told what to put right; numbers go on through the inspection (vi: kiến nghị)."""

    district: str
    inspection_id: str
    year: int
    recommendations: tuple[Recommendation, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationWithdrawn:
    """A recommendation no longer holds (vi: rút kiến nghị)."""

    district: str
    inspection_id: str
    year: int
    number: int
    unit_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationAnswered:
    """The unit told what it has done, with the evidence (vi: báo cáo thực hiện kiến nghị)."""

    district: str
    inspection_id: str
    year: int
    number: int
    unit_id: str
    text: str
    evidence: str
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime
    unit_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAccepted:
    """Home affairs found that the recommendation is carried out (vi: công nhận đã thực hiện)."""

    district: str
    inspection_id: str
    year: int
    number: int
    unit_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRejected:
    """Home affairs found that it is not yet carried out; the due date stays (vi: yêu cầu thực hiện tiếp)."""

    district: str
    inspection_id: str
    year: int
    number: int
    unit_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionConcluded:
    """The inspection was reported on and ended; recommendations live on (vi: báo cáo kết quả kiểm tra).

    Of the `units` so many were `checked`; `inspected` are the ids of these.
    """

    district: str
    inspection_id: str
    year: int
    title: str
    number: str
    concluded_on: date
    summary: str
    signer: Signer | None
    units: int
    checked: int
    by: str
    at: datetime
    inspected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionCancelled:
    """The inspection does not take place (vi: huỷ cuộc kiểm tra)."""

    district: str
    inspection_id: str
    year: int
    title: str
    reason: str
    units: tuple[str, ...]
    by: str
    at: datetime


InspectionEvent: TypeAlias = (
    InspectionScheduled
    | InspectionMoved
    | FindingsRecorded
    | RecommendationsIssued
    | RecommendationWithdrawn
    | RecommendationAnswered
    | ResponseAccepted
    | ResponseRejected
    | InspectionConcluded
    | InspectionCancelled
)
