"""What may be asked of the organisation."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import GroupKind, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """A unit to establish."""

    unit_id: str
    name: str
    short_name: str
    kind: UnitKind
    code: str | None = None
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUnit:
    """A line of a list of units: how the unit is to be; `closing_reason` is needed where `valid_to` closes it."""

    unit_id: str
    name: str
    short_name: str
    kind: UnitKind
    code: str | None = None
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: str | None = None
    closing_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnitSet:
    """A set of units to define."""

    set_id: str
    name: str
    members: tuple[str, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """A cluster or block to form, with the units that lead it."""

    group_id: str
    year: int
    name: str
    kind: GroupKind
    members: tuple[str, ...]
    head_id: str | None = None
    deputy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstablishOrganisation:
    """Establish a district (or the city) with its units, sets and groups; what exists already is left as it is."""

    district: str
    code: str
    name: str
    short_name: str
    valid_from: date
    valid_to: date | None = None
    units: tuple[NewUnit, ...] = ()
    sets: tuple[NewUnitSet, ...] = ()
    groups: tuple[NewGroup, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EstablishUnit:
    """Establish one unit (vi: thành lập đơn vị)."""

    district: str
    unit: NewUnit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameUnit:
    """Give a unit another name from a day on (vi: đổi tên đơn vị)."""

    district: str
    unit_id: str
    name: str
    short_name: str
    renamed_on: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseUnit:
    """Close a unit after the day (vi: giải thể, sáp nhập)."""

    district: str
    unit_id: str
    closed_on: date
    reason: str
    successor_id: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineUnitSet:
    """Say which units a collective name stands for."""

    district: str
    unit_set: NewUnitSet
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FormGroup:
    """Form a cluster or block for a year, or change its members (vi: thành lập cụm, khối)."""

    district: str
    group: NewGroup
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointGroupLeaders:
    """Name the units that lead the group this year (vi: cử cụm trưởng, cụm phó)."""

    district: str
    group_id: str
    year: int
    head_id: str
    deputy_id: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseOrganisation:
    """Bring units and groups to what a list says, all or nothing; what is not listed stays (vi: cập nhật tổ chức).

    A listed group has exactly the listed members; its leaders stay where the list names no head.
    """

    district: str
    units: tuple[ListedUnit, ...] = ()
    groups: tuple[NewGroup, ...] = ()
    at: datetime


OrganisationCommand: TypeAlias = (
    EstablishOrganisation
    | EstablishUnit
    | RenameUnit
    | CloseUnit
    | DefineUnitSet
    | FormGroup
    | AppointGroupLeaders
    | ReviseOrganisation
)
