"""What may be seen of the time between two days: the question and its answer."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.plans.views.plan import PlanView, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareDays:
    """What has changed in a plan between the end of one day and the end of a later one? Answer: PlanDifference."""

    district: str
    plan_id: str
    earlier_on: date
    later_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """What a plan counted at the end of a day: tasks and parts but cancelled ones, and cancelled tasks."""

    tasks: int
    completed: int
    overdue: int
    cancelled: int
    parts: int
    parts_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTask:
    """A task as it was at the end of the later day; of one that is in the plan no more, of the earlier day."""

    number: int
    quarter: int
    content: str
    state: TaskState
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTaskDue:
    """A task that was due on another day (vi: thay đổi hạn)."""

    number: int
    content: str
    due_on_before: date
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePart:
    """A unit's part that was done in between (vi: phần việc hoàn thành)."""

    number: int
    content: str
    unit_id: str
    name: str
    done_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDifference:
    """A plan at the end of two days, and what lies between, each list in order of the task's number.

    `reopened` were completed and are no more; `overdue` are so on the later day and were not before; `removed`
    were cancelled or taken out of the plan.
    """

    plan: PlanView
    earlier_on: date
    later_on: date
    before: DayFigures
    after: DayFigures
    completed: tuple[ChangedTask, ...]
    reopened: tuple[ChangedTask, ...]
    overdue: tuple[ChangedTask, ...]
    added: tuple[ChangedTask, ...]
    removed: tuple[ChangedTask, ...]
    moved: tuple[MovedTaskDue, ...]
    parts_done: tuple[DonePart, ...]
    today: date


PastQuestion: TypeAlias = CompareDays
PastAnswer: TypeAlias = PlanDifference
