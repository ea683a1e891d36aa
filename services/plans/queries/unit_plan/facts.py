"""What the rules of units' plans need from outside: the unit, the district's plan, working days, files."""

from dataclasses import dataclass
from datetime import date

from services.plans.commands import (
    AmendUnitPlanDraft,
    CompleteUnitTask,
    DraftUnitPlan,
    IssueUnitPlan,
    RecomputeUnitDueDates,
    ReportUnitTask,
    SubmitUnitPlan,
    UnitPlanCommand,
)
from services.plans.decider import DistrictPlanFacts, UnitDueDatesFacts, UnitPlanFacts
from services.plans.events import DueRule, Unit
from services.plans.queries.calendar import calendars_of
from services.plans.queries.organisation import groups_of
from services.plans.queries.plan import claimed
from services.plans.queries.unit_plan.reading import ALL_TASKS, OPEN, district_plan
from services.plans.rules import working_days
from services.plans.views import CountedUnitTask, TaskState
from shared.process import Edge
from shared.types import Actor

_NUMBERS_MAX = 9999  # of the tasks of a district's plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """Columns of TaskView."""

    number: int
    state: TaskState


async def plain_facts(_: UnitPlanCommand, actor: Actor, today: date, __: Edge) -> UnitPlanFacts:
    """Return who asks, on which day."""
    return UnitPlanFacts(actor=actor, today=today)


async def planning_facts(
    command: DraftUnitPlan | AmendUnitPlanDraft | SubmitUnitPlan | IssueUnitPlan, actor: Actor, today: date, edge: Edge
) -> UnitPlanFacts:
    """Return the unit with its group, the district's plan, and the working days of the year."""
    district, year = command.district, command.year
    unit = await edge.rows.get(Unit, "unit", district, command.unit_id)
    groups = await groups_of(edge, district, year)
    return UnitPlanFacts(
        actor=actor,
        today=today,
        unit=unit,
        group_id=next((group.group_id for group in groups if command.unit_id in group.members), None),
        district_plan=await _district_plan_facts(edge, district, year),
        days=working_days(await calendars_of(edge, [year])),
    )


async def _district_plan_facts(edge: Edge, district: str, year: int) -> DistrictPlanFacts | None:
    plan = await district_plan(edge, district, year)
    if plan is None or plan.issued_on is None:
        return None
    tasks = await edge.rows.select(
        _Numbered,
        "task",
        where=lambda task: [task.district == district, task.plan_id == plan.plan_id],
        limit=_NUMBERS_MAX,
    )
    return DistrictPlanFacts(
        issued_on=plan.issued_on, tasks={task.number: task.state is TaskState.CANCELLED for task in tasks}
    )


async def report_facts(
    command: ReportUnitTask | CompleteUnitTask, actor: Actor, today: date, edge: Edge
) -> UnitPlanFacts:
    """Return the files that the command names, as their owner uploaded them."""
    return UnitPlanFacts(actor=actor, today=today, attachments=await claimed(command.attachments, actor, edge))


async def due_dates_facts(command: RecomputeUnitDueDates, actor: Actor, today: date, edge: Edge) -> UnitDueDatesFacts:
    """Return the working days of the year, and the open tasks whose date was counted in them."""
    calendars = await calendars_of(edge, [command.year])
    tasks = await edge.rows.select(
        CountedUnitTask,
        "unit_plan_task",
        where=lambda row: [
            row.district == command.district,
            row.year == command.year,
            row.state.in_(OPEN),
            row.due_rule != DueRule.DATE,
        ],
        limit=ALL_TASKS,
    )
    return UnitDueDatesFacts(
        actor=actor, today=today, days=working_days(calendars), has_calendar=bool(calendars), tasks=tasks
    )
