"""Who may do what in plans, by the district's procedure: Phòng Nội vụ prepares, the chair decides, units report."""

from collections.abc import Mapping

from services.plans.commands import (
    AmendDraft,
    AppointGroupLeaders,
    AssignTask,
    CancelTask,
    CloseUnit,
    CompleteTaskPart,
    CorrectCalendar,
    DefineUnitSet,
    DraftPlan,
    EstablishOrganisation,
    EstablishUnit,
    FormGroup,
    IssuePlan,
    OpenCalendar,
    PlansCommand,
    RecomputeDueDates,
    RenameUnit,
    ReopenTask,
    ReportTask,
    ReturnPlan,
    ReviseOrganisation,
    StartTask,
    SubmitPlan,
    WithdrawCalendarCorrection,
)
from services.plans.rules.calendar import CORRECT_ROLES, OPEN_ROLES
from services.plans.rules.plan import (
    CANCEL_ROLES,
    DECIDE_ROLES,
    DRAFT_ROLES,
    ORGANISATION_ROLES,
    PART_ROLES,
    RECOMPUTE_ROLES,
)
from shared.rights import Right

_ORGANISE = Right(roles=ORGANISATION_ROLES)
_DRAFT = Right(roles=DRAFT_ROLES)
_DECIDE = Right(roles=DECIDE_ROLES)
_REPORT = Right(roles=DRAFT_ROLES, unit_roles=PART_ROLES)  # Phòng Nội vụ also for a unit
_CORRECT = Right(roles=CORRECT_ROLES, is_of_city=True)

# What the deciders ask, and what explains them.
RIGHTS: Mapping[type[PlansCommand], Right] = {
    EstablishOrganisation: _ORGANISE,
    EstablishUnit: _ORGANISE,
    RenameUnit: _ORGANISE,
    CloseUnit: _ORGANISE,
    DefineUnitSet: _ORGANISE,
    FormGroup: _ORGANISE,
    AppointGroupLeaders: _ORGANISE,
    ReviseOrganisation: _ORGANISE,
    OpenCalendar: Right(roles=OPEN_ROLES, is_of_city=True),
    CorrectCalendar: _CORRECT,
    WithdrawCalendarCorrection: _CORRECT,
    DraftPlan: _DRAFT,
    AmendDraft: _DRAFT,
    SubmitPlan: _DRAFT,
    ReturnPlan: _DECIDE,
    IssuePlan: _DECIDE,
    RecomputeDueDates: Right(roles=RECOMPUTE_ROLES),
    AssignTask: _DRAFT,
    CancelTask: Right(roles=CANCEL_ROLES),
    ReopenTask: _DRAFT,
    StartTask: _REPORT,
    ReportTask: _REPORT,
    CompleteTaskPart: _REPORT,
}
