"""What the rules need to know of a unit's plan and its tasks, folded from what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, assert_never

from services.plans.decider.plan import PlanStatus
from services.plans.events import (
    DraftUnitTask,
    PlanText,
    Unit,
    UnitPlanDraftAmended,
    UnitPlanDrafted,
    UnitPlanEvent,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
    UnitTaskCancelled,
    UnitTaskCompleted,
    UnitTaskReopened,
    UnitTaskReported,
)
from services.plans.rules import WorkingDays
from shared.types import Actor, Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTask:
    """What the rules need to know of a task of a unit's plan in force."""

    content: str
    of_task: int | None
    is_completed: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlan:
    """What the rules need to know of a unit's plan."""

    status: PlanStatus = PlanStatus.NONE
    unit_name: str = ""
    number: str | None = None
    text: PlanText | None = None
    draft: tuple[DraftUnitTask, ...] = ()
    issued_on: date | None = None
    tasks: Mapping[int, UnitTask] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictPlanFacts:
    """The district's plan in force: the day of its issue, and each task's number with whether it is cancelled."""

    issued_on: date
    tasks: Mapping[int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanFacts:
    """Who asks, the day in Vietnam, and what our read model has of the unit, the district's plan and the calendar.

    `group_id` is the unit's group in the year; `district_plan` is None where none is in force. `attachments` are the
    files that the command names, as their owner uploaded them.
    """

    actor: Actor
    today: date
    unit: Unit | None = None
    group_id: str | None = None
    district_plan: DistrictPlanFacts | None = None
    days: WorkingDays = field(default_factory=WorkingDays)
    attachments: tuple[Attachment, ...] = ()


def evolve(plan: UnitPlan, event: UnitPlanEvent) -> UnitPlan:
    """Return the unit's plan after the event. Never refuses: it has happened."""
    match event:
        case UnitPlanDrafted():
            return UnitPlan(
                status=PlanStatus.DRAFT,
                unit_name=event.unit_name,
                number=event.number,
                text=event.text,
                draft=event.tasks,
            )
        case UnitPlanDraftAmended():
            return replace(plan, number=event.number, text=event.text, draft=event.tasks)
        case UnitPlanSubmitted():
            return replace(plan, status=PlanStatus.SUBMITTED)
        case UnitPlanReturned():
            return replace(plan, status=PlanStatus.DRAFT)
        case UnitPlanIssued():
            return replace(
                plan,
                status=PlanStatus.ISSUED,
                unit_name=event.unit_name,
                number=event.number,
                issued_on=event.issued_on,
                tasks={task.number: UnitTask(content=task.content, of_task=task.of_task) for task in event.tasks},
            )
        case UnitTaskReported():
            return plan
        case UnitTaskCompleted():
            return _with(plan, event.task_number, is_completed=True)
        case UnitTaskReopened():
            return _with(plan, event.task_number, is_completed=False)
        case UnitTaskCancelled():
            return _with(plan, event.task_number, is_cancelled=True)
        case _:
            assert_never(event)


def _with(plan: UnitPlan, task_number: int, **changes: Any) -> UnitPlan:
    task = plan.tasks.get(task_number)
    if task is None:
        return plan
    return replace(plan, tasks={**plan.tasks, task_number: replace(task, **changes)})
