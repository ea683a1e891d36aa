"""The wiring of scoring."""

import asyncio

from services.plans.events import District, Unit, require_district_open
from services.scoring.channels import publish
from services.scoring.commands import COMMANDS, AwardTaskPoint, PublishCriteria, RevokeTaskPoint, ScoringCommand
from services.scoring.decider import CRITERIA, SHEET, CriteriaFacts, SheetFacts
from services.scoring.events import EVENTS
from services.scoring.policies import TASK_POINTS
from services.scoring.projections import SCORING, UNITS
from services.scoring.queries import answer, criteria_of, groups_of, placed
from services.scoring.views import QUESTIONS, CriteriaView
from shared.clock import local_date
from shared.process import Edge, Process, Service
from shared.settings import Settings
from shared.types import Actor

_UNIT_WAIT_S = 5.0
_UNIT_POLL_S = 0.05


async def gather(command: ScoringCommand, actor: Actor, edge: Edge) -> CriteriaFacts | SheetFacts:
    """Return the facts of the decision, from our own read models.

    Nothing is decided in a district that has ended. Raises Rejected `organisation.closed`.
    """
    today = local_date(command.at)
    require_district_open(await edge.rows.get(District, "organisation", command.district), today)
    if isinstance(command, PublishCriteria):
        return await _criteria_facts(command, actor, edge)
    if isinstance(command, RevokeTaskPoint):
        return SheetFacts(actor=actor, today=today)
    if isinstance(command, AwardTaskPoint):
        await _wait_for_unit(command, edge)
    unit, group, criteria = await placed(edge, command.district, command.unit_id, command.year)
    return SheetFacts(actor=actor, today=today, unit=unit, group=group, criteria=criteria)


async def _criteria_facts(command: PublishCriteria, actor: Actor, edge: Edge) -> CriteriaFacts:
    _, criteria_id = CRITERIA.address(command)
    own = await edge.rows.get(CriteriaView, "criteria", command.district, criteria_id)
    return CriteriaFacts(
        actor=actor,
        today=local_date(command.at),
        groups={group.group_id: group.name for group in await groups_of(edge, command.district, command.year)},
        taken={
            group.group_id: one.criteria_id
            for one in await criteria_of(edge, command.district, command.year)
            if one.criteria_id != criteria_id
            for group in one.groups
        },
        is_frozen=own is not None and own.is_frozen,
    )


async def _wait_for_unit(command: AwardTaskPoint, edge: Edge) -> None:
    """Wait until the unit is known here: at a first start the policy may be ahead of the units it reads of.

    After the limit the point is kept without a group; the first score on the sheet brings it.
    """
    for _ in range(round(_UNIT_WAIT_S / _UNIT_POLL_S)):
        if await edge.rows.get(Unit, "unit", command.district, command.unit_id) is not None:
            return
        await asyncio.sleep(_UNIT_POLL_S)


SERVICE = Service(
    name="scoring",
    stream="SCORING",
    events=EVENTS,
    commands=COMMANDS,
    questions=QUESTIONS,
    deciders=(CRITERIA, SHEET),
    gather=gather,
    answer=answer,
    read_models=(SCORING, UNITS),
    publish=publish,
    policies=(TASK_POINTS,),
)


async def main(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    await Process(SERVICE, settings).run()
