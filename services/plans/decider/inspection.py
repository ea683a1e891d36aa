"""The rules of an inspection and of what it recommends: one aggregate an inspection."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    AcceptResponse,
    CancelInspection,
    ConcludeInspection,
    InspectionCommand,
    IssueRecommendations,
    MoveInspection,
    NewRecommendation,
    RecommendationCommand,
    RecordFindings,
    RejectResponse,
    RespondToRecommendation,
    ScheduleInspection,
    WithdrawRecommendation,
)
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
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
    TeamMember,
)
from services.plans.rules import LINES_MAX, RECOMMENDATIONS_MAX, RESPONSE_TERM_MAX, RIGHTS, due
from services.plans.views import ActivityStatus, RecommendationState
from shared.decider import Decider
from shared.errors import Rejected

DUE_YEARS_MAX = 2  # from the day a recommendation is issued to the day it is due


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


def decide(command: InspectionCommand, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    match command:
        case ScheduleInspection():
            _authorise(command, facts)
            return _schedule(command, inspection, facts)
        case MoveInspection():
            _authorise(command, facts)
            return _move(command, inspection, facts)
        case RecordFindings():
            _authorise(command, facts)
            return _record(command, inspection, facts)
        case IssueRecommendations():
            _authorise(command, facts)
            return _issue(command, inspection, facts)
        case ConcludeInspection():
            _authorise(command, facts)
            return _conclude(command, inspection, facts)
        case CancelInspection():
            _authorise(command, facts)
            return _cancel(command, inspection, facts)
        case WithdrawRecommendation() | RespondToRecommendation() | AcceptResponse() | RejectResponse():
            return _follow_up(command, inspection, facts)
        case _:
            assert_never(command)


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


def concerns(command: InspectionCommand, event: InspectionEvent) -> bool:
    """Return whether the event changed what the command's form showed; another unit's part does not."""
    if isinstance(command, RecommendationCommand):
        return getattr(event, "number", None) == command.number and hasattr(event, "unit_id")
    if isinstance(command, RecordFindings):
        return getattr(event, "unit_id", command.unit_id) == command.unit_id
    return True


# --- the inspection itself ---------------------------------------------------------------------


def _authorise(command: InspectionCommand, facts: ActivityFacts, unit_id: str | None = None) -> None:
    activity.authorise(RIGHTS[type(command)], facts, command, command.district, unit_id)


def _schedule(command: ScheduleInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    activity.check_id(command.inspection_id)
    scheduled = InspectionScheduled(
        district=command.district,
        inspection_id=command.inspection_id,
        year=activity.year_of(command.starts_on, command.ends_on),
        title=activity.title(command.title),
        subject=command.subject,
        number=activity.number(command.number),
        contents=activity.needed_lines(command.contents, "contents"),
        units=activity.units_behind(activity.named_units(command.units, facts), facts),
        team=_team(command.team),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        task=activity.planned_task(command.task_number, facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    before = inspection.scheduled
    if before is None:
        return [scheduled]
    if replace(before, by=scheduled.by, at=scheduled.at) == scheduled:
        return []
    raise Rejected("inspection.exists", inspection_id=command.inspection_id)


def _team(team: tuple[TeamMember, ...]) -> tuple[TeamMember, ...]:
    if not team:
        raise Rejected("inspection.team_missing")
    if len(team) > LINES_MAX:
        raise Rejected("activity.too_many_items", limit=LINES_MAX, field="team")
    members = tuple(
        TeamMember(name=activity.line(one.name, "team"), post=activity.line(one.post, "team")) for one in team
    )
    if not all(one.name for one in members):
        raise Rejected("inspection.team_missing")
    return members


def _move(command: MoveInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    scheduled = _require(command, inspection, ActivityStatus.OPEN)
    if (inspection.starts_on, inspection.ends_on) == (command.starts_on, command.ends_on):
        return []
    activity.check_year(scheduled.year, command.starts_on, command.ends_on)
    outside = [one for one in inspection.findings.values() if one.checked_on < command.starts_on]
    if outside:
        raise Rejected("inspection.checked_before_start", checked_on=str(min(one.checked_on for one in outside)))
    return [
        InspectionMoved(
            district=command.district,
            inspection_id=command.inspection_id,
            year=scheduled.year,
            starts_on_before=inspection.starts_on,
            ends_on_before=inspection.ends_on,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            reason=activity.reason(command.reason),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _record(command: RecordFindings, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    scheduled = _require(command, inspection, ActivityStatus.OPEN)
    names = {unit.unit_id: unit.name for unit in scheduled.units}
    if command.unit_id not in names:
        raise Rejected("inspection.unit_not_inspected", unit_id=command.unit_id[:80])
    checked_on = activity.not_in_future(command.checked_on, facts)
    if checked_on < inspection.starts_on:
        raise Rejected("inspection.checked_before_start", checked_on=str(checked_on))
    found = FindingsRecorded(
        district=command.district,
        inspection_id=command.inspection_id,
        year=scheduled.year,
        unit_id=command.unit_id,
        unit_name=names[command.unit_id],
        checked_on=checked_on,
        contents=activity.needed_lines(command.contents, "contents"),
        findings=activity.prose(command.findings, "findings"),
        strengths=activity.limited(command.strengths, "strengths"),
        shortcomings=activity.limited(command.shortcomings, "shortcomings"),
        attachments=activity.files(facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    before = inspection.findings.get(command.unit_id)
    return [] if before is not None and replace(before, by=found.by, at=found.at) == found else [found]


def _issue(command: IssueRecommendations, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    scheduled = _require(command, inspection, ActivityStatus.OPEN)
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


def _conclude(command: ConcludeInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    number = activity.number(command.number)
    summary = activity.prose(command.summary, "summary")
    done = inspection.concluded
    if done is not None and (done.number, done.concluded_on, done.summary) == (number, command.concluded_on, summary):
        return []
    scheduled = _require(command, inspection, ActivityStatus.OPEN)
    if not inspection.findings:
        raise Rejected("inspection.nothing_found")
    checked_on = max(one.checked_on for one in inspection.findings.values())
    if command.concluded_on < checked_on:
        raise Rejected("inspection.concluded_before_check", checked_on=str(checked_on))
    return [
        InspectionConcluded(
            district=command.district,
            inspection_id=command.inspection_id,
            year=scheduled.year,
            title=scheduled.title,
            number=number,
            concluded_on=activity.not_in_future(command.concluded_on, facts),
            summary=summary,
            signer=activity.signer(command.signer),
            units=len(scheduled.units),
            checked=len(inspection.findings),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _cancel(command: CancelInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    if inspection.status is ActivityStatus.CANCELLED:
        return []
    scheduled = _require(command, inspection, ActivityStatus.OPEN)
    if inspection.findings:
        raise Rejected("inspection.begun")
    return [
        InspectionCancelled(
            district=command.district,
            inspection_id=command.inspection_id,
            year=scheduled.year,
            title=scheduled.title,
            reason=activity.reason(command.reason),
            units=tuple(unit.unit_id for unit in scheduled.units),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _require(command: InspectionCommand, inspection: Inspection, status: ActivityStatus) -> InspectionScheduled:
    if inspection.scheduled is None:
        raise Rejected("inspection.not_found", inspection_id=command.inspection_id)
    if inspection.status is not status:
        raise Rejected("inspection.wrong_status", inspection_id=command.inspection_id, status=inspection.status)
    return inspection.scheduled


# --- what it recommended -----------------------------------------------------------------------


def _follow_up(command: RecommendationCommand, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Return what happens to one recommendation; it lives on after the inspection was concluded."""
    found = inspection.recommendations.get(command.number)
    _authorise(command, facts, found.issued.unit_id if found else None)
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
    )
    if found.state is RecommendationState.ANSWERED and found.answer is not None:
        # As long as nobody has looked at it, the unit may put its answer right.
        return [] if replace(found.answer, by=answer.by, at=answer.at) == answer else [answer]
    if found.state not in (RecommendationState.OPEN, RecommendationState.REJECTED):
        raise _wrong_state(command, found)
    return [answer]


def _wrong_state(command: RecommendationCommand, found: IssuedRecommendation) -> Rejected:
    return Rejected("inspection.recommendation_wrong_state", number=command.number, state=found.state)


def _with(inspection: Inspection, number: int, **changes: object) -> Inspection:
    found = inspection.recommendations.get(number)
    if found is None:
        return inspection
    changed = replace(found, **changes)  # type: ignore[arg-type]
    return replace(inspection, recommendations={**inspection.recommendations, number: changed})


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
