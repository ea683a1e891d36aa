"""What may be seen of pledges: the row of each, its lines by member and target, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import Group, NamedUnit, PledgePeriod, PledgeTarget, Signer, TargetDirection
from services.plans.views.group_year import GroupHistory, Vacancy


class PledgeStatus(StrEnum):
    """How far a pledge has come (vi: đang soạn, đang ký, đã ký kết, đã tổng kết)."""

    DRAFT = "draft"
    SIGNING = "signing"
    CONCLUDED = "concluded"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureView:
    """Who signed for a member and when; `on_behalf_of` is the account that delegated the right, where one did."""

    unit_id: str
    unit_name: str
    signer: Signer
    signed_on: date
    signed_at: datetime
    by: str
    on_behalf_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """What a member reached of one target; `ratio` 0–1 is how much of the pledge that is (vi: tỷ lệ đạt).

    The files that came with it stand in the history.
    """

    unit_id: str
    unit_name: str
    number: int
    period: PledgePeriod
    actual: Decimal
    ratio: Decimal
    is_met: bool
    evidence: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeView:
    """A group's pledge of a year; `members` are those who have to sign, none before the signing is opened.

    `withdrawn_reason` says why the last signing was taken back; `seq` is its last event.
    """

    district: str
    group_id: str
    year: int
    group_name: str
    status: PledgeStatus
    version: int
    contents: tuple[str, ...]
    targets: tuple[PledgeTarget, ...]
    witness: Signer | None
    members: tuple[NamedUnit, ...]
    signatures: tuple[SignatureView, ...]
    concluded_on: date | None
    results: tuple[ResultView, ...]
    missing: tuple[NamedUnit, ...]
    closed_on: date | None
    withdrawn_reason: str | None
    seq: int

    @property
    def unsigned(self) -> tuple[NamedUnit, ...]:
        """Return the members whose signature is missing."""
        signed = {one.unit_id for one in self.signatures}
        return tuple(one for one in self.members if one.unit_id not in signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeLine:
    """One target of one member, pledged against reached; None where nothing was told."""

    district: str
    group_id: str
    year: int
    unit_id: str
    number: int
    unit_name: str
    name: str
    measure: str
    value: Decimal
    direction: TargetDirection
    mid_actual: Decimal | None
    mid_ratio: Decimal | None
    end_actual: Decimal | None
    end_ratio: Decimal | None
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeGroupTotals:
    """What a group's pledge counts: members and signatures, targets by member, those told of and those met."""

    district: str
    group_id: str
    year: int
    pledges: int
    concluded: int
    members: int
    signed: int
    targets: int
    mid_told: int
    end_told: int
    met: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeDistrictTotals:
    """What the pledges of a district count; the fields as of a group."""

    district: str
    year: int
    pledges: int
    concluded: int
    members: int
    signed: int
    targets: int
    mid_told: int
    end_told: int
    met: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPledges:
    """Which pledges were given in the district, and what is missing? Answer: PledgeBoard."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeBoard:
    """The pledges by group without their results, what each counts, and the groups that have none yet."""

    pledges: tuple[PledgeView, ...]
    group_totals: tuple[PledgeGroupTotals, ...]
    district_totals: PledgeDistrictTotals | None
    without: tuple[Group, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPledge:
    """The pledge of a group with every line and its history. Answer: PledgeDetail."""

    district: str
    group_id: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeDetail:
    """A group with its pledge, where there is one: lines by member and target, totals, history, oldest first.

    Results of a period are taken from `mid_from` and `end_from` on.
    """

    group: Group
    pledge: PledgeView | None
    lines: tuple[PledgeLine, ...]
    totals: PledgeGroupTotals | None
    history: tuple[GroupHistory, ...]
    mid_from: date
    end_from: date
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowUnitPledge:
    """What has the unit to do about the pledge of its group? Answer: UnitPledge."""

    district: str
    unit_id: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPledge:
    """The pledge that the unit shares, without results; `owed`: the periods begun of which it has targets to tell."""

    pledge: PledgeView | None
    is_unsigned: bool
    owed: tuple[PledgePeriod, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MyPledges:
    """Which pledges, and for who forms groups which groups without a head, wait for the asker? Answer: PledgeWork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeDuty:
    """A member for which the asker has to sign, or to tell results of the periods that have begun."""

    district: str
    group_id: str
    year: int
    group_name: str
    unit_id: str
    unit_name: str
    is_unsigned: bool
    owed: tuple[PledgePeriod, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeWork:
    """What the asker has to do about pledges of this year and the last, and groups of this and the next to lead."""

    duties: tuple[PledgeDuty, ...]
    vacancies: tuple[Vacancy, ...] = ()


PledgeQuestion: TypeAlias = ShowPledges | ShowPledge | ShowUnitPledge | MyPledges
PledgeAnswer: TypeAlias = PledgeBoard | PledgeDetail | UnitPledge | PledgeWork
