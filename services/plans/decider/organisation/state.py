"""What the rules know of an organisation, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.events import (
    District,
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    GroupsCarried,
    OrganisationClosed,
    OrganisationEstablished,
    OrganisationEvent,
    Unit,
    UnitClosed,
    UnitCorrected,
    UnitEstablished,
    UnitRenamed,
    UnitSetDefined,
    UnitsMerged,
    UnitSplit,
    district_after,
    group_after,
    unit_after,
    unit_keys,
)
from shared.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What the rules need to know of a district's organisation; `end_by_law` is the end it was established with."""

    place: District | None = None
    end_by_law: date | None = None
    units: Mapping[str, Unit] = field(default_factory=dict)
    sets: Mapping[str, UnitSetDefined] = field(default_factory=dict)
    groups: Mapping[tuple[str, int], Group] = field(default_factory=dict)

    @property
    def valid_from(self) -> date:
        """Return the first day of the district; of one that is not established, the first there is."""
        return self.place.valid_from if self.place else date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """Who asks, the day in Vietnam, and the city's units, of which some go on with a closed district's work."""

    actor: Actor
    today: date
    city_units: Mapping[str, Unit] = field(default_factory=dict)


def evolve(organisation: Organisation, event: OrganisationEvent) -> Organisation:
    """Return the organisation after the event. Never refuses: it has happened."""
    match event:
        case OrganisationEstablished():
            return replace(organisation, place=district_after(organisation.place, event), end_by_law=event.valid_to)
        case OrganisationClosed():
            return replace(organisation, place=district_after(organisation.place, event))
        case UnitEstablished() | UnitRenamed() | UnitCorrected() | UnitClosed() | UnitsMerged() | UnitSplit():
            after = {unit_id: unit_after(organisation.units.get(unit_id), event) for _, unit_id in unit_keys(event)}
            known = {unit_id: unit for unit_id, unit in after.items() if unit is not None}
            return replace(organisation, units={**organisation.units, **known})
        case UnitSetDefined():
            return replace(organisation, sets={**organisation.sets, event.set_id: event})
        case GroupFormed() | GroupLeadersAppointed():
            key = (event.group_id, event.year)
            group = group_after(organisation.groups.get(key), event)
            if group is None:
                return organisation
            return replace(organisation, groups={**organisation.groups, key: group})
        case GroupsCarried():
            return organisation
        case _:
            assert_never(event)
