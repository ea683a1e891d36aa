"""Plans and tasks as rows; what units, groups, districts and the city count is derived from the task rows."""

from collections.abc import Iterable
from dataclasses import replace

from services.plans.events import (
    DraftAmended,
    DueDatesMoved,
    Participant,
    PlanDrafted,
    PlanIssued,
    PlanReturned,
    PlansEvent,
    PlanSubmitted,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
)
from services.plans.views import (
    CityTotals,
    DistrictTotals,
    GroupTotals,
    PartView,
    PlanView,
    TaskFile,
    TaskHistory,
    TaskState,
    TaskView,
    UnitTaskView,
    UnitTotals,
)
from shared.clock import local_date
from shared.readmodel import Derived, Key, Rollup, Table
from shared.types import Recorded


def plan_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the plan the event changes; events of its tasks leave it as it is."""
    match recorded.event:
        case PlanDrafted() | DraftAmended() | PlanSubmitted() | PlanReturned() | PlanIssued() as event:
            return [(event.district, event.plan_id)]
        case _:
            return []


def plan_row(row: PlanView | None, recorded: Recorded[PlansEvent], _: Key) -> PlanView | None:
    """Return the plan after the event; None where there is no plan."""
    match recorded.event:
        case PlanDrafted() as event:
            return PlanView(
                district=event.district,
                plan_id=event.plan_id,
                year=event.year,
                status="draft",
                number=event.number,
                issued_on=None,
                text=event.text,
                draft=event.tasks,
                return_reason=None,
                seq=recorded.seq,
            )
        case DraftAmended() as event:
            return row and replace(row, number=event.number, text=event.text, draft=event.tasks, seq=recorded.seq)
        case PlanSubmitted():
            return row and replace(row, status="submitted", return_reason=None, seq=recorded.seq)
        case PlanReturned() as event:
            return row and replace(row, status="returned", return_reason=event.reason, seq=recorded.seq)
        case PlanIssued() as event:
            return row and replace(
                row, status="issued", number=event.number, issued_on=event.issued_on, seq=recorded.seq
            )
        case _:
            return row


def task_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the tasks the event changes."""
    match recorded.event:
        case PlanIssued() | DueDatesMoved() as event:
            return [(event.district, event.plan_id, task.number) for task in event.tasks]
        case (
            TaskAssigned()
            | TaskStarted()
            | TaskReported()
            | TaskPartCompleted()
            | TaskCompleted()
            | TaskReopened()
            | TaskCancelled() as event
        ):
            return [(event.district, event.plan_id, event.task_number)]
        case _:
            return []


def _part(participant: Participant) -> PartView:
    return PartView(
        unit_id=participant.unit_id,
        name=participant.name,
        role=participant.role,
        group_id=participant.group_id,
    )


def _with_part(row: TaskView, seq: int, unit_id: str, **changes: object) -> TaskView:
    parts = tuple(
        replace(part, **changes) if part.unit_id == unit_id else part  # type: ignore[arg-type]
        for part in row.parts
    )
    return replace(row, parts=parts, seq=seq)


def _stated(row: TaskView) -> TaskView:
    if row.cancel_reason is not None:
        state = TaskState.CANCELLED
    elif row.completed_on is not None:
        state = TaskState.COMPLETED
    elif any(part.done_on for part in row.parts):
        state = TaskState.PARTLY_DONE
    elif any(part.started_on for part in row.parts):
        state = TaskState.STARTED
    else:
        state = TaskState.ASSIGNED
    return row if row.state is state else replace(row, state=state)


