"""What happened to an emulation campaign: one aggregate a campaign (vi: đợt thi đua)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.activity import ActivityUnit, Figure, PlannedTask
from services.plans.events.plan import NamedUnit, Signer
from shared.types import Attachment


class CampaignKind(StrEnum):
    """What is emulated in (vi: thi đua thường xuyên, thi đua theo đợt hoặc chuyên đề; NĐ 91/2017 Đ4)."""

    REGULAR = "regular"
    THEMATIC = "thematic"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOutline:
    """What a campaign is about and when; dates inclusive (vi: nội dung phát động).

    `occasions` are the days it honours, `themes` its contents. Units join by `join_by`, until its end where that
    is None; who joins later is marked as late.
    """

    title: str
    kind: CampaignKind
    occasions: tuple[str, ...]
    themes: tuple[str, ...]
    starts_on: date
    ends_on: date
    join_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDrafted:
    """Home affairs drafted a campaign; its year is that of its first day (vi: dự thảo đợt thi đua)."""

    district: str
    campaign_id: str
    year: int
    outline: CampaignOutline
    units: tuple[NamedUnit, ...]
    task: PlannedTask | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAmended:
    """The draft was replaced (vi: sửa dự thảo đợt thi đua)."""

    district: str
    campaign_id: str
    year: int
    outline: CampaignOutline
    units: tuple[NamedUnit, ...]
    task: PlannedTask | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLaunched:
    """The chair launched the campaign by a document (vi: phát động đợt thi đua).

    `units` are those called, sets and groups replaced by their members. Public for ever; its meaning never changes.
    """

    district: str
    campaign_id: str
    year: int
    number: str
    launched_on: date
    signer: Signer | None
    outline: CampaignOutline
    units: tuple[ActivityUnit, ...]
    task: PlannedTask | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignJoined:
    """A unit registered for the campaign, or replaced its targets (vi: đăng ký tham gia đợt thi đua)."""

    district: str
    campaign_id: str
    year: int
    unit_id: str
    unit_name: str
    targets: tuple[Figure, ...]
    note: str
    is_late: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResultReported:
    """A unit told what it achieved; a later report replaces an earlier one (vi: báo cáo kết quả đợt thi đua).

    Exemplary collectives are named. Of exemplary persons only the number is told: their names belong in dossiers,
    where they are sealed.
    """

    district: str
    campaign_id: str
    year: int
    unit_id: str
    unit_name: str
    text: str
    figures: tuple[Figure, ...]
    collectives: tuple[str, ...]
    individuals: int
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEndMoved:
    """The campaign ends on another day (vi: gia hạn đợt thi đua); `called` are the ids of the units called."""

    district: str
    campaign_id: str
    year: int
    ends_on_before: date
    ends_on: date
    reason: str
    by: str
    at: datetime
    title: str = ""
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignClosed:
    """The campaign was summed up and closed (vi: tổng kết đợt thi đua); `number` is that of the report, if any.

    `units` were called, of which so many `joined`, of which so many `reported`; `called` are their ids.
    """

    district: str
    campaign_id: str
    year: int
    title: str
    number: str
    closed_on: date
    summary: str
    units: int
    joined: int
    reported: int
    by: str
    at: datetime
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCancelled:
    """The campaign will not take place, or no longer (vi: huỷ đợt thi đua); `units` are those that were called."""

    district: str
    campaign_id: str
    year: int
    title: str
    reason: str
    was_launched: bool
    units: tuple[str, ...]
    by: str
    at: datetime


CampaignEvent: TypeAlias = (
    CampaignDrafted
    | CampaignAmended
    | CampaignLaunched
    | CampaignJoined
    | CampaignResultReported
    | CampaignEndMoved
    | CampaignClosed
    | CampaignCancelled
)


# What these events say about one campaign, read the same way by every service.


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign that was launched, with the units that joined it, as the events tell it (vi: đợt thi đua)."""

    district: str
    campaign_id: str
    year: int
    title: str
    joined: tuple[str, ...] = ()
    is_cancelled: bool = False


def campaign_after(campaign: Campaign | None, event: object) -> Campaign | None:
    """Return the campaign after the event, which may be any event; None before its launch."""
    match event:
        case CampaignLaunched():
            return Campaign(
                district=event.district,
                campaign_id=event.campaign_id,
                year=event.year,
                title=event.outline.title,
            )
        case CampaignJoined():
            if campaign is None or event.unit_id in campaign.joined:
                return campaign
            return replace(campaign, joined=(*campaign.joined, event.unit_id))
        case CampaignCancelled():
            return campaign and replace(campaign, is_cancelled=True)
        case _:
            return campaign


def campaign_keys(event: object) -> tuple[tuple[str, str], ...]:
    """Return (district, campaign id) of the campaign that the event, which may be any event, changes for others."""
    match event:
        case CampaignLaunched() | CampaignJoined() | CampaignCancelled():
            return ((event.district, event.campaign_id),)
        case _:
            return ()
