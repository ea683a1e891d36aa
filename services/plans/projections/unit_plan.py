"""Plans of units as rows, their tasks, and what units, groups and districts count of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from services.plans.events import (
    MovedUnitTasks,
    PlansEvent,
    UnitDueDatesMoved,
    UnitPlanDraftAmended,
    UnitPlanDrafted,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
    UnitTaskCancelled,
    UnitTaskCompleted,
    UnitTaskReopened,
    UnitTaskReported,
)
from services.plans.views import (
    DistrictUnitPlanTotals,
    GroupUnitPlanTotals,
    MovedDue,
    OpenUnitTask,
    TaskState,
    UnitPlanHistory,
    UnitPlanState,
    UnitPlanTaskView,
    UnitPlanTotals,
    UnitPlanView,
)
from shared.readmodel import Derived, Key, Rollup, Table
from shared.readmodel.tables import AnyTable
from shared.types import Recorded

_OfPlan = UnitPlanDrafted | UnitPlanDraftAmended | UnitPlanSubmitted | UnitPlanReturned | UnitPlanIssued
_OfTask = UnitTaskReported | UnitTaskCompleted | UnitTaskReopened | UnitTaskCancelled
_OPEN = (TaskState.ASSIGNED, TaskState.STARTED)


def unit_plan_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the unit's plan the event changes; events of its tasks leave it as it is."""
    event = recorded.event
    return [(event.district, event.year, event.unit_id)] if isinstance(event, _OfPlan) else []


def unit_plan_row(row: UnitPlanView | None, recorded: Recorded[PlansEvent], _: Key) -> UnitPlanView | None:
    """Return the unit's plan after the event; None where there is none."""
    match recorded.event:
        case UnitPlanDrafted() as event:
            return UnitPlanView(
                district=event.district,
                year=event.year,
                unit_id=event.unit_id,
                unit_name=event.unit_name,
                group_id=event.group_id or "",
                status="draft",
                number=event.number,
                issued_on=None,
                text=event.text,
                draft=event.tasks,
                return_reason=None,
                seq=recorded.seq,
            )
        case UnitPlanDraftAmended() as event:
            return row and replace(row, number=event.number, text=event.text, draft=event.tasks, seq=recorded.seq)
        case UnitPlanSubmitted():
            return row and replace(row, status="submitted", return_reason=None, seq=recorded.seq)
        case UnitPlanReturned() as event:
            return row and replace(row, status="returned", return_reason=event.reason, seq=recorded.seq)
        case UnitPlanIssued() as event:
            return row and replace(
                row,
                status="issued",
                number=event.number,
                issued_on=event.issued_on,
                unit_name=event.unit_name,
                group_id=event.group_id or "",
                seq=recorded.seq,
            )
        case _:
            return row


def unit_plan_state(plan: UnitPlanView) -> Iterable[UnitPlanState]:
    """Return what lists show of the plan."""
    yield UnitPlanState(
        district=plan.district,
        year=plan.year,
        unit_id=plan.unit_id,
        unit_name=plan.unit_name,
        group_id=plan.group_id,
        status=plan.status,
        number=plan.number,
        issued_on=plan.issued_on,
        tasks=len(plan.draft),
    )


def unit_task_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the tasks of units' plans that the event changes."""
    match recorded.event:
        case UnitPlanIssued() as event:
            return [(event.district, event.year, event.unit_id, task.number) for task in event.tasks]
        case UnitTaskReported() | UnitTaskCompleted() | UnitTaskReopened() | UnitTaskCancelled() as event:
            return [(event.district, event.year, event.unit_id, event.task_number)]
        case UnitDueDatesMoved() as event:
            return [
                (event.district, event.year, unit_id, number)
                for move in event.moves
                for unit_id, numbers in move.tasks.items()
                for number in numbers
            ]
        case _:
            return []


