"""Tasks of issued plans as rows, with every unit's part (vi: nhiệm vụ)."""

from collections.abc import Iterable

from services.plans.events import (
    DueDatesMoved,
    DueRule,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    IssuedTask,
    Participant,
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
from services.plans.views import ExtensionState, ExtensionView, MoveKind, PartView, TaskMove, TaskState, TaskView
from shared.clock import local_date
from shared.frozen import replace
from shared.readmodel import Key, Table
from shared.types import Recorded


def task_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the tasks the event changes."""
    match recorded.event:
        case PlanIssued() | DueDatesMoved() as event:
            return [(event.district, event.plan_id, task.number) for task in event.tasks]
        case PlanAmended() as event:
            numbers = (*(task.number for task in event.tasks), *event.removed)
            return [(event.district, event.plan_id, number) for number in numbers]
        case PlanClosed() as event:
            return [(event.district, event.plan_id, task.number) for task in event.carried]
        case (
            TaskAssigned()
            | TaskStarted()
            | TaskReported()
            | TaskPartCompleted()
            | TaskCompleted()
            | TaskReopened()
            | TaskCancelled()
            | ExtensionRequested()
            | ExtensionGranted()
            | ExtensionRefused() as event
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
    elif row.state is TaskState.CARRIED:
        state = TaskState.CARRIED
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
    _, _, number = key
    match recorded.event:
        case PlanIssued() as event:
            task = next(one for one in event.tasks if one.number == number)
            return _issued(task, event, version=1, seq=recorded.seq)
        case DueDatesMoved():
            return row and _moved(row, recorded.event, recorded.seq)
        case PlanAmended() as event:
            return _amended(row, event, int(number), recorded.seq)
        case PlanClosed():
            return row and replace(row, state=TaskState.CARRIED, seq=recorded.seq)
        case ExtensionRequested() | ExtensionGranted() | ExtensionRefused() as event:
            return row and replace(_extended(row, event), seq=recorded.seq)
        case _:
            return _task_after(row, recorded) if row else None


def _issued(task: IssuedTask, event: PlanIssued | PlanAmended, *, version: int, seq: int) -> TaskView:
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
        seq=seq,
        due_reason=task.due_reason,
        due_month=task.due_month,
        stated_on=task.due_on if task.due_rule is DueRule.DATE else None,
        series=task.series,
        first_content=task.content,
        first_due_on=task.due_on,
        since_version=version,
    )


def _moved(row: TaskView, event: DueDatesMoved, seq: int) -> TaskView:
    task = next(one for one in event.tasks if one.number == row.number)
    move = TaskMove(
        kind=MoveKind.CALENDAR,
        moved_on=local_date(event.at),
        document=event.notice.number if event.notice else "",
    )
    return replace(
        row,
        due_on=task.due_on,
        due_reason=task.due_reason,
        due_on_before=task.due_on_before,
        due_move=move,
        seq=seq,
    )


def _amended(row: TaskView | None, event: PlanAmended, number: int, seq: int) -> TaskView | None:
    if row is None:
        added = next((one for one in event.tasks if one.number == number), None)
        return _issued(added, event, version=event.version, seq=seq) if added else None
    if number in event.removed:
        gone = replace(row, cancel_reason=event.reason, taken_out_in=event.version, seq=seq)
        return _stated(_lapsed(gone))
    task = next(one for one in event.tasks if one.number == number)
    stated = next(one for one in event.changed if one.number == number)
    after = replace(
        row,
        quarter=task.quarter,
        content=task.content,
        due_on=task.due_on,
        due_rule=task.due_rule,
        due_reason=task.due_reason,
        due_month=stated.due_month,
        stated_on=stated.due_on,
        parts=_reassigned(row, task.participants),
        amended_in=(*row.amended_in, event.version),
        seq=seq,
    )
    if (row.quarter, row.due_month, row.stated_on) != (stated.quarter, stated.due_month, stated.due_on):
        move = TaskMove(
            kind=MoveKind.AMENDMENT, moved_on=event.amended_on, document=event.number, version=event.version
        )
        after = replace(_lapsed(after), due_on_before=row.due_on, due_move=move)
    return _stated(after)


def _extended(row: TaskView, event: ExtensionRequested | ExtensionGranted | ExtensionRefused) -> TaskView:
    match event:
        case ExtensionRequested():
            asked = ExtensionView(
                unit_id=event.unit_id,
                unit_name=event.unit_name,
                wanted_on=event.wanted_on,
                reason=event.reason,
                by=event.by,
                at=event.at,
                state=ExtensionState.PENDING,
            )
            return replace(row, extensions=(*row.extensions, asked))
        case ExtensionGranted():
            move = TaskMove(kind=MoveKind.EXTENSION, moved_on=local_date(event.at), unit_name=event.unit_name)
            settled = _settled(row, event.settles, state=ExtensionState.GRANTED, due_on=event.due_on, **_decided(event))
            return replace(settled, due_on=event.due_on, due_on_before=event.due_on_before, due_move=move)
        case ExtensionRefused():
            units = (event.unit_id,)
            return _settled(row, units, state=ExtensionState.REFUSED, answer=event.reason, **_decided(event))


def _decided(event: ExtensionGranted | ExtensionRefused) -> dict[str, object]:
    return {"decided_by": event.by, "decided_on": local_date(event.at)}


def _settled(row: TaskView, units: Iterable[str], **changes: object) -> TaskView:
    """Return the task with the open requests of the units answered."""
    if not row.extensions:
        return row
    wanted = set(units)
    extensions = tuple(
        replace(one, **changes)  # type: ignore[arg-type]
        if one.state is ExtensionState.PENDING and one.unit_id in wanted
        else one
        for one in row.extensions
    )
    return replace(row, extensions=extensions)


def _lapsed(row: TaskView) -> TaskView:
    return _settled(row, [one.unit_id for one in row.extensions], state=ExtensionState.LAPSED)


def _reassigned(row: TaskView, participants: Iterable[Participant]) -> tuple[PartView, ...]:
    """Return the parts of the participants; who took part before goes on from where it was."""
    known = {part.unit_id: part for part in row.parts}
    return tuple(
        replace(known[one.unit_id], role=one.role, name=one.name, group_id=one.group_id)
        if one.unit_id in known
        else _part(one)
        for one in participants
    )


def _task_after(row: TaskView, recorded: Recorded[PlansEvent]) -> TaskView:
    event, seq = recorded.event, recorded.seq
    match event:
        case TaskAssigned():
            ended = event.succeeds.unit_id if event.succeeds else None
            handed_over = (*row.handed_over, *(part for part in row.parts if part.unit_id == ended))
            after = replace(row, parts=_reassigned(row, event.participants), handed_over=handed_over, seq=seq)
            gone = {part.unit_id for part in row.parts} - {one.unit_id for one in event.participants}
            return _stated(_settled(after, gone, state=ExtensionState.LAPSED))
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
                    _settled(row, [event.unit_id], state=ExtensionState.LAPSED),
                    seq,
                    event.unit_id,
                    done_on=event.completed_on,
                    evidence=event.evidence,
                    percent=100,
                    attachments=event.attachments,
                )
            )
        case TaskCompleted():
            return _stated(_lapsed(replace(row, completed_on=event.completed_on, seq=seq)))
        case TaskReopened():
            parts = tuple(
                PartView(unit_id=part.unit_id, name=part.name, role=part.role, group_id=part.group_id)
                for part in row.parts
            )
            return _stated(replace(row, parts=parts, completed_on=None, seq=seq))
        case TaskCancelled():
            return _stated(_lapsed(replace(row, cancel_reason=event.reason, seq=seq)))
        case _:
            return row


TABLES = (
    Table(
        name="task",
        row=TaskView,
        key=("district", "plan_id", "number"),
        keys=task_keys,
        fold=task_row,
        indexes=(("district", "year"),),
        kinds=("plan",),
    ),
)
