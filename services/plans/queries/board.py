"""The board of a plan: counted over rows of a few columns, of which only a page is read whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.calendar import days_left
from services.plans.queries.paging import ROWS_READ_MAX, page_of
from services.plans.queries.plan import OPEN_STATES, sees_drafts, without_texts
from services.plans.views import Board, BoardCounts, BoardFilter, PartView, PlanHead, ShowBoard, TaskState, TaskView
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel.rows import Where
from shared.types import Actor

PAGE = 50  # tasks: most plans are shown whole, and an old PC draws no more at once without a pause
_UNITS_SHOWN = 8  # of a task
_REPORT_CHARACTERS = 80  # of a unit's report: its first words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What says where a task stands on the board; columns of TaskView."""

    number: int
    quarter: int
    due_on: date
    state: TaskState
    series: int | None
    since_version: int
    amended_in: tuple[int, ...]
    taken_out_in: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    number: int
    parts: tuple[PartView, ...]


async def _board(question: ShowBoard, actor: Actor, edge: Edge) -> Board:
    """Return the page of the board; of a plan that is not issued no tasks. Raises Rejected `plan.not_found`."""
    require_reader(actor, edge, question.district)
    plan = await _head(question, actor, edge)
    today = edge.clock.today()
    found = sorted(await _let_through(question, today, edge), key=_in_order)
    places, page, pages = page_of(found, question.page, PAGE)
    shown = [one.number for one in places]
    rows = await edge.rows.select(
        TaskView,
        "task",
        where=lambda task: [
            task.district == question.district,
            task.plan_id == question.plan_id,
            task.number.in_(shown),
        ],
    )
    tasks = {one.number: one for one in rows}
    return Board(
        plan=plan,
        # A task taken out between the two readings is not there any more.
        tasks=tuple(_short(tasks[number], question.unit_id) for number in shown if number in tasks),
        units={number: len(task.parts) for number, task in tasks.items()},
        counts=_counts(found, today),
        quarters={
            quarter: _counts([one for one in found if one.quarter == quarter], today)
            for quarter in sorted({one.quarter for one in found})
        },
        found=len(found),
        page=page,
        pages=pages,
        today=today,
        days_left=await days_left(edge, today, (one.due_on for one in tasks.values())),
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


async def _let_through(question: ShowBoard, today: date, edge: Edge) -> list[_Place]:
    places = await edge.rows.select(_Place, "task", where=_of_quarter(question), limit=ROWS_READ_MAX)
    shows = _shown(question.only, today, await _done_by(question, edge))
    return [one for one in places if shows(one) and question.series in (None, one.series)]


def _of_quarter(question: ShowBoard) -> Where:
    """Return the condition for the tasks of the plan, in the quarter where one is asked for."""
    return lambda task: [
        task.district == question.district,
        task.plan_id == question.plan_id,
        *([task.quarter == question.quarter] if question.quarter is not None else []),
    ]


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


def _shown(only: BoardFilter | None, today: date, done: dict[int, bool] | None) -> Callable[[_Place], bool]:
    def of_state(one: _Place) -> bool:
        match only:
            case BoardFilter.OPEN:
                return one.state in OPEN_STATES
            case BoardFilter.OVERDUE:
                return _is_overdue(one, today)
            case BoardFilter.COMPLETED:
                return one.state is TaskState.COMPLETED
            case BoardFilter.IN_FORCE:
                return one.state is not TaskState.CANCELLED
            case BoardFilter.CANCELLED:
                return one.state is TaskState.CANCELLED
            case BoardFilter.AMENDED:
                return bool(one.since_version > 1 or one.amended_in or one.taken_out_in)
            case BoardFilter.PART_DONE:
                return (done or {}).get(one.number, False) and one.state is not TaskState.CANCELLED
            case BoardFilter.PART_LATE:
                return not (done or {}).get(one.number, False) and _is_overdue(one, today)
            case None:
                return True

    return lambda one: (done is None or one.number in done) and of_state(one)


def _is_overdue(one: _Place, today: date) -> bool:
    return one.state in OPEN_STATES and one.due_on < today


def _in_order(one: _Place) -> tuple[int, int, date, int]:
    return (one.quarter, one.series or one.number, one.due_on, one.number)


def _counts(tasks: Sequence[_Place], today: date) -> BoardCounts:
    return BoardCounts(
        tasks=sum(one.state is not TaskState.CANCELLED for one in tasks),
        completed=sum(one.state is TaskState.COMPLETED for one in tasks),
        overdue=sum(_is_overdue(one, today) for one in tasks),
        cancelled=sum(one.state is TaskState.CANCELLED for one in tasks),
    )


ANSWERS: Answers = {ShowBoard: _board}
