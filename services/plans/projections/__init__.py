"""The read model of plans: organisation, calendars, plans, tasks, and what each level counts."""

from dataclasses import replace

from services.plans.events import EVENTS
from services.plans.projections.activity import TABLES as ACTIVITY_TABLES
from services.plans.projections.calendar import TABLES as CALENDAR_TABLES
from services.plans.projections.campaign import TABLES as CAMPAIGN_TABLES
from services.plans.projections.files import TABLES as FILE_TABLES
from services.plans.projections.group_year import TABLES as GROUP_YEAR_TABLES
from services.plans.projections.inspection import TABLES as INSPECTION_TABLES
from services.plans.projections.organisation import TABLES as ORGANISATION_TABLES
from services.plans.projections.plan import TABLES as PLAN_TABLES
from services.plans.projections.pledge import TABLES as PLEDGE_TABLES
from services.plans.projections.registration import TABLES as REGISTRATION_TABLES
from services.plans.projections.report import TABLES as REPORT_TABLES
from services.plans.projections.training import TABLES as TRAINING_TABLES
from services.plans.projections.unit_plan import TABLES as UNIT_PLAN_TABLES
from shared.readmodel import ReadModel

PLANS = ReadModel(
    name="plans",
    source="PLANS",
    codec=EVENTS,
    tables=(
        *ORGANISATION_TABLES,
        *CALENDAR_TABLES,
        *PLAN_TABLES,
        *FILE_TABLES,
        *UNIT_PLAN_TABLES,
        *REGISTRATION_TABLES,
        *REPORT_TABLES,
        *CAMPAIGN_TABLES,
        *INSPECTION_TABLES,
        *TRAINING_TABLES,
        *ACTIVITY_TABLES,
        *GROUP_YEAR_TABLES,
        *PLEDGE_TABLES,
    ),
)

# What an earlier day is shown from: what the boards and overviews ask, and no more than that is folded.
_SHOWN_OF_THE_PAST = frozenset(
    {
        "organisation",
        "organisation_change",
        "unit",
        "unit_set",
        "unit_group",
        "calendar",
        "plan",
        "task",
        "unit_totals",
        "group_totals",
        "district_totals",
        "city_totals",
        "unit_plan",
        "unit_plan_state",
        "unit_plan_task",
        "unit_plan_open_task",
        "unit_plan_totals",
        "group_unit_plan_totals",
        "district_unit_plan_totals",
    }
)
PAST = replace(PLANS, tables=tuple(one for one in PLANS.tables if one.name in _SHOWN_OF_THE_PAST))

__all__ = ["PAST", "PLANS"]
