"""What the rules of succession need to know: units that have ended, their heirs, and the end of the district."""

from datetime import date

from services.plans.commands import HandOverTasks, TransferDraft
from services.plans.decider import PlanFacts
from services.plans.events import District
from services.plans.queries.asking import Facts
from services.plans.queries.organisation import groups_of, units_of
from shared.process import Edge
from shared.types import Actor


async def _hand_over_facts(command: HandOverTasks, actor: Actor, today: date, edge: Edge) -> PlanFacts:
    years = [int(command.plan_id)] if command.plan_id.isdecimal() and len(command.plan_id) == 4 else []
    return PlanFacts(
        actor=actor,
        today=today,
        units={unit.unit_id: unit for unit in await units_of(edge, command.district)},
        groups=[group for year in years for group in await groups_of(edge, command.district, year)],
    )


async def _transfer_facts(command: TransferDraft, actor: Actor, today: date, edge: Edge) -> PlanFacts:
    return PlanFacts(actor=actor, today=today, place=await edge.rows.get(District, "organisation", command.district))


FACTS: Facts = {HandOverTasks: _hand_over_facts, TransferDraft: _transfer_facts}
