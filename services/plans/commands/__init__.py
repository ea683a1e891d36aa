"""What may be asked of plans."""

from services.plans.commands.organisation import (
    AppointGroupLeaders,
    CloseUnit,
    DefineUnitSet,
    EstablishOrganisation,
    EstablishUnit,
    FormGroup,
    NewGroup,
    NewUnit,
    NewUnitSet,
    OrganisationCommand,
    RenameUnit,
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
    ReopenTask,
    ReportTask,
    ReturnPlan,
    StartTask,
    SubmitPlan,
    TaskCommand,
)
from shared.codec import MessageCodec

COMMANDS: MessageCodec[OrganisationCommand | PlanCommand] = MessageCodec("plans", OrganisationCommand | PlanCommand)

__all__ = [
    "COMMANDS",
    "AmendDraft",
    "AppointGroupLeaders",
    "AssignTask",
    "CancelTask",
    "CloseUnit",
    "CompleteTaskPart",
    "DefineUnitSet",
    "DraftPlan",
    "EstablishOrganisation",
    "EstablishUnit",
    "FormGroup",
    "IssuePlan",
    "NewGroup",
    "NewTask",
    "NewUnit",
    "NewUnitSet",
    "OrganisationCommand",
    "PlanCommand",
    "RenameUnit",
    "ReopenTask",
    "ReportTask",
    "ReturnPlan",
    "StartTask",
    "SubmitPlan",
    "TaskCommand",
]
