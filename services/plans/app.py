"""The wiring of plans."""

from services.plans.channels import publish
from services.plans.commands import (
    COMMANDS,
    CalendarCommand,
    CloseDistrict,
    PlansCommand,
    TransferDraft,
)
from services.plans.decider import (
    CALENDAR,
    CAMPAIGN,
    GROUP_YEAR,
    INSPECTION,
    ORGANISATION,
    PLAN,
    PLEDGE,
    REGISTRATION,
    REGISTRATION_ROUND,
    REPORT,
    REPORT_DUTY,
    TRAINING,
    UNIT_DUE_DATES,
    UNIT_PLAN,
)
from services.plans.events import EVENTS, District, require_district_open
from services.plans.policies import (
    DUE_DATES,
    GROUP_LEADERS,
    SUCCESSION,
)
from services.plans.projections import PAST, PLANS
from services.plans.queries import FACTS, answer, file_of, past_asked
from services.plans.views import QUESTIONS
from shared.clock import local_date
from shared.process import Edge, Process, Service
from shared.seal import vault_of
from shared.settings import Settings
from shared.types import Actor

# What may still be said of a district that has ended: who goes on with its work. Calendars are the city's.
AFTER_THE_END = CloseDistrict | TransferDraft | CalendarCommand


async def gather(command: PlansCommand, actor: Actor, edge: Edge) -> object:
    """Return the facts of the decision, as the read model has them.

    Nothing is decided in a district that has ended. Raises Rejected `organisation.closed`.
    """
    if not isinstance(command, AFTER_THE_END):
        place = await edge.rows.get(District, "organisation", command.district)
        require_district_open(place, local_date(command.at))
    return await FACTS[type(command)](command, actor, local_date(command.at), edge)


SERVICE = Service(
    name="plans",
    stream="PLANS",
    events=EVENTS,
    commands=COMMANDS,
    questions=QUESTIONS,
    deciders=(
        ORGANISATION,
        CALENDAR,
        PLAN,
        REGISTRATION_ROUND,
        REGISTRATION,
        UNIT_PLAN,
        UNIT_DUE_DATES,
        REPORT_DUTY,
        REPORT,
        CAMPAIGN,
        INSPECTION,
        TRAINING,
        GROUP_YEAR,
        PLEDGE,
    ),
    gather=gather,
    answer=answer,
    read_models=(PLANS,),
    publish=publish,
    policies=(DUE_DATES, SUCCESSION, GROUP_LEADERS),
    file_of=file_of,
    past=PAST,
    past_asked=past_asked,
)


async def main(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    try:
        await Process(SERVICE, settings).run()
    finally:
        await vault_of(settings).close()
