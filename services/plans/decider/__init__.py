"""The rules of plans, all pure: one file an aggregate."""

from services.plans.decider.activity import (
    ActivityFacts,
)
from services.plans.decider.calendar import CALENDAR, Calendar, CalendarFacts
from services.plans.decider.campaign import (
    CAMPAIGN,
    Campaign,
)
from services.plans.decider.group_year import GROUP_YEAR, GroupYear, GroupYearFacts, members_of_next
from services.plans.decider.inspection import (
    INSPECTION,
    Inspection,
)
from services.plans.decider.organisation import ORGANISATION, Organisation, OrganisationFacts
from services.plans.decider.plan import PLAN, Plan, PlanFacts, PlanStatus
from services.plans.decider.pledge import PLEDGE, Pledge, PledgeFacts
from services.plans.decider.registration import (
    REGISTRATION,
    REGISTRATION_ROUND,
    Registration,
    RegistrationFacts,
    RegistrationRound,
    RegistrationRoundFacts,
)
from services.plans.decider.report import (
    REPORT,
    Report,
    ReportFacts,
)
from services.plans.decider.report_duty import (
    REPORT_DUTY,
    ReportDuty,
    ReportDutyFacts,
)
from services.plans.decider.room import in_parts
from services.plans.decider.training import (
    TRAINING,
    Training,
)
from services.plans.decider.unit_due_dates import UNIT_DUE_DATES, UnitDueDatesFacts
from services.plans.decider.unit_plan import UNIT_PLAN, DistrictPlanFacts, UnitPlan, UnitPlanFacts

__all__ = [
    "CALENDAR",
    "CAMPAIGN",
    "GROUP_YEAR",
    "INSPECTION",
    "ORGANISATION",
    "PLAN",
    "PLEDGE",
    "REGISTRATION",
    "REGISTRATION_ROUND",
    "REPORT",
    "REPORT_DUTY",
    "TRAINING",
    "UNIT_DUE_DATES",
    "UNIT_PLAN",
    "ActivityFacts",
    "Calendar",
    "CalendarFacts",
    "Campaign",
    "DistrictPlanFacts",
    "GroupYear",
    "GroupYearFacts",
    "Inspection",
    "Organisation",
    "OrganisationFacts",
    "Plan",
    "PlanFacts",
    "PlanStatus",
    "Pledge",
    "PledgeFacts",
    "Registration",
    "RegistrationFacts",
    "RegistrationRound",
    "RegistrationRoundFacts",
    "Report",
    "ReportDuty",
    "ReportDutyFacts",
    "ReportFacts",
    "Training",
    "UnitDueDatesFacts",
    "UnitPlan",
    "UnitPlanFacts",
    "in_parts",
    "members_of_next",
]