def unit_task_row(row: UnitPlanTaskView | None, recorded: Recorded[PlansEvent], key: Key) -> UnitPlanTaskView | None:
    """Return the task of the key after the event."""
    match recorded.event:
        case UnitPlanIssued() as event:
            task = next(one for one in event.tasks if one.number == key[3])
            return UnitPlanTaskView(
                district=event.district,
                year=event.year,
                unit_id=event.unit_id,
                number=task.number,
                unit_name=event.unit_name,
                group_id=event.group_id or "",
                quarter=task.quarter,
                content=task.content,
                due_on=task.due_on,
                due_rule=task.due_rule,
                due_reason=task.due_reason,
                due_month=task.due_month,
                post=task.post,
                of_task=task.of_task,
                state=TaskState.ASSIGNED,
                seq=recorded.seq,
            )
        case UnitTaskReported() | UnitTaskCompleted() | UnitTaskReopened() | UnitTaskCancelled() as event:
            return row and _after(row, event, recorded.seq)
        case UnitDueDatesMoved() as event:
            return row and _moved(row, event, recorded.seq)
        case _:
            return row


def _after(row: UnitPlanTaskView, event: _OfTask, seq: int) -> UnitPlanTaskView:
    match event:
        case UnitTaskReported():
            return replace(
                row,
                state=TaskState.STARTED,
                percent=event.percent,
                report=event.text,
                reported_at=event.at,
                attachments=event.attachments,
                seq=seq,
            )
        case UnitTaskCompleted():
            return replace(
                row,
                state=TaskState.COMPLETED,
                percent=100,
                completed_on=event.completed_on,
                evidence=event.evidence,
                attachments=event.attachments,
                seq=seq,
            )
        case UnitTaskReopened():
            return replace(
                _due_again(row),
                state=TaskState.ASSIGNED,
                percent=0,
                report="",
                reported_at=None,
                completed_on=None,
                evidence="",
                attachments=(),
                seq=seq,
            )
        case UnitTaskCancelled():
            return replace(row, state=TaskState.CANCELLED, cancel_reason=event.reason, seq=seq)
        case _:
            assert_never(event)


def _moved(row: UnitPlanTaskView, event: UnitDueDatesMoved, seq: int) -> UnitPlanTaskView:
    """Return the task on its new date; one that was completed meanwhile keeps the date it was completed under.

    The new date waits for it: the next moves are counted from there, so it must be due then once it is open again.
    """
    move = _move_of(event, row.unit_id, row.number)
    if row.state not in _OPEN:
        moved = MovedDue(due_on=move.due_on, due_reason=move.due_reason, due_on_before=row.due_on)
        return replace(row, due_when_reopened=moved)
    return replace(row, due_on=move.due_on, due_reason=move.due_reason, due_on_before=move.due_on_before, seq=seq)


def _due_again(row: UnitPlanTaskView) -> UnitPlanTaskView:
    """Return the task on the date to which the calendar moved it while it was done; its own where it did not."""
    moved = row.due_when_reopened
    if moved is None:
        return row
    return replace(
        row,
        due_on=moved.due_on,
        due_reason=moved.due_reason,
        due_on_before=moved.due_on_before,
        due_when_reopened=None,
    )


def _move_of(event: UnitDueDatesMoved, unit_id: str, number: int) -> MovedUnitTasks:
    return next(one for one in event.moves if number in one.tasks.get(unit_id, ()))


