"""The rules of a unit's own plan of a year: one aggregate a unit and year."""

from typing import assert_never

from services.plans.commands import (
    AmendUnitPlanDraft,
    CancelUnitTask,
    CompleteUnitTask,
    DraftUnitPlan,
    IssueUnitPlan,
    ReopenUnitTask,
    ReportUnitTask,
    ReturnUnitPlan,
    SubmitUnitPlan,
    UnitPlanCommand,
    UnitTaskCommand,
)
from services.plans.decider.unit_plan.checks import authorise
from services.plans.decider.unit_plan.drafting import amend_draft, draft, issue, send_back, submit
from services.plans.decider.unit_plan.state import DistrictPlanFacts, UnitPlan, UnitPlanFacts, evolve
from services.plans.decider.unit_plan.task import decide_task
from services.plans.events import UnitPlanEvent
from shared.decider import Decider

__all__ = ["UNIT_PLAN", "DistrictPlanFacts", "UnitPlan", "UnitPlanFacts"]


def decide(command: UnitPlanCommand, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    authorise(command, facts)
    match command:
        case DraftUnitPlan():
            return draft(command, plan, facts)
        case AmendUnitPlanDraft():
            return amend_draft(command, plan, facts)
        case SubmitUnitPlan():
            return submit(command, plan, facts)
        case ReturnUnitPlan():
            return send_back(command, plan, facts)
        case IssueUnitPlan():
            return issue(command, plan, facts)
        case ReportUnitTask() | CompleteUnitTask() | ReopenUnitTask() | CancelUnitTask():
            return decide_task(command, plan, facts)
        case _:
            assert_never(command)


def concerns(command: UnitPlanCommand, event: UnitPlanEvent) -> bool:
    """Return whether the event changed what the command's form showed."""
    number = getattr(event, "task_number", None)
    return number == command.task_number if isinstance(command, UnitTaskCommand) else number is None


UNIT_PLAN: Decider[UnitPlanCommand, UnitPlan, UnitPlanEvent, UnitPlanFacts] = Decider(
    kind="unit-plan",
    commands=(
        DraftUnitPlan,
        AmendUnitPlanDraft,
        SubmitUnitPlan,
        ReturnUnitPlan,
        IssueUnitPlan,
        ReportUnitTask,
        CompleteUnitTask,
        ReopenUnitTask,
        CancelUnitTask,
    ),
    initial=UnitPlan(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, f"{command.year}-{command.unit_id}"),
    concerns=concerns,
)
