"""What happened to each task, a row an event (vi: diễn biến)."""

from collections.abc import Iterable
from datetime import date

from services.plans.events import (
    DueDatesMoved,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    PlanAmended,
    PlanClosed,
    PlanIssued,
    PlansEvent,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
)
from services.plans.projections.plan_task import task_keys
from services.plans.views import TaskHistory
from shared.readmodel import Key, Table
from shared.types import Recorded


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return one new row for each task the event changes."""
    return [(*key, recorded.seq) for key in task_keys(recorded)]


def history_row(row: TaskHistory | None, recorded: Recorded[PlansEvent], key: Key) -> TaskHistory | None:
    """Return the entry of the history that the event makes."""
    event = recorded.event
    number = int(key[2])
    match event:
        case PlanIssued():
            text, unit_id = event.number, None
        case TaskReported():
            text, unit_id = f"{event.percent}% · {event.text}", event.unit_id
        case TaskPartCompleted():
            text, unit_id = " · ".join(one for one in (event.evidence, event.note) if one), event.unit_id
        case TaskStarted():
            text, unit_id = "", event.unit_id
        case TaskAssigned():
            names = ", ".join(one.name for one in event.participants)
            text, unit_id = f"{event.succeeds.name} → {names}" if event.succeeds else names, None
        case TaskReopened() | TaskCancelled():
            text, unit_id = event.reason, None
        case PlanAmended():
            text, unit_id = " · ".join((event.number, event.reason)), None
        case PlanClosed():
            text, unit_id = event.carry_reason, None
        case ExtensionRequested():
            text, unit_id = f"{_days(event.due_on, event.wanted_on)} · {event.reason}", event.unit_id
        case ExtensionGranted():
            text, unit_id = f"{event.unit_name}: {_days(event.due_on_before, event.due_on)}", None
        case ExtensionRefused():
            text, unit_id = f"{event.unit_name}: {event.reason}", None
        case TaskCompleted():
            text, unit_id = "", None
        case DueDatesMoved():
            moved = next(one for one in event.tasks if one.number == number)
            days = _days(moved.due_on_before, moved.due_on)
            text, unit_id = " · ".join((days, event.notice.number) if event.notice else (days,)), None
        case _:
            return row
    return TaskHistory(
        district=event.district,
        plan_id=event.plan_id,
        number=number,
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        unit_id=unit_id,
        text=text,
        by=event.by,
        at=event.at,
        attachments=event.attachments if isinstance(event, TaskReported | TaskPartCompleted) else (),
    )


def _days(before: date, after: date) -> str:
    return f"{before:%d/%m/%Y} → {after:%d/%m/%Y}"


TABLES = (
    Table(
        name="task_history",
        row=TaskHistory,
        key=("district", "plan_id", "number", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
        kinds=("plan",),
    ),
)
