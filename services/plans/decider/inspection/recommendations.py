"""What an inspection tells units to put right, and what becomes of that, also after it was concluded."""

from dataclasses import replace
from typing import assert_never

from services.plans.commands import (
    AcceptResponse,
    IssueRecommendations,
    NewRecommendation,
    RecommendationCommand,
    RejectResponse,
    RespondToRecommendation,
    WithdrawRecommendation,
)
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
from services.plans.decider.inspection.state import Inspection, IssuedRecommendation, require_open
from services.plans.events import (
    InspectionEvent,
    Recommendation,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
)
from services.plans.rules import LINES_MAX, RECOMMENDATIONS_MAX, RESPONSE_TERM_MAX, RIGHTS, due
from services.plans.views import RecommendationState
from shared.errors import Rejected

DUE_YEARS_MAX = 2  # from the day a recommendation is issued to the day it is due


def issue(command: IssueRecommendations, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Tell inspected units what to put right; what was told already is left as it is."""
    scheduled = require_open(command, inspection)
    if not command.recommendations:
        raise Rejected("inspection.recommendations_missing")
    if len(command.recommendations) > LINES_MAX:
        raise Rejected("activity.too_many_items", limit=LINES_MAX, field="recommendations")
    known = {
        (one.issued.unit_id, one.issued.text.casefold()): one.issued
        for one in inspection.recommendations.values()
        if one.state is not RecommendationState.WITHDRAWN
    }
    new: list[Recommendation] = []
    for one in command.recommendations:
        recommendation = _recommendation(one, len(inspection.recommendations) + len(new) + 1, inspection, facts)
        key = (one.unit_id, recommendation.text.casefold())
        before = known.get(key)
        if before is None:
            new.append(recommendation)
            known[key] = recommendation
        elif (before.working_days, None if before.working_days else before.due_on) != (one.working_days, one.due_on):
            raise Rejected("inspection.recommendation_exists", number=before.number, due_on=str(before.due_on))
    if not new:
        return []
    if len(inspection.recommendations) + len(new) > RECOMMENDATIONS_MAX:
        raise Rejected("activity.too_many_items", limit=RECOMMENDATIONS_MAX, field="recommendations")
    return [
        RecommendationsIssued(
            district=command.district,
            inspection_id=command.inspection_id,
            year=scheduled.year,
            recommendations=tuple(new),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _recommendation(
    one: NewRecommendation, number: int, inspection: Inspection, facts: ActivityFacts
) -> Recommendation:
    found = inspection.findings.get(one.unit_id)
    if found is None:
        # What is to be put right rests on what was found.
        raise Rejected("inspection.findings_missing", unit_id=one.unit_id[:80])
    if one.working_days is not None:
        if one.due_on is not None:
            raise Rejected("inspection.due_twice")
        if not 1 <= one.working_days <= RESPONSE_TERM_MAX:
            raise Rejected("inspection.term_out_of_range", limit=RESPONSE_TERM_MAX)
        term = due(facts.days, facts.today, one.working_days)
        due_on, due_reason = term.due_on, term.reason
    elif one.due_on is not None:
        if one.due_on < found.checked_on:
            raise Rejected("inspection.due_before_check", due_on=str(one.due_on), checked_on=str(found.checked_on))
        today = facts.today
        # Two years, in parts: 29 February has no day of its own then.
        if (one.due_on.year - DUE_YEARS_MAX, one.due_on.month, one.due_on.day) > (today.year, today.month, today.day):
            raise Rejected("inspection.due_too_late", due_on=str(one.due_on), years=DUE_YEARS_MAX)
        due_on, due_reason = one.due_on, None
    else:
        raise Rejected("inspection.due_missing")
    return Recommendation(
        number=number,
        unit_id=one.unit_id,
        unit_name=found.unit_name,
        text=activity.prose(one.text, "text"),
        due_on=due_on,
        working_days=one.working_days,
        due_reason=due_reason,
    )


def follow_up(command: RecommendationCommand, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Return what happens to one recommendation; it lives on after the inspection was concluded."""
    found = inspection.recommendations.get(command.number)
    activity.authorise(RIGHTS[type(command)], facts, command, command.district, found.issued.unit_id if found else None)
    if inspection.scheduled is None:
        raise Rejected("inspection.not_found", inspection_id=command.inspection_id)
    if found is None:
        raise Rejected("inspection.recommendation_not_found", number=command.number)
    year, unit_id, by = inspection.scheduled.year, found.issued.unit_id, facts.actor.account_id
    match command:
        case WithdrawRecommendation():
            reason = activity.reason(command.reason)
            if found.state is RecommendationState.WITHDRAWN:
                return []
            if found.state is RecommendationState.ACCEPTED:
                raise _wrong_state(command, found)
            return [
                RecommendationWithdrawn(
                    district=command.district,
                    inspection_id=command.inspection_id,
                    year=year,
                    number=command.number,
                    unit_id=unit_id,
                    reason=reason,
                    by=by,
                    at=command.at,
                )
            ]
        case RespondToRecommendation():
            return _respond(command, found, year, facts)
        case AcceptResponse():
            if found.state is RecommendationState.ACCEPTED:
                return []
            if found.state is not RecommendationState.ANSWERED:
                raise _wrong_state(command, found)
            return [
                ResponseAccepted(
                    district=command.district,
                    inspection_id=command.inspection_id,
                    year=year,
                    number=command.number,
                    unit_id=unit_id,
                    by=by,
                    at=command.at,
                )
            ]
        case RejectResponse():
            reason = activity.reason(command.reason)
            if found.state is RecommendationState.REJECTED and found.reason == reason:
                return []
            if found.state is not RecommendationState.ANSWERED:
                raise _wrong_state(command, found)
            return [
                ResponseRejected(
                    district=command.district,
                    inspection_id=command.inspection_id,
                    year=year,
                    number=command.number,
                    unit_id=unit_id,
                    reason=reason,
                    by=by,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def _respond(
    command: RespondToRecommendation, found: IssuedRecommendation, year: int, facts: ActivityFacts
) -> list[InspectionEvent]:
    answer = RecommendationAnswered(
        district=command.district,
        inspection_id=command.inspection_id,
        year=year,
        number=command.number,
        unit_id=found.issued.unit_id,
        text=activity.prose(command.text, "text"),
        evidence=activity.prose(command.evidence, "evidence"),
        attachments=activity.files(facts),
        by=facts.actor.account_id,
        at=command.at,
        unit_name=found.issued.unit_name,
    )
    if found.state is RecommendationState.ANSWERED and found.answer is not None:
        # As long as nobody has looked at it, the unit may put its answer right.
        before = replace(found.answer, unit_name=answer.unit_name)  # events of old do not have it
        return [] if activity.is_repeated(before, answer) else [answer]
    if found.state not in (RecommendationState.OPEN, RecommendationState.REJECTED):
        raise _wrong_state(command, found)
    return [answer]


def _wrong_state(command: RecommendationCommand, found: IssuedRecommendation) -> Rejected:
    return Rejected("inspection.recommendation_wrong_state", number=command.number, state=found.state)
