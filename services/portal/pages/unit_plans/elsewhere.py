"""What other pages show of units' plans: the district's task, the overview, the unit's page, one's own work."""

from datetime import date

from fastapi import Request

from services.plans.commands import DraftUnitPlan
from services.plans.views import (
    CountUnitPlans,
    ListUnitTasksOf,
    MyUnitWork,
    PlanView,
    ShowUnitPlan,
    UnitPlanBoard,
    UnitPlanCounts,
    UnitTasksOf,
    UnitWorkList,
)
from services.portal.backend import Answer, ask_or_none
from services.portal.pages.reach import Reach
from services.portal.pages.unit_plans.place import UnitPlace


async def unit_tasks_of(request: Request, district: str, year: int, task_number: int) -> UnitTasksOf | None:
    """Return which units carry out the district's task in plans of their own; None while that cannot be told."""
    question = ListUnitTasksOf(district=district, year=year, task_number=task_number)
    answer = await ask_or_none(request, question, UnitTasksOf)
    return answer.view if answer else None


async def unit_plan_counts(
    request: Request, district: str, year: int, day: date | None = None
) -> UnitPlanCounts | None:
    """Return how many units have a plan of the year, now or at the end of the day; None while that cannot be told."""
    answer = await ask_or_none(request, CountUnitPlans(district=district, year=year, as_of=day), UnitPlanCounts)
    return answer.view if answer else None


async def own_plan(
    request: Request, reach: Reach, district: str, year: int, unit_id: str, district_plan: PlanView | None
) -> dict[str, object]:
    """Return the unit's plan as its page shows it, and where one is made by who may make it."""
    at = UnitPlace(reach=reach, district=district, year=year, unit_id=unit_id)
    answer = await ask_or_none(request, ShowUnitPlan(district=district, year=year, unit_id=unit_id), UnitPlanBoard)
    may_draft = answer is None and district_plan is not None and at.may(DraftUnitPlan)
    return {"board": answer.view if answer else None, "path": at.path, "may_draft": may_draft}


async def unit_work(request: Request, reach: Reach) -> Answer[UnitWorkList] | None:
    """Return what the plans of the person's units ask of them; None without a unit, and while it cannot be told."""
    if not any(reach.units(district) for district in reach.districts):
        return None
    return await ask_or_none(request, MyUnitWork(), UnitWorkList)
