"""What may be seen of campaigns: their rows, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import CampaignOutline, Figure, NamedUnit, PlannedTask, Signer
from services.plans.views.activity import ActivityEntry, ActivityStatus, CampaignParts
from shared.types import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign; `units` as they were named in the draft, `seq` its last event.

    `ends_on_before` is set where the end was moved, to the day it was moved from.
    """

    district: str
    campaign_id: str
    year: int
    status: ActivityStatus
    outline: CampaignOutline
    units: tuple[NamedUnit, ...]
    task: PlannedTask | None
    number: str
    launched_on: date | None
    signer: Signer | None
    ends_on_before: date | None
    closed_on: date | None
    closing_number: str
    summary: str
    cancel_reason: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUnitView:
    """A unit called to a campaign: what it registered, and what it told of its result, where it has."""

    district: str
    campaign_id: str
    unit_id: str
    year: int
    name: str
    group_id: str | None
    joined_at: datetime | None = None
    is_late: bool = False
    targets: tuple[Figure, ...] = ()
    note: str = ""
    reported_at: datetime | None = None
    text: str = ""
    figures: tuple[Figure, ...] = ()
    collectives: tuple[str, ...] = ()
    individuals: int = 0
    attachments: tuple[Attachment, ...] = ()
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCampaigns:
    """Which campaigns has the district this year, drafts only for those who prepare them? Answer: CampaignList."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignList:
    """Campaigns in the order of their first day, and what each counts of its units."""

    campaigns: tuple[CampaignView, ...]
    parts: tuple[CampaignParts, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCampaign:
    """One campaign with its units and its history. Answer: CampaignDetail."""

    district: str
    campaign_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDetail:
    """A campaign, the units called in the order of their names, the sums of them, and its history, oldest first."""

    campaign: CampaignView
    units: tuple[CampaignUnitView, ...]
    parts: CampaignParts | None
    history: tuple[ActivityEntry, ...]
    today: date


CampaignQuestion: TypeAlias = ListCampaigns | ShowCampaign
CampaignAnswer: TypeAlias = CampaignList | CampaignDetail
