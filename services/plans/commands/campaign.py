"""What may be asked of a campaign (vi: đợt thi đua)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import CampaignOutline, Figure, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCampaign:
    """Draft a campaign; `units` are ids of units, sets or groups (vi: dự thảo đợt thi đua).

    `task_number` is the task of the district's plan of that year that it carries out.
    """

    district: str
    campaign_id: str
    outline: CampaignOutline
    units: tuple[str, ...]
    task_number: int | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendCampaign:
    """Replace the draft; its year stays (vi: sửa dự thảo đợt thi đua)."""

    district: str
    campaign_id: str
    outline: CampaignOutline
    units: tuple[str, ...]
    task_number: int | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchCampaign:
    """Launch the campaign by a document (vi: phát động đợt thi đua)."""

    district: str
    campaign_id: str
    number: str
    launched_on: date
    signer: Signer | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCampaign:
    """Register a unit with its targets, or replace them (vi: đăng ký tham gia đợt thi đua)."""

    district: str
    campaign_id: str
    unit_id: str
    targets: tuple[Figure, ...]
    note: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCampaignResult:
    """Tell what a unit achieved (vi: báo cáo kết quả đợt thi đua).

    `collectives` are exemplary ones by name, `individuals` only how many exemplary persons there are.
    `attachments` are SHA-256 of files uploaded before by the same account.
    """

    district: str
    campaign_id: str
    unit_id: str
    text: str
    figures: tuple[Figure, ...] = ()
    collectives: tuple[str, ...] = ()
    individuals: int = 0
    attachments: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCampaignEnd:
    """Let the campaign end on another day, with the reason (vi: gia hạn đợt thi đua)."""

    district: str
    campaign_id: str
    ends_on: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCampaign:
    """Sum the campaign up; `number` is that of the report, where there is one (vi: tổng kết đợt thi đua)."""

    district: str
    campaign_id: str
    closed_on: date
    summary: str
    number: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCampaign:
    """Give the campaign up, with the reason (vi: huỷ đợt thi đua)."""

    district: str
    campaign_id: str
    reason: str
    at: datetime


CampaignCommand: TypeAlias = (
    DraftCampaign
    | AmendCampaign
    | LaunchCampaign
    | JoinCampaign
    | ReportCampaignResult
    | MoveCampaignEnd
    | CloseCampaign
    | CancelCampaign
)
