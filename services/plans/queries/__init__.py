"""The reads of plans, each within the asker's scope: one file an area."""

from services.plans.queries import (
    activity,
    activity_work,
    board,
    calendar,
    campaign,
    group_year,
    inspection,
    organisation,
    papers,
    past,
    plan,
    plan_version,
    pledge,
    registration,
    report,
    succession,
    training,
    unit_plan,
)
from services.plans.queries.asking import Answers, Facts
from services.plans.queries.files import file_of
from services.plans.queries.past import on_the_day, past_asked
from services.plans.views import PlansAnswer, PlansQuestion
from shared.process import Edge
from shared.types import Actor

ANSWERS: Answers = {
    **organisation.ANSWERS,
    **calendar.ANSWERS,
    **plan.ANSWERS,
    **board.ANSWERS,
    **plan_version.ANSWERS,
    **past.ANSWERS,
    **registration.ANSWERS,
    **report.ANSWERS,
    **unit_plan.ANSWERS,
    **activity.ANSWERS,
    **activity_work.ANSWERS,
    **campaign.ANSWERS,
    **inspection.ANSWERS,
    **training.ANSWERS,
    **group_year.ANSWERS,
    **pledge.ANSWERS,
    **papers.ANSWERS,
}
FACTS: Facts = {
    **organisation.FACTS,
    **calendar.FACTS,
    **plan.FACTS,
    **succession.FACTS,
    **registration.FACTS,
    **report.FACTS,
    **unit_plan.FACTS,
    **campaign.FACTS,
    **inspection.FACTS,
    **training.FACTS,
    **group_year.FACTS,
    **pledge.FACTS,
}

__all__ = ["ANSWERS", "FACTS", "answer", "file_of", "past_asked"]


async def answer(question: PlansQuestion, actor: Actor, edge: Edge) -> PlansAnswer:
    """Return the answer within the actor's scope, of an earlier day where it asks for one.

    Raises Rejected `actor.not_allowed`, `<thing>.not_found`, `past.…`.
    """
    return await ANSWERS[type(question)](question, *await on_the_day(question, actor, edge))
