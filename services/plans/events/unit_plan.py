"""What happened to a unit's own plan of a year, made from that of the district (vi: kế hoạch của đơn vị)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events.calendar import DueReason
from services.plans.events.plan import DueRule, PlanText
from shared.types import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftUnitTask:
    """A row of a unit's drafted plan; `of_task` is the number of the district's task that it carries out.

    Due on the stated day, else at the end of the month, else at the end of the quarter. `post` is who does it, by
    post and never by name (docs/adr/0006).
    """

    number: int
    quarter: int
    content: str
    due_month: int | None = None
    due_on: date | None = None
    post: str = ""
    of_task: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedUnitTask:
    """A task of a unit's plan in force, with its due date; `due_reason` is None where the plan states the date."""

    number: int
    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    due_reason: DueReason | None
    due_month: int | None
    post: str
    of_task: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanDrafted:
    """A unit drafted its plan of the year; `group_id` is the group to which it belonged then (vi: dự thảo kế hoạch)."""

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str | None
    number: str | None
    text: PlanText
    tasks: tuple[DraftUnitTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanDraftAmended:
    """The unit's draft was replaced by another (vi: sửa dự thảo)."""

    district: str
    year: int
    unit_id: str
    number: str | None
    text: PlanText
    tasks: tuple[DraftUnitTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanSubmitted:
    """The unit's draft lies before its head for issue (vi: trình thủ trưởng đơn vị)."""

    district: str
    year: int
    unit_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanReturned:
    """The head of the unit sent the draft back (vi: trả lại)."""

    district: str
    year: int
    unit_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanIssued:
    """The unit's plan is in force; name and group of the unit as they were then (vi: ban hành kế hoạch của đơn vị)."""

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str | None
    number: str
    title: str
    issued_on: date
    tasks: tuple[IssuedUnitTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskReported:
    """The unit reported how far a task of its own plan has come, in percent (vi: báo cáo tiến độ)."""

    district: str
    year: int
    unit_id: str
    task_number: int
    percent: int
    text: str
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskCompleted:
    """A task of the unit's own plan is done (vi: hoàn thành nhiệm vụ của đơn vị)."""

    district: str
    year: int
    unit_id: str
    unit_name: str
    task_number: int
    content: str
    of_task: int | None
    completed_on: date
    evidence: str
    note: str
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskReopened:
    """A task of the unit's own plan that was done is to be done again (vi: mở lại nhiệm vụ)."""

    district: str
    year: int
    unit_id: str
    task_number: int
    content: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskCancelled:
    """A task of the unit's own plan is no longer to be done (vi: huỷ nhiệm vụ)."""

    district: str
    year: int
    unit_id: str
    task_number: int
    content: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedUnitTasks:
    """Open tasks of units' plans that were due on one day and are due on another; `tasks`: unit id → task numbers."""

    due_on_before: date
    due_on: date
    due_reason: DueReason
    tasks: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDueDatesMoved:
    """The calendar changed, and with it due dates in the plans of the district's units (vi: chuyển hạn)."""

    district: str
    year: int
    moves: tuple[MovedUnitTasks, ...]
    by: str
    at: datetime


UnitPlanEvent: TypeAlias = (
    UnitPlanDrafted
    | UnitPlanDraftAmended
    | UnitPlanSubmitted
    | UnitPlanReturned
    | UnitPlanIssued
    | UnitTaskReported
    | UnitTaskCompleted
    | UnitTaskReopened
    | UnitTaskCancelled
)
