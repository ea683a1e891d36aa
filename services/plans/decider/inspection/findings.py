"""What is found at an inspected unit."""

from services.plans.commands import RecordFindings
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
from services.plans.decider.inspection.state import Inspection, require_open
from services.plans.events import FindingsRecorded, InspectionEvent
from shared.errors import Rejected


def record(command: RecordFindings, inspection: Inspection, facts: ActivityFacts) -> list[InspectionEvent]:
    """Record what was found at a unit; what is the same already changes nothing."""
    scheduled = require_open(command, inspection)
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
    return [] if activity.is_repeated(inspection.findings.get(command.unit_id), found) else [found]
