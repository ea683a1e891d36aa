"""The rules of an organisation: one aggregate a district, and one for the city."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from services.plans.commands import (
    AppointGroupLeaders,
    CloseUnit,
    DefineUnitSet,
    EstablishOrganisation,
    EstablishUnit,
    FormGroup,
    NewGroup,
    NewUnit,
    NewUnitSet,
    OrganisationCommand,
    RenameUnit,
)
from services.plans.events import (
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    OrganisationEstablished,
    OrganisationEvent,
    Unit,
    UnitClosed,
    UnitEstablished,
    UnitRenamed,
    UnitSetDefined,
    group_after,
    unit_after,
)
from services.plans.rules import ORGANISATION_ROLES, YEARS, is_token
from shared.decider import Decider
from shared.errors import Rejected
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


def decide(
    command: OrganisationCommand, organisation: Organisation, facts: OrganisationFacts
) -> list[OrganisationEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if not facts.actor.has(*ORGANISATION_ROLES, on=facts.today, district=command.district):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    by = facts.actor.account_id
    if isinstance(command, EstablishOrganisation):
        return list(_established(command, organisation, by))
    if not organisation.is_established:
        raise Rejected("organisation.not_established", district=command.district)
    match command:
        case EstablishUnit(district=district, unit=unit):
            return list(_new_unit(district, unit, organisation, by, command.at))
        case RenameUnit(unit_id=unit_id):
            unit_now = _open_unit(organisation, unit_id, command.renamed_on)
            if not command.name.strip() or not command.short_name.strip():
                raise Rejected("unit.name_missing", unit_id=unit_id)
            if (unit_now.name, unit_now.short_name) == (command.name, command.short_name):
                return []
            return [
                UnitRenamed(
                    district=command.district,
                    unit_id=unit_id,
                    name=command.name,
                    short_name=command.short_name,
                    name_before=unit_now.name,
                    renamed_on=command.renamed_on,
                    by=by,
                    at=command.at,
                )
            ]
        case CloseUnit(unit_id=unit_id, successor_id=successor_id):
            return _closed(command, organisation, unit_id, successor_id, by)
        case DefineUnitSet(unit_set=unit_set):
            return list(_new_set(command.district, unit_set, organisation.units, organisation, by, command.at))
        case FormGroup(group=group):
            return list(_new_group(command.district, group, organisation.units, organisation, by, command.at))
        case AppointGroupLeaders(group_id=group_id, year=year):
            known = organisation.groups.get((group_id, year))
            if known is None:
                raise Rejected("group.not_found", group_id=group_id, year=year)
            return list(_leaders(command.district, known, command.head_id, command.deputy_id, by, command.at))
        case _:
            assert_never(command)


def evolve(organisation: Organisation, event: OrganisationEvent) -> Organisation:
    """Return the organisation after the event. Never refuses: it has happened."""
    match event:
        case OrganisationEstablished():
            return replace(organisation, is_established=True, valid_from=event.valid_from)
        case UnitEstablished() | UnitRenamed() | UnitClosed():
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


def _established(command: EstablishOrganisation, organisation: Organisation, by: str) -> Iterator[OrganisationEvent]:
    if not organisation.is_established:
        yield OrganisationEstablished(
            district=command.district,
            code=command.code,
            name=command.name,
            short_name=command.short_name,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            by=by,
            at=command.at,
        )
    seen = replace(organisation, is_established=True, valid_from=command.valid_from)
    parts: list[OrganisationEvent] = []
    for unit in command.units:
        parts += _new_unit(command.district, unit, seen, by, command.at)
    units = {**seen.units, **{event.unit_id: _as_unit(event) for event in parts if isinstance(event, UnitEstablished)}}
    for unit_set in command.sets:
        parts += _new_set(command.district, unit_set, units, seen, by, command.at)
    for group in command.groups:
        parts += _new_group(command.district, group, units, seen, by, command.at)
    yield from parts


def _as_unit(event: UnitEstablished) -> Unit:
    unit = unit_after(None, event)
    assert unit is not None
    return unit


def _new_unit(
    district: str, unit: NewUnit, organisation: Organisation, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    if not is_token(unit.unit_id):
        raise Rejected("unit.id_malformed", unit_id=unit.unit_id)
    if not unit.name.strip() or not unit.short_name.strip():
        raise Rejected("unit.name_missing", unit_id=unit.unit_id)
    if unit.unit_id not in organisation.units:
        yield UnitEstablished(
            district=district,
            unit_id=unit.unit_id,
            code=unit.code,
            name=unit.name,
            short_name=unit.short_name,
            kind=unit.kind,
            aliases=unit.aliases,
            valid_from=unit.valid_from or organisation.valid_from,
            valid_to=unit.valid_to,
            by=by,
            at=at,
        )


def _new_set(
    district: str,
    unit_set: NewUnitSet,
    units: Mapping[str, Unit],
    organisation: Organisation,
    by: str,
    at: datetime,
) -> Iterator[OrganisationEvent]:
    if not is_token(unit_set.set_id) or unit_set.set_id in units:
        raise Rejected("unit.id_malformed", unit_id=unit_set.set_id)
    _refuse_unknown(unit_set.members, units)
    known = organisation.sets.get(unit_set.set_id)
    if known is None or (known.name, known.aliases, known.members) != (
        unit_set.name,
        unit_set.aliases,
        unit_set.members,
    ):
        yield UnitSetDefined(
            district=district,
            set_id=unit_set.set_id,
            name=unit_set.name,
            aliases=unit_set.aliases,
            members=unit_set.members,
            by=by,
            at=at,
        )


def _new_group(
    district: str,
    group: NewGroup,
    units: Mapping[str, Unit],
    organisation: Organisation,
    by: str,
    at: datetime,
) -> Iterator[OrganisationEvent]:
    if not is_token(group.group_id):
        raise Rejected("group.id_malformed", group_id=group.group_id)
    if group.year not in YEARS:
        raise Rejected("group.year_out_of_range", year=group.year)
    if not group.members:
        raise Rejected("group.members_missing", group_id=group.group_id)
    _refuse_unknown(group.members, units)
    for other in organisation.groups.values():
        shared = set(other.members) & set(group.members)
        if other.year == group.year and other.group_id != group.group_id and shared:
            raise Rejected("group.unit_in_two", unit_id=min(shared), group_id=other.group_id, year=group.year)
    known = organisation.groups.get((group.group_id, group.year))
    formed = GroupFormed(
        district=district,
        group_id=group.group_id,
        year=group.year,
        name=group.name,
        kind=group.kind,
        members=group.members,
        by=by,
        at=at,
    )
    if known is None or (known.name, known.kind, known.members) != (group.name, group.kind, group.members):
        yield formed
    if group.head_id is not None:
        now = group_after(known, formed)
        assert now is not None
        yield from _leaders(district, now, group.head_id, group.deputy_id, by, at)


def _leaders(
    district: str, group: Group, head_id: str, deputy_id: str | None, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    for unit_id in (head_id, deputy_id):
        if unit_id is not None and unit_id not in group.members:
            raise Rejected("group.leader_not_member", unit_id=unit_id, group_id=group.group_id)
    if head_id == deputy_id:
        raise Rejected("group.one_leader_twice", unit_id=head_id, group_id=group.group_id)
    if (group.head_id, group.deputy_id) != (head_id, deputy_id):
        yield GroupLeadersAppointed(
            district=district,
            group_id=group.group_id,
            year=group.year,
            head_id=head_id,
            deputy_id=deputy_id,
            by=by,
            at=at,
        )


def _closed(
    command: CloseUnit, organisation: Organisation, unit_id: str, successor_id: str | None, by: str
) -> list[OrganisationEvent]:
    unit = organisation.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id)
    if (unit.valid_to, unit.successor_id) == (command.closed_on, successor_id):
        return []
    if not unit.is_open(command.closed_on):
        raise Rejected("unit.closed", unit_id=unit_id, closed_on=str(unit.valid_to))
    if successor_id is not None and (successor_id not in organisation.units or successor_id == unit_id):
        raise Rejected("unit.not_found", unit_id=successor_id)
    return [
        UnitClosed(
            district=command.district,
            unit_id=unit_id,
            closed_on=command.closed_on,
            successor_id=successor_id,
            reason=command.reason,
            by=by,
            at=command.at,
        )
    ]


def _open_unit(organisation: Organisation, unit_id: str, on: date) -> Unit:
    unit = organisation.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id)
    if not unit.is_open(on):
        raise Rejected("unit.closed", unit_id=unit_id, closed_on=str(unit.valid_to))
    return unit


def _refuse_unknown(unit_ids: tuple[str, ...], units: Mapping[str, Unit]) -> None:
    for unit_id in unit_ids:
        if unit_id not in units:
            raise Rejected("unit.not_found", unit_id=unit_id)


ORGANISATION: Decider[OrganisationCommand, Organisation, OrganisationEvent, OrganisationFacts] = Decider(
    kind="organisation",
    commands=(
        EstablishOrganisation,
        EstablishUnit,
        RenameUnit,
        CloseUnit,
        DefineUnitSet,
        FormGroup,
        AppointGroupLeaders,
    ),
    initial=Organisation(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.district),
)
