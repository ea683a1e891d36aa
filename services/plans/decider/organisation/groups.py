"""The rules of sets and groups of units (vi: nhóm đơn vị, cụm, khối thi đua)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from services.plans.commands import NewGroup, NewUnitSet
from services.plans.decider.organisation.state import Organisation
from services.plans.events import (
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    OrganisationEvent,
    Unit,
    UnitSetDefined,
    group_after,
)
from services.plans.rules import YEARS, is_token
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


def _refuse_unknown(unit_ids: tuple[str, ...], units: Mapping[str, Unit]) -> None:
    for unit_id in unit_ids:
        if unit_id not in units:
            raise Rejected("unit.not_found", unit_id=unit_id)
