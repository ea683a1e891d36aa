"""What events say about one unit, one group or one district, read the same way by every service."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.plans.events.calendar import OfficialNotice
from services.plans.events.organisation import (
    GroupFormed,
    GroupKind,
    GroupLeadersAppointed,
    OrganisationClosed,
    OrganisationEstablished,
    Successor,
    UnitClosed,
    UnitCorrected,
    UnitEstablished,
    UnitKind,
    UnitRenamed,
    UnitsMerged,
    UnitSplit,
)
from shared.errors import Rejected

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitName:
    """A name of a unit and the first day on which it bore it (vi: tên gọi qua các thời kỳ)."""

    name: str
    short_name: str
    valid_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as the events tell it; `names` are all that it has borne, oldest first (vi: đơn vị)."""

    district: str
    unit_id: str
    code: str | None
    name: str
    short_name: str
    kind: UnitKind
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    successor_id: str | None = None
    names: tuple[UnitName, ...] = ()

    def is_open(self, on: date) -> bool:
        """Return whether the unit exists on the day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def name_on(self, on: date) -> UnitName:
        """Return the name that the unit bore on the day; before all of them, its first."""
        borne = [one for one in self.names if one.valid_from <= on]
        if borne or self.names:
            return borne[-1] if borne else self.names[0]
        return UnitName(name=self.name, short_name=self.short_name, valid_from=self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A cluster or block of one year as the events tell it (vi: cụm, khối thi đua)."""

    district: str
    group_id: str
    year: int
    name: str
    kind: GroupKind
    members: tuple[str, ...]
    head_id: str | None = None
    deputy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district, or the city, as the events tell it; `successors` and `paper` once it was closed (vi: quận)."""

    district: str
    code: str
    name: str
    short_name: str
    valid_from: date
    valid_to: date | None
    successors: tuple[Successor, ...] = ()
    paper: OfficialNotice | None = None

    def is_open(self, on: date) -> bool:
        """Return whether the district has not ended on the day."""
        return self.valid_to is None or on <= self.valid_to

    def successor_of(self, unit_id: str | None = None) -> Successor | None:
        """Return who goes on with the work of the unit, or of the district as a whole; None while it is not closed."""
        for one in self.successors:
            if unit_id is not None and unit_id in {taken.unit_id for taken in one.takes}:
                return one
        return next((one for one in self.successors if not one.takes), None)


def require_open(unit: Unit, on: date) -> None:
    """Raise Rejected `unit.not_yet_open` or `unit.closed` where the unit does not exist on the day."""
    if on < unit.valid_from:
        raise Rejected("unit.not_yet_open", unit_id=unit.unit_id, opened_on=str(unit.valid_from))
    if not unit.is_open(on):
        raise Rejected("unit.closed", unit_id=unit.unit_id, closed_on=str(unit.valid_to))


def require_district_open(district: District | None, on: date) -> None:
    """Raise Rejected `organisation.closed` where the district ended before the day; one that is unknown did not.

    Each service asks this in one place, before anything of the district is decided.
    """
    if district is not None and not district.is_open(on):
        successor = district.successor_of()
        raise Rejected(
            "organisation.closed",
            district=district.district,
            name=district.name,
            closed_on=str(district.valid_to),
            successor=successor.name if successor else "",
        )


def unit_after(unit: Unit | None, event: object) -> Unit | None:
    """Return the unit after the event, which may be any event that `unit_keys` finds the unit in."""
    match event:
        case UnitEstablished():
            return Unit(
                district=event.district,
                unit_id=event.unit_id,
                code=event.code,
                name=event.name,
                short_name=event.short_name,
                kind=event.kind,
                aliases=event.aliases,
                valid_from=event.valid_from,
                valid_to=event.valid_to,
                names=(UnitName(name=event.name, short_name=event.short_name, valid_from=event.valid_from),),
            )
        case UnitRenamed():
            return unit and _renamed(unit, event)
        case UnitCorrected():
            return unit and replace(
                unit, code=event.code, kind=event.kind, aliases=event.aliases, valid_from=event.valid_from
            )
        case UnitClosed():
            return unit and replace(unit, valid_to=event.closed_on, successor_id=event.successor_id)
        case UnitsMerged():
            if unit is None or unit.unit_id not in {one.unit_id for one in event.units}:
                return unit
            return replace(unit, valid_to=event.merged_on - _ONE_DAY, successor_id=event.into.unit_id)
        case UnitSplit():
            if unit is None or unit.unit_id in {event.successor.unit_id, *(one.unit_id for one in event.into)}:
                return unit
            return replace(unit, valid_to=event.split_on - _ONE_DAY, successor_id=event.successor.unit_id)
        case _:
            return unit


def _renamed(unit: Unit, event: UnitRenamed) -> Unit:
    name = UnitName(name=event.name, short_name=event.short_name, valid_from=event.renamed_on)
    others = tuple(one for one in unit.names if one.valid_from != event.renamed_on)
    return replace(
        unit,
        name=event.name,
        short_name=event.short_name,
        names=tuple(sorted((*others, name), key=lambda one: one.valid_from)),
    )


def group_after(group: Group | None, event: object) -> Group | None:
    """Return the group of the year after the event, which may be any event."""
    match event:
        case GroupFormed():
            return Group(
                district=event.district,
                group_id=event.group_id,
                year=event.year,
                name=event.name,
                kind=event.kind,
                members=event.members,
                head_id=group.head_id if group else None,
                deputy_id=group.deputy_id if group else None,
            )
        case GroupLeadersAppointed():
            return group and replace(group, head_id=event.head_id, deputy_id=event.deputy_id)
        case _:
            return group


def district_after(district: District | None, event: object) -> District | None:
    """Return the district after the event, which may be any event."""
    match event:
        case OrganisationEstablished():
            return District(
                district=event.district,
                code=event.code,
                name=event.name,
                short_name=event.short_name,
                valid_from=event.valid_from,
                valid_to=event.valid_to,
            )
        case OrganisationClosed():
            return district and replace(
                district, valid_to=event.closed_on, successors=event.successors, paper=event.paper
            )
        case _:
            return district


def district_keys(event: object) -> tuple[tuple[str], ...]:
    """Return the district whose beginning or end the event, which may be any event, tells of."""
    match event:
        case OrganisationEstablished() | OrganisationClosed():
            return ((event.district,),)
        case _:
            return ()


def unit_keys(event: object) -> tuple[tuple[str, str], ...]:
    """Return (district, unit id) of the units that the event, which may be any event, begins, changes or ends."""
    match event:
        case UnitEstablished() | UnitRenamed() | UnitCorrected() | UnitClosed():
            return ((event.district, event.unit_id),)
        case UnitsMerged():
            return tuple((event.district, one.unit_id) for one in event.units)
        case UnitSplit():
            return ((event.district, event.unit.unit_id),)
        case _:
            return ()


def group_keys(event: object) -> tuple[tuple[str, str, int], ...]:
    """Return (district, group id, year) of the group that the event, which may be any event, tells of."""
    match event:
        case GroupFormed() | GroupLeadersAppointed():
            return ((event.district, event.group_id, event.year),)
        case _:
            return ()
