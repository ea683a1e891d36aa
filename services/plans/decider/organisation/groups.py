"""The rules of sets and groups of units (vi: nhóm đơn vị, cụm, khối thi đua)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from services.plans.commands import CarryGroups, NewGroup, NewUnitSet
from services.plans.decider.organisation.state import Organisation
from services.plans.events import (
    CarriedGroup,
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    GroupsCarried,
    NamedUnit,
    OrganisationEvent,
    ReplacedMember,
    Unit,
    UnitSetDefined,
    group_after,
)
from services.plans.rules import YEARS, is_token, next_members
from shared.errors import Rejected


def new_set(
    district: str,
    unit_set: NewUnitSet,
    units: Mapping[str, Unit],
    organisation: Organisation,
    by: str,
    at: datetime,
) -> Iterator[OrganisationEvent]:
    """Yield that the set is defined, nothing where it is so. Raises Rejected `unit.…`."""
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


def new_group(
    district: str,
    group: NewGroup,
    units: Mapping[str, Unit],
    organisation: Organisation,
    by: str,
    at: datetime,
) -> Iterator[OrganisationEvent]:
    """Yield that the group is formed and led so, nothing where it is. Raises Rejected `group.…`, `unit.not_found`."""
    if not is_token(group.group_id):
        raise Rejected("group.id_malformed", group_id=group.group_id)
    if group.year not in YEARS:
        raise Rejected("group.year_out_of_range", year=group.year)
    if not group.members:
        raise Rejected("group.members_missing", group_id=group.group_id)
    _refuse_unknown(group.members, units)
    refuse_shared(group, organisation.groups.values())
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
    if group.head_id is None:
        for unit_id in (known.head_id, known.deputy_id) if known else ():
            if unit_id is not None and unit_id not in group.members:
                # Who leads stays where nobody else is named, and only a member leads.
                raise Rejected("group.leader_not_member", unit_id=unit_id, group_id=group.group_id)
    else:
        now = group_after(known, formed)
        assert now is not None
        yield from leaders(district, now, group.head_id, group.deputy_id, by, at)


def refuse_shared(group: NewGroup | Group, others: Iterable[NewGroup | Group]) -> None:
    """Let no unit be in two groups of a year. Raises Rejected `group.unit_in_two`."""
    for other in others:
        shared = set(other.members) & set(group.members)
        if other.year == group.year and other.group_id != group.group_id and shared:
            raise Rejected("group.unit_in_two", unit_id=min(shared), group_id=other.group_id, year=group.year)


def leaders(
    district: str, group: Group, head_id: str, deputy_id: str | None, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    """Yield that these units lead the group, nothing where they do. Raises Rejected `group.…`."""
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


def carried(command: CarryGroups, organisation: Organisation, by: str) -> Iterator[OrganisationEvent]:
    """Yield that the groups of the year before go on, nothing of those that are formed. Raises Rejected `group.…`."""
    if command.year not in YEARS:
        raise Rejected("group.year_out_of_range", year=command.year)
    before = {one.group_id: one for one in organisation.groups.values() if one.year == command.year - 1}
    for group_id in command.group_ids:
        if group_id not in before:
            raise Rejected("group.not_found", group_id=group_id[:80], year=command.year - 1)
    if not before:
        raise Rejected("group.nothing_to_carry", year=command.year - 1)
    groups = [one for one in organisation.groups.values() if one.year == command.year]
    there = {one.group_id for one in groups}
    taken = frozenset(unit_id for one in groups for unit_id in one.members)
    going_on: list[CarriedGroup] = []
    ended: list[CarriedGroup] = []
    for group_id, group in before.items():
        if group_id in there or (command.group_ids and group_id not in command.group_ids):
            continue
        following = next_members(group.members, organisation.units, command.year, taken)
        taken |= frozenset(following.members)
        one = CarriedGroup(
            group_id=group_id,
            name=group.name,
            replaced=tuple(
                ReplacedMember(unit=_named(unit_id, organisation), successor=_named(heir, organisation))
                for unit_id, heir in following.replaced
            ),
            dropped=tuple(_named(unit_id, organisation) for unit_id in following.dropped),
        )
        if not following.members:
            ended.append(one)
            continue
        going_on.append(one)
        yield GroupFormed(
            district=command.district,
            group_id=group_id,
            year=command.year,
            name=group.name,
            kind=group.kind,
            members=following.members,
            by=by,
            at=command.at,
        )
    if going_on:
        yield GroupsCarried(
            district=command.district,
            year=command.year,
            groups=tuple(going_on),
            ended=tuple(ended),
            by=by,
            at=command.at,
        )
    elif ended:
        raise Rejected("group.members_missing", group_id=ended[0].group_id)


def _named(unit_id: str, organisation: Organisation) -> NamedUnit:
    return NamedUnit(unit_id=unit_id, name=organisation.units[unit_id].short_name)


def _refuse_unknown(unit_ids: tuple[str, ...], units: Mapping[str, Unit]) -> None:
    for unit_id in unit_ids:
        if unit_id not in units:
            raise Rejected("unit.not_found", unit_id=unit_id)
