"""What may be asked of plans."""

from typing import TypeAlias

from services.plans.commands.calendar import (
    CalendarCommand,
    CorrectCalendar,
    OpenCalendar,
    WithdrawCalendarCorrection,
)
from services.plans.commands.organisation import (
    AppointGroupLeaders,
    CloseUnit,
    DefineUnitSet,
    EstablishOrganisation,
    EstablishUnit,
    FormGroup,
    ListedUnit,
    NewGroup,
    NewUnit,
    NewUnitSet,
    OrganisationCommand,
    RenameUnit,
    ReviseOrganisation,
)
from services.plans.commands.plan import (
    AmendDraft,
    AssignTask,
    CancelTask,
    CompleteTaskPart,
    DraftPlan,
    IssuePlan,
    NewTask,
    PlanCommand,
    RecomputeDueDates,
    ReopenTask,
    ReportTask,
    ReturnPlan,
    StartTask,
    SubmitPlan,
    TaskCommand,
)
from shared.codec import MessageCodec

PlansCommand: TypeAlias = OrganisationCommand | CalendarCommand | PlanCommand

COMMANDS: MessageCodec[PlansCommand] = MessageCodec("plans", PlansCommand)

__all__ = [
    "COMMANDS",
    "AmendDraft",
    "AppointGroupLeaders",
    "AssignTask",
    "CalendarCommand",
    "CancelTask",
    "CloseUnit",
    "CompleteTaskPart",
    "CorrectCalendar",
    "DefineUnitSet",
    "DraftPlan",
    "EstablishOrganisation",
    "EstablishUnit",
    "FormGroup",
    "IssuePlan",
    "ListedUnit",
    "NewGroup",
    "NewTask",
    "NewUnit",
    "NewUnitSet",
    "OpenCalendar",
    "OrganisationCommand",
    "PlanCommand",
    "PlansCommand",
    "RecomputeDueDates",
    "RenameUnit",
    "ReopenTask",
    "ReportTask",
    "ReturnPlan",
    "ReviseOrganisation",
    "StartTask",
    "SubmitPlan",
    "TaskCommand",
    "WithdrawCalendarCorrection",
]
