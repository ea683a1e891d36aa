"""The wiring of plans."""

from services.plans.channels import publish
from services.plans.commands import (
    COMMANDS,
    AmendDraft,
    AssignTask,
    DraftPlan,
    IssuePlan,
    OrganisationCommand,
    PlanCommand,
)
from services.plans.decider import ORGANISATION, PLAN, OrganisationFacts, PlanFacts
from services.plans.events import EVENTS
from services.plans.projections import PLANS
from services.plans.queries import answer, groups_of, sets_of, units_of
from services.plans.views import QUESTIONS, PlanView
from shared.clock import local_date
from shared.process import Edge, Process, Service
from shared.settings import Settings
from shared.types import Actor


async def gather(command: OrganisationCommand | PlanCommand, actor: Actor, edge: Edge) -> OrganisationFacts | PlanFacts:
    """Return the facts of the decision; the organisation only where units are named."""
    today = local_date(command.at)
    if not isinstance(command, PlanCommand):
        return OrganisationFacts(actor=actor, today=today)
    if not isinstance(command, DraftPlan | AmendDraft | IssuePlan | AssignTask):
        return PlanFacts(actor=actor, today=today)
    plan = await edge.rows.get(PlanView, "plan", command.district, command.plan_id)
    year = plan.year if plan else today.year
    return PlanFacts(
        actor=actor,
        today=today,
        units={unit.unit_id: unit for unit in await units_of(edge, command.district)},
        sets={one.set_id: (one.name, one.members) for one in await sets_of(edge, command.district)},
        groups=await groups_of(edge, command.district, year),
    )


SERVICE = Service(
    name="plans",
    stream="PLANS",
    events=EVENTS,
    commands=COMMANDS,
    questions=QUESTIONS,
    deciders=(ORGANISATION, PLAN),
    gather=gather,
    answer=answer,
    read_models=(PLANS,),
    publish=publish,
)


async def main(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    await Process(SERVICE, settings).run()
