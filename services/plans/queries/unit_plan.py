"""The reads of units' plans: one plan, one task, which units have none yet, and what waits for the asker's hand."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

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
from services.plans.events import DueReason, DueRule, Group, Unit
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.calendar import calendars_of, days_left, days_of
from services.plans.queries.organisation import groups_of, units_of
from services.plans.queries.plan import claimed, shown_plan
from services.plans.rules import (
    TASKS_MAX,
    UNIT_PLAN_HEADS,
    UNITS_MAX,
    YEARS,
    WorkingDays,
    day_of,
    day_within,
    due_date,
    is_expected,
    working_days,
    working_days_between,
)
from services.plans.views import (
    CountUnitPlans,
    Coverage,
    DistrictUnitPlanTotals,
    GroupUnitPlanTotals,
    ListUnitPlans,
    ListUnitTasksOf,
    MyUnitWork,
    OpenUnitTask,
    PlanView,
    ShowUnitPlan,
    ShowUnitTask,
    TaskState,
    TaskView,
    UnitPlanBoard,
    UnitPlanCounts,
    UnitPlanCoverage,
    UnitPlanHistory,
    UnitPlanLine,
    UnitPlanState,
    UnitPlanTaskView,
    UnitPlanToDo,
    UnitPlanTotals,
    UnitPlanView,
    UnitTaskDetail,
    UnitTasksOf,
    UnitWorkList,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import DISTRICTS, UNIT_ROLES, Actor, Role

_OPEN = (TaskState.ASSIGNED, TaskState.STARTED)
_OVERSEERS = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)
_NUMBERS_MAX = 9999  # of the tasks of a district's plan
_ALL_TASKS = UNITS_MAX * TASKS_MAX  # of all units' plans of a district and year
_MY_TASKS_MAX = 200
_LISTED = 200  # characters of a report in a list


# --- which unit has a plan ---------------------------------------------------------------------


async def _coverage(question: ListUnitPlans, actor: Actor, edge: Edge) -> UnitPlanCoverage:
    """Return each unit that is to have a plan, or has one: none yet first, then drafts, then plans in force."""
    district, year = _place(question, actor, edge)
    today = edge.clock.today()
    on = day_within(year, today)
    units, states, groups, district_plan = await asyncio.gather(
        units_of(edge, district),
        _states(edge, district, year),
        groups_of(edge, district, year),
        _district_plan(edge, district, year),
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
            limit=_ALL_TASKS,
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
        district_plan=shown_plan(actor, edge, district_plan) if district_plan else None,
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


async def _counts(question: CountUnitPlans, actor: Actor, edge: Edge) -> UnitPlanCounts:
    """Return how many units are to have a plan, and how far they have come."""
    district, year = _place(question, actor, edge)
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


# --- one plan, one task ------------------------------------------------------------------------


async def _board(question: ShowUnitPlan, actor: Actor, edge: Edge) -> UnitPlanBoard:
    """Return the unit's plan. Raises Rejected `unit_plan.not_found`, also for a draft that the asker may not see."""
    place = (*_place(question, actor, edge), question.unit_id)
    plan = await _visible_plan(edge, actor, *place)
    today = edge.clock.today()
    tasks, totals, history = await asyncio.gather(
        edge.rows.select(
            UnitPlanTaskView,
            "unit_plan_task",
            where=lambda row: [row.district == place[0], row.year == place[1], row.unit_id == place[2]],
        ),
        edge.rows.get(UnitPlanTotals, "unit_plan_totals", *place),
        edge.rows.select(
            UnitPlanHistory,
            "unit_plan_history",
            where=lambda row: [
                row.district == place[0],
                row.year == place[1],
                row.unit_id == place[2],
                row.number == 0,
            ],
        ),
    )
    return UnitPlanBoard(
        # The rows of a plan in force say all that its draft said.
        plan=replace(plan, draft=()) if plan.status == "issued" else plan,
        tasks=tuple(_in_a_list(task) for task in tasks),
        totals=totals,
        history=tuple(history),
        today=today,
        days_left=await days_left(edge, today, (task.due_on for task in tasks)),
    )


