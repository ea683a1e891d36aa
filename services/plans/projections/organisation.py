"""Units, sets and groups as rows."""

from collections.abc import Iterable
from typing import Any

from services.plans.events import (
    Group,
    OrganisationEstablished,
    PlansEvent,
    Unit,
    UnitSetDefined,
    group_after,
    group_keys,
    unit_after,
    unit_keys,
)
from services.plans.views import OrganisationView, UnitSetView
from shared.readmodel import Key, Table
from shared.types import Recorded


def organisation_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the organisation the event establishes."""
    return [(recorded.event.district,)] if isinstance(recorded.event, OrganisationEstablished) else []


def organisation_row(row: OrganisationView | None, recorded: Recorded[PlansEvent], _: Key) -> OrganisationView | None:
    """Return the organisation after the event."""
    match recorded.event:
        case OrganisationEstablished() as event:
            return OrganisationView(
                district=event.district,
                code=event.code,
                name=event.name,
                short_name=event.short_name,
                valid_from=event.valid_from,
                valid_to=event.valid_to,
            )
        case _:
            return row


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


TABLES: tuple[Table[Any, Any], ...] = (
    Table(
        name="organisation",
        row=OrganisationView,
        key=("district",),
        keys=organisation_keys,
        fold=organisation_row,
    ),
    Table(
        name="unit",
        row=Unit,
        key=("district", "unit_id"),
        keys=lambda recorded: unit_keys(recorded.event),
        fold=lambda row, recorded, _: unit_after(row, recorded.event),
    ),
    Table(name="unit_set", row=UnitSetView, key=("district", "set_id"), keys=set_keys, fold=set_row),
    Table(
        name="unit_group",
        row=Group,
        key=("district", "group_id", "year"),
        keys=lambda recorded: group_keys(recorded.event),
        fold=lambda row, recorded, _: group_after(row, recorded.event),
    ),
)
