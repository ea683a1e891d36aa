"""What is done with a task of an issued plan: assigned, worked on, completed, reopened, cancelled."""

from dataclasses import replace
from typing import assert_never

from services.plans.commands import (
    AssignTask,
    CancelTask,
    CompleteTaskPart,
    GrantExtension,
    RefuseExtension,
    ReopenTask,
    ReportTask,
    RequestExtension,
    StartTask,
    TaskCommand,
)
from services.plans.decider.plan.checks import authorise
from services.plans.decider.plan.completion import completion
from services.plans.decider.plan.drafting import assign_in_draft
from services.plans.decider.plan.extension import grant, refuse, request
from services.plans.decider.plan.rows import expanded, named_units
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus, TaskState
from services.plans.decider.room import within_room
from services.plans.decider.texts import attached, needed_prose, prose
from services.plans.events import (
    Participant,
    PlanEvent,
    TaskAssigned,
    TaskCancelled,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
)
from shared.errors import Rejected


def decide_task(command: TaskCommand, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return what happens to the task; [] where it has happened already."""
    if plan.status is PlanStatus.NONE:
        raise Rejected("plan.not_found", plan_id=command.plan_id)
    if isinstance(command, AssignTask):
        authorise(command, facts)
        if plan.status in (PlanStatus.DRAFT, PlanStatus.SUBMITTED):
            return assign_in_draft(command, plan, facts)
    if plan.status is PlanStatus.CLOSED:
        raise Rejected("plan.closed", plan_id=command.plan_id)
    if plan.status is not PlanStatus.ISSUED:
        raise Rejected("plan.not_issued", plan_id=command.plan_id)
    task = plan.tasks.get(command.task_number)
    if task is None:
        raise Rejected("task.not_found", task_number=command.task_number)
    match command:
        case CancelTask():
            return _cancel(command, task, facts)
        case ReopenTask():
            return _reopen(command, plan, task, facts)
        case AssignTask():
            return _assign(command, plan, task, facts)
        case StartTask():
            return _start(command, task, facts)
        case ReportTask():
            return _report(command, task, facts)
        case CompleteTaskPart():
            return _complete(command, plan, task, facts)
        case RequestExtension():
            return request(command, plan, task, _participant(command, task, facts), facts)
        case GrantExtension():
            return grant(command, plan, task, facts)
        case RefuseExtension():
            return refuse(command, task, facts)
        case _:
            assert_never(command)


def _cancel(command: CancelTask, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    authorise(command, facts)
    if task.is_cancelled:
        return []
    if task.is_completed:
        # Others have counted it; it is opened again first, and they take it back.
        raise Rejected("task.completed", task_number=command.task_number)
    return [
        TaskCancelled(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            content=task.content,
            reason=needed_prose(command.reason, Rejected("task.reason_missing")),
            units=tuple(one.unit_id for one in task.participants),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _reopen(command: ReopenTask, plan: Plan, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    authorise(command, facts)
    _refuse_cancelled(task, command.task_number)
    if not task.done:
        raise Rejected("task.not_completed", task_number=command.task_number)
    return [
        TaskReopened(
            district=command.district,
            plan_id=command.plan_id,
            year=plan.year,
            task_number=command.task_number,
            content=task.content,
            reason=needed_prose(command.reason, Rejected("task.reason_missing")),
            was_completed=task.is_completed,
            units=tuple(one.unit_id for one in task.participants),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _start(command: StartTask, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    _participant(command, task, facts)
    if command.unit_id in task.started or command.unit_id in task.done:
        return []
    return [
        TaskStarted(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            unit_id=command.unit_id,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _report(command: ReportTask, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    _participant(command, task, facts)
    if not 0 <= command.percent <= 100:
        raise Rejected("task.percent_out_of_range", percent=command.percent)
    if command.unit_id in task.done:
        raise Rejected("task.part_completed", task_number=command.task_number, unit_id=command.unit_id)
    return [
        TaskReported(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            unit_id=command.unit_id,
            percent=command.percent,
            text=needed_prose(command.text, Rejected("task.report_missing")),
            by=facts.actor.account_id,
            at=command.at,
            attachments=attached(facts.attachments),
        )
    ]


def _refuse_cancelled(task: TaskState, task_number: int) -> None:
    if task.is_cancelled:
        raise Rejected("task.cancelled", task_number=task_number)


def _participant(
    command: StartTask | ReportTask | CompleteTaskPart | RequestExtension, task: TaskState, facts: PlanFacts
) -> Participant:
    """Return the unit's part. Only an assigned unit acts, through its own people or Phòng Nội vụ."""
    participant = next((one for one in task.participants if one.unit_id == command.unit_id), None)
    authorise(command, facts, command.unit_id)
    if participant is None:
        raise Rejected("task.unit_not_assigned", task_number=command.task_number, unit_id=command.unit_id)
    _refuse_cancelled(task, command.task_number)
    return participant


def _complete(command: CompleteTaskPart, plan: Plan, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    participant = _participant(command, task, facts)
    assert plan.issued_on is not None
    if command.completed_on > facts.today:
        raise Rejected("task.completed_in_future", completed_on=str(command.completed_on), today=str(facts.today))
    if command.completed_on < plan.issued_on:
        raise Rejected(
            "task.completed_before_issue", completed_on=str(command.completed_on), issued_on=str(plan.issued_on)
        )
    if command.unit_id in task.done:
        return []
    events: list[PlanEvent] = [
        TaskPartCompleted(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            unit_id=command.unit_id,
            unit_name=participant.name,
            completed_on=command.completed_on,
            evidence=needed_prose(command.evidence, Rejected("task.evidence_missing")),
            note=prose(command.note, field="note"),
            by=facts.actor.account_id,
            at=command.at,
            attachments=attached(facts.attachments),
        )
    ]
    if not task.is_completed:
        after = replace(task, done={**task.done, command.unit_id: command.completed_on})
        events += completion(command, command.task_number, after, plan, facts)
    return events


def _assign(command: AssignTask, plan: Plan, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    _refuse_cancelled(task, command.task_number)
    if task.is_completed:
        raise Rejected("task.completed", task_number=command.task_number)
    participants = expanded(
        command.task_number,
        named_units(command.lead_units, facts),
        named_units(command.coordinating_units, facts),
        plan.year,
        facts,
    )
    if participants == task.participants:
        return []
    gone = set(task.done) - {one.unit_id for one in participants}
    if gone:
        raise Rejected("task.part_completed", task_number=command.task_number, unit_id=min(gone))
    before = [one.unit_id for one in task.participants]
    assigned = TaskAssigned(
        district=command.district,
        plan_id=command.plan_id,
        task_number=command.task_number,
        content=task.content,
        due_on=task.due_on,
        participants=participants,
        added=tuple(one.unit_id for one in participants if one.unit_id not in before),
        removed=tuple(unit_id for unit_id in before if unit_id not in {one.unit_id for one in participants}),
        by=facts.actor.account_id,
        at=command.at,
    )
    within_room(assigned, "task.too_many_units")
    return [assigned, *completion(command, command.task_number, replace(task, participants=participants), plan, facts)]
