"""What happened to the organisation: districts, units, sets of units, groups (vi: cụm, khối)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.calendar import OfficialNotice
from services.plans.events.plan import NamedUnit


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
    ENTERPRISE = "enterprise"
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
    """A unit bears another name from a day on, by a paper where one is named (vi: đổi tên đơn vị)."""

    district: str
    unit_id: str
    name: str
    short_name: str
    name_before: str
    renamed_on: date
    by: str
    at: datetime
    paper: OfficialNotice | None = None


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
    """A unit ends after the day; a successor, where there is one, goes on with its work (vi: giải thể)."""

    district: str
    unit_id: str
    closed_on: date
    successor_id: str | None
    reason: str
    by: str
    at: datetime
    paper: OfficialNotice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsMerged:
    """Units became one: they end before the day, `into` goes on with their work (vi: sáp nhập, hợp nhất đơn vị)."""

    district: str
    units: tuple[NamedUnit, ...]
    into: NamedUnit
    merged_on: date
    paper: OfficialNotice
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSplit:
    """Units were made of one from the day on; `successor` goes on with its open work (vi: chia, tách đơn vị).

    The unit ends before the day, unless it is itself the successor: then parts of it became units of their own.
    """

    district: str
    unit: NamedUnit
    into: tuple[NamedUnit, ...]
    successor: NamedUnit
    split_on: date
    paper: OfficialNotice
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedMember:
    """A member that has ended, and its successor, which takes its place (vi: đơn vị kế thừa)."""

    unit: NamedUnit
    successor: NamedUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedGroup:
    """A group that goes on in a new year: who took whose place, and who is left out, having nobody to go on for it."""

    group_id: str
    name: str
    replaced: tuple[ReplacedMember, ...] = ()
    dropped: tuple[NamedUnit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsCarried:
    """Groups of the year before were formed anew for the year (vi: chuyển cụm, khối sang năm mới).

    `ended` are those of which no member is left.
    """

    district: str
    year: int
    groups: tuple[CarriedGroup, ...]
    ended: tuple[CarriedGroup, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """Who goes on with a closed district's work: a unit of the city, or the city itself (no `unit_id`).

    `takes` are the units of the district whose work it goes on with; empty: of the district as a whole, and of
    every unit that nobody else takes.
    """

    unit_id: str | None
    name: str
    takes: tuple[NamedUnit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationClosed:
    """A district ends after the day, and with it all that is decided in it (vi: kết thúc hoạt động của cấp quận)."""

    district: str
    name: str
    closed_on: date
    successors: tuple[Successor, ...]
    paper: OfficialNotice
    by: str
    at: datetime


OrganisationEvent: TypeAlias = (
    OrganisationEstablished
    | OrganisationClosed
    | UnitEstablished
    | UnitRenamed
    | UnitCorrected
    | UnitClosed
    | UnitsMerged
    | UnitSplit
    | UnitSetDefined
    | GroupFormed
    | GroupLeadersAppointed
    | GroupsCarried
)
