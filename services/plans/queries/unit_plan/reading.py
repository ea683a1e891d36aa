"""What the reads of units' plans share: whom they are for, which plans one may see, what a list shows of a task."""

from dataclasses import replace

from services.plans.queries.asking import require_reader
from services.plans.rules import TASKS_MAX, UNITS_MAX, YEARS
from services.plans.views import (
    CountUnitPlans,
    ListUnitPlans,
    ListUnitTasksOf,
    PlanView,
    ShowUnitPlan,
    ShowUnitTask,
    TaskState,
    UnitPlanTaskView,
    UnitPlanView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor, Role

OPEN = (TaskState.ASSIGNED, TaskState.STARTED)
ALL_TASKS = UNITS_MAX * TASKS_MAX  # of all units' plans of a district and year
_OVERSEERS = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)
_LISTED = 200  # characters of a report in a list


def place(
    question: ListUnitPlans | CountUnitPlans | ShowUnitPlan | ShowUnitTask | ListUnitTasksOf, actor: Actor, edge: Edge
) -> tuple[str, int]:
    """Return district and year. Raises Rejected `actor.not_allowed`, `calendar.year_out_of_range`."""
    require_reader(actor, edge, question.district)
    if question.year not in YEARS:
        raise Rejected("calendar.year_out_of_range", year=question.year, first=YEARS.start, last=YEARS.stop - 1)
    return question.district, question.year


async def district_plan(edge: Edge, district: str, year: int) -> PlanView | None:
    """Return the district's plan where it is in force."""
    plan = await edge.rows.get(PlanView, "plan", district, str(year))
    return plan if plan is not None and plan.status == "issued" else None


async def visible_plan(edge: Edge, actor: Actor, district: str, year: int, unit_id: str) -> UnitPlanView:
    """Return the unit's plan. Raises Rejected `unit_plan.not_found`, also for a draft that the asker may not see."""
    plan = await edge.rows.get(UnitPlanView, "unit_plan", district, year, unit_id)
    today = edge.clock.today()
    if plan is None or not (
        plan.status == "issued"
        or unit_id in actor.units(district, on=today)
        or actor.has(*_OVERSEERS, on=today, district=district)
    ):
        raise Rejected("unit_plan.not_found", unit_id=unit_id[:80], year=year)
    return plan


def in_a_list(task: UnitPlanTaskView) -> UnitPlanTaskView:
    """Return the task as a list shows it; its own page has the whole report and the reason of the date."""
    return replace(task, report=beginning(task.report), evidence=beginning(task.evidence), due_reason=None)


def beginning(text: str) -> str:
    """Return so much of the text as a list shows."""
    return text if len(text) <= _LISTED else f"{text[: _LISTED - 1]}…"
