"""The board of a plan: a page of tasks, and counts over all that the filters let through."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import or_

from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.calendar import days_left
from services.plans.queries.paging import ROWS_READ_MAX, page_within
from services.plans.queries.plan import OPEN_STATES, sees_drafts, without_texts
from services.plans.views import Board, BoardCounts, BoardFilter, PartView, PlanHead, ShowBoard, TaskState, TaskView
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel.rows import Where
from shared.types import Actor

PAGE = 50  # tasks: most plans are shown whole, and an old PC draws no more at once without a pause
_UNITS_SHOWN = 8  # of a task
# By the row of the plan that a task is a term of.
_IN_ORDER = ("quarter", ("series", "number"), "due_on", "number")
_REPORT_CHARACTERS = 80  # of a unit's report: its first words


class _Parts(NamedTuple):
    number: int
    parts: tuple[PartView, ...]


async def _board(question: ShowBoard, actor: Actor, edge: Edge) -> Board:
    """Return the page of the board; of a plan that is not issued no tasks. Raises Rejected `plan.not_found`."""
    require_reader(actor, edge, question.district)
    today = edge.clock.today()
    where = await _wanted(question, today, edge)

    async def read(number: int) -> list[TaskView]:
        return await edge.rows.select(
            TaskView, "task", where=where, order=_IN_ORDER, limit=PAGE, offset=(number - 1) * PAGE
        )

    # At once: behind the questions of others each reading waits for its turn anew.
    asked = min(max(question.page, 1), ROWS_READ_MAX // PAGE)
    plan, tally, tasks = await asyncio.gather(
        _head(question, actor, edge),
        edge.rows.tally("task", by=("quarter", "state", "due_on"), where=where),
        read(asked),
    )
    found = sum(tally.values())
    page, pages = page_within(found, question.page, PAGE)
    if page != asked:
        tasks = await read(page)
    return Board(
        plan=plan,
        tasks=tuple(_short(one, question.unit_id) for one in tasks),
        units={one.number: len(one.parts) for one in tasks},
        counts=_counts(tally, today),
        quarters={
            quarter: _counts(tally, today, of_quarter=quarter)
            for quarter in sorted({quarter for quarter, _, _ in tally})
        },
        found=found,
        page=page,
        pages=pages,
        today=today,
        days_left=await days_left(edge, today, (one.due_on for one in tasks)),
    )


def _short(task: TaskView, unit_id: str | None) -> TaskView:
    """Return the task as the board has room for it: the first units, the one asked for, and who reported last."""
    if len(task.parts) > _UNITS_SHOWN:
        reported = [part for part in task.parts if part.reported_at is not None]
        newest = max(reported, key=lambda part: part.reported_at, default=None)  # type: ignore[arg-type, return-value]
        parts = [
            part
            for index, part in enumerate(task.parts)
            if index < _UNITS_SHOWN or part is newest or part.unit_id == unit_id
        ]
        task = replace(task, parts=tuple(parts))
    return without_texts(task, report_characters=_REPORT_CHARACTERS)


async def _head(question: ShowBoard, actor: Actor, edge: Edge) -> PlanHead:
    heads = await edge.rows.select(
        PlanHead,
        "plan",
        where=lambda plan: [plan.district == question.district, plan.plan_id == question.plan_id],
    )
    may_see_drafts = sees_drafts(actor, edge, question.district)
    if not heads or (heads[0].status != "issued" and not may_see_drafts):
        raise Rejected("plan.not_found", plan_id=question.plan_id[:80])
    return heads[0] if may_see_drafts else replace(heads[0], amendment_status=None)


async def _wanted(question: ShowBoard, today: date, edge: Edge) -> Where:
    """Return the condition for the tasks that every filter lets through."""
    numbers = await _of_parts(question, edge)

    def wanted(task: Any) -> list[Any]:
        return [
            *_of_quarter(question)(task),
            *([task.series == question.series] if question.series is not None else []),
            *_of_state(question.only, task, today),
            *([task.number.in_(numbers)] if numbers is not None else []),
        ]

    return wanted


async def _of_parts(question: ShowBoard, edge: Edge) -> list[int] | None:
    """Return the tasks that are let through for the sake of their parts; None where nothing is asked of these."""
    done = await _done_by(question, edge)
    match question.only:
        case BoardFilter.PART_DONE:
            return [number for number, is_done in (done or {}).items() if is_done]
        case BoardFilter.PART_LATE if done is not None:
            return [number for number, is_done in done.items() if not is_done]
        case _:
            return None if done is None else list(done)


def _of_quarter(question: ShowBoard) -> Where:
    """Return the condition for the tasks of the plan, in the quarter where one is asked for."""
    return lambda task: [
        task.district == question.district,
        task.plan_id == question.plan_id,
        *([task.quarter == question.quarter] if question.quarter is not None else []),
    ]


def _of_state(only: BoardFilter | None, task: Any, today: date) -> Sequence[Any]:
    match only:
        case BoardFilter.OPEN:
            return (task.state.in_(OPEN_STATES),)
        case BoardFilter.OVERDUE | BoardFilter.PART_LATE:
            return (task.state.in_(OPEN_STATES), task.due_on < today)
        case BoardFilter.COMPLETED:
            return (task.state == TaskState.COMPLETED,)
        case BoardFilter.IN_FORCE | BoardFilter.PART_DONE:
            return (task.state != TaskState.CANCELLED,)
        case BoardFilter.CANCELLED:
            return (task.state == TaskState.CANCELLED,)
        case BoardFilter.AMENDED:
            return (or_(task.since_version > 1, task.amended_in != (), task.taken_out_in.is_not(None)),)
        case None:
            return ()


async def _done_by(question: ShowBoard, edge: Edge) -> dict[int, bool] | None:
    """Return the tasks with a part of the unit and the group named, and whether the unit is done; None if none is."""
    if question.unit_id is None and question.group_id is None:
        return None
    rows = await edge.rows.select(_Parts, "task", where=_of_quarter(question), limit=ROWS_READ_MAX)
    found = {}
    for row in rows:
        own = [part for part in row.parts if question.unit_id in (None, part.unit_id)]
        if own and (question.group_id is None or any(part.group_id == question.group_id for part in row.parts)):
            found[row.number] = question.unit_id is not None and any(part.done_on for part in own)
    return found


def _counts(tally: Mapping[tuple[Any, ...], int], today: date, *, of_quarter: int | None = None) -> BoardCounts:
    """Return the counts of what is told by quarter, state and due date."""
    of = [
        (state, due_on < today, number)
        for (quarter, state, due_on), number in tally.items()
        if of_quarter in (None, quarter)
    ]
    return BoardCounts(
        tasks=sum(number for state, _, number in of if state is not TaskState.CANCELLED),
        completed=sum(number for state, _, number in of if state is TaskState.COMPLETED),
        overdue=sum(number for state, is_past, number in of if is_past and state in OPEN_STATES),
        cancelled=sum(number for state, _, number in of if state is TaskState.CANCELLED),
    )


ANSWERS: Answers = {ShowBoard: _board}
