"""What the task rows add up to: as each unit sees them, and in units, groups, districts and the city."""

from collections.abc import Iterable

from services.plans.views import (
    CityTotals,
    DistrictTotals,
    ExtensionState,
    GroupTotals,
    OpenExtension,
    PartView,
    TaskState,
    TaskView,
    UnitTaskView,
    UnitTotals,
)
from shared.readmodel import Derived, Rollup


def unit_tasks(task: TaskView) -> Iterable[UnitTaskView]:
    """Return the task as each of its units sees it."""
    for part in task.parts:
        state = task.state
        if state not in (TaskState.CANCELLED, TaskState.COMPLETED, TaskState.CARRIED):
            state = _part_state(part)
        yield UnitTaskView(
            district=task.district,
            plan_id=task.plan_id,
            number=task.number,
            unit_id=part.unit_id,
            year=task.year,
            quarter=task.quarter,
            content=task.content,
            role=part.role,
            due_on=task.due_on,
            state=state,
            done_on=part.done_on,
            completed_on=task.completed_on,
            seq=task.seq,
        )


def _part_state(part: PartView) -> TaskState:
    if part.done_on:
        return TaskState.COMPLETED
    return TaskState.STARTED if part.started_on else TaskState.ASSIGNED


def _counts(task: TaskView, parts: Iterable[PartView]) -> dict[str, int]:
    """Return what the task adds to a level: a cancelled task counts as cancelled and as nothing else."""
    cancelled = task.state is TaskState.CANCELLED
    counted = [] if cancelled else list(parts)
    return {
        "tasks": int(not cancelled),
        "completed": int(not cancelled and task.completed_on is not None),
        "cancelled": int(cancelled),
        "parts": len(counted),
        "parts_done": sum(part.done_on is not None for part in counted),
    }


def unit_totals(task: TaskView) -> Iterable[UnitTotals]:
    """Return what the task adds to each of its units."""
    for part in task.parts:
        counts = _counts(task, [part])
        del counts["parts"]
        yield UnitTotals(
            district=task.district, plan_id=task.plan_id, unit_id=part.unit_id, quarter=task.quarter, **counts
        )


def group_totals(task: TaskView) -> Iterable[GroupTotals]:
    """Return what the task adds to each group: once, however many members take part."""
    for group_id in dict.fromkeys(part.group_id for part in task.parts if part.group_id):
        members = [part for part in task.parts if part.group_id == group_id]
        yield GroupTotals(
            district=task.district,
            plan_id=task.plan_id,
            group_id=group_id,
            quarter=task.quarter,
            **_counts(task, members),
        )


def district_totals(task: TaskView) -> Iterable[DistrictTotals]:
    """Return what the task adds to its district."""
    yield DistrictTotals(
        district=task.district,
        plan_id=task.plan_id,
        year=task.year,
        quarter=task.quarter,
        **_counts(task, task.parts),
    )


def city_totals(task: TaskView) -> Iterable[CityTotals]:
    """Return what the task adds to the city."""
    yield CityTotals(year=task.year, quarter=task.quarter, **_counts(task, task.parts))


def open_extensions(task: TaskView) -> Iterable[OpenExtension]:
    """Return the requests for more time that wait for an answer."""
    for one in task.extensions:
        if one.state is ExtensionState.PENDING:
            yield OpenExtension(
                district=task.district,
                plan_id=task.plan_id,
                number=task.number,
                unit_id=one.unit_id,
                unit_name=one.unit_name,
                content=task.content,
                due_on=task.due_on,
                wanted_on=one.wanted_on,
                reason=one.reason,
                by=one.by,
            )


TABLES = (
    Derived(
        name="unit_task",
        row=UnitTaskView,
        key=("district", "plan_id", "number", "unit_id"),
        of="task",
        derive=unit_tasks,
        indexes=(("district", "unit_id", "due_on"),),
    ),
    Rollup(
        name="unit_totals",
        row=UnitTotals,
        key=("district", "plan_id", "unit_id", "quarter"),
        of="task",
        contribute=unit_totals,
    ),
    Rollup(
        name="group_totals",
        row=GroupTotals,
        key=("district", "plan_id", "group_id", "quarter"),
        of="task",
        contribute=group_totals,
    ),
    Rollup(
        name="district_totals",
        row=DistrictTotals,
        key=("district", "plan_id", "year", "quarter"),
        of="task",
        contribute=district_totals,
    ),
    Rollup(name="city_totals", row=CityTotals, key=("year", "quarter"), of="task", contribute=city_totals),
    Derived(
        name="open_extension",
        row=OpenExtension,
        key=("district", "plan_id", "number", "unit_id"),
        of="task",
        derive=open_extensions,
    ),
)
