"""The peer's two tables in our own terms, so that both runners write the same rows: a part of a task, its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.plans.events import EVENTS, TaskCompleted, TaskPartCompleted, TaskReported, TaskStarted
from services.plans.projections import PLANS
from shared.readmodel import Key, ReadModel, Table
from shared.types import Recorded

_Noted: TypeAlias = TaskStarted | TaskReported | TaskPartCompleted | TaskCompleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A unit's part in a task; of the task itself where the unit is empty."""

    district: str
    plan_id: str
    task_number: int
    unit_id: str
    state: str
    percent: int
    text: str


def part_keys(recorded: Recorded[Any]) -> Iterable[Key]:
    """Return the part that the event is about."""
    match recorded.event:
        case TaskStarted() | TaskReported() | TaskPartCompleted() as event:
            return [(event.district, event.plan_id, event.task_number, event.unit_id)]
        case TaskCompleted() as event:
            return [(event.district, event.plan_id, event.task_number, "")]
        case _:
            return []


def part_row(row: Part | None, recorded: Recorded[Any], key: Key) -> Part | None:
    """Return the part after the event."""
    event = recorded.event
    assert isinstance(event, _Noted)
    reported = event if isinstance(event, TaskReported) else None
    return Part(
        district=event.district,
        plan_id=event.plan_id,
        task_number=event.task_number,
        unit_id=str(key[3]),
        state=recorded.type.split(".")[1],
        percent=reported.percent if reported else 0,
        text=reported.text if reported else "",
    )


PARTS: ReadModel[Any] = ReadModel(
    name=PLANS.name,
    source=PLANS.source,
    codec=EVENTS,
    tables=(
        Table(
            name="part",
            row=Part,
            key=("district", "plan_id", "task_number", "unit_id"),
            keys=part_keys,
            fold=part_row,
        ),
        PLANS.table("task_history"),
    ),
)
