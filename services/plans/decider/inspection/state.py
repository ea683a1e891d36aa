"""What the rules know of an inspection, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import InspectionCommand
from services.plans.events import (
    FindingsRecorded,
    InspectionCancelled,
    InspectionConcluded,
    InspectionEvent,
    InspectionMoved,
    InspectionScheduled,
    Recommendation,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
)
from services.plans.views import ActivityStatus, RecommendationState
from shared.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRecommendation:
    """What the rules need to know of a recommendation: its last answer, and why that, or it, did not stand."""

    issued: Recommendation
    state: RecommendationState = RecommendationState.OPEN
    answer: RecommendationAnswered | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What the rules need to know of an inspection; `status` is None before its first event."""

    status: ActivityStatus | None = None
    scheduled: InspectionScheduled | None = None
    starts_on: date = date.min
    ends_on: date = date.min
    findings: Mapping[str, FindingsRecorded] = field(default_factory=dict)
    recommendations: Mapping[int, IssuedRecommendation] = field(default_factory=dict)
    concluded: InspectionConcluded | None = None


def evolve(inspection: Inspection, event: InspectionEvent) -> Inspection:
    """Return the inspection after the event. Never refuses: it has happened."""
    match event:
        case InspectionScheduled():
            return Inspection(
                status=ActivityStatus.OPEN, scheduled=event, starts_on=event.starts_on, ends_on=event.ends_on
            )
        case InspectionMoved():
            return replace(inspection, starts_on=event.starts_on, ends_on=event.ends_on)
        case FindingsRecorded():
            return replace(inspection, findings={**inspection.findings, event.unit_id: event})
        case RecommendationsIssued():
            new = {one.number: IssuedRecommendation(issued=one) for one in event.recommendations}
            return replace(inspection, recommendations={**inspection.recommendations, **new})
        case RecommendationWithdrawn():
            return _with(inspection, event.number, state=RecommendationState.WITHDRAWN, reason=event.reason)
        case RecommendationAnswered():
            return _with(inspection, event.number, state=RecommendationState.ANSWERED, answer=event, reason="")
        case ResponseAccepted():
            return _with(inspection, event.number, state=RecommendationState.ACCEPTED)
        case ResponseRejected():
            return _with(inspection, event.number, state=RecommendationState.REJECTED, reason=event.reason)
        case InspectionConcluded():
            return replace(inspection, status=ActivityStatus.CLOSED, concluded=event)
        case InspectionCancelled():
            return replace(inspection, status=ActivityStatus.CANCELLED)
        case _:
            assert_never(event)


def _with(inspection: Inspection, number: int, **changes: object) -> Inspection:
    found = inspection.recommendations.get(number)
    if found is None:
        return inspection
    changed = replace(found, **changes)  # type: ignore[arg-type]
    return replace(inspection, recommendations={**inspection.recommendations, number: changed})


def require_open(command: InspectionCommand, inspection: Inspection) -> InspectionScheduled:
    """Return what was decided of the inspection. Raises Rejected `inspection.not_found`, `inspection.wrong_status`."""
    if inspection.scheduled is None:
        raise Rejected("inspection.not_found", inspection_id=command.inspection_id)
    if inspection.status is not ActivityStatus.OPEN:
        raise Rejected("inspection.wrong_status", inspection_id=command.inspection_id, status=inspection.status)
    return inspection.scheduled
