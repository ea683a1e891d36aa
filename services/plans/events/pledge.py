"""What happened to the pledge that the members of a group give each other (vi: giao ước thi đua)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.plan import NamedUnit, Signer
from shared.types import Attachment


class TargetDirection(StrEnum):
    """Whether more is better or less (vi: ít nhất, tối đa)."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class PledgePeriod(StrEnum):
    """When what was reached is held against the pledge (vi: 6 tháng, cuối năm)."""

    MID_YEAR = "mid_year"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeTarget:
    """What each member wants to reach in the year (vi: chỉ tiêu giao ước); numbered from 1, `measure` is the unit."""

    number: int
    name: str
    measure: str
    value: Decimal
    direction: TargetDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """What a member has reached of one target, in the target's measure, and by what it is shown (vi: minh chứng)."""

    number: int
    actual: Decimal
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeDrafted:
    """The text of the pledge was written or changed (vi: soạn giao ước); the version counts from 1.

    The witness is of the level above (vi: chứng kiến).
    """

    district: str
    group_id: str
    group_name: str
    year: int
    version: int
    contents: tuple[str, ...]
    targets: tuple[PledgeTarget, ...]
    witness: Signer | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSigningOpened:
    """The pledge lies before the heads of the members named, all of whom have to sign (vi: mở ký giao ước)."""

    district: str
    group_id: str
    group_name: str
    year: int
    version: int
    members: tuple[NamedUnit, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSigned:
    """The head of a member signed that version of the text (vi: ký giao ước)."""

    district: str
    group_id: str
    group_name: str
    year: int
    version: int
    unit_id: str
    unit_name: str
    signer: Signer
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeConcluded:
    """Every member has signed: the pledge holds (vi: giao ước được ký kết)."""

    district: str
    group_id: str
    group_name: str
    year: int
    version: int
    concluded_on: date
    members: tuple[NamedUnit, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSigningWithdrawn:
    """The signing was taken back; those who had signed have to sign again (vi: rút việc ký giao ước)."""

    district: str
    group_id: str
    group_name: str
    year: int
    version: int
    signatures: tuple[NamedUnit, ...]
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeResultsRecorded:
    """A member told what it has reached; of a target told of before, the later holds (vi: kết quả giao ước)."""

    district: str
    group_id: str
    group_name: str
    year: int
    unit_id: str
    unit_name: str
    period: PledgePeriod
    results: tuple[TargetResult, ...]
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeClosed:
    """The pledge was held against the whole year (vi: tổng kết giao ước).

    `targets` counts each target once a member, `targets_met` those met at the end of the year; the members in
    `missing` did not tell of all of theirs.
    """

    district: str
    group_id: str
    group_name: str
    year: int
    targets: int
    targets_met: int
    missing: tuple[NamedUnit, ...]
    by: str
    at: datetime


PledgeEvent: TypeAlias = (
    PledgeDrafted
    | PledgeSigningOpened
    | PledgeSigned
    | PledgeConcluded
    | PledgeSigningWithdrawn
    | PledgeResultsRecorded
    | PledgeClosed
)
