"""An inspection as a whole: decided, moved, concluded by its report, or given up."""

from services.plans.commands import CancelInspection, ConcludeInspection, MoveInspection, ScheduleInspection
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
from services.plans.decider.inspection.state import Inspection, require_open
from services.plans.events import (
    InspectionCancelled,
    InspectionConcluded,
    InspectionEvent,
    InspectionMoved,
    InspectionScheduled,
    TeamMember,
)
from services.plans.rules import LINES_MAX
from services.plans.views import ActivityStatus
from shared.errors import Rejected


def schedule(command: ScheduleInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Record the inspection that was decided."""
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
    if inspection.scheduled is None:
        return [scheduled]
    if activity.is_repeated(inspection.scheduled, scheduled):
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


def move(command: MoveInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Let the inspection take place on other days of its year."""
    scheduled = require_open(command, inspection)
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
            title=scheduled.title,
            units=tuple(unit.unit_id for unit in scheduled.units),
        )
    ]


def conclude(command: ConcludeInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Report on the inspection; it ends by that."""
    number = activity.number(command.number)
    summary = activity.prose(command.summary, "summary")
    done = inspection.concluded
    if done is not None and (done.number, done.concluded_on, done.summary) == (number, command.concluded_on, summary):
        return []
    scheduled = require_open(command, inspection)
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
            inspected=tuple(inspection.findings),
        )
    ]


def cancel(command: CancelInspection, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Give the inspection up, as long as nothing was found."""
    if inspection.status is ActivityStatus.CANCELLED:
        return []
    scheduled = require_open(command, inspection)
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
