"""What happened to a task of an issued plan (vi: nhiệm vụ)."""

from dataclasses import dataclass
from datetime import date, datetime

from services.plans.events.plan.parts import NamedUnit, Participant
from shared.types import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned:
    """Other units answer for a task of the issued plan; `added` and `removed` are unit ids (vi: giao việc).

    `succeeds` is the unit that ended, where its successor takes over its part, `succeeds_from` the day from which on.
    """

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
    succeeds: NamedUnit | None = None
    succeeds_from: date | None = None


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
class ExtensionRequested:
    """A unit asks for more time for a task (vi: đề nghị gia hạn)."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    unit_name: str
    due_on: date
    wanted_on: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionGranted:
    """The task is due later for all its units (vi: đồng ý gia hạn).

    `settles` are the units whose requests are met by it, that of `unit_id` among them; `units` all that take part.
    """

    district: str
    plan_id: str
    task_number: int
    content: str
    unit_id: str
    unit_name: str
    due_on_before: date
    due_on: date
    settles: tuple[str, ...]
    units: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRefused:
    """The unit gets no more time for the task (vi: không đồng ý gia hạn)."""

    district: str
    plan_id: str
    task_number: int
    content: str
    unit_id: str
    unit_name: str
    reason: str
    by: str
    at: datetime
