"""What may be seen of the plans of units: rows, questions, and which unit has no plan yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import CalendarDay, DraftUnitTask, DueReason, DueRule, Group, PlanText
from services.plans.views.plan import PlanView, TaskState, TaskView
from shared.types import Attachment


class Coverage(StrEnum):
    """How far a unit has come with its plan of the year (vi: chưa có, đang soạn, đã ban hành)."""

    NONE = "none"
    DRAFTING = "drafting"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanView:
    """A unit's own plan; status draft, returned, submitted or issued; `seq` is its last event but those of tasks.

    `group_id` is the group of the unit when the plan was drafted, or issued; empty where it was in none.
    """

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str
    status: str
    number: str | None
    issued_on: date | None
    text: PlanText
    draft: tuple[DraftUnitTask, ...]
    return_reason: str | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanState:
    """What a list of plans shows of one, without its text."""

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str
    status: str
    number: str | None
    issued_on: date | None
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedDue:
    """The day to which the calendar moved a task that was completed already; it is due then if it is opened again."""

    due_on: date
    due_reason: DueReason
    due_on_before: date


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanTaskView:
    """A task of a unit's plan in force; percent 0–100; `seq` is its last event.

    `attachments` are those of the last report. `due_on_before` is set where the calendar moved the due date.
    """

    district: str
    year: int
    unit_id: str
    number: int
    unit_name: str
    group_id: str
    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    due_reason: DueReason | None
    due_month: int | None
    post: str
    of_task: int | None
    state: TaskState
    seq: int
    percent: int = 0
    report: str = ""
    reported_at: datetime | None = None
    completed_on: date | None = None
    evidence: str = ""
    cancel_reason: str | None = None
    attachments: tuple[Attachment, ...] = ()
    due_on_before: date | None = None
    due_when_reopened: MovedDue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedUnitTask:
    """A task of a unit's plan, as far as who counts its term needs it: columns of UnitPlanTaskView."""

    year: int
    unit_id: str
    number: int
    quarter: int
    due_on: date
    due_month: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUnitTask:
    """An open task of a unit's plan, as far as who counts what is overdue needs it."""

    district: str
    year: int
    unit_id: str
    number: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanHistory:
    """One event of a unit's plan, of the plan itself where `number` is 0: who did what, when, with which files."""

    district: str
    year: int
    unit_id: str
    number: int
    seq: int
    type: str
    text: str
    by: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanTotals:
    """The tasks of one unit's plan: all, completed, of these late, cancelled (not counted in tasks)."""

    district: str
    year: int
    unit_id: str
    tasks: int
    completed: int
    completed_late: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupUnitPlanTotals:
    """The tasks in the plans of a group's units; `group_id` is empty for units that were in none."""

    district: str
    year: int
    group_id: str
    tasks: int
    completed: int
    completed_late: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictUnitPlanTotals:
    """The tasks in the plans of all units of the district."""

    district: str
    year: int
    tasks: int
    completed: int
    completed_late: int
    cancelled: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnitPlans:
    """Which units of the district have a plan of the year, and which have none yet? Answer: UnitPlanCoverage.

    `as_of`: as it was at the end of that day; tasks are then due as they were when the plans were issued.
    """

    district: str
    year: int
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanLine:
    """One unit with its plan or without: `is_expected` where it is to have one; `overdue` counts open tasks past due.

    `is_open` tells whether the unit exists on the day of the list.
    """

    unit_id: str
    unit_name: str
    group_id: str
    coverage: Coverage
    is_expected: bool
    is_open: bool
    plan: UnitPlanState | None
    tasks: int
    completed: int
    completed_late: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanCoverage:
    """The units of the district, those without a plan first; `on` is the day on which they are looked at.

    `district_plan` is the district's plan in force, without which no unit makes one. The totals are sums over all
    tasks of units' plans; a group or a district without any has none.
    """

    lines: tuple[UnitPlanLine, ...]
    groups: tuple[Group, ...]
    group_totals: tuple[GroupUnitPlanTotals, ...]
    district_totals: DistrictUnitPlanTotals | None
    district_plan: PlanView | None
    on: date
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CountUnitPlans:
    """How many units are to have a plan of the year, and how many have one? Answer: UnitPlanCounts.

    `as_of`: as it was at the end of that day.
    """

    district: str
    year: int
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanCounts:
    """The expected units by how far they have come; `on` is the day on which they are looked at."""

    expected: int
    issued: int
    drafting: int
    none: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowUnitPlan:
    """One unit's plan with its tasks; a draft is shown to the unit and to who oversees it. Answer: UnitPlanBoard."""

    district: str
    year: int
    unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanBoard:
    """A unit's plan, its tasks in order of number, and the history of the plan itself, oldest first.

    Of a plan in force `draft` is empty; of each task long reports are cut and the reason of its date is left out.
    `days_left`: working days from today to each due date; negative where it is past.
    """

    plan: UnitPlanView
    tasks: tuple[UnitPlanTaskView, ...]
    totals: UnitPlanTotals | None
    history: tuple[UnitPlanHistory, ...]
    today: date
    days_left: Mapping[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowUnitTask:
    """One task of a unit's plan with its history. Answer: UnitTaskDetail."""

    district: str
    year: int
    unit_id: str
    task_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskDetail:
    """A task of a unit's plan, the district's task that it carries out, and its history, oldest first.

    `due_day` is what sort of day the due date is, `due_reason` why it is that day; None where the plan states it.
    `days_left`: working days from today to the due date; negative where it is past.
    """

    plan: UnitPlanView
    task: UnitPlanTaskView
    of_task: TaskView | None
    history: tuple[UnitPlanHistory, ...]
    today: date
    due_day: CalendarDay
    due_reason: DueReason | None
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnitTasksOf:
    """Which units carry out the district's task in plans of their own? Answer: UnitTasksOf."""

    district: str
    year: int
    task_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTasksOf:
    """The tasks of units' plans in force that carry out one task of the district's plan, cancelled ones last.

    Long texts are cut. `units` counts the units, but those that cancelled theirs.
    """

    tasks: tuple[UnitPlanTaskView, ...]
    units: int
    today: date
    days_left: Mapping[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MyUnitWork:
    """What has the asker to do in the plans of his units? Answer: UnitWorkList."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanToDo:
    """A plan that waits for the asker's hand: to be made (status none), finished, or issued."""

    district: str
    year: int
    unit_id: str
    unit_name: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWorkList:
    """Open tasks in the plans of the asker's units by due date, and the plans that wait for the asker's hand.

    Long texts are cut.
    `days_left`: working days from today to each due date; negative where it is past.
    """

    tasks: tuple[UnitPlanTaskView, ...]
    plans: tuple[UnitPlanToDo, ...]
    today: date
    days_left: Mapping[date, int]


UnitPlanQuestion: TypeAlias = (
    ListUnitPlans | CountUnitPlans | ShowUnitPlan | ShowUnitTask | ListUnitTasksOf | MyUnitWork
)
UnitPlanAnswer: TypeAlias = (
    UnitPlanCoverage | UnitPlanCounts | UnitPlanBoard | UnitTaskDetail | UnitTasksOf | UnitWorkList
)
