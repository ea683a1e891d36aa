"""What happened to the organisation: districts, units, sets of units, groups (vi: cụm, khối)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from shared.errors import Rejected


class UnitKind(StrEnum):
    """What sort of body a unit is (vi: loại đơn vị)."""

    EXECUTIVE = "executive"
    COUNCIL = "council"
    GOVERNMENT = "government"
    PARTY = "party"
    MASS_ORGANISATION = "mass_organisation"
    PUBLIC_SERVICE = "public_service"
    ARMED = "armed"
    VERTICAL = "vertical"
    WARD = "ward"
    DISTRICT = "district"


class GroupKind(StrEnum):
    """A cluster joins territories, a block joins like functions (vi: cụm thi đua, khối thi đua)."""

    CLUSTER = "cluster"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationEstablished:
    """A district, or the city, exists in the system; dates inclusive (vi: quận, thành phố)."""

    district: str
    code: str
    name: str
    short_name: str
    valid_from: date
    valid_to: date | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEstablished:
    """A unit of the district exists; dates inclusive (vi: đơn vị)."""

    district: str
    unit_id: str
    code: str | None
    name: str
    short_name: str
    kind: UnitKind
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRenamed:
    """A unit bears another name from a day on (vi: đổi tên đơn vị)."""

    district: str
    unit_id: str
    name: str
    short_name: str
    name_before: str
    renamed_on: date
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCorrected:
    """What is known of a unit, but for its names, was put right; the fields are as they are now (vi: đính chính)."""

    district: str
    unit_id: str
    code: str | None
    kind: UnitKind
    aliases: tuple[str, ...]
    valid_from: date
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitClosed:
    """A unit ends after the day; a successor, where there is one, goes on (vi: giải thể, sáp nhập)."""

    district: str
    unit_id: str
    closed_on: date
    successor_id: str | None
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSetDefined:
    """A name that stands for several units in documents, and which units it stands for."""

    district: str
    set_id: str
    name: str
    aliases: tuple[str, ...]
    members: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFormed:
    """A cluster or block of the year and its members (vi: thành lập cụm, khối thi đua)."""

    district: str
    group_id: str
    year: int
    name: str
    kind: GroupKind
    members: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLeadersAppointed:
    """The units that lead the group in the year (vi: cụm trưởng, cụm phó)."""

    district: str
    group_id: str
    year: int
    head_id: str
    deputy_id: str | None
    by: str
    at: datetime


OrganisationEvent: TypeAlias = (
    OrganisationEstablished
    | UnitEstablished
    | UnitRenamed
    | UnitCorrected
    | UnitClosed
    | UnitSetDefined
    | GroupFormed
    | GroupLeadersAppointed
)


# What these events say about one unit or one group, read the same way by every service.


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as the events tell it (vi: đơn vị)."""

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

    def is_open(self, on: date) -> bool:
        """Return whether the unit exists on the day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


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


def require_open(unit: Unit, on: date) -> None:
    """Raise Rejected `unit.not_yet_open` or `unit.closed` where the unit does not exist on the day."""
    if on < unit.valid_from:
        raise Rejected("unit.not_yet_open", unit_id=unit.unit_id, opened_on=str(unit.valid_from))
    if not unit.is_open(on):
        raise Rejected("unit.closed", unit_id=unit.unit_id, closed_on=str(unit.valid_to))


def unit_after(unit: Unit | None, event: object) -> Unit | None:
    """Return the unit after the event, which may be any event."""
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
            )
        case UnitRenamed():
            return unit and replace(unit, name=event.name, short_name=event.short_name)
        case UnitCorrected():
            return unit and replace(
                unit, code=event.code, kind=event.kind, aliases=event.aliases, valid_from=event.valid_from
            )
        case UnitClosed():
            return unit and replace(unit, valid_to=event.closed_on, successor_id=event.successor_id)
        case _:
            return unit


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


def unit_keys(event: object) -> tuple[tuple[str, str], ...]:
    """Return (district, unit id) of the unit that the event, which may be any event, tells of."""
    match event:
        case UnitEstablished() | UnitRenamed() | UnitCorrected() | UnitClosed():
            return ((event.district, event.unit_id),)
        case _:
            return ()


def group_keys(event: object) -> tuple[tuple[str, str, int], ...]:
    """Return (district, group id, year) of the group that the event, which may be any event, tells of."""
    match event:
        case GroupFormed() | GroupLeadersAppointed():
            return ((event.district, event.group_id, event.year),)
        case _:
            return ()
