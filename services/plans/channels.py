"""What plans makes known to other systems: redacted facts whose meaning never changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Redaction:
    """How an event becomes a public fact of its name.

    The public type names all that leaves: what the event calls by the same name is copied, the rest is `said` of it.
    """

    body: type
    said: Callable[[Any], Mapping[str, object]] = lambda _: {}
    is_public: Callable[[Any], bool] = lambda _: True


# A moved due date stays inside: no public fact tells when an open task is due, and that of a completed one says the
# date in force.
_REDACTIONS: Mapping[type, _Redaction] = {
    PlanIssued: _Redaction(body=PlanIssuedPublic, said=lambda event: {"tasks": len(event.tasks)}),
    TaskCompleted: _Redaction(
        body=TaskCompletedPublic, said=lambda event: {"lead_units": tuple(unit.unit_id for unit in event.leads)}
    ),
    TaskReopened: _Redaction(body=TaskReopenedPublic, is_public=lambda event: event.was_completed),
    CampaignLaunched: _Redaction(
        body=CampaignLaunchedPublic,
        said=lambda event: {
            "title": event.outline.title,
            "kind": event.outline.kind,
            "starts_on": event.outline.starts_on,
            "ends_on": event.outline.ends_on,
            "units": tuple(unit.unit_id for unit in event.units),
        },
    ),
    CampaignClosed: _Redaction(body=CampaignClosedPublic),
    CampaignCancelled: _Redaction(body=CampaignCancelledPublic, is_public=lambda event: event.was_launched),
}


def publish(recorded: Recorded[PlansEvent]) -> PublicFact | None:
    """Return the public fact of the event; None for what stays inside."""
    event = recorded.event
    redaction = _REDACTIONS.get(type(event))
    if redaction is None or not redaction.is_public(event):
        return None
    said = redaction.said(event)
    copied = {one.name: getattr(event, one.name) for one in fields(redaction.body) if one.name not in said}
    return PublicFact(district=event.district, name=type(event).__name__, body=redaction.body(**copied, **said))
