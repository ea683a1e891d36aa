"""What plans makes known to other systems: redacted facts whose meaning never changes."""

from dataclasses import dataclass
from datetime import date

from services.plans.events import PlanIssued, PlansEvent, TaskCompleted, TaskReopened
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
        case _:
            return None
