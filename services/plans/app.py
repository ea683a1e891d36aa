"""The wiring of plans."""

from datetime import date

from services.plans.channels import publish
from services.plans.commands import (
    COMMANDS,
    AmendDraft,
    AssignTask,
    CalendarCommand,
    CompleteTaskPart,
    DraftPlan,
    IssuePlan,
    PlanCommand,
    PlansCommand,
    RecomputeDueDates,
    ReportTask,
)
from services.plans.decider import (
    CALENDAR,
    ORGANISATION,
    PLAN,
    CalendarFacts,
    OrganisationFacts,
    PlanFacts,
)
from services.plans.events import EVENTS
from services.plans.policies import DUE_DATES
from services.plans.projections import PLANS
from services.plans.queries import answer, calendars_of, file_of, groups_of, sets_of, units_of
from services.plans.rules import ATTACHMENTS_MAX, working_days
from services.plans.views import QUESTIONS
from shared.clock import local_date
from shared.process import Edge, Process, Service
from shared.settings import Settings
from shared.types import Actor, Attachment


async def gather(command: PlansCommand, actor: Actor, edge: Edge) -> OrganisationFacts | CalendarFacts | PlanFacts:
    """Return the facts of the decision: the organisation where units are named, working days where tasks get dates."""
    today = local_date(command.at)
    if isinstance(command, CalendarCommand):
        return CalendarFacts(actor=actor, today=today)
    if not isinstance(command, PlanCommand):
        return OrganisationFacts(actor=actor, today=today)
    if isinstance(command, RecomputeDueDates):
        return await _due_facts(command, actor, today, edge)
    if isinstance(command, ReportTask | CompleteTaskPart):
        return PlanFacts(actor=actor, today=today, attachments=await _attachments(command, actor, edge))
    if not isinstance(command, DraftPlan | AmendDraft | IssuePlan | AssignTask):
        return PlanFacts(actor=actor, today=today)
    years = _years(command.plan_id)
    return PlanFacts(
        actor=actor,
        today=today,
        units={unit.unit_id: unit for unit in await units_of(edge, command.district)},
        sets={one.set_id: (one.name, one.members) for one in await sets_of(edge, command.district)},
        groups=[group for year in years for group in await groups_of(edge, command.district, year)],
        days=working_days(await calendars_of(edge, years)),
    )


async def _due_facts(command: RecomputeDueDates, actor: Actor, today: date, edge: Edge) -> PlanFacts:
    calendars = await calendars_of(edge, _years(command.plan_id))
    return PlanFacts(
        actor=actor, today=today, days=working_days(calendars), calendar=calendars[0] if calendars else None
    )


def _years(plan_id: str) -> list[int]:
    """Return the plan's year, none where it can be no plan: its id is its year, and its quarters end within it."""
    return [int(plan_id)] if plan_id.isdecimal() and len(plan_id) == 4 else []


async def _attachments(command: ReportTask | CompleteTaskPart, actor: Actor, edge: Edge) -> tuple[Attachment, ...]:
    """Return the files that the command names, as the actor uploaded them; each once, and one too many at most."""
    if not command.attachments:
        return ()
    assert edge.files is not None
    named = list(dict.fromkeys(command.attachments))[: ATTACHMENTS_MAX + 1]
    return tuple([(await edge.files.claimed(sha256, actor.account_id)).attachment for sha256 in named])


SERVICE = Service(
    name="plans",
    stream="PLANS",
    events=EVENTS,
    commands=COMMANDS,
    questions=QUESTIONS,
    deciders=(ORGANISATION, CALENDAR, PLAN),
    gather=gather,
    answer=answer,
    read_models=(PLANS,),
    publish=publish,
    policies=(DUE_DATES,),
    file_of=file_of,
)


async def main(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    await Process(SERVICE, settings).run()
