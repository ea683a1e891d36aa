"""The wiring of notifications."""

from services.nominations.events import EVENTS as NOMINATION_EVENTS
from services.notifications.channels import publish
from services.notifications.commands import COMMANDS, NoticeCommand
from services.notifications.decider import NOTICE, NoticeFacts
from services.notifications.events import EVENTS
from services.notifications.policies import react_to_nominations, react_to_plans, react_to_scoring
from services.notifications.projections import INBOX
from services.notifications.queries import answer
from services.notifications.views import QUESTIONS
from services.plans.events import EVENTS as PLAN_EVENTS
from services.scoring.events import EVENTS as SCORING_EVENTS
from shared.clock import local_date
from shared.policy import Policy
from shared.process import Edge, Process, Service
from shared.settings import Settings
from shared.types import Actor


async def gather(command: NoticeCommand, actor: Actor, edge: Edge) -> NoticeFacts:
    """Return the facts of the decision: who asks, and when."""
    return NoticeFacts(actor=actor, today=local_date(command.at))


SERVICE = Service(
    name="notifications",
    stream="NOTIFICATIONS",
    events=EVENTS,
    commands=COMMANDS,
    questions=QUESTIONS,
    deciders=(NOTICE,),
    gather=gather,
    answer=answer,
    read_models=(INBOX,),
    publish=publish,
    policies=(
        Policy(name="plans", source="PLANS", codec=PLAN_EVENTS, react=react_to_plans),
        Policy(name="nominations", source="NOMINATIONS", codec=NOMINATION_EVENTS, react=react_to_nominations),
        Policy(name="scoring", source="SCORING", codec=SCORING_EVENTS, react=react_to_scoring),
    ),
)


async def main(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    await Process(SERVICE, settings).run()
