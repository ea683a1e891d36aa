"""The reads of the organisation: districts, units, sets, groups."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import get_args

from services.plans.commands import CloseDistrict, OrganisationCommand
from services.plans.decider import OrganisationFacts
from services.plans.documents import (
    KnownUnit,
    ParsedPlan,
    UnitDirectory,
    parse_plan,
    unit_directory,
)
from services.plans.events import Group, Unit
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.rules import UNITS_MAX, successor_on
from services.plans.views import (
    ListOrganisations,
    OpenWork,
    OrganisationChange,
    OrganisationDetail,
    OrganisationList,
    OrganisationView,
    ParsePlan,
    PlanView,
    ShowOrganisation,
    ShowUnit,
    TaskState,
    UnitDetail,
    UnitHistory,
    UnitSetView,
    UnitTaskView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, Actor, Role


async def organisation_of(edge: Edge, district: str) -> OrganisationView:
    """Return the organisation. Raises Rejected `organisation.not_established`."""
    found = await edge.rows.get(OrganisationView, "organisation", district)
    if found is None:
        raise Rejected("organisation.not_established", district=district[:40])
    return found


async def units_of(edge: Edge, district: str) -> list[Unit]:
    """Return the district's units."""
    return await edge.rows.select(Unit, "unit", where=lambda unit: [unit.district == district], limit=UNITS_MAX)


async def sets_of(edge: Edge, district: str) -> list[UnitSetView]:
    """Return the district's sets of units."""
    return await edge.rows.select(UnitSetView, "unit_set", where=lambda one: [one.district == district])


async def groups_of(edge: Edge, district: str, year: int) -> list[Group]:
    """Return the district's groups of the year."""
    return await edge.rows.select(
        Group, "unit_group", where=lambda group: [group.district == district, group.year == year]
    )


async def _list(_: ListOrganisations, __: Actor, edge: Edge) -> OrganisationList:
    return OrganisationList(organisations=tuple(await edge.rows.select(OrganisationView, "organisation")))


def _require_chart_reader(actor: Actor, edge: Edge, district: str) -> None:
    """Let all see the city's chart, and its own people a district's.

    Who grants roles has to name the units; the chart of offices is no business content.
    """
    if district != CITY and not actor.has(Role.ADMIN, on=edge.clock.today(), district=district):
        require_reader(actor, edge, district)


async def _detail(question: ShowOrganisation, actor: Actor, edge: Edge) -> OrganisationDetail:
    district, year = question.district, question.year
    _require_chart_reader(actor, edge, district)
    # From here on the answer is the same for everybody: the portal keeps it for all who may ask (ADR 0025).
    # Before the rest: what is told is never older than it says.
    change = await edge.rows.get(OrganisationChange, "organisation_change", district)
    organisation, seq = await organisation_of(edge, district), change.seq if change else 0
    if seq == question.known:
        return OrganisationDetail(organisation=organisation, seq=seq, is_known=True, units=(), sets=(), groups=())
    return OrganisationDetail(
        organisation=organisation,
        seq=seq,
        is_known=False,
        units=tuple(await units_of(edge, district)),
        sets=tuple(await sets_of(edge, district)),
        groups=tuple(await groups_of(edge, district, year)),
    )


async def _unit(question: ShowUnit, actor: Actor, edge: Edge) -> UnitDetail:
    """Return the unit's life. Raises Rejected `unit.not_found`."""
    district, unit_id, today = question.district, question.unit_id, edge.clock.today()
    _require_chart_reader(actor, edge, district)
    units = {unit.unit_id: unit for unit in await units_of(edge, district)}
    if unit_id not in units:
        raise Rejected("unit.not_found", unit_id=unit_id[:80])
    unit = units[unit_id]
    history = await edge.rows.select(
        UnitHistory,
        "unit_history",
        where=lambda one: [one.district == district, one.unit_id == unit_id],
        order=("seq",),
    )
    # One who reads only the chart, as who grants roles does, is shown no business of the unit.
    shows_work = not unit.is_open(today) and actor.reads(district, on=today)
    return UnitDetail(
        organisation=await organisation_of(edge, district),
        unit=unit,
        history=tuple(history),
        predecessors=tuple(one for one in units.values() if one.successor_id == unit_id),
        heir=None if unit.is_open(today) else successor_on(units, unit_id, today),
        open_work=tuple(await open_work(edge, district, unit_id)) if shows_work else (),
        today=today,
    )


async def open_work(edge: Edge, district: str, unit_id: str) -> list[OpenWork]:
    """Return what the unit has not finished: parts of tasks by plan, and tasks of drafts that name it."""
    parts = await edge.rows.select(
        UnitTaskView,
        "unit_task",
        where=lambda task: [
            task.district == district,
            task.unit_id == unit_id,
            task.done_on.is_(None),
            task.state.in_((TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE)),
        ],
        order=("plan_id", "number"),
    )
    drafts = await edge.rows.select(
        PlanView,
        "plan",
        where=lambda plan: [plan.district == district, plan.status.in_(("draft", "returned"))],
        order=("plan_id",),
    )
    open_parts = {plan_id: tuple(one.number for one in parts if one.plan_id == plan_id) for plan_id in _plans(parts)}
    named = {
        plan.plan_id: tuple(
            task.number for task in plan.draft if unit_id in {one.unit_id for one in (*task.leads, *task.coordinators)}
        )
        for plan in drafts
    }
    return [
        *(OpenWork(plan_id=plan_id, is_draft=False, tasks=tasks) for plan_id, tasks in open_parts.items()),
        *(OpenWork(plan_id=plan_id, is_draft=True, tasks=tasks) for plan_id, tasks in named.items() if tasks),
    ]


def _plans(parts: list[UnitTaskView]) -> list[str]:
    return list(dict.fromkeys(one.plan_id for one in parts))


async def directories(edge: Edge) -> Mapping[str, UnitDirectory]:
    """Return what the reader of a document needs to know of each district."""
    directories = {}
    for organisation in await edge.rows.select(OrganisationView, "organisation"):
        district = organisation.district
        units = [
            KnownUnit(id=unit.unit_id, name=unit.name, aliases=(unit.short_name, *unit.aliases), is_set=False)
            for unit in await units_of(edge, district)
        ]
        units += [
            KnownUnit(id=one.set_id, name=one.name, aliases=one.aliases, is_set=True)
            for one in await sets_of(edge, district)
        ]
        directories[district] = unit_directory(name=organisation.name, short_name=organisation.short_name, units=units)
    return directories


async def _parsed(question: ParsePlan, _: Actor, edge: Edge) -> ParsedPlan:
    # Some pages of text take a while, and others ask meanwhile.
    return await asyncio.to_thread(parse_plan, question.text, await directories(edge))


async def _facts(_: OrganisationCommand, actor: Actor, today: date, __: Edge) -> OrganisationFacts:
    return OrganisationFacts(actor=actor, today=today)


async def _closing_facts(_: CloseDistrict, actor: Actor, today: date, edge: Edge) -> OrganisationFacts:
    city_units = {unit.unit_id: unit for unit in await units_of(edge, CITY)}
    return OrganisationFacts(actor=actor, today=today, city_units=city_units)


ANSWERS: Answers = {ListOrganisations: _list, ShowOrganisation: _detail, ShowUnit: _unit, ParsePlan: _parsed}
FACTS: Facts = {**dict.fromkeys(get_args(OrganisationCommand), _facts), CloseDistrict: _closing_facts}
