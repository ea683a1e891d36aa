"""What may be asked of a unit's own plan of a year."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import PlanText


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnitTask:
    """A row of the unit's plan to draft; `of_task` is the number of the district's task that it carries out.

    Due on the stated day, else on the last working day of the month, else of the quarter (1–4).
    """

    number: int
    quarter: int
    content: str
    due_month: int | None = None
    due_on: date | None = None
    post: str = ""
    of_task: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftUnitPlan:
    """Draft the unit's plan of a year in which the district's plan is in force (vi: dự thảo kế hoạch của đơn vị)."""

    district: str
    year: int
    unit_id: str
    text: PlanText
    tasks: tuple[NewUnitTask, ...]
    number: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendUnitPlanDraft:
    """Replace the unit's draft (vi: sửa dự thảo)."""

    district: str
    year: int
    unit_id: str
    text: PlanText
    tasks: tuple[NewUnitTask, ...]
    number: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitUnitPlan:
    """Lay the draft before the head of the unit (vi: trình thủ trưởng đơn vị)."""

    district: str
    year: int
    unit_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnUnitPlan:
    """Send the draft back with the reason (vi: trả lại)."""

    district: str
    year: int
    unit_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueUnitPlan:
    """Put the unit's plan in force under its number (vi: ban hành kế hoạch của đơn vị)."""

    district: str
    year: int
    unit_id: str
    number: str
    issued_on: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUnitTask:
    """Report progress on a task of the unit's own plan; percent 0–100 (vi: báo cáo tiến độ).

    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    year: int
    unit_id: str
    task_number: int
    percent: int
    text: str
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteUnitTask:
    """Say that a task of the unit's own plan is done, with a reference to the evidence (vi: báo cáo hoàn thành).

    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    year: int
    unit_id: str
    task_number: int
    completed_on: date
    evidence: str
    note: str = ""
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenUnitTask:
    """Open a completed task of the unit's own plan again, with the reason (vi: mở lại)."""

    district: str
    year: int
    unit_id: str
    task_number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelUnitTask:
    """Take a task out of the unit's own plan, with the reason (vi: huỷ)."""

    district: str
    year: int
    unit_id: str
    task_number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeUnitDueDates:
    """Hold the due dates in the plans of the district's units against the calendar as it is now (vi: tính lại hạn)."""

    district: str
    year: int
    at: datetime


UnitTaskCommand: TypeAlias = ReportUnitTask | CompleteUnitTask | ReopenUnitTask | CancelUnitTask
UnitPlanCommand: TypeAlias = (
    DraftUnitPlan | AmendUnitPlanDraft | SubmitUnitPlan | ReturnUnitPlan | IssueUnitPlan | UnitTaskCommand
)
