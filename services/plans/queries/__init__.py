"""The reads of plans, each within the asker's scope: one file an area."""

from services.plans.queries import calendar, organisation, plan
from services.plans.queries.asking import Answers, Facts
from services.plans.queries.plan import file_of
from services.plans.views import PlansAnswer, PlansQuestion
from shared.process import Edge
from shared.types import Actor

ANSWERS: Answers = {**organisation.ANSWERS, **calendar.ANSWERS, **plan.ANSWERS}
FACTS: Facts = {**organisation.FACTS, **calendar.FACTS, **plan.FACTS}

__all__ = ["ANSWERS", "FACTS", "answer", "file_of"]


async def answer(question: PlansQuestion, actor: Actor, edge: Edge) -> PlansAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `<thing>.not_found`."""
    return await ANSWERS[type(question)](question, actor, edge)
