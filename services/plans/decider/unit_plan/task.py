"""What is done with a task of a unit's plan in force: reported on, completed, opened again, cancelled."""

from typing import assert_never

from services.plans.commands import (
    CancelUnitTask,
    CompleteUnitTask,
    ReopenUnitTask,
    ReportUnitTask,
    UnitTaskCommand,
)
from services.plans.decider.plan import PlanStatus
from services.plans.decider.texts import attached, needed_prose, prose
from services.plans.decider.unit_plan.checks import said
from services.plans.decider.unit_plan.state import UnitPlan, UnitPlanFacts, UnitTask
from services.plans.events import (
    UnitPlanEvent,
    UnitTaskCancelled,
    UnitTaskCompleted,
    UnitTaskReopened,
    UnitTaskReported,
)
from shared.errors import Rejected


def decide_task(command: UnitTaskCommand, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return what happens to the task; [] where it has happened already."""
    if plan.status is PlanStatus.NONE:
        raise Rejected("unit_plan.not_found", unit_id=command.unit_id, year=command.year)
    if plan.status is not PlanStatus.ISSUED:
        raise Rejected("unit_plan.not_issued", unit_id=command.unit_id, year=command.year)
    number = command.task_number
    task = plan.tasks.get(number)
    if task is None:
        raise Rejected("task.not_found", task_number=number)
    if task.is_cancelled:
        if isinstance(command, CancelUnitTask):
            return []
        raise Rejected("task.cancelled", task_number=number)
    told = said(command, facts)
    match command:
        case ReportUnitTask():
            if not 0 <= command.percent <= 100:
                raise Rejected("task.percent_out_of_range", percent=command.percent)
            _refuse_completed(task, number)
            return [
                UnitTaskReported(
                    task_number=number,
                    percent=command.percent,
                    text=needed_prose(command.text, Rejected("task.report_missing")),
                    attachments=attached(facts.attachments),
                    **told,
                )
            ]
        case CompleteUnitTask():
            _check_completion(command, plan, facts)
            if task.is_completed:
                return []
            return [
                UnitTaskCompleted(
                    unit_name=plan.unit_name,
                    task_number=number,
                    content=task.content,
                    of_task=task.of_task,
                    completed_on=command.completed_on,
                    evidence=needed_prose(command.evidence, Rejected("task.evidence_missing")),
                    note=prose(command.note, field="note"),
                    attachments=attached(facts.attachments),
                    **told,
                )
            ]
        case ReopenUnitTask():
            if not task.is_completed:
                raise Rejected("task.not_completed", task_number=number)
            reason = needed_prose(command.reason, Rejected("task.reason_missing"))
            return [UnitTaskReopened(task_number=number, content=task.content, reason=reason, **told)]
        case CancelUnitTask():
            _refuse_completed(task, number)
            reason = needed_prose(command.reason, Rejected("task.reason_missing"))
            return [UnitTaskCancelled(task_number=number, content=task.content, reason=reason, **told)]
        case _:
            assert_never(command)


def _check_completion(command: CompleteUnitTask, plan: UnitPlan, facts: UnitPlanFacts) -> None:
    assert plan.issued_on is not None
    if command.completed_on > facts.today:
        raise Rejected("task.completed_in_future", completed_on=str(command.completed_on), today=str(facts.today))
    if command.completed_on < plan.issued_on:
        raise Rejected(
            "task.completed_before_issue", completed_on=str(command.completed_on), issued_on=str(plan.issued_on)
        )


def _refuse_completed(task: UnitTask, task_number: int) -> None:
    if task.is_completed:
        raise Rejected("task.completed", task_number=task_number)
