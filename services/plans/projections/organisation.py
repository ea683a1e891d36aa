"""Units, sets and groups as rows."""

from collections.abc import Iterable

from services.plans.events import (
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    OrganisationEstablished,
    OrganisationEvent,
    PlanEvent,
    Unit,
    UnitClosed,
    UnitEstablished,
    UnitRenamed,
    UnitSetDefined,
    group_after,
    unit_after,
)
from services.plans.views import OrganisationView, UnitSetView
from shared.readmodel import Key, Table
from shared.types import Recorded

AnyEvent = OrganisationEvent | PlanEvent


def organisation_keys(recorded: Recorded[AnyEvent]) -> Iterable[Key]:
    """Return the organisation the event establishes."""
    return [(recorded.event.district,)] if isinstance(recorded.event, OrganisationEstablished) else []


def organisation_row(row: OrganisationView | None, recorded: Recorded[AnyEvent], _: Key) -> OrganisationView | None:
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


def unit_keys(recorded: Recorded[AnyEvent]) -> Iterable[Key]:
    """Return the unit the event tells of."""
    match recorded.event:
        case UnitEstablished() | UnitRenamed() | UnitClosed() as event:
            return [(event.district, event.unit_id)]
        case _:
            return []


def unit_row(row: Unit | None, recorded: Recorded[AnyEvent], _: Key) -> Unit | None:
    """Return the unit after the event."""
    return unit_after(row, recorded.event)


def set_keys(recorded: Recorded[AnyEvent]) -> Iterable[Key]:
    """Return the set the event defines."""
    return [(recorded.event.district, recorded.event.set_id)] if isinstance(recorded.event, UnitSetDefined) else []


def set_row(row: UnitSetView | None, recorded: Recorded[AnyEvent], _: Key) -> UnitSetView | None:
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


def group_keys(recorded: Recorded[AnyEvent]) -> Iterable[Key]:
    """Return the group of the year the event tells of."""
    match recorded.event:
        case GroupFormed() | GroupLeadersAppointed() as event:
            return [(event.district, event.group_id, event.year)]
        case _:
            return []


def group_row(row: Group | None, recorded: Recorded[AnyEvent], _: Key) -> Group | None:
    """Return the group after the event."""
    return group_after(row, recorded.event)


TABLES = (
    Table(
        name="organisation",
        row=OrganisationView,
        key=("district",),
        keys=organisation_keys,
        fold=organisation_row,
    ),
    Table(name="unit", row=Unit, key=("district", "unit_id"), keys=unit_keys, fold=unit_row),
    Table(name="unit_set", row=UnitSetView, key=("district", "set_id"), keys=set_keys, fold=set_row),
    Table(name="unit_group", row=Group, key=("district", "group_id", "year"), keys=group_keys, fold=group_row),
)
