"""What may be asked of an annual plan."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.commands.succession import SuccessionCommand
from services.plans.events import PlanText, Repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A row of the plan to draft; units are ids of units or of sets.

    Due on the day `due_on`, else at the end of the month `due_month` (1–12), else of the quarter. A row that `repeats`
    stands for one task a month, or a quarter, from its month or quarter on to the end of the year.
    """

    number: int
    quarter: int
    content: str
    lead_units: tuple[str, ...]
    coordinating_units: tuple[str, ...] = ()
    due_on: date | None = None
    due_month: int | None = None
    repeats: Repeat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPlan:
    """Draft the plan of a year (vi: dự thảo kế hoạch)."""

    district: str
    plan_id: str
    year: int
    text: PlanText
    tasks: tuple[NewTask, ...]
    number: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendDraft:
    """Replace the draft (vi: sửa dự thảo)."""

    district: str
    plan_id: str
    text: PlanText
    tasks: tuple[NewTask, ...]
    number: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPlan:
    """Lay the draft before the chair (vi: trình ký)."""

    district: str
    plan_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPlan:
    """Send the draft back with the reason (vi: trả lại)."""

    district: str
    plan_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePlan:
    """Put the plan in force under its number (vi: ban hành)."""

    district: str
    plan_id: str
    number: str
    issued_on: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPlanAmendment:
    """Lay changes of the issued plan before the chair, with the reason (vi: trình điều chỉnh kế hoạch).

    `changed` are whole rows as they shall be, known by their numbers; `removed` are numbers of tasks to take out.
    """

    district: str
    plan_id: str
    reason: str
    added: tuple[NewTask, ...] = ()
    changed: tuple[NewTask, ...] = ()
    removed: tuple[int, ...] = ()
    number: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPlanAmendment:
    """Send the changes back with the reason (vi: trả lại điều chỉnh)."""

    district: str
    plan_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendPlan:
    """Put the submitted changes in force under the number of their document (vi: ban hành điều chỉnh kế hoạch)."""

    district: str
    plan_id: str
    number: str
    amended_on: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePlan:
    """End the year of the plan; open tasks go on next year only for a reason, `carry` (vi: kết thúc kế hoạch năm)."""

    district: str
    plan_id: str
    carry: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignTask:
    """Say which units answer for the task (vi: giao việc)."""

    district: str
    plan_id: str
    task_number: int
    lead_units: tuple[str, ...]
    coordinating_units: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTask:
    """Begin a unit's part (vi: bắt đầu thực hiện)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTask:
    """Report a unit's progress; percent 0–100 (vi: báo cáo tiến độ).

    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    percent: int
    text: str
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteTaskPart:
    """Say that a unit's part is done, with a reference to the evidence (vi: báo cáo hoàn thành).

    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    completed_on: date
    evidence: str
    note: str = ""
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTask:
    """Open the task again, with the reason (vi: mở lại)."""

    district: str
    plan_id: str
    task_number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask:
    """Take the task out of the plan, with the reason (vi: hủy)."""

    district: str
    plan_id: str
    task_number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtension:
    """Ask for more time for a task, with the reason and the day that is wanted (vi: đề nghị gia hạn)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    wanted_on: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExtension:
    """Move the due date of the task, as the unit asked or to another later day (vi: đồng ý gia hạn)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    due_on: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseExtension:
    """Leave the due date as it is, with the reason (vi: không đồng ý gia hạn)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeDueDates:
    """Hold the due dates of the plan's open tasks against the calendar as it is now (vi: tính lại hạn)."""

    district: str
    plan_id: str
    at: datetime


ExtensionCommand: TypeAlias = RequestExtension | GrantExtension | RefuseExtension
TaskCommand: TypeAlias = (
    AssignTask | StartTask | ReportTask | CompleteTaskPart | ReopenTask | CancelTask | ExtensionCommand
)
AmendmentCommand: TypeAlias = SubmitPlanAmendment | ReturnPlanAmendment | AmendPlan
PlanCommand: TypeAlias = (
    DraftPlan
    | AmendDraft
    | SubmitPlan
    | ReturnPlan
    | IssuePlan
    | AmendmentCommand
    | ClosePlan
    | RecomputeDueDates
    | SuccessionCommand
    | TaskCommand
)
