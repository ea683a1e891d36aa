"""The rules of units that become one, or several of one (vi: sáp nhập, hợp nhất, chia, tách)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.plans.commands import MergeUnits, NewUnit, SplitUnit
from services.plans.decider.organisation.papers import checked
from services.plans.decider.organisation.state import Organisation
from services.plans.decider.organisation.units import new_unit
from services.plans.events import (
    Group,
    GroupFormed,
    GroupLeadersAppointed,
    NamedUnit,
    OrganisationEvent,
    Unit,
    UnitEstablished,
    UnitSetDefined,
    UnitsMerged,
    UnitSplit,
    require_open,
    unit_after,
)
from services.plans.rules import UNITS_MAX
from services.plans.rules.organisation import AT_ONCE_MAX
from shared.errors import Rejected

_ONE_DAY = timedelta(days=1)


def merged(command: MergeUnits, organisation: Organisation, today: date, by: str) -> Iterator[OrganisationEvent]:
    """Yield that the units are one from the day on, nothing where they are. Raises Rejected `unit.…`, `paper.…`."""
    paper = checked(command.paper, today)
    last = command.merged_on - _ONE_DAY
    if not command.unit_ids:
        raise Rejected("unit.merger_empty")
    _refuse_too_many(command.unit_ids)
    if command.into_id in command.unit_ids:
        raise Rejected("unit.merged_into_itself", unit_id=command.into_id)
    begun = _begun(
        command.district,
        [command.new_unit] if command.new_unit else [],
        organisation,
        command.merged_on,
        by,
        command.at,
    )
    units = _with(organisation, begun)
    into = _known(units, command.into_id)
    require_open(into, command.merged_on)
    ended = []
    for unit_id in dict.fromkeys(command.unit_ids):
        unit = _known(units, unit_id)
        if (unit.valid_to, unit.successor_id) == (last, into.unit_id):
            continue
        _require_ends(unit, last)
        ended.append(unit)
    if not ended:
        return
    yield from begun
    yield UnitsMerged(
        district=command.district,
        units=tuple(_named(unit, last) for unit in ended),
        into=_named(into, command.merged_on),
        merged_on=command.merged_on,
        paper=paper,
        by=by,
        at=command.at,
    )
    yield from _in_sets(command.district, ended, [into], organisation, by, command.at)
    yield from _in_groups(command.district, ended, into, command.merged_on.year, organisation, by, command.at)


def split(command: SplitUnit, organisation: Organisation, today: date, by: str) -> Iterator[OrganisationEvent]:
    """Yield that units were made of one, nothing where they were. Raises Rejected `unit.…`, `paper.…`."""
    paper = checked(command.paper, today)
    last = command.split_on - _ONE_DAY
    unit = _known(organisation.units, command.unit_id)
    parts = [one.unit_id for one in command.into]
    _refuse_too_many(parts)
    goes_on = command.successor_id == unit.unit_id
    # Who goes on as it was needs one part to be split; who ends is split into two at least.
    if len(parts) + goes_on < 2 or len(set(parts)) < len(parts) or unit.unit_id in parts:
        raise Rejected("unit.split_incomplete", unit_id=unit.unit_id)
    if not goes_on and command.successor_id not in parts:
        raise Rejected("unit.successor_not_of_split", unit_id=unit.unit_id, successor_id=command.successor_id[:80])
    for part in parts:
        if part in organisation.units and organisation.units[part].valid_from != command.split_on:
            raise Rejected("unit.exists", unit_id=part)
    begun = _begun(command.district, command.into, organisation, command.split_on, by, command.at)
    is_ended = (unit.valid_to, unit.successor_id) == (last, command.successor_id)
    if not begun and (goes_on or is_ended):
        return
    if goes_on:
        require_open(unit, command.split_on)
    elif not is_ended:
        _require_ends(unit, last)
    units = _with(organisation, begun)
    for unit_id in parts:
        require_open(units[unit_id], command.split_on)
    successor = units[command.successor_id]
    yield from begun
    yield UnitSplit(
        district=command.district,
        unit=_named(unit, last),
        into=tuple(_named(units[unit_id], command.split_on) for unit_id in parts),
        successor=_named(successor, command.split_on),
        split_on=command.split_on,
        paper=paper,
        by=by,
        at=command.at,
    )
    yield from _in_sets(command.district, [unit], [units[unit_id] for unit_id in parts], organisation, by, command.at)
    if not goes_on:
        yield from _in_groups(command.district, [unit], successor, command.split_on.year, organisation, by, command.at)


def _refuse_too_many(unit_ids: Sequence[str]) -> None:
    if len(unit_ids) > AT_ONCE_MAX:
        raise Rejected("unit.too_many_at_once", limit=AT_ONCE_MAX)


def _require_ends(unit: Unit, last: date) -> None:
    """Let only a unit end that exists on the last day and has no other end."""
    require_open(unit, last)
    if unit.successor_id is not None:
        raise Rejected("unit.closed", unit_id=unit.unit_id, closed_on=str(unit.valid_to))


def _begun(
    district: str, wanted: Iterable[NewUnit], organisation: Organisation, first: date, by: str, at: datetime
) -> list[UnitEstablished]:
    """Return that the new units are established from the day on; those that are known already stay as they are."""
    begun: list[UnitEstablished] = []
    for unit in wanted:
        for event in new_unit(district, replace(unit, valid_from=first, valid_to=None), organisation, by, at):
            assert isinstance(event, UnitEstablished)
            begun.append(event)
    if len(organisation.units) + len(begun) > UNITS_MAX:
        raise Rejected("organisation.too_many_units", limit=UNITS_MAX)
    return begun


def _with(organisation: Organisation, begun: Iterable[UnitEstablished]) -> dict[str, Unit]:
    units = dict(organisation.units)
    for event in begun:
        unit = unit_after(None, event)
        assert unit is not None
        units[event.unit_id] = unit
    return units


def _known(units: Mapping[str, Unit], unit_id: str) -> Unit:
    unit = units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id[:80])
    return unit


def _named(unit: Unit, on: date) -> NamedUnit:
    return NamedUnit(unit_id=unit.unit_id, name=unit.name_on(on).name)


def _in_sets(
    district: str,
    concerned: Iterable[Unit],
    joining: Iterable[Unit],
    organisation: Organisation,
    by: str,
    at: datetime,
) -> Iterator[OrganisationEvent]:
    """Yield that a name that stood for a unit stands for those that come of it too; its day leaves out what ended."""
    ids = {unit.unit_id for unit in concerned}
    for one in organisation.sets.values():
        more = tuple(unit.unit_id for unit in joining if unit.unit_id not in one.members)
        if more and ids & set(one.members):
            yield UnitSetDefined(
                district=district,
                set_id=one.set_id,
                name=one.name,
                aliases=one.aliases,
                members=(*one.members, *more),
                by=by,
                at=at,
            )


def _in_groups(
    district: str, ended: Iterable[Unit], into: Unit, year: int, organisation: Organisation, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    """Yield that the successor stands in the groups of what has ended, from the year on, unless it stands in one.

    Who has ended stays listed: what it did that year was done in that group. It leads none any more.
    """
    gone = {unit.unit_id for unit in ended}
    groups = [group for group in organisation.groups.values() if group.year >= year]
    placed = {(group.year, unit_id) for group in groups for unit_id in group.members}
    for group in groups:
        if not gone & set(group.members):
            continue
        is_joining = (group.year, into.unit_id) not in placed
        if is_joining:
            placed.add((group.year, into.unit_id))
            yield GroupFormed(
                district=district,
                group_id=group.group_id,
                year=group.year,
                name=group.name,
                kind=group.kind,
                members=(*group.members, into.unit_id),
                by=by,
                at=at,
            )
        if is_joining or into.unit_id in group.members:
            yield from _led_on(district, group, gone, into.unit_id, by, at)


def _led_on(
    district: str, group: Group, gone: set[str], successor_id: str, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    head, deputy = (successor_id if one in gone else one for one in (group.head_id, group.deputy_id))
    if head is not None and (head, deputy) != (group.head_id, group.deputy_id):
        yield GroupLeadersAppointed(
            district=district,
            group_id=group.group_id,
            year=group.year,
            head_id=head,
            deputy_id=None if deputy == head else deputy,
            by=by,
            at=at,
        )