def open_unit_task(task: UnitPlanTaskView) -> Iterable[OpenUnitTask]:
    """Return the task while it is open."""
    if task.state in _OPEN:
        yield OpenUnitTask(
            district=task.district, year=task.year, unit_id=task.unit_id, number=task.number, due_on=task.due_on
        )


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return one new row for what the event says of a plan (number 0), or of each task it changes."""
    event = recorded.event
    if isinstance(event, _OfPlan):
        return [(event.district, event.year, event.unit_id, 0, recorded.seq)]
    return [(*key, recorded.seq) for key in unit_task_keys(recorded)]


def history_row(row: UnitPlanHistory | None, recorded: Recorded[PlansEvent], key: Key) -> UnitPlanHistory | None:
    """Return the entry of the history that the event makes."""
    event = recorded.event
    unit_id, number = str(key[2]), int(key[3])
    match event:
        case UnitPlanDrafted() | UnitPlanDraftAmended() | UnitPlanSubmitted():
            text = ""
        case UnitPlanReturned() | UnitTaskReopened() | UnitTaskCancelled():
            text = event.reason
        case UnitPlanIssued():
            text = event.number
        case UnitTaskReported():
            text = f"{event.percent}% · {event.text}"
        case UnitTaskCompleted():
            text = " · ".join(one for one in (event.evidence, event.note) if one)
        case UnitDueDatesMoved():
            move = _move_of(event, unit_id, number)
            text = f"{move.due_on_before:%d/%m/%Y} → {move.due_on:%d/%m/%Y}"
        case _:
            return row
    return UnitPlanHistory(
        district=event.district,
        year=event.year,
        unit_id=unit_id,
        number=number,
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        text=text,
        by=event.by,
        at=event.at,
        attachments=event.attachments if isinstance(event, UnitTaskReported | UnitTaskCompleted) else (),
    )


def _counts(task: UnitPlanTaskView) -> dict[str, int]:
    """Return what the task adds to a level: a cancelled task counts as cancelled and as nothing else."""
    is_cancelled = task.state is TaskState.CANCELLED
    is_completed = task.state is TaskState.COMPLETED
    return {
        "tasks": int(not is_cancelled),
        "completed": int(is_completed),
        "completed_late": int(is_completed and task.completed_on is not None and task.completed_on > task.due_on),
        "cancelled": int(is_cancelled),
    }


def unit_plan_totals(task: UnitPlanTaskView) -> Iterable[UnitPlanTotals]:
    """Return what the task adds to its unit."""
    yield UnitPlanTotals(district=task.district, year=task.year, unit_id=task.unit_id, **_counts(task))


def group_unit_plan_totals(task: UnitPlanTaskView) -> Iterable[GroupUnitPlanTotals]:
    """Return what the task adds to the group of its unit."""
    yield GroupUnitPlanTotals(district=task.district, year=task.year, group_id=task.group_id, **_counts(task))


def district_unit_plan_totals(task: UnitPlanTaskView) -> Iterable[DistrictUnitPlanTotals]:
    """Return what the task adds to the district."""
    yield DistrictUnitPlanTotals(district=task.district, year=task.year, **_counts(task))


TABLES: tuple[AnyTable, ...] = (
    Table(
        name="unit_plan",
        row=UnitPlanView,
        key=("district", "year", "unit_id"),
        keys=unit_plan_keys,
        fold=unit_plan_row,
        kinds=("unit-plan",),
    ),
    Derived(
        name="unit_plan_state",
        row=UnitPlanState,
        key=("district", "year", "unit_id"),
        of="unit_plan",
        derive=unit_plan_state,
    ),
    Table(
        name="unit_plan_task",
        row=UnitPlanTaskView,
        key=("district", "year", "unit_id", "number"),
        keys=unit_task_keys,
        fold=unit_task_row,
        indexes=(("district", "year", "of_task"), ("district", "unit_id", "due_on")),
        kinds=("unit-plan", "unit-due-dates"),
    ),
    Derived(
        name="unit_plan_open_task",
        row=OpenUnitTask,
        key=("district", "year", "unit_id", "number"),
        of="unit_plan_task",
        derive=open_unit_task,
        indexes=(("district", "year", "due_on"),),
    ),
    Table(
        name="unit_plan_history",
        row=UnitPlanHistory,
        key=("district", "year", "unit_id", "number", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
        kinds=("unit-plan", "unit-due-dates"),
    ),
    Rollup(
        name="unit_plan_totals",
        row=UnitPlanTotals,
        key=("district", "year", "unit_id"),
        of="unit_plan_task",
        contribute=unit_plan_totals,
    ),
    Rollup(
        name="group_unit_plan_totals",
        row=GroupUnitPlanTotals,
        key=("district", "year", "group_id"),
        of="unit_plan_task",
        contribute=group_unit_plan_totals,
    ),
    Rollup(
        name="district_unit_plan_totals",
        row=DistrictUnitPlanTotals,
        key=("district", "year"),
        of="unit_plan_task",
        contribute=district_unit_plan_totals,
    ),
)
