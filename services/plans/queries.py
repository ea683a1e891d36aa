"""The reads of plans, each within the asker's scope."""

from collections import Counter
from collections.abc import Mapping
from typing import assert_never

from services.plans.documents import KnownUnit, UnitDirectory, parse_plan, unit_directory
from services.plans.events import Group, Unit
from services.plans.views import (
    CityOverview,
    CityTotals,
    DistrictOverview,
    DistrictTotals,
    GroupTotals,
    ListOrganisations,
    ListPlans,
    MyWork,
    OrganisationDetail,
    OrganisationList,
    OrganisationView,
    ParsePlan,
    PlanAnswer,
    PlanBoard,
    PlanList,
    PlanQuestion,
    PlanView,
    ShowCity,
    ShowDistrict,
    ShowOrganisation,
    ShowPlan,
    ShowTask,
    TaskDetail,
    TaskHistory,
    TaskState,
    TaskView,
    UnitSetView,
    UnitTaskView,
    UnitTotals,
    WorkList,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, DISTRICTS, Actor, Role

_OPEN = (TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE)


async def answer(question: PlanQuestion, actor: Actor, edge: Edge) -> PlanAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `<thing>.not_found`."""
    match question:
        case ListOrganisations():
            rows = await edge.rows.select(OrganisationView, "organisation")
            return OrganisationList(organisations=tuple(rows))
        case ShowOrganisation(district=district, year=year):
            if district != CITY:
                _authorise(actor, edge, district)
            return await _organisation(edge, district, year)
        case ParsePlan(text=text):
            return parse_plan(text, await _directories(edge))
        case ListPlans():
            return await _plans(question, actor, edge)
        case ShowPlan():
            _authorise(actor, edge, question.district)
            return await _board(question, actor, edge)
        case ShowTask():
            _authorise(actor, edge, question.district)
            return await _task(question, edge)
        case MyWork():
            return await _work(actor, edge)
        case ShowDistrict():
            _authorise(actor, edge, question.district)
            return await _district(question, edge)
        case ShowCity():
            if not actor.reads_city(on=edge.clock.today()):
                raise Rejected("actor.not_allowed", action="ShowCity")
            return await _city(question, edge)
        case _:
            assert_never(question)


def _authorise(actor: Actor, edge: Edge, district: str) -> None:
    if not actor.reads(district, on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="read", district=district[:40])


async def organisation_of(edge: Edge, district: str) -> OrganisationView:
    """Return the organisation. Raises Rejected `organisation.not_established`."""
    found = await edge.rows.get(OrganisationView, "organisation", district)
    if found is None:
        raise Rejected("organisation.not_established", district=district[:40])
    return found


async def units_of(edge: Edge, district: str) -> list[Unit]:
    """Return the district's units."""
    return await edge.rows.select(Unit, "unit", where=lambda unit: [unit.district == district])


async def sets_of(edge: Edge, district: str) -> list[UnitSetView]:
    """Return the district's sets of units."""
    return await edge.rows.select(UnitSetView, "unit_set", where=lambda one: [one.district == district])


async def groups_of(edge: Edge, district: str, year: int) -> list[Group]:
    """Return the district's groups of the year."""
    return await edge.rows.select(
        Group, "unit_group", where=lambda group: [group.district == district, group.year == year]
    )


async def _organisation(edge: Edge, district: str, year: int) -> OrganisationDetail:
    return OrganisationDetail(
        organisation=await organisation_of(edge, district),
        units=tuple(await units_of(edge, district)),
        sets=tuple(await sets_of(edge, district)),
        groups=tuple(await groups_of(edge, district, year)),
    )


async def _directories(edge: Edge) -> Mapping[str, UnitDirectory]:
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


async def _plans(question: ListPlans, actor: Actor, edge: Edge) -> PlanList:
    today = edge.clock.today()
    districts = [
        district for district in DISTRICTS if actor.reads(district, on=today) and question.district in (None, district)
    ]
    rows = await edge.rows.select(
        PlanView,
        "plan",
        where=lambda plan: [
            plan.district.in_(districts),
            *([plan.year == question.year] if question.year is not None else []),
        ],
        order=("year", "district"),
        descending=True,
    )
    return PlanList(plans=tuple(plan for plan in rows if plan.status == "issued" or _sees_drafts(actor, edge, plan)))


def _sees_drafts(actor: Actor, edge: Edge, plan: PlanView) -> bool:
    roles = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)
    return actor.has(*roles, on=edge.clock.today(), district=plan.district)


async def _plan(edge: Edge, district: str, plan_id: str) -> PlanView:
    plan = await edge.rows.get(PlanView, "plan", district, plan_id)
    if plan is None:
        raise Rejected("plan.not_found", plan_id=plan_id[:80])
    return plan


