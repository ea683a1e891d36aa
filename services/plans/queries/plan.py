"""The reads of plans and tasks, of a unit's work, and of what each level counts."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, get_args

from sqlalchemy import or_

from services.plans.commands import (
    AmendDraft,
    AmendPlan,
    AssignTask,
    CompleteTaskPart,
    DraftPlan,
    IssuePlan,
    PlanCommand,
    RecomputeDueDates,
    ReportTask,
    SubmitPlanAmendment,
)
from services.plans.decider import PlanFacts
from services.plans.events import DueReason, DueRule
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.calendar import calendars_of, days_left, days_of
from services.plans.queries.organisation import groups_of, organisation_of, sets_of, units_of
from services.plans.queries.paging import RowPage, listed, read_page
from services.plans.rules import (
    ATTACHMENTS_MAX,
    WorkingDays,
    day_of,
    due_date,
    working_days,
    working_days_between,
)
from services.plans.views import (
    HISTORY_A_PAGE,
    CityOverview,
    CityTotals,
    DistrictOverview,
    DistrictTotals,
    GroupTotals,
    ListPlans,
    MoveKind,
    MyWork,
    OpenExtension,
    OrganisationView,
    PlanBoard,
    PlanList,
    PlanView,
    ShowCity,
    ShowDistrict,
    ShowPlan,
    ShowTask,
    TaskDetail,
    TaskHistory,
    TaskPlan,
    TaskState,
    TaskView,
    UnitTaskView,
    UnitTotals,
    WorkList,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, DISTRICTS, Actor, Attachment, Role

OPEN_STATES = (TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE)


async def _plans(question: ListPlans, actor: Actor, edge: Edge) -> PlanList:
    """Return the plans that the actor may see, newest year first."""
    today = edge.clock.today()
    districts = [
        district for district in DISTRICTS if actor.reads(district, on=today) and question.district in (None, district)
    ]
    preparing = [district for district in districts if sees_drafts(actor, edge, district)]

    def asked_for(plan: Any) -> list[Any]:
        return [
            plan.district.in_(districts),
            or_(plan.status == "issued", plan.district.in_(preparing)),
            *([plan.year == question.year] if question.year is not None else []),
            *([plan.status == question.status] if question.status is not None else []),
        ]

    read = await read_page(
        edge.rows, PlanView, "plan", question.page, where=asked_for, order=("year", "district"), descending=True
    )
    return PlanList(
        plans=tuple(listed(shown_plan(actor, edge, plan)) for plan in read.rows),
        found=read.found,
        page=read.page,
        pages=read.pages,
    )


def sees_drafts(actor: Actor, edge: Edge, district: str) -> bool:
    """Return whether the actor sees the district's plans before they are in force."""
    roles = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)
    return actor.has(*roles, on=edge.clock.today(), district=district)


def shown_plan(actor: Actor, edge: Edge, plan: PlanView) -> PlanView:
    """Return the plan as the actor may see it: an amendment that is not in force is a draft."""
    return plan if sees_drafts(actor, edge, plan.district) else replace(plan, amendment=None, amendment_status=None)


async def visible_plan(edge: Edge, actor: Actor, district: str, plan_id: str) -> PlanView:
    """Return the plan if the actor may see it as far as it is. Raises Rejected `plan.not_found`."""
    plan = await edge.rows.get(PlanView, "plan", district, plan_id)
    if plan is None or (plan.status != "issued" and not sees_drafts(actor, edge, plan.district)):
        raise Rejected("plan.not_found", plan_id=plan_id[:80])
    return shown_plan(actor, edge, plan)


async def _board(question: ShowPlan, actor: Actor, edge: Edge) -> PlanBoard:
    """Return the plan with the tasks asked for. Raises Rejected `plan.not_found`."""
    require_reader(actor, edge, question.district)
    plan = await visible_plan(edge, actor, question.district, question.plan_id)
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
    today = edge.clock.today()
    return PlanBoard(
        plan=plan,
        tasks=tuple(without_texts(task) for task in tasks),
        today=today,
        days_left=await days_left(edge, today, (one.due_on for one in tasks)),
    )


