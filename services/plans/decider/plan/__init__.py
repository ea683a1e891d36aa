"""The rules of an annual plan and its tasks: one aggregate a plan."""

from typing import assert_never

from services.plans.commands import (
    AmendDraft,
    AmendPlan,
    AssignTask,
    CancelTask,
    ClosePlan,
    CompleteTaskPart,
    DraftPlan,
    GrantExtension,
    HandOverTasks,
    IssuePlan,
    PlanCommand,
    RecomputeDueDates,
    RefuseExtension,
    ReopenTask,
    ReportTask,
    RequestExtension,
    ReturnPlan,
    ReturnPlanAmendment,
    StartTask,
    SubmitPlan,
    SubmitPlanAmendment,
    TaskCommand,
    TransferDraft,
)
from services.plans.decider.plan.amendment import amend_plan, return_amendment, submit_amendment
from services.plans.decider.plan.closing import close
from services.plans.decider.plan.drafting import amend_draft, draft, issue, recompute, send_back, submit
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus, TaskState, evolve
from services.plans.decider.plan.succession import hand_over, transfer_draft
from services.plans.decider.plan.task import decide_task
from services.plans.events import DueDatesMoved, PlanAmended, PlanEvent
from shared.decider import Decider

__all__ = ["PLAN", "Plan", "PlanFacts", "PlanStatus", "TaskState"]


def decide(command: PlanCommand, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    match command:
        case DraftPlan():
            return draft(command, plan, facts)
        case AmendDraft():
            return amend_draft(command, plan, facts)
        case SubmitPlan():
            return submit(command, plan, facts)
        case ReturnPlan():
            return send_back(command, plan, facts)
        case IssuePlan():
            return issue(command, plan, facts)
        case SubmitPlanAmendment():
            return submit_amendment(command, plan, facts)
        case ReturnPlanAmendment():
            return return_amendment(command, plan, facts)
        case AmendPlan():
            return amend_plan(command, plan, facts)
        case ClosePlan():
            return close(command, plan, facts)
        case RecomputeDueDates():
            return recompute(command, plan, facts)
        case HandOverTasks():
            return hand_over(command, plan, facts)
        case TransferDraft():
            return transfer_draft(command, plan, facts)
        case (
            AssignTask()
            | StartTask()
            | ReportTask()
            | CompleteTaskPart()
            | ReopenTask()
            | CancelTask()
            | RequestExtension()
            | GrantExtension()
            | RefuseExtension()
        ):
            return decide_task(command, plan, facts)
        case _:
            assert_never(command)


def concerns(command: PlanCommand, event: PlanEvent) -> bool:
    """Return whether the event changed what the command's form showed."""
    if isinstance(event, DueDatesMoved):
        return False  # nobody's form is about the calendar
    if not isinstance(command, TaskCommand):
        return not hasattr(event, "task_number")
    if isinstance(event, PlanAmended):
        return command.task_number in {*event.removed, *(task.number for task in event.tasks)}
    number = getattr(event, "task_number", None)
    unit = getattr(event, "unit_id", None)
    return number == command.task_number and (unit is None or unit == getattr(command, "unit_id", unit))


PLAN: Decider[PlanCommand, Plan, PlanEvent, PlanFacts] = Decider(
    kind="plan",
    commands=(
        DraftPlan,
        AmendDraft,
        SubmitPlan,
        ReturnPlan,
        IssuePlan,
        SubmitPlanAmendment,
        ReturnPlanAmendment,
        AmendPlan,
        ClosePlan,
        RecomputeDueDates,
        HandOverTasks,
        TransferDraft,
        AssignTask,
        StartTask,
        ReportTask,
        CompleteTaskPart,
        ReopenTask,
        CancelTask,
        RequestExtension,
        GrantExtension,
        RefuseExtension,
    ),
    initial=Plan(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.plan_id),
    concerns=concerns,
)
