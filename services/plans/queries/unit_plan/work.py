"""What waits for the asker: open tasks of the own units, and plans to be made, finished or issued."""

from dataclasses import replace
from datetime import date

from services.plans.events import Unit
from services.plans.queries.calendar import days_left
from services.plans.queries.unit_plan.reading import OPEN, beginning, district_plan, in_a_list
from services.plans.rules import UNIT_PLAN_HEADS, is_expected
from services.plans.views import MyUnitWork, UnitPlanState, UnitPlanTaskView, UnitPlanToDo, UnitWorkList
from shared.process import Edge
from shared.types import DISTRICTS, UNIT_ROLES, Actor

_MY_TASKS_MAX = 200


async def own_unit_work(_: MyUnitWork, actor: Actor, edge: Edge) -> UnitWorkList:
    """Return the open tasks of the asker's units, and this year's plans that wait to be made, finished or issued."""
    today = edge.clock.today()
    tasks: list[UnitPlanTaskView] = []
    plans: list[UnitPlanToDo] = []
    for district in DISTRICTS:
        units = sorted(actor.units(district, on=today))
        if not units:
            continue
        tasks += await edge.rows.select(
            UnitPlanTaskView,
            "unit_plan_task",
            where=lambda row, district=district, units=units: [  # type: ignore[misc]
                row.district == district,
                row.unit_id.in_(units),
                row.state.in_(OPEN),
            ],
            order=("due_on", "unit_id", "number"),
            limit=_MY_TASKS_MAX,
        )
        for unit_id in units:
            if (one := await _to_do(edge, actor, district, unit_id, today)) is not None:
                plans.append(one)
    tasks.sort(key=lambda task: (task.due_on, task.district, task.unit_id, task.number))
    return UnitWorkList(
        tasks=tuple(replace(in_a_list(task), content=beginning(task.content)) for task in tasks),
        plans=tuple(plans),
        today=today,
        days_left=await days_left(edge, today, (task.due_on for task in tasks)),
    )


async def _to_do(edge: Edge, actor: Actor, district: str, unit_id: str, today: date) -> UnitPlanToDo | None:
    """Return this year's plan of the unit where it waits for the asker: a submitted one for the head alone."""
    state = await edge.rows.get(UnitPlanState, "unit_plan_state", district, today.year, unit_id)
    unit = await edge.rows.get(Unit, "unit", district, unit_id)
    if unit is None or (state is not None and state.status == "issued"):
        return None
    if state is None and (not is_expected(unit, today) or await district_plan(edge, district, today.year) is None):
        return None
    is_submitted = state is not None and state.status == "submitted"
    roles = UNIT_PLAN_HEADS if is_submitted else UNIT_ROLES
    if not actor.has(*roles, on=today, district=district, unit=unit_id):
        return None
    return UnitPlanToDo(
        district=district,
        year=today.year,
        unit_id=unit_id,
        unit_name=unit.short_name,
        status=state.status if state else "none",
    )