def without_texts(task: TaskView, *, report_characters: int = 0) -> TaskView:
    """Return the task without what its units wrote and asked for, but so much of each report; ShowTask has it all.

    A plan of a thousand parts, each with a report, is more than an answer holds.
    """
    parts = tuple(
        replace(part, report=part.report[:report_characters], evidence="", attachments=())
        if part.evidence or part.attachments or len(part.report) > report_characters
        else part
        for part in task.parts
    )
    return replace(task, parts=parts, extensions=(), handed_over=())


async def _task_detail(question: ShowTask, actor: Actor, edge: Edge) -> TaskDetail:
    """Return the task, its plan and a page of its history. Raises Rejected `task.not_found`."""
    require_reader(actor, edge, question.district)
    key = (question.district, question.plan_id, question.task_number)
    task = await edge.rows.get(TaskView, "task", *key)
    if task is None:
        raise Rejected("task.not_found", task_number=question.task_number)
    today = edge.clock.today()
    (plan,), history, days = await asyncio.gather(
        edge.rows.select(
            TaskPlan,
            "plan",
            where=lambda one: [one.district == question.district, one.plan_id == question.plan_id],
        ),
        _history(question, edge),
        days_of(edge, today, task.due_on),
    )
    return TaskDetail(
        plan=plan,
        task=task,
        history=tuple(history.rows),
        history_page=history.page,
        history_pages=history.pages,
        today=today,
        due_day=day_of(days, task.due_on),
        due_reason=_due_reason(task, days),
        days_left=working_days_between(days, today, task.due_on),
    )


async def _history(question: ShowTask, edge: Edge) -> RowPage[TaskHistory]:
    """Return the page of the history that is asked for."""

    def of_task(row: Any) -> list[Any]:
        return [
            row.district == question.district,
            row.plan_id == question.plan_id,
            row.number == question.task_number,
        ]

    return await read_page(
        edge.rows,
        TaskHistory,
        "task_history",
        question.history_page,
        where=of_task,
        order=("seq",),
        descending=True,
        size=HISTORY_A_PAGE,
    )


def _due_reason(task: TaskView, days: WorkingDays) -> DueReason | None:
    """Return why the task is due that day: by the calendar of today where it gives that day, else as it was said then.

    None where the day was not counted: stated, or granted to a unit. A completed task keeps its date when the calendar
    changes, and the plans of old were given none in words.
    """
    is_extended = task.due_move is not None and task.due_move.kind is MoveKind.EXTENSION
    if task.due_rule is DueRule.DATE or is_extended:
        return None
    now, _ = due_date(task.year, task.quarter, None, days, month=task.due_month)
    return now.reason if now.due_on == task.due_on else task.due_reason


async def _work(_: MyWork, actor: Actor, edge: Edge) -> WorkList:
    """Return the open parts of the actor's units, and the plans that wait for the actor's hand."""
    today = edge.clock.today()
    tasks: list[UnitTaskView] = []
    plans: list[PlanView] = []
    extensions: list[OpenExtension] = []
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
                    task.state.in_(OPEN_STATES),
                ],
                order=("due_on", "number"),
                limit=200,
            )
        waiting = []
        if actor.has(Role.DISTRICT_CHAIR, on=today, district=district):
            waiting += ["submitted"]
        if actor.has(Role.HOME_AFFAIRS, on=today, district=district):
            waiting += ["draft", "returned"]
            found = await edge.rows.select(
                OpenExtension,
                "open_extension",
                where=lambda one, district=district: [one.district == district],  # type: ignore[misc]
                order=("due_on", "number"),
                limit=200,
            )
            # Who asked does not decide.
            extensions += [one for one in found if one.by != actor.account_id]
        if waiting:
            plans += await edge.rows.select(
                PlanView,
                "plan",
                where=lambda plan, district=district, waiting=waiting: [  # type: ignore[misc]
                    plan.district == district,
                    or_(plan.status.in_(waiting), plan.amendment_status.in_(waiting)),
                ],
            )
    tasks.sort(key=lambda task: (task.due_on, task.district, task.number))
    return WorkList(
        tasks=tuple(tasks),
        plans=tuple(plans),
        today=today,
        days_left=await days_left(edge, today, (task.due_on for task in tasks)),
        extensions=tuple(extensions),
    )


