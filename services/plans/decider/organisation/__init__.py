"""The rules of an organisation: one aggregate a district, and one for the city."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    AppointGroupLeaders,
    CarryGroups,
    CloseDistrict,
    CloseUnit,
    DefineUnitSet,
    EstablishOrganisation,
    EstablishUnit,
    FormGroup,
    MergeUnits,
    NewGroup,
    OrganisationCommand,
    RenameUnit,
    ReviseOrganisation,
    SplitUnit,
)
from services.plans.decider.organisation.closing import district_closed
from services.plans.decider.organisation.groups import carried, leaders, new_group, new_set, refuse_shared
from services.plans.decider.organisation.merging import merged, split
from services.plans.decider.organisation.state import Organisation, OrganisationFacts, evolve
from services.plans.decider.organisation.units import closed, listed, listed_end, new_unit, renamed
from services.plans.events import Group, OrganisationEstablished, OrganisationEvent, Unit, UnitEstablished, unit_after
from services.plans.rules import CHANGES_MAX, RIGHTS, UNITS_MAX
from shared.decider import Decider
from shared.errors import Rejected

__all__ = ["ORGANISATION", "Organisation", "OrganisationFacts"]


def decide(
    command: OrganisationCommand, organisation: Organisation, facts: OrganisationFacts
) -> list[OrganisationEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=command.district):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    by = facts.actor.account_id
    if isinstance(command, EstablishOrganisation):
        return list(_established(command, organisation, by))
    if organisation.place is None:
        raise Rejected("organisation.not_established", district=command.district)
    match command:
        case EstablishUnit(district=district, unit=unit):
            return list(new_unit(district, unit, organisation, by, command.at))
        case RenameUnit():
            return list(renamed(command, organisation, facts.today, by))
        case CloseUnit():
            return list(closed(command, organisation, facts.today, by))
        case MergeUnits():
            return list(merged(command, organisation, facts.today, by))
        case SplitUnit():
            return list(split(command, organisation, facts.today, by))
        case CloseDistrict():
            return list(district_closed(command, organisation.place, organisation, facts.city_units, facts.today, by))
        case DefineUnitSet(unit_set=unit_set):
            return list(new_set(command.district, unit_set, organisation.units, organisation, by, command.at))
        case FormGroup(group=group):
            return list(new_group(command.district, group, organisation.units, organisation, by, command.at))
        case AppointGroupLeaders(group_id=group_id, year=year):
            known = organisation.groups.get((group_id, year))
            if known is None:
                raise Rejected("group.not_found", group_id=group_id, year=year)
            return list(leaders(command.district, known, command.head_id, command.deputy_id, by, command.at))
        case CarryGroups():
            return list(carried(command, organisation, by))
        case ReviseOrganisation():
            return _revised(command, organisation, facts.today, by)
        case _:
            assert_never(command)


def _established(command: EstablishOrganisation, organisation: Organisation, by: str) -> Iterator[OrganisationEvent]:
    seen = organisation
    if organisation.place is None:
        established = OrganisationEstablished(
            district=command.district,
            code=command.code,
            name=command.name,
            short_name=command.short_name,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            by=by,
            at=command.at,
        )
        yield established
        seen = evolve(organisation, established)
    parts: list[OrganisationEvent] = []
    for unit in command.units:
        parts += new_unit(command.district, unit, seen, by, command.at)
    units = {**seen.units, **{event.unit_id: _as_unit(event) for event in parts if isinstance(event, UnitEstablished)}}
    for unit_set in command.sets:
        parts += new_set(command.district, unit_set, units, seen, by, command.at)
    for group in command.groups:
        parts += new_group(command.district, group, units, seen, by, command.at)
    yield from parts


def _as_unit(event: UnitEstablished) -> Unit:
    unit = unit_after(None, event)
    assert unit is not None
    return unit


def _revised(command: ReviseOrganisation, organisation: Organisation, today: date, by: str) -> list[OrganisationEvent]:
    """Return the difference between the organisation and the list, in an order in which each step is possible."""
    district, at = command.district, command.at
    listed_twice = len({line.unit_id for line in command.units}) < len(command.units)
    if listed_twice or len({(one.group_id, one.year) for one in command.groups}) < len(command.groups):
        raise Rejected("organisation.listed_twice")
    events: list[OrganisationEvent] = []
    units = dict(organisation.units)

    def happened(more: Iterator[OrganisationEvent]) -> None:
        for event in more:
            events.append(event)
            unit = unit_after(units.get(getattr(event, "unit_id", "")), event)
            if unit is not None:
                units[unit.unit_id] = unit

    for line in command.units:
        happened(listed(district, line, organisation, today, by, at))
    # Ends come last: a successor may be new, and stand further down.
    for line in command.units:
        happened(listed_end(district, line, replace(organisation, units=units), today, by, at))
    if len(units) > UNITS_MAX:
        raise Rejected("organisation.too_many_units", limit=UNITS_MAX)
    wanted = {(one.group_id, one.year): one for one in command.groups}
    groups: dict[tuple[str, int], Group | NewGroup] = {**organisation.groups, **wanted}
    for group in command.groups:
        # A unit may move from one listed group to another: only what comes of it all is held against the rule.
        refuse_shared(group, groups.values())
        others = {key: one for key, one in organisation.groups.items() if key not in wanted or key[0] == group.group_id}
        happened(new_group(district, group, units, replace(organisation, groups=others), by, at))
    if len(events) > CHANGES_MAX:
        raise Rejected("organisation.too_many_changes", limit=CHANGES_MAX)
    return events


ORGANISATION: Decider[OrganisationCommand, Organisation, OrganisationEvent, OrganisationFacts] = Decider(
    kind="organisation",
    commands=(
        EstablishOrganisation,
        EstablishUnit,
        RenameUnit,
        CloseUnit,
        MergeUnits,
        SplitUnit,
        CloseDistrict,
        DefineUnitSet,
        FormGroup,
        AppointGroupLeaders,
        CarryGroups,
        ReviseOrganisation,
    ),
    initial=Organisation(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.district),
)
