"""What may be asked of a group's pledge."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from services.plans.events import PledgePeriod, Signer, TargetDirection, TargetResult


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTarget:
    """A target to pledge; its number is its place in the list."""

    name: str
    measure: str
    value: Decimal
    direction: TargetDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPledge:
    """Write the text of the pledge, or change it while nobody has signed (vi: soạn giao ước)."""

    district: str
    group_id: str
    year: int
    contents: tuple[str, ...]
    targets: tuple[NewTarget, ...]
    witness: Signer | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSigning:
    """Lay the pledge before the heads of all members (vi: mở ký giao ước)."""

    district: str
    group_id: str
    year: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignPledge:
    """Sign the pledge for a member, in the version that was read (vi: ký giao ước)."""

    district: str
    group_id: str
    year: int
    version: int
    unit_id: str
    signer: Signer
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSigning:
    """Take the signing back, so that the text can change; every signature falls (vi: rút việc ký)."""

    district: str
    group_id: str
    year: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPledgeResults:
    """Tell what a member has reached at mid-year or at the end of the year; attachments by SHA-256 (vi: kết quả)."""

    district: str
    group_id: str
    year: int
    unit_id: str
    period: PledgePeriod
    results: tuple[TargetResult, ...]
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePledge:
    """Hold the pledge against the whole year; no result is taken afterwards (vi: tổng kết giao ước)."""

    district: str
    group_id: str
    year: int
    at: datetime


PledgeCommand: TypeAlias = DraftPledge | OpenSigning | SignPledge | WithdrawSigning | RecordPledgeResults | ClosePledge