async def _district_overview(question: ShowDistrict, actor: Actor, edge: Edge) -> DistrictOverview:
    """Return what the levels of the district count, and what is overdue."""
    require_reader(actor, edge, question.district)
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
            task.state.in_(OPEN_STATES),
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
        plan=shown_plan(actor, edge, plans[0]) if plans else None,
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


async def _city_overview(question: ShowCity, actor: Actor, edge: Edge) -> CityOverview:
    """Return what the districts count, side by side."""
    if not actor.reads_city(on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="ShowCity")
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
                task.state.in_(OPEN_STATES),
            ],
        )
        for district in DISTRICTS
    }
    return CityOverview(
        organisations=tuple(one for one in organisations if one.district != CITY),
        plans=tuple(shown_plan(actor, edge, plan) for plan in plans),
        district_totals=tuple(
            await edge.rows.select(DistrictTotals, "district_totals", where=lambda row: [row.year == year])
        ),
        city_totals=tuple(await edge.rows.select(CityTotals, "city_totals", where=lambda row: [row.year == year])),
        overdue=overdue,
        today=today,
    )


# --- facts ---------------------------------------------------------------------------------------


async def _facts(_: PlanCommand, actor: Actor, today: date, __: Edge) -> PlanFacts:
    return PlanFacts(actor=actor, today=today)


async def _naming_facts(
    command: DraftPlan | AmendDraft | IssuePlan | SubmitPlanAmendment | AmendPlan | AssignTask,
    actor: Actor,
    today: date,
    edge: Edge,
) -> PlanFacts:
    """Return the organisation, where units are named, and the working days, where tasks get dates."""
    years = _years(command.plan_id)
    return PlanFacts(
        actor=actor,
        today=today,
        units={unit.unit_id: unit for unit in await units_of(edge, command.district)},
        sets={one.set_id: (one.name, one.members) for one in await sets_of(edge, command.district)},
        groups=[group for year in years for group in await groups_of(edge, command.district, year)],
        days=working_days(await calendars_of(edge, years)),
    )


async def _due_facts(command: RecomputeDueDates, actor: Actor, today: date, edge: Edge) -> PlanFacts:
    calendars = await calendars_of(edge, _years(command.plan_id))
    return PlanFacts(
        actor=actor, today=today, days=working_days(calendars), calendar=calendars[0] if calendars else None
    )


def _years(plan_id: str) -> list[int]:
    """Return the plan's year, none where it can be no plan: its id is its year, and its quarters end within it."""
    return [int(plan_id)] if plan_id.isdecimal() and len(plan_id) == 4 else []


async def _report_facts(command: ReportTask | CompleteTaskPart, actor: Actor, today: date, edge: Edge) -> PlanFacts:
    return PlanFacts(actor=actor, today=today, attachments=await claimed(command.attachments, actor, edge))


async def claimed(named: Sequence[str], actor: Actor, edge: Edge) -> tuple[Attachment, ...]:
    """Return the files named by SHA-256, as the actor uploaded them; each once, and one too many at most."""
    if not named:
        return ()
    assert edge.files is not None
    wanted = list(dict.fromkeys(named))[: ATTACHMENTS_MAX + 1]
    return tuple([(await edge.files.claimed(sha256, actor.account_id)).attachment for sha256 in wanted])


ANSWERS: Answers = {
    ListPlans: _plans,
    ShowPlan: _board,
    ShowTask: _task_detail,
    MyWork: _work,
    ShowDistrict: _district_overview,
    ShowCity: _city_overview,
}
FACTS: Facts = {
    **dict.fromkeys(get_args(PlanCommand), _facts),
    **dict.fromkeys((DraftPlan, AmendDraft, IssuePlan, SubmitPlanAmendment, AmendPlan, AssignTask), _naming_facts),
    **dict.fromkeys((ReportTask, CompleteTaskPart), _report_facts),
    RecomputeDueDates: _due_facts,
}
