"""What may be seen of a plan's versions, and of the plan that the next year would have."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import DraftTask, DueRule, LeftTask, NamedUnit, PlanText, TaskChange
from services.plans.views.plan import PlanView


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersionView:
    """One version of a plan: the first issue (1), or an amendment with what it changed and why."""

    district: str
    plan_id: str
    version: int
    number: str
    issued_on: date
    reason: str
    added: tuple[DraftTask, ...]
    changed: tuple[DraftTask, ...]
    left: tuple[LeftTask, ...]
    changes: tuple[TaskChange, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskVersionView:
    """A task as one version of the plan has it; `is_removed` where that version took it out (units all in `leads`)."""

    district: str
    plan_id: str
    number: int
    version: int
    quarter: int
    content: str
    due_on: date
    due_rule: DueRule | None
    due_month: int | None
    leads: tuple[NamedUnit, ...]
    coordinators: tuple[NamedUnit, ...]
    series: int | None
    is_removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPlanVersion:
    """What did the plan say in this version? Without one, the newest. Answer: PlanVersion."""

    district: str
    plan_id: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """The plan, all its versions, oldest first, and the tasks of the one asked for, in order of number."""

    plan: PlanView
    versions: tuple[PlanVersionView, ...]
    version: int
    tasks: tuple[TaskVersionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestPlan:
    """What would the plan of the year be, made from that of an earlier one? Answer: SuggestedPlan."""

    district: str
    year: int
    from_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedUnit:
    """A unit of the old plan that has ended, and the one that goes on for it; None where none does.

    `tasks` are the numbers of the rows that name it.
    """

    unit_id: str
    name: str
    successor_id: str | None
    successor_name: str | None
    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedPlan:
    """The old plan moved to the year: dates, years in texts, units by their successors, sets by their present names.

    A unit that ended without a successor stays in its row under its old name: a person has to choose.
    `carried` are the numbers of the tasks that the old plan left open when it was closed.
    """

    district: str
    year: int
    from_year: int
    text: PlanText
    tasks: tuple[DraftTask, ...]
    replaced: tuple[ReplacedUnit, ...]
    carried: tuple[int, ...]


PlanVersionQuestion: TypeAlias = ShowPlanVersion | SuggestPlan
PlanVersionAnswer: TypeAlias = PlanVersion | SuggestedPlan
