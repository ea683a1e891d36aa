"""How a question finds its answer, and a command its facts: each area brings two tables, joined in the package."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from services.plans.commands import PlansCommand
from services.plans.views import PlansAnswer, PlansQuestion
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor

Answers: TypeAlias = Mapping[type[PlansQuestion], Callable[[Any, Actor, Edge], Awaitable[PlansAnswer]]]
Facts: TypeAlias = Mapping[type[PlansCommand], Callable[[Any, Actor, date, Edge], Awaitable[object]]]
"""Each takes the command, the actor, the day in Vietnam and the edge; returns what the decider calls its facts."""


def require_reader(actor: Actor, edge: Edge, district: str) -> None:
    """Raise Rejected `actor.not_allowed` where the actor reads nothing of the district."""
    if not actor.reads(district, on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="read", district=district[:40])
