"""The reads of a plan's versions, and of the plan that the next year would have."""

import asyncio

from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.organisation import sets_of, units_of
from services.plans.queries.plan import visible_plan
from services.plans.rules import YEARS, moved_plan_text, moved_rows, rows_in_force
from services.plans.views import (
    PlanVersion,
    PlanVersionView,
    PlanView,
    ShowPlanVersion,
    SuggestedPlan,
    SuggestPlan,
    TaskState,
    TaskVersionView,
    TaskView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor

TASK_VERSIONS_READ = 10_000  # a plan of the most tasks, each amended twenty times


async def versions_of(edge: Edge, plan: PlanView) -> list[PlanVersionView]:
    """Return the versions of the plan, oldest first."""
    return await edge.rows.select(
        PlanVersionView,
        "plan_version",
        where=lambda one: [one.district == plan.district, one.plan_id == plan.plan_id],
        order=("version",),
    )


async def _version(question: ShowPlanVersion, actor: Actor, edge: Edge) -> PlanVersion:
    """Return one version with its tasks. Raises Rejected `plan.not_found`, `plan.version_not_found`."""
    require_reader(actor, edge, question.district)
    plan = await visible_plan(edge, actor, question.district, question.plan_id)
    versions, found = await asyncio.gather(
        versions_of(edge, plan),
        edge.rows.select(
            TaskVersionView,
            "task_version",
            where=lambda one: [one.district == plan.district, one.plan_id == plan.plan_id],
            order=("number", "version"),
            limit=TASK_VERSIONS_READ,
        ),
    )
    version = question.version if question.version is not None else plan.version
    if version not in {one.version for one in versions}:
        raise Rejected("plan.version_not_found", plan_id=plan.plan_id, version=version)
    # Of each task the newest that is no newer than the version; rows come in that order.
    tasks = {one.number: one for one in found if one.version <= version}
    return PlanVersion(
        plan=plan,
        versions=tuple(versions),
        version=version,
        tasks=tuple(one for one in tasks.values() if not one.is_removed),
    )


async def _suggested(question: SuggestPlan, actor: Actor, edge: Edge) -> SuggestedPlan:
    """Return the old plan moved to the year. Raises Rejected `plan.not_found`, `plan.year_not_later`."""
    require_reader(actor, edge, question.district)
    if question.year not in YEARS or question.year <= question.from_year:
        raise Rejected("plan.year_not_later", year=question.year, from_year=question.from_year)
    plan = await visible_plan(edge, actor, question.district, str(question.from_year))
    versions, units, sets, carried = await asyncio.gather(
        versions_of(edge, plan),
        units_of(edge, question.district),
        sets_of(edge, question.district),
        edge.rows.select(
            TaskView,
            "task",
            where=lambda task: [
                task.district == plan.district,
                task.plan_id == plan.plan_id,
                task.state == TaskState.CARRIED,
            ],
            order=("number",),
        ),
    )
    moved = moved_rows(
        rows_in_force(plan.draft, versions),
        plan.year,
        question.year,
        units={unit.unit_id: unit for unit in units},
        sets={one.set_id: one.name for one in sets},
        on=edge.clock.today(),
    )
    return SuggestedPlan(
        district=question.district,
        year=question.year,
        from_year=plan.year,
        text=moved_plan_text(plan.text, plan.year, question.year),
        tasks=moved.rows,
        replaced=moved.replaced,
        carried=tuple(task.number for task in carried),
    )


ANSWERS: Answers = {ShowPlanVersion: _version, SuggestPlan: _suggested}
