"""The read model of plans: organisation, calendars, plans, tasks, and what each level counts."""

from services.plans.events import EVENTS
from services.plans.projections.calendar import TABLES as CALENDAR_TABLES
from services.plans.projections.organisation import TABLES as ORGANISATION_TABLES
from services.plans.projections.plan import TABLES as PLAN_TABLES
from shared.readmodel import ReadModel

PLANS = ReadModel(
    name="plans", source="PLANS", codec=EVENTS, tables=(*ORGANISATION_TABLES, *CALENDAR_TABLES, *PLAN_TABLES)
)

__all__ = ["PLANS"]
