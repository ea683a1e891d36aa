"""What may be seen of campaigns: their rows, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
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


class CampaignUnitFilter(StrEnum):
    """Which units of a campaign to show, by how far they have come (vi: tình trạng của đơn vị)."""

    NOT_JOINED = "not_joined"
    JOINED = "joined"
    JOINED_LATE = "joined_late"
    REPORTED = "reported"
    NOT_REPORTED = "not_reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUnitLine:
    """A unit called to a campaign by its name, and how far it has come: what CampaignUnitView says, and not more."""

    unit_id: str
    name: str
    joined_at: datetime | None
    is_late: bool
    reported_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCampaigns:
    """Which campaigns has the district this year, drafts only for those who prepare them? Answer: CampaignList."""

    district: str
    year: int
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignList:
    """A page of the campaigns in the order of their first day, and what each counts of its units.

    Texts are there by their first words, and no lists: neither units nor contents. `found` counts all campaigns.
    """

    campaigns: tuple[CampaignView, ...]
    parts: tuple[CampaignParts, ...]
    today: date
    found: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCampaign:
    """One campaign with a page of its units, those that the filter lets through, and of its history.

    With `unit_id` that unit alone, whole, and no history; with `entry`, its sequence, that entry of the history alone,
    whole, and no units. Answer: CampaignDetail.
    """

    district: str
    campaign_id: str
    only: CampaignUnitFilter | None = None
    unit_id: str | None = None
    page: int = 1
    history_page: int = 1
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDetail:
    """A campaign, a page of the units called in the order of their names, the sums of them, its history, newest first.

    `found` counts the units that the filter lets through; those whose ids are in `shortened` told more than is here,
    as do the entries of the history whose sequences are in `shortened_entries`.
    """

    campaign: CampaignView
    units: tuple[CampaignUnitView, ...]
    parts: CampaignParts | None
    history: tuple[ActivityEntry, ...]
    today: date
    found: int = 0
    page: int = 1
    pages: int = 1
    shortened: tuple[str, ...] = ()
    history_page: int = 1
    history_pages: int = 1
    shortened_entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCampaignUnits:
    """Which units are called to the campaign? Answer: CampaignUnitList."""

    district: str
    campaign_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUnitList:
    """All units called, in the order of their names."""

    units: tuple[CampaignUnitLine, ...]


CampaignQuestion: TypeAlias = ListCampaigns | ShowCampaign | ListCampaignUnits
CampaignAnswer: TypeAlias = CampaignList | CampaignDetail | CampaignUnitList
