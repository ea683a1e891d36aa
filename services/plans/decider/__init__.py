"""The rules of plans, all pure: one file an aggregate."""

from services.plans.decider.calendar import CALENDAR, Calendar, CalendarFacts
from services.plans.decider.organisation import ORGANISATION, Organisation, OrganisationFacts
from services.plans.decider.plan import PLAN, Plan, PlanFacts, PlanStatus

__all__ = [
    "CALENDAR",
    "ORGANISATION",
    "PLAN",
    "Calendar",
    "CalendarFacts",
    "Organisation",
    "OrganisationFacts",
    "Plan",
    "PlanFacts",
    "PlanStatus",
]
