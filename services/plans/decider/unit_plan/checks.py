"""What every rule of a unit's plan asks first: who asks, which unit, which plan of the district, how far it is."""

from typing import Any

from services.plans.commands import UnitPlanCommand
from services.plans.decider.plan import PlanStatus
from services.plans.decider.unit_plan.state import DistrictPlanFacts, UnitPlan, UnitPlanFacts
from services.plans.events import Unit, require_open
from services.plans.rules import RIGHTS
from shared.errors import Rejected


def authorise(command: UnitPlanCommand, facts: UnitPlanFacts) -> None:
    """Raise Rejected `actor.not_allowed` for who has no right to it for the unit."""
    right = RIGHTS[type(command)]
    if not right.allows(facts.actor, on=facts.today, district=command.district, unit=command.unit_id):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def require_status(plan: UnitPlan, command: UnitPlanCommand, status: PlanStatus) -> None:
    """Raise Rejected `unit_plan.not_found` or `unit_plan.wrong_status` for a plan that is not that far."""
    if plan.status is PlanStatus.NONE:
        raise Rejected("unit_plan.not_found", unit_id=command.unit_id, year=command.year)
    if plan.status is not status:
        raise Rejected("unit_plan.wrong_status", unit_id=command.unit_id, status=plan.status, required=status)


def planning_unit(command: UnitPlanCommand, facts: UnitPlanFacts) -> Unit:
    """Return the unit. Raises Rejected `unit.not_found`, and where it is closed: it makes no plan any more."""
    if facts.unit is None:
        raise Rejected("unit.not_found", unit_id=command.unit_id)
    require_open(facts.unit, facts.today)
    return facts.unit


def district_plan(command: UnitPlanCommand, facts: UnitPlanFacts) -> DistrictPlanFacts:
    """Return the district's plan, on which the unit's rests. Raises Rejected `unit_plan.district_plan_missing`."""
    if facts.district_plan is None:
        raise Rejected("unit_plan.district_plan_missing", year=command.year)
    return facts.district_plan


def said(command: UnitPlanCommand, facts: UnitPlanFacts) -> dict[str, Any]:
    """Return what every event of the plan says: of which unit and year, by whom, when."""
    return {
        "district": command.district,
        "year": command.year,
        "unit_id": command.unit_id,
        "by": facts.actor.account_id,
        "at": command.at,
    }
