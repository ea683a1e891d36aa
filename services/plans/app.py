"""The wiring of plans."""

from services.plans.channels import publish
from services.plans.commands import COMMANDS, PlansCommand
from services.plans.decider import CALENDAR, ORGANISATION, PLAN
from services.plans.events import EVENTS
from services.plans.policies import DUE_DATES
from services.plans.projections import PLANS
from services.plans.queries import FACTS, answer, file_of
from services.plans.views import QUESTIONS
from shared.clock import local_date
from shared.process import Edge, Process, Service
from shared.settings import Settings
from shared.types import Actor


async def gather(command: PlansCommand, actor: Actor, edge: Edge) -> object:
    """Return the facts of the decision, as the read model has them."""
    return await FACTS[type(command)](command, actor, local_date(command.at), edge)


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
