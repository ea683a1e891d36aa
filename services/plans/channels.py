"""What plans makes known to other systems: redacted facts whose meaning never changes."""

from dataclasses import dataclass
from datetime import date

from services.plans.events import (
    CampaignCancelled,
    CampaignClosed,
    CampaignLaunched,
    PlanIssued,
    PlansEvent,
    TaskCompleted,
    TaskReopened,
)
from shared.publisher import PublicFact
from shared.types import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIssuedPublic:
    """A district's plan is in force."""

    district: str
    plan_id: str
    year: int
    number: str
    title: str
    issued_on: date
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompletedPublic:
    """Every lead unit of the task is done."""

    district: str
    plan_id: str
    year: int
    task_number: int
    quarter: int
    content: str
    due_on: date
    completed_on: date
    lead_units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopenedPublic:
    """A task that was completed is open again."""

    district: str
    plan_id: str
    year: int
    task_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLaunchedPublic:
    """An emulation campaign was launched; it ends as announced then, and `CampaignClosed` tells when it did."""

    district: str
    campaign_id: str
    year: int
    number: str
    launched_on: date
    title: str
    kind: str
    starts_on: date
    ends_on: date
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignClosedPublic:
    """An emulation campaign was summed up; so many units were called, joined, and told their results."""

    district: str
    campaign_id: str
    year: int
    title: str
    closed_on: date
    units: int
    joined: int
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCancelledPublic:
    """An emulation campaign that had been launched was given up."""

    district: str
    campaign_id: str
    year: int
    title: str


def publish(recorded: Recorded[PlansEvent]) -> PublicFact | None:
    """Return the public fact of the event; None for what stays inside.

    A moved due date stays inside: no public fact tells when an open task is due, and that of a completed one
    says the date in force.
    """
    match recorded.event:
        case PlanIssued() as event:
            return PublicFact(
                district=event.district,
                name="PlanIssued",
                body=PlanIssuedPublic(
                    district=event.district,
                    plan_id=event.plan_id,
                    year=event.year,
                    number=event.number,
                    title=event.title,
                    issued_on=event.issued_on,
                    tasks=len(event.tasks),
                ),
            )
        case TaskCompleted() as event:
            return PublicFact(
                district=event.district,
                name="TaskCompleted",
                body=TaskCompletedPublic(
                    district=event.district,
                    plan_id=event.plan_id,
                    year=event.year,
                    task_number=event.task_number,
                    quarter=event.quarter,
                    content=event.content,
                    due_on=event.due_on,
                    completed_on=event.completed_on,
                    lead_units=tuple(unit.unit_id for unit in event.leads),
                ),
            )
        case TaskReopened(was_completed=True) as event:
            return PublicFact(
                district=event.district,
                name="TaskReopened",
                body=TaskReopenedPublic(
                    district=event.district,
                    plan_id=event.plan_id,
                    year=event.year,
                    task_number=event.task_number,
                ),
            )
        case CampaignLaunched() as event:
            return PublicFact(
                district=event.district,
                name="CampaignLaunched",
                body=CampaignLaunchedPublic(
                    district=event.district,
                    campaign_id=event.campaign_id,
                    year=event.year,
                    number=event.number,
                    launched_on=event.launched_on,
                    title=event.outline.title,
                    kind=event.outline.kind,
                    starts_on=event.outline.starts_on,
                    ends_on=event.outline.ends_on,
                    units=tuple(unit.unit_id for unit in event.units),
                ),
            )
        case CampaignClosed() as event:
            return PublicFact(
                district=event.district,
                name="CampaignClosed",
                body=CampaignClosedPublic(
                    district=event.district,
                    campaign_id=event.campaign_id,
                    year=event.year,
                    title=event.title,
                    closed_on=event.closed_on,
                    units=event.units,
                    joined=event.joined,
                    reported=event.reported,
                ),
            )
        case CampaignCancelled(was_launched=True) as event:
            return PublicFact(
                district=event.district,
                name="CampaignCancelled",
                body=CampaignCancelledPublic(
                    district=event.district, campaign_id=event.campaign_id, year=event.year, title=event.title
                ),
            )
        case _:
            return None
