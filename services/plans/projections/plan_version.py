"""The versions of a plan as rows: each as a document, and the tasks that it set (vi: các lần ban hành, điều chỉnh)."""

from collections.abc import Iterable

from services.plans.events import IssuedTask, LeftTask, NamedUnit, PlanAmended, PlanIssued, PlansEvent, UnitRole
from services.plans.views import PlanVersionView, TaskVersionView
from shared.readmodel import Key, Table
from shared.types import Recorded


def version_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the version that the event makes."""
    match recorded.event:
        case PlanIssued() as event:
            return [(event.district, event.plan_id, 1)]
        case PlanAmended() as event:
            return [(event.district, event.plan_id, event.version)]
        case _:
            return []


def version_row(row: PlanVersionView | None, recorded: Recorded[PlansEvent], _: Key) -> PlanVersionView | None:
    """Return the version as its document says it."""
    match recorded.event:
        case PlanIssued() as event:
            return PlanVersionView(
                district=event.district,
                plan_id=event.plan_id,
                version=1,
                number=event.number,
                issued_on=event.issued_on,
                reason="",
                added=(),
                changed=(),
                left=(),
                changes=(),
                by=event.by,
                at=event.at,
            )
        case PlanAmended() as event:
            return PlanVersionView(
                district=event.district,
                plan_id=event.plan_id,
                version=event.version,
                number=event.number,
                issued_on=event.amended_on,
                reason=event.reason,
                added=event.added,
                changed=event.changed,
                left=event.left,
                changes=event.changes,
                by=event.by,
                at=event.at,
            )
        case _:
            return row


def task_version_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the tasks that the version sets, changes or takes out."""
    match recorded.event:
        case PlanIssued() as event:
            return [(event.district, event.plan_id, task.number, 1) for task in event.tasks]
        case PlanAmended() as event:
            numbers = (*(task.number for task in event.tasks), *event.removed)
            return [(event.district, event.plan_id, number, event.version) for number in numbers]
        case _:
            return []


def task_version_row(row: TaskVersionView | None, recorded: Recorded[PlansEvent], key: Key) -> TaskVersionView | None:
    """Return the task of the key as the version has it."""
    event = recorded.event
    if not isinstance(event, PlanIssued | PlanAmended):
        return row
    district, plan_id, number, version = key
    left = next((one for one in event.left if one.number == number), None) if isinstance(event, PlanAmended) else None
    task = next((one for one in event.tasks if one.number == number), None)
    said = task or left
    if said is None:
        return row
    return TaskVersionView(
        district=str(district),
        plan_id=str(plan_id),
        number=int(number),
        version=int(version),
        quarter=said.quarter,
        content=said.content,
        due_on=said.due_on,
        due_rule=task.due_rule if task else None,
        due_month=task.due_month if task else None,
        leads=_units(said, UnitRole.LEAD),
        coordinators=_units(said, UnitRole.COORDINATING),
        series=task.series if task else None,
        is_removed=task is None,
    )


def _units(task: IssuedTask | LeftTask, role: UnitRole) -> tuple[NamedUnit, ...]:
    if isinstance(task, LeftTask):
        return task.units if role is UnitRole.LEAD else ()
    return tuple(NamedUnit(unit_id=one.unit_id, name=one.name) for one in task.participants if one.role is role)


TABLES = (
    Table(
        name="plan_version",
        row=PlanVersionView,
        key=("district", "plan_id", "version"),
        keys=version_keys,
        fold=version_row,
        kinds=("plan",),
    ),
    Table(
        name="task_version",
        row=TaskVersionView,
        key=("district", "plan_id", "number", "version"),
        keys=task_version_keys,
        fold=task_version_row,
        kinds=("plan",),
    ),
)
