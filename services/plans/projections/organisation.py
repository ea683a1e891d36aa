"""Districts, units with what happened to them, sets and groups as rows."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

from services.plans.events import (
    District,
    Group,
    NamedUnit,
    OrganisationEvent,
    PlansEvent,
    Unit,
    UnitClosed,
    UnitCorrected,
    UnitEstablished,
    UnitRenamed,
    UnitSetDefined,
    UnitsMerged,
    UnitSplit,
    district_after,
    district_keys,
    group_after,
    group_keys,
    unit_after,
    unit_keys,
)
from services.plans.views import OrganisationChange, UnitHistory, UnitSetView
from shared.clock import local_date
from shared.readmodel import Key, Table
from shared.types import Recorded

_EVENTS = get_args(OrganisationEvent)


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return one new row for each unit that the event tells of, also for those that go on with others' work."""
    event = recorded.event
    unit_ids = [unit_id for _, unit_id in unit_keys(event)]
    match event:
        case UnitClosed(successor_id=str(successor_id)):
            unit_ids.append(successor_id)
        case UnitsMerged():
            unit_ids.append(event.into.unit_id)
        case UnitSplit():
            unit_ids += [one.unit_id for one in event.into]
    return [(recorded.district, unit_id, recorded.seq) for unit_id in unit_ids]


def history_row(_: UnitHistory | None, recorded: Recorded[PlansEvent], key: Key) -> UnitHistory | None:
    """Return the entry of the unit's life that the event makes."""
    event = recorded.event
    unit_id = str(key[1])
    entry = UnitHistory(
        district=recorded.district,
        unit_id=unit_id,
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        on=local_date(recorded.occurred_at),
        name="",
        is_successor=False,
        others=(),
        reason="",
        paper=None,
        by=recorded.actor,
        at=recorded.occurred_at,
    )
    match event:
        case UnitEstablished():
            return replace(entry, on=event.valid_from, name=event.name)
        case UnitRenamed():
            before = NamedUnit(unit_id=unit_id, name=event.name_before)
            return replace(entry, on=event.renamed_on, name=event.name, others=(before,), paper=event.paper)
        case UnitCorrected():
            return entry
        case UnitClosed():
            other_id = event.unit_id if unit_id == event.successor_id else event.successor_id
            return replace(
                entry,
                on=event.closed_on,
                is_successor=unit_id == event.successor_id,
                others=(NamedUnit(unit_id=other_id, name=""),) if other_id else (),
                reason=event.reason,
                paper=event.paper,
            )
        case UnitsMerged():
            own = next((one for one in event.units if one.unit_id == unit_id), event.into)
            is_successor = own is event.into
            return replace(
                entry,
                on=event.merged_on,
                name=own.name,
                is_successor=is_successor,
                others=event.units if is_successor else (event.into,),
                paper=event.paper,
            )
        case UnitSplit():
            own = next((one for one in event.into if one.unit_id == unit_id), event.unit)
            is_successor = own is not event.unit
            return replace(
                entry,
                on=event.split_on,
                name=own.name,
                is_successor=is_successor,
                others=(event.unit,) if is_successor else event.into,
                paper=event.paper,
            )
        case _:
            return None


def set_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the set the event defines."""
    return [(recorded.event.district, recorded.event.set_id)] if isinstance(recorded.event, UnitSetDefined) else []


def set_row(row: UnitSetView | None, recorded: Recorded[PlansEvent], _: Key) -> UnitSetView | None:
    """Return the set after the event."""
    match recorded.event:
        case UnitSetDefined() as event:
            return UnitSetView(
                district=event.district,
                set_id=event.set_id,
                name=event.name,
                aliases=event.aliases,
                members=event.members,
            )
        case _:
            return row


def change_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the district whose organisation the event changes."""
    return [(recorded.event.district,)] if isinstance(recorded.event, _EVENTS) else []


TABLES: tuple[Table[Any, Any], ...] = (
    Table(
        name="organisation",
        row=District,
        key=("district",),
        keys=lambda recorded: district_keys(recorded.event),
        fold=lambda row, recorded, _: district_after(row, recorded.event),
        kinds=("organisation",),
    ),
    Table(
        name="organisation_change",
        row=OrganisationChange,
        key=("district",),
        keys=change_keys,
        fold=lambda _, recorded, key: OrganisationChange(district=str(key[0]), seq=recorded.seq),
        kinds=("organisation",),
    ),
    Table(
        name="unit",
        row=Unit,
        key=("district", "unit_id"),
        keys=lambda recorded: unit_keys(recorded.event),
        fold=lambda row, recorded, _: unit_after(row, recorded.event),
        kinds=("organisation",),
    ),
    Table(
        name="unit_history",
        row=UnitHistory,
        key=("district", "unit_id", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
        kinds=("organisation",),
    ),
    Table(
        name="unit_set",
        row=UnitSetView,
        key=("district", "set_id"),
        keys=set_keys,
        fold=set_row,
        kinds=("organisation",),
    ),
    Table(
        name="unit_group",
        row=Group,
        key=("district", "group_id", "year"),
        keys=lambda recorded: group_keys(recorded.event),
        fold=lambda row, recorded, _: group_after(row, recorded.event),
        kinds=("organisation",),
    ),
)
