"""What may be asked of the organisation."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import GroupKind, OfficialNotice, UnitKind


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
    paper: OfficialNotice | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseUnit:
    """Close a unit after the day (vi: giải thể)."""

    district: str
    unit_id: str
    closed_on: date
    reason: str
    successor_id: str | None = None
    paper: OfficialNotice | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUnits:
    """Make one of several units from the day on (vi: sáp nhập, hợp nhất đơn vị).

    `new_unit` is given where the unit that goes on, `into_id`, is a new one.
    """

    district: str
    unit_ids: tuple[str, ...]
    into_id: str
    merged_on: date
    paper: OfficialNotice
    new_unit: NewUnit | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitUnit:
    """Make several units of one from the day on (vi: chia, tách đơn vị).

    `successor_id` goes on with the open work: one of the new units, or the unit itself, which then does not end.
    """

    district: str
    unit_id: str
    into: tuple[NewUnit, ...]
    successor_id: str
    split_on: date
    paper: OfficialNotice
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuccessor:
    """Who goes on with a closed district's work: a unit of the city, None for the city itself.

    `takes` are units of the district; nobody but one successor takes nothing: it goes on with all the rest.
    """

    unit_id: str | None = None
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDistrict:
    """End a district after the day (vi: kết thúc hoạt động của cấp quận)."""

    district: str
    closed_on: date
    successors: tuple[NewSuccessor, ...]
    paper: OfficialNotice
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
class CarryGroups:
    """Form the groups of the year before anew for the year, those named or all that are not formed yet.

    Members that have ended give way to their successors (vi: chuyển cụm, khối sang năm mới).
    """

    district: str
    year: int
    group_ids: tuple[str, ...] = ()
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
    | MergeUnits
    | SplitUnit
    | CloseDistrict
    | DefineUnitSet
    | FormGroup
    | AppointGroupLeaders
    | CarryGroups
    | ReviseOrganisation
)