def task_row(row: TaskView | None, recorded: Recorded[PlansEvent], key: Key) -> TaskView | None:
    """Return the task of the key after the event."""
    match recorded.event:
        case PlanIssued() as event:
            _, _, number = key
            task = next(one for one in event.tasks if one.number == number)
            return TaskView(
                district=event.district,
                plan_id=event.plan_id,
                year=event.year,
                number=task.number,
                quarter=task.quarter,
                content=task.content,
                due_on=task.due_on,
                due_rule=task.due_rule,
                state=TaskState.ASSIGNED,
                parts=tuple(_part(one) for one in task.participants),
                completed_on=None,
                cancel_reason=None,
                seq=recorded.seq,
                due_reason=task.due_reason,
            )
        case DueDatesMoved():
            return row and _moved(row, recorded.event, recorded.seq)
        case _:
            return _task_after(row, recorded) if row else None


def _moved(row: TaskView, event: DueDatesMoved, seq: int) -> TaskView:
    task = next(one for one in event.tasks if one.number == row.number)
    return replace(row, due_on=task.due_on, due_reason=task.due_reason, due_on_before=task.due_on_before, seq=seq)


def _task_after(row: TaskView, recorded: Recorded[PlansEvent]) -> TaskView:
    event, seq = recorded.event, recorded.seq
    match event:
        case TaskAssigned():
            known = {part.unit_id: part for part in row.parts}
            parts = tuple(
                replace(known[one.unit_id], role=one.role, name=one.name, group_id=one.group_id)
                if one.unit_id in known
                else _part(one)
                for one in event.participants
            )
            return _stated(replace(row, parts=parts, seq=seq))
        case TaskStarted():
            return _stated(_with_part(row, seq, event.unit_id, started_on=local_date(event.at)))
        case TaskReported():
            part = next((one for one in row.parts if one.unit_id == event.unit_id), None)
            started_on = (part and part.started_on) or local_date(event.at)
            return _stated(
                _with_part(
                    row,
                    seq,
                    event.unit_id,
                    started_on=started_on,
                    percent=event.percent,
                    report=event.text,
                    reported_at=event.at,
                    attachments=event.attachments,
                )
            )
        case TaskPartCompleted():
            return _stated(
                _with_part(
                    row,
                    seq,
                    event.unit_id,
                    done_on=event.completed_on,
                    evidence=event.evidence,
                    percent=100,
                    attachments=event.attachments,
                )
            )
        case TaskCompleted():
            return _stated(replace(row, completed_on=event.completed_on, seq=seq))
        case TaskReopened():
            parts = tuple(
                PartView(unit_id=part.unit_id, name=part.name, role=part.role, group_id=part.group_id)
                for part in row.parts
            )
            return _stated(replace(row, parts=parts, completed_on=None, seq=seq))
        case TaskCancelled():
            return _stated(replace(row, cancel_reason=event.reason, seq=seq))
        case _:
            return row


def unit_tasks(task: TaskView) -> Iterable[UnitTaskView]:
    """Return the task as each of its units sees it."""
    for part in task.parts:
        state = task.state
        if state not in (TaskState.CANCELLED, TaskState.COMPLETED):
            state = _part_state(part)
        yield UnitTaskView(
            district=task.district,
            plan_id=task.plan_id,
            number=task.number,
            unit_id=part.unit_id,
            year=task.year,
            quarter=task.quarter,
            content=task.content,
            role=part.role,
            due_on=task.due_on,
            state=state,
            done_on=part.done_on,
            completed_on=task.completed_on,
            seq=task.seq,
        )


def _part_state(part: PartView) -> TaskState:
    if part.done_on:
        return TaskState.COMPLETED
    return TaskState.STARTED if part.started_on else TaskState.ASSIGNED


def _counts(task: TaskView, parts: Iterable[PartView]) -> dict[str, int]:
    """Return what the task adds to a level: a cancelled task counts as cancelled and as nothing else."""
    cancelled = task.state is TaskState.CANCELLED
    counted = [] if cancelled else list(parts)
    return {
        "tasks": int(not cancelled),
        "completed": int(not cancelled and task.completed_on is not None),
        "cancelled": int(cancelled),
        "parts": len(counted),
        "parts_done": sum(part.done_on is not None for part in counted),
    }