async def _board(question: ShowPlan, actor: Actor, edge: Edge) -> PlanBoard:
    plan = await _plan(edge, question.district, question.plan_id)
    if plan.status != "issued" and not _sees_drafts(actor, edge, plan):
        raise Rejected("plan.not_found", plan_id=question.plan_id[:80])
    tasks = await edge.rows.select(
        TaskView,
        "task",
        where=lambda task: [
            task.district == question.district,
            task.plan_id == question.plan_id,
            *([task.quarter == question.quarter] if question.quarter is not None else []),
        ],
        order=("number",),
    )
    if question.unit_id is not None:
        tasks = [task for task in tasks if any(part.unit_id == question.unit_id for part in task.parts)]
    if question.group_id is not None:
        tasks = [task for task in tasks if any(part.group_id == question.group_id for part in task.parts)]
    return PlanBoard(plan=plan, tasks=tuple(tasks), today=edge.clock.today())


async def _task(question: ShowTask, edge: Edge) -> TaskDetail:
    key = (question.district, question.plan_id, question.task_number)
    task = await edge.rows.get(TaskView, "task", *key)
    if task is None:
        raise Rejected("task.not_found", task_number=question.task_number)
    history = await edge.rows.select(
        TaskHistory,
        "task_history",
        where=lambda one: [
            one.district == question.district,
            one.plan_id == question.plan_id,
            one.number == question.task_number,
        ],
        order=("seq",),
    )
    return TaskDetail(
        plan=await _plan(edge, question.district, question.plan_id),
        task=task,
        history=tuple(history),
        today=edge.clock.today(),
    )


async def _work(actor: Actor, edge: Edge) -> WorkList:
    today = edge.clock.today()
    tasks: list[UnitTaskView] = []
    plans: list[PlanView] = []
    for district in DISTRICTS:
        units = actor.units(district, on=today)
        if units:
            tasks += await edge.rows.select(
                UnitTaskView,
                "unit_task",
                where=lambda task, district=district, units=units: [  # type: ignore[misc]
                    task.district == district,
                    task.unit_id.in_(sorted(units)),
                    task.done_on.is_(None),
                    task.state.in_(_OPEN),
                ],
                order=("due_on", "number"),
                limit=200,
            )
        waiting = []
        if actor.has(Role.DISTRICT_CHAIR, on=today, district=district):
            waiting += ["submitted"]
        if actor.has(Role.HOME_AFFAIRS, on=today, district=district):
            waiting += ["draft", "returned"]
        if waiting:
            plans += await edge.rows.select(
                PlanView,
                "plan",
                where=lambda plan, district=district, waiting=waiting: [  # type: ignore[misc]
                    plan.district == district,
                    plan.status.in_(waiting),
                ],
            )
    tasks.sort(key=lambda task: (task.due_on, task.district, task.number))
    return WorkList(tasks=tuple(tasks), plans=tuple(plans), today=today)


async def _district(question: ShowDistrict, edge: Edge) -> DistrictOverview:
    today = edge.clock.today()
    district, year = question.district, question.year
    plans = await edge.rows.select(
        PlanView,
        "plan",
        where=lambda plan: [plan.district == district, plan.year == year, plan.status == "issued"],
        limit=1,
    )
    plan_id = plans[0].plan_id if plans else ""
    overdue_tasks = await edge.rows.select(
        TaskView,
        "task",
        where=lambda task: [
            task.district == district,
            task.plan_id == plan_id,
            task.due_on < today,
            task.state.in_(_OPEN),
        ],
    )
    units: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    for task in overdue_tasks:
        late = [part for part in task.parts if part.done_on is None]
        units.update(part.unit_id for part in late)
        groups.update({part.group_id for part in task.parts if part.group_id})
    return DistrictOverview(
        organisation=await organisation_of(edge, district),
        plan=plans[0] if plans else None,
        units=tuple(await units_of(edge, district)),
        groups=tuple(await groups_of(edge, district, year)),
        unit_totals=tuple(
            await edge.rows.select(
                UnitTotals, "unit_totals", where=lambda row: [row.district == district, row.plan_id == plan_id]
            )
        ),
        group_totals=tuple(
            await edge.rows.select(
                GroupTotals, "group_totals", where=lambda row: [row.district == district, row.plan_id == plan_id]
            )
        ),
        district_totals=tuple(
            await edge.rows.select(
                DistrictTotals,
                "district_totals",
                where=lambda row: [row.district == district, row.plan_id == plan_id],
            )
        ),
        overdue=len(overdue_tasks),
        overdue_units=dict(units),
        overdue_groups=dict(groups),
        today=today,
    )


async def _city(question: ShowCity, edge: Edge) -> CityOverview:
    today, year = edge.clock.today(), question.year
    organisations = await edge.rows.select(OrganisationView, "organisation")
    plans = await edge.rows.select(
        PlanView, "plan", where=lambda plan: [plan.year == year, plan.status == "issued"], order=("district",)
    )
    overdue = {
        district: await edge.rows.count(
            "task",
            where=lambda task, district=district: [  # type: ignore[misc]
                task.district == district,
                task.year == year,
                task.due_on < today,
                task.state.in_(_OPEN),
            ],
        )
        for district in DISTRICTS
    }
    return CityOverview(
        organisations=tuple(one for one in organisations if one.district != CITY),
        plans=tuple(plans),
        district_totals=tuple(
            await edge.rows.select(DistrictTotals, "district_totals", where=lambda row: [row.year == year])
        ),
        city_totals=tuple(await edge.rows.select(CityTotals, "city_totals", where=lambda row: [row.year == year])),
        overdue=overdue,
        today=today,
    )
