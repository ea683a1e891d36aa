"""Trainings and the units invited to them as rows; what a training and a year count is added up from those."""

from collections.abc import Iterable
from dataclasses import replace

from services.plans.events import (
    AttendanceRecorded,
    PlansEvent,
    TrainingCancelled,
    TrainingClosed,
    TrainingMoved,
    TrainingScheduled,
)
from services.plans.projections.activity import year_totals
from services.plans.views import (
    ActivityStatus,
    ActivityTotals,
    TrainingParts,
    TrainingUnitView,
    TrainingView,
    TrainingYear,
)
from shared.readmodel import Key, Rollup, Table
from shared.types import Recorded


def training_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the training that the event is about."""
    match recorded.event:
        case (
            TrainingScheduled()
            | TrainingMoved()
            | AttendanceRecorded()
            | TrainingClosed()
            | TrainingCancelled() as event
        ):
            return [(event.district, event.training_id)]
        case _:
            return []


def training_row(row: TrainingView | None, recorded: Recorded[PlansEvent], _: Key) -> TrainingView | None:
    """Return the training after the event; None where there is none."""
    event, seq = recorded.event, recorded.seq
    if isinstance(event, TrainingScheduled):
        return TrainingView(
            district=event.district,
            training_id=event.training_id,
            year=event.year,
            status=ActivityStatus.OPEN,
            title=event.title,
            number=event.number,
            contents=event.contents,
            held_on=event.held_on,
            held_until=event.held_until,
            held_on_before=None,
            place=event.place,
            lecturer=event.lecturer,
            task=event.task,
            evaluation="",
            cancel_reason="",
            seq=seq,
        )
    return row and replace(_after(row, event), seq=seq)


def _after(row: TrainingView, event: PlansEvent) -> TrainingView:
    match event:
        case TrainingMoved():
            return replace(
                row,
                held_on=event.held_on,
                held_until=event.held_until,
                held_on_before=event.held_on_before,
                place=event.place,
            )
        case TrainingClosed():
            return replace(row, status=ActivityStatus.CLOSED, evaluation=event.evaluation)
        case TrainingCancelled():
            return replace(row, status=ActivityStatus.CANCELLED, cancel_reason=event.reason)
        case _:
            return row


def unit_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the invited units that the event changes."""
    match recorded.event:
        case TrainingScheduled() as event:
            return [(event.district, event.training_id, unit.unit_id) for unit in event.units]
        case TrainingCancelled() as event:
            return [(event.district, event.training_id, unit_id) for unit_id in event.units]
        case AttendanceRecorded() as event:
            return [(event.district, event.training_id, one.unit_id) for one in event.attendance]
        case _:
            return []


def unit_row(row: TrainingUnitView | None, recorded: Recorded[PlansEvent], key: Key) -> TrainingUnitView | None:
    """Return the unit of the key after the event."""
    match recorded.event:
        case TrainingScheduled() as event:
            unit = next(one for one in event.units if one.unit_id == key[2])
            return TrainingUnitView(
                district=event.district,
                training_id=event.training_id,
                unit_id=unit.unit_id,
                year=event.year,
                name=unit.name,
                group_id=unit.group_id,
            )
        case AttendanceRecorded() as event:
            came = next(one for one in event.attendance if one.unit_id == key[2])
            return row and replace(
                row, is_recorded=True, invited=came.invited, attended=came.attended, posts=came.posts
            )
        case TrainingCancelled():
            return row and replace(row, is_cancelled=True)
        case _:
            return row


def _counts(unit: TrainingUnitView) -> dict[str, int]:
    return {
        "units": 1,
        "recorded": int(unit.is_recorded),
        "present": int(unit.attended > 0),
        "invited": unit.invited,
        "attended": unit.attended,
    }


def training_parts(unit: TrainingUnitView) -> Iterable[TrainingParts]:
    """Return what the unit adds to its training; nothing to a cancelled one."""
    if not unit.is_cancelled:
        yield TrainingParts(district=unit.district, year=unit.year, training_id=unit.training_id, **_counts(unit))


def training_year(unit: TrainingUnitView) -> Iterable[TrainingYear]:
    """Return what the unit adds to its district and year; nothing of a cancelled training."""
    if not unit.is_cancelled:
        yield TrainingYear(district=unit.district, year=unit.year, **_counts(unit))


TABLES = (
    Table(
        name="training",
        row=TrainingView,
        key=("district", "training_id"),
        keys=training_keys,
        fold=training_row,
        indexes=(("district", "year"),),
        kinds=("training",),
    ),
    Table(
        name="training_unit",
        row=TrainingUnitView,
        key=("district", "training_id", "unit_id"),
        keys=unit_keys,
        fold=unit_row,
        kinds=("training",),
    ),
    Rollup(
        name="training_totals",
        row=ActivityTotals,
        key=("district", "year"),
        of="training",
        contribute=year_totals,
    ),
    Rollup(
        name="training_parts",
        row=TrainingParts,
        key=("district", "year", "training_id"),
        of="training_unit",
        contribute=training_parts,
    ),
    Rollup(
        name="training_year",
        row=TrainingYear,
        key=("district", "year"),
        of="training_unit",
        contribute=training_year,
    ),
)
