"""One unit's plan, one task of it, and the tasks of units that carry out one of the district's."""

import asyncio
from dataclasses import replace

from services.plans.events import DueReason, DueRule
from services.plans.queries.calendar import days_left, days_of
from services.plans.queries.unit_plan.reading import ALL_TASKS, beginning, in_a_list, place, visible_plan
from services.plans.rules import WorkingDays, day_of, due_date, working_days_between
from services.plans.views import (
    ListUnitTasksOf,
    ShowUnitPlan,
    ShowUnitTask,
    TaskState,
    TaskView,
    UnitPlanBoard,
    UnitPlanHistory,
    UnitPlanTaskView,
    UnitPlanTotals,
    UnitTaskDetail,
    UnitTasksOf,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor


async def unit_plan_board(question: ShowUnitPlan, actor: Actor, edge: Edge) -> UnitPlanBoard:
    """Return the unit's plan. Raises Rejected `unit_plan.not_found`, also for a draft that the asker may not see."""
    key = (*place(question, actor, edge), question.unit_id)
    plan = await visible_plan(edge, actor, *key)
    today = edge.clock.today()
    tasks, totals, history = await asyncio.gather(
        edge.rows.select(
            UnitPlanTaskView,
            "unit_plan_task",
            where=lambda row: [row.district == key[0], row.year == key[1], row.unit_id == key[2]],
        ),
        edge.rows.get(UnitPlanTotals, "unit_plan_totals", *key),
        edge.rows.select(
            UnitPlanHistory,
            "unit_plan_history",
            where=lambda row: [
                row.district == key[0],
                row.year == key[1],
                row.unit_id == key[2],
                row.number == 0,
            ],
        ),
    )
    return UnitPlanBoard(
        # The rows of a plan in force say all that its draft said.
        plan=replace(plan, draft=()) if plan.status == "issued" else plan,
        tasks=tuple(in_a_list(task) for task in tasks),
        totals=totals,
        history=tuple(history),
        today=today,
        days_left=await days_left(edge, today, (task.due_on for task in tasks)),
    )


async def unit_task_detail(question: ShowUnitTask, actor: Actor, edge: Edge) -> UnitTaskDetail:
    """Return the task, the district's task behind it and its history. Raises Rejected `task.not_found`."""
    key = (*place(question, actor, edge), question.unit_id)
    task = await edge.rows.get(UnitPlanTaskView, "unit_plan_task", *key, question.task_number)
    if task is None:
        raise Rejected("task.not_found", task_number=question.task_number)
    today = edge.clock.today()
    plan, history, days = await asyncio.gather(
        visible_plan(edge, actor, *key),
        edge.rows.select(
            UnitPlanHistory,
            "unit_plan_history",
            where=lambda row: [
                row.district == key[0],
                row.year == key[1],
                row.unit_id == key[2],
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


async def unit_tasks_of(question: ListUnitTasksOf, actor: Actor, edge: Edge) -> UnitTasksOf:
    """Return the tasks of units that carry out the district's task."""
    district, year = place(question, actor, edge)
    tasks = await edge.rows.select(
        UnitPlanTaskView,
        "unit_plan_task",
        where=lambda row: [row.district == district, row.year == year, row.of_task == question.task_number],
        limit=ALL_TASKS,
    )
    tasks.sort(key=lambda task: (task.state is TaskState.CANCELLED, task.unit_name, task.number))
    today = edge.clock.today()
    return UnitTasksOf(
        tasks=tuple(replace(in_a_list(task), content=beginning(task.content)) for task in tasks),
        units=len({task.unit_id for task in tasks if task.state is not TaskState.CANCELLED}),
        today=today,
        days_left=await days_left(edge, today, (task.due_on for task in tasks)),
    )
