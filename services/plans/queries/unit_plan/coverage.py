"""Which units have a plan of their own: all that are to have one, and how many have come how far."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date

from services.plans.events import Group, Unit
from services.plans.queries.organisation import groups_of, units_of
from services.plans.queries.plan import shown_plan
from services.plans.queries.unit_plan.reading import ALL_TASKS, district_plan, place
from services.plans.rules import UNITS_MAX, day_within, is_expected
from services.plans.views import (
    CountUnitPlans,
    Coverage,
    DistrictUnitPlanTotals,
    GroupUnitPlanTotals,
    ListUnitPlans,
    OpenUnitTask,
    UnitPlanCounts,
    UnitPlanCoverage,
    UnitPlanLine,
    UnitPlanState,
    UnitPlanTotals,
)
from shared.process import Edge
from shared.types import Actor


async def coverage(question: ListUnitPlans, actor: Actor, edge: Edge) -> UnitPlanCoverage:
    """Return each unit that is to have a plan, or has one: none yet first, then drafts, then plans in force."""
    district, year = place(question, actor, edge)
    today = edge.clock.today()
    on = day_within(year, today)
    units, states, groups, above = await asyncio.gather(
        units_of(edge, district),
        _states(edge, district, year),
        groups_of(edge, district, year),
        district_plan(edge, district, year),
    )
    totals, group_totals, district_totals, overdue = await asyncio.gather(
        edge.rows.select(
            UnitPlanTotals,
            "unit_plan_totals",
            where=lambda row: [row.district == district, row.year == year],
            limit=UNITS_MAX,
        ),
        edge.rows.select(
            GroupUnitPlanTotals,
            "group_unit_plan_totals",
            where=lambda row: [row.district == district, row.year == year],
        ),
        edge.rows.get(DistrictUnitPlanTotals, "district_unit_plan_totals", district, year),
        edge.rows.select(
            OpenUnitTask,
            "unit_plan_open_task",
            where=lambda row: [row.district == district, row.year == year, row.due_on < today],
            limit=ALL_TASKS,
        ),
    )
    late = Counter(task.unit_id for task in overdue)
    counted = {row.unit_id: row for row in totals}
    lines = [
        _line(one, state, _group_of(one, state, groups), counted.get(one.unit_id), late[one.unit_id], on)
        for one in units
        if (state := states.get(one.unit_id)) or is_expected(one, on)
    ]
    first = list(Coverage)
    return UnitPlanCoverage(
        lines=tuple(sorted(lines, key=lambda line: (first.index(line.coverage), line.unit_id))),
        groups=tuple(groups),
        group_totals=tuple(group_totals),
        district_totals=district_totals,
        district_plan=shown_plan(actor, edge, above) if above else None,
        on=on,
        today=today,
    )


def _line(
    unit: Unit, plan: UnitPlanState | None, group_id: str, totals: UnitPlanTotals | None, overdue: int, on: date
) -> UnitPlanLine:
    return UnitPlanLine(
        unit_id=unit.unit_id,
        unit_name=plan.unit_name if plan else unit.short_name,
        group_id=group_id,
        coverage=_covered(plan),
        is_expected=is_expected(unit, on),
        is_open=unit.is_open(on),
        plan=plan,
        tasks=totals.tasks if totals else 0,
        completed=totals.completed if totals else 0,
        completed_late=totals.completed_late if totals else 0,
        overdue=overdue,
    )


def _covered(plan: UnitPlanState | None) -> Coverage:
    if plan is None:
        return Coverage.NONE
    return Coverage.ISSUED if plan.status == "issued" else Coverage.DRAFTING


def _group_of(unit: Unit, plan: UnitPlanState | None, groups: Sequence[Group]) -> str:
    """Return the group in which the unit counts: that of its plan, as its tasks are counted; without one, its own."""
    if plan is not None:
        return plan.group_id
    return next((group.group_id for group in groups if unit.unit_id in group.members), "")


async def counts(question: CountUnitPlans, actor: Actor, edge: Edge) -> UnitPlanCounts:
    """Return how many units are to have a plan, and how far they have come."""
    district, year = place(question, actor, edge)
    on = day_within(year, edge.clock.today())
    units, states = await asyncio.gather(units_of(edge, district), _states(edge, district, year))
    found = Counter(_covered(states.get(unit.unit_id)) for unit in units if is_expected(unit, on))
    return UnitPlanCounts(
        expected=found.total(),
        issued=found[Coverage.ISSUED],
        drafting=found[Coverage.DRAFTING],
        none=found[Coverage.NONE],
        on=on,
    )


async def _states(edge: Edge, district: str, year: int) -> dict[str, UnitPlanState]:
    rows = await edge.rows.select(
        UnitPlanState,
        "unit_plan_state",
        where=lambda row: [row.district == district, row.year == year],
        limit=UNITS_MAX,
    )
    return {row.unit_id: row for row in rows}
