"""What the rules know of an organisation, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.events import (
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    OrganisationEstablished,
    OrganisationEvent,
    Unit,
    UnitClosed,
    UnitCorrected,
    UnitEstablished,
    UnitRenamed,
    UnitSetDefined,
    group_after,
    unit_after,
)
from shared.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What the rules need to know of a district's organisation."""

    is_established: bool = False
    valid_from: date = date.min
    units: Mapping[str, Unit] = field(default_factory=dict)
    sets: Mapping[str, UnitSetDefined] = field(default_factory=dict)
    groups: Mapping[tuple[str, int], Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """Who asks, and the day in Vietnam."""

    actor: Actor
    today: date


def evolve(organisation: Organisation, event: OrganisationEvent) -> Organisation:
    """Return the organisation after the event. Never refuses: it has happened."""
    match event:
        case OrganisationEstablished():
            return replace(organisation, is_established=True, valid_from=event.valid_from)
        case UnitEstablished() | UnitRenamed() | UnitCorrected() | UnitClosed():
            unit = unit_after(organisation.units.get(event.unit_id), event)
            if unit is None:
                return organisation
            return replace(organisation, units={**organisation.units, unit.unit_id: unit})
        case UnitSetDefined():
            return replace(organisation, sets={**organisation.sets, event.set_id: event})
        case GroupFormed() | GroupLeadersAppointed():
            key = (event.group_id, event.year)
            group = group_after(organisation.groups.get(key), event)
            if group is None:
                return organisation
            return replace(organisation, groups={**organisation.groups, key: group})
        case _:
            assert_never(event)
