"""What happened to an annual plan and its tasks (vi: kế hoạch năm, nhiệm vụ)."""

from typing import TypeAlias

from services.plans.events.plan.life import (
    DraftAmended,
    DueDatesMoved,
    MovedTask,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanClosed,
    PlanDrafted,
    PlanIssued,
    PlanReturned,
    PlanSubmitted,
)
from services.plans.events.plan.parts import (
    DraftTask,
    DueRule,
    IssuedTask,
    LeftTask,
    NamedUnit,
    Participant,
    PlanText,
    Repeat,
    Signer,
    TaskChange,
    UnitRole,
)
from services.plans.events.plan.succession import DraftTransferred
from services.plans.events.plan.task import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
)

PlanEvent: TypeAlias = (
    PlanDrafted
    | DraftAmended
    | PlanSubmitted
    | PlanReturned
    | PlanIssued
    | PlanAmendmentSubmitted
    | PlanAmendmentReturned
    | PlanAmended
    | PlanClosed
    | DraftTransferred
    | TaskAssigned
    | TaskStarted
    | TaskReported
    | TaskPartCompleted
    | TaskCompleted
    | TaskReopened
    | TaskCancelled
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionRefused
    | DueDatesMoved
)

__all__ = [
    "DraftAmended",
    "DraftTask",
    "DraftTransferred",
    "DueDatesMoved",
    "DueRule",
    "ExtensionGranted",
    "ExtensionRefused",
    "ExtensionRequested",
    "IssuedTask",
    "LeftTask",
    "MovedTask",
    "NamedUnit",
    "Participant",
    "PlanAmended",
    "PlanAmendmentReturned",
    "PlanAmendmentSubmitted",
    "PlanClosed",
    "PlanDrafted",
    "PlanEvent",
    "PlanIssued",
    "PlanReturned",
    "PlanSubmitted",
    "PlanText",
    "Repeat",
    "Signer",
    "TaskAssigned",
    "TaskCancelled",
    "TaskChange",
    "TaskCompleted",
    "TaskPartCompleted",
    "TaskReopened",
    "TaskReported",
    "TaskStarted",
    "UnitRole",
]
