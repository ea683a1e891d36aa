"""The rules of an inspection and of what it recommends: one aggregate an inspection."""

from typing import assert_never

from services.plans.commands import (
    AcceptResponse,
    CancelInspection,
    ConcludeInspection,
    InspectionCommand,
    IssueRecommendations,
    MoveInspection,
    RecommendationCommand,
    RecordFindings,
    RejectResponse,
    RespondToRecommendation,
    ScheduleInspection,
    WithdrawRecommendation,
)
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
from services.plans.decider.inspection.findings import record
from services.plans.decider.inspection.planning import cancel, conclude, move, schedule
from services.plans.decider.inspection.recommendations import follow_up, issue
from services.plans.decider.inspection.state import Inspection, IssuedRecommendation, evolve
from services.plans.events import InspectionEvent
from services.plans.rules import RIGHTS
from shared.decider import Decider

__all__ = ["INSPECTION", "Inspection", "IssuedRecommendation"]


def decide(command: InspectionCommand, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if isinstance(command, RecommendationCommand):
        # Whose it is, and so who may, is known only from the recommendation.
        return follow_up(command, inspection, facts)
    activity.authorise(RIGHTS[type(command)], facts, command, command.district)
    match command:
        case ScheduleInspection():
            return schedule(command, inspection, facts)
        case MoveInspection():
            return move(command, inspection, facts)
        case RecordFindings():
            return record(command, inspection, facts)
        case IssueRecommendations():
            return issue(command, inspection, facts)
        case ConcludeInspection():
            return conclude(command, inspection, facts)
        case CancelInspection():
            return cancel(command, inspection, facts)
        case _:
            assert_never(command)


def concerns(command: InspectionCommand, event: InspectionEvent) -> bool:
    """Return whether the event changed what the command's form showed; another unit's part does not."""
    if isinstance(command, RecommendationCommand):
        return getattr(event, "number", None) == command.number and hasattr(event, "unit_id")
    if isinstance(command, RecordFindings):
        return getattr(event, "unit_id", command.unit_id) == command.unit_id
    return True


INSPECTION: Decider[InspectionCommand, Inspection, InspectionEvent, ActivityFacts] = Decider(
    kind="inspection",
    commands=(
        ScheduleInspection,
        MoveInspection,
        RecordFindings,
        IssueRecommendations,
        WithdrawRecommendation,
        RespondToRecommendation,
        AcceptResponse,
        RejectResponse,
        ConcludeInspection,
        CancelInspection,
    ),
    initial=Inspection(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.inspection_id),
    concerns=concerns,
)