def _in_a_list(task: UnitPlanTaskView) -> UnitPlanTaskView:
    """Return the task as a list shows it; its own page has the whole report and the reason of the date."""
    return replace(task, report=_beginning(task.report), evidence=_beginning(task.evidence), due_reason=None)


def _beginning(text: str) -> str:
    return text if len(text) <= _LISTED else f"{text[: _LISTED - 1]}…"


async def _visible_plan(edge: Edge, actor: Actor, district: str, year: int, unit_id: str) -> UnitPlanView:
    plan = await edge.rows.get(UnitPlanView, "unit_plan", district, year, unit_id)
    today = edge.clock.today()
    if plan is None or not (
        plan.status == "issued"
        or unit_id in actor.units(district, on=today)
        or actor.has(*_OVERSEERS, on=today, district=district)
    ):
        raise Rejected("unit_plan.not_found", unit_id=unit_id[:80], year=year)
    return plan


async def _task(question: ShowUnitTask, actor: Actor, edge: Edge) -> UnitTaskDetail:
    """Return the task, the district's task behind it and its history. Raises Rejected `task.not_found`."""
    place = (*_place(question, actor, edge), question.unit_id)
    task = await edge.rows.get(UnitPlanTaskView, "unit_plan_task", *place, question.task_number)
    if task is None:
        raise Rejected("task.not_found", task_number=question.task_number)
    today = edge.clock.today()
    plan, history, days = await asyncio.gather(
        _visible_plan(edge, actor, *place),
        edge.rows.select(
            UnitPlanHistory,
            "unit_plan_history",
            where=lambda row: [
                row.district == place[0],
                row.year == place[1],
                row.unit_id == place[2],
                row.number.in_((0, question.task_number)),
            ],
            order=("seq",),
        ),
        days_of(edge, today, task.due_on),
    )
    of_task = None
    if task.of_task is not None:
        of_task = await edge.rows.get(TaskView, "task", task.district, str(task.year), task.of_task)
    return UnitTaskDetail(
        plan=plan,
        task=task,
        of_task=of_task,
        # What was done with the draft is the plan's history; a task begins when the plan is issued.
        history=tuple(one for one in history if one.number or one.type == "UnitPlanIssued"),
        today=today,
        due_day=day_of(days, task.due_on),
        due_reason=_due_reason(task, days),
        days_left=working_days_between(days, today, task.due_on),
    )


def _due_reason(task: UnitPlanTaskView, days: WorkingDays) -> DueReason | None:
    """Return why the task is due that day: by today's calendar where it gives that day, else as it was said then."""
    if task.due_rule is DueRule.DATE:
        return None
    now, _ = due_date(task.year, task.quarter, None, days, month=task.due_month)
    return now.reason if now.due_on == task.due_on else task.due_reason


async def _tasks_of(question: ListUnitTasksOf, actor: Actor, edge: Edge) -> UnitTasksOf:
    """Return the tasks of units that carry out the district's task."""
    district, year = _place(question, actor, edge)
    tasks = await edge.rows.select(
        UnitPlanTaskView,
        "unit_plan_task",
        where=lambda row: [row.district == district, row.year == year, row.of_task == question.task_number],
        limit=_ALL_TASKS,
    )
    tasks.sort(key=lambda task: (task.state is TaskState.CANCELLED, task.unit_name, task.number))
    today = edge.clock.today()
    return UnitTasksOf(
        tasks=tuple(replace(_in_a_list(task), content=_beginning(task.content)) for task in tasks),
        units=len({task.unit_id for task in tasks if task.state is not TaskState.CANCELLED}),
        today=today,
        days_left=await days_left(edge, today, (task.due_on for task in tasks)),
    )


# --- what waits for the asker ------------------------------------------------------------------