def unit_totals(task: TaskView) -> Iterable[UnitTotals]:
    """Return what the task adds to each of its units."""
    for part in task.parts:
        counts = _counts(task, [part])
        del counts["parts"]
        yield UnitTotals(
            district=task.district, plan_id=task.plan_id, unit_id=part.unit_id, quarter=task.quarter, **counts
        )


def group_totals(task: TaskView) -> Iterable[GroupTotals]:
    """Return what the task adds to each group: once, however many members take part."""
    for group_id in dict.fromkeys(part.group_id for part in task.parts if part.group_id):
        members = [part for part in task.parts if part.group_id == group_id]
        yield GroupTotals(
            district=task.district,
            plan_id=task.plan_id,
            group_id=group_id,
            quarter=task.quarter,
            **_counts(task, members),
        )


def district_totals(task: TaskView) -> Iterable[DistrictTotals]:
    """Return what the task adds to its district."""
    yield DistrictTotals(
        district=task.district,
        plan_id=task.plan_id,
        year=task.year,
        quarter=task.quarter,
        **_counts(task, task.parts),
    )


def city_totals(task: TaskView) -> Iterable[CityTotals]:
    """Return what the task adds to the city."""
    yield CityTotals(year=task.year, quarter=task.quarter, **_counts(task, task.parts))


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
            text, unit_id = ", ".join(one.name for one in event.participants), None
        case TaskReopened() | TaskCancelled():
            text, unit_id = event.reason, None
        case TaskCompleted():
            text, unit_id = "", None
        case DueDatesMoved():
            moved = next(one for one in event.tasks if one.number == number)
            days = f"{moved.due_on_before:%d/%m/%Y} → {moved.due_on:%d/%m/%Y}"
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


def file_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the files that the event names, each with its task."""
    match recorded.event:
        case TaskReported() | TaskPartCompleted() as event:
            return [(one.sha256, event.district, event.plan_id, event.task_number) for one in event.attachments]
        case _:
            return []


def file_row(row: TaskFile | None, recorded: Recorded[PlansEvent], key: Key) -> TaskFile | None:
    """Return the file of the key, under the name it was given last."""
    event = recorded.event
    assert isinstance(event, TaskReported | TaskPartCompleted)
    named = next(one for one in event.attachments if one.sha256 == key[0])
    return TaskFile(
        sha256=named.sha256,
        district=event.district,
        plan_id=event.plan_id,
        number=event.task_number,
        name=named.name,
        size=named.size,
        media_type=named.media_type,
    )


TABLES = (
    Table(
        name="plan",
        row=PlanView,
        key=("district", "plan_id"),
        keys=plan_keys,
        fold=plan_row,
        indexes=(("year",),),
    ),
    Table(
        name="task",
        row=TaskView,
        key=("district", "plan_id", "number"),
        keys=task_keys,
        fold=task_row,
        indexes=(("district", "year"),),
    ),
    Table(
        name="task_history",
        row=TaskHistory,
        key=("district", "plan_id", "number", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
    ),
    Table(
        name="task_file",
        row=TaskFile,
        key=("sha256", "district", "plan_id", "number"),
        keys=file_keys,
        fold=file_row,
    ),
    Derived(
        name="unit_task",
        row=UnitTaskView,
        key=("district", "plan_id", "number", "unit_id"),
        of="task",
        derive=unit_tasks,
        indexes=(("district", "unit_id", "due_on"),),
    ),
    Rollup(
        name="unit_totals",
        row=UnitTotals,
        key=("district", "plan_id", "unit_id", "quarter"),
        of="task",
        contribute=unit_totals,
    ),
    Rollup(
        name="group_totals",
        row=GroupTotals,
        key=("district", "plan_id", "group_id", "quarter"),
        of="task",
        contribute=group_totals,
    ),
    Rollup(
        name="district_totals",
        row=DistrictTotals,
        key=("district", "plan_id", "year", "quarter"),
        of="task",
        contribute=district_totals,
    ),
    Rollup(name="city_totals", row=CityTotals, key=("year", "quarter"), of="task", contribute=city_totals),
)
