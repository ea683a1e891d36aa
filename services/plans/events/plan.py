"""What happened to an annual plan and its tasks (vi: kế hoạch năm, nhiệm vụ)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.calendar import CalendarChange, DueReason, OfficialNotice
from shared.types import Attachment


class UnitRole(StrEnum):
    """How a unit takes part in a task (vi: chủ trì, phối hợp)."""

    LEAD = "lead"
    COORDINATING = "coordinating"


class DueRule(StrEnum):
    """Where a due date comes from: the document's own date, or the last working day of the quarter."""

    DATE = "date"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs a document and how (vi: người ký, chức vụ, thay mặt)."""

    name: str
    post: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanText:
    """The parts of the plan document around its table (vi: căn cứ, mục đích, yêu cầu, giải pháp …)."""

    title: str
    issuer: str
    place: str | None = None
    bases: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    solutions: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signer: Signer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedUnit:
    """A unit, or a set of units, with its name as it was then."""

    unit_id: str
    name: str
    is_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTask:
    """A row of the drafted plan; the units may be sets (vi: nội dung công việc)."""

    number: int
    quarter: int
    content: str
    leads: tuple[NamedUnit, ...]
    coordinators: tuple[NamedUnit, ...] = ()
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One unit with its part in a task, and the group it belongs to that year."""

    unit_id: str
    name: str
    role: UnitRole
    group_id: str | None = None
    via_set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTask:
    """A task of the issued plan, sets expanded to their members (vi: nhiệm vụ).

    `due_reason` is None where the document states the date, and in plans issued before there were calendars.
    """

    number: int
    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    participants: tuple[Participant, ...]
    due_reason: DueReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTask:
    """An open task that is due on another day than before, and the units it concerns."""

    number: int
    quarter: int
    due_on_before: date
    due_on: date
    due_reason: DueReason
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDrafted:
    """A plan was drafted (vi: dự thảo kế hoạch)."""

    district: str
    plan_id: str
    year: int
    number: str | None
    text: PlanText
    tasks: tuple[DraftTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAmended:
    """The draft was replaced by another (vi: sửa dự thảo)."""

    district: str
    plan_id: str
    number: str | None
    text: PlanText
    tasks: tuple[DraftTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSubmitted:
    """The draft lies before the chair for issue (vi: trình ký)."""

    district: str
    plan_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReturned:
    """The chair sent the draft back (vi: trả lại)."""

    district: str
    plan_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIssued:
    """The plan is in force; its tasks and the units that answer for them (vi: ban hành kế hoạch)."""

    district: str
    plan_id: str
    year: int
    number: str
    title: str
    issued_on: date
    tasks: tuple[IssuedTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned:
    """Other units answer for a task of the issued plan; `added` and `removed` are unit ids (vi: giao việc)."""

    district: str
    plan_id: str
    task_number: int
    content: str
    due_on: date
    participants: tuple[Participant, ...]
    by: str
    at: datetime
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted:
    """A unit began its part (vi: bắt đầu thực hiện)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReported:
    """A unit reported its progress, in percent (vi: báo cáo tiến độ)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    percent: int
    text: str
    by: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPartCompleted:
    """One unit's part is done (vi: đơn vị hoàn thành phần việc)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    unit_name: str
    completed_on: date
    evidence: str
    note: str
    by: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted:
    """Every lead unit is done (vi: hoàn thành nhiệm vụ). Public for ever; its meaning never changes."""

    district: str
    plan_id: str
    year: int
    task_number: int
    quarter: int
    content: str
    due_on: date
    completed_on: date
    leads: tuple[NamedUnit, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened:
    """What was done is to be done again; all parts are open (vi: mở lại nhiệm vụ)."""

    district: str
    plan_id: str
    year: int
    task_number: int
    content: str
    reason: str
    was_completed: bool
    units: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled:
    """The task is no longer to be done (vi: hủy nhiệm vụ)."""

    district: str
    plan_id: str
    task_number: int
    content: str
    reason: str
    units: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDatesMoved:
    """The calendar changed, and with it the days on which open tasks are due (vi: chuyển hạn).

    `change` is what was done to the calendar, `notice` the paper it rests on; None where it was opened.
    """

    district: str
    plan_id: str
    year: int
    tasks: tuple[MovedTask, ...]
    change: CalendarChange
    notice: OfficialNotice | None
    by: str
    at: datetime


PlanEvent: TypeAlias = (
    PlanDrafted
    | DraftAmended
    | PlanSubmitted
    | PlanReturned
    | PlanIssued
    | TaskAssigned
    | TaskStarted
    | TaskReported
    | TaskPartCompleted
    | TaskCompleted
    | TaskReopened
    | TaskCancelled
    | DueDatesMoved
)