async def _work(_: MyUnitWork, actor: Actor, edge: Edge) -> UnitWorkList:
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
                row.state.in_(_OPEN),
            ],
            order=("due_on", "unit_id", "number"),
            limit=_MY_TASKS_MAX,
        )
        for unit_id in units:
            if (one := await _to_do(edge, actor, district, unit_id, today)) is not None:
                plans.append(one)
    tasks.sort(key=lambda task: (task.due_on, task.district, task.unit_id, task.number))
    return UnitWorkList(
        tasks=tuple(replace(_in_a_list(task), content=_beginning(task.content)) for task in tasks),
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
    if state is None and (not is_expected(unit, today) or await _district_plan(edge, district, today.year) is None):
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


# --- facts -------------------------------------------------------------------------------------


async def _facts(_: UnitPlanCommand, actor: Actor, today: date, __: Edge) -> UnitPlanFacts:
    return UnitPlanFacts(actor=actor, today=today)


async def _planning_facts(
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


async def _district_plan(edge: Edge, district: str, year: int) -> PlanView | None:
    """Return the district's plan where it is in force."""
    plan = await edge.rows.get(PlanView, "plan", district, str(year))
    return plan if plan is not None and plan.status == "issued" else None


async def _district_plan_facts(edge: Edge, district: str, year: int) -> DistrictPlanFacts | None:
    plan = await _district_plan(edge, district, year)
    if plan is None or plan.issued_on is None:
        return None
    tasks = await edge.rows.select(
        TaskView,
        "task",
        where=lambda task: [task.district == district, task.plan_id == plan.plan_id],
        limit=_NUMBERS_MAX,
    )
    return DistrictPlanFacts(
        issued_on=plan.issued_on, tasks={task.number: task.state is TaskState.CANCELLED for task in tasks}
    )


async def _report_facts(
    command: ReportUnitTask | CompleteUnitTask, actor: Actor, today: date, edge: Edge
) -> UnitPlanFacts:
    return UnitPlanFacts(actor=actor, today=today, attachments=await claimed(command.attachments, actor, edge))


async def _due_dates_facts(command: RecomputeUnitDueDates, actor: Actor, today: date, edge: Edge) -> UnitDueDatesFacts:
    """Return the working days of the year, and the open tasks whose date was counted in them."""
    calendars = await calendars_of(edge, [command.year])
    tasks = await edge.rows.select(
        UnitPlanTaskView,
        "unit_plan_task",
        where=lambda row: [
            row.district == command.district,
            row.year == command.year,
            row.state.in_(_OPEN),
            row.due_rule != DueRule.DATE,
        ],
        limit=_ALL_TASKS,
    )
    return UnitDueDatesFacts(
        actor=actor, today=today, days=working_days(calendars), has_calendar=bool(calendars), tasks=tasks
    )


def _place(
    question: ListUnitPlans | CountUnitPlans | ShowUnitPlan | ShowUnitTask | ListUnitTasksOf, actor: Actor, edge: Edge
) -> tuple[str, int]:
    """Return district and year. Raises Rejected `actor.not_allowed`, `calendar.year_out_of_range`."""
    require_reader(actor, edge, question.district)
    if question.year not in YEARS:
        raise Rejected("calendar.year_out_of_range", year=question.year, first=YEARS.start, last=YEARS.stop - 1)
    return question.district, question.year


ANSWERS: Answers = {
    ListUnitPlans: _coverage,
    CountUnitPlans: _counts,
    ShowUnitPlan: _board,
    ShowUnitTask: _task,
    ListUnitTasksOf: _tasks_of,
    MyUnitWork: _work,
}
FACTS: Facts = {
    **dict.fromkeys(get_args(UnitPlanCommand), _facts),
    **dict.fromkeys((DraftUnitPlan, AmendUnitPlanDraft, SubmitUnitPlan, IssueUnitPlan), _planning_facts),
    **dict.fromkeys((ReportUnitTask, CompleteUnitTask), _report_facts),
    RecomputeUnitDueDates: _due_dates_facts,
}
