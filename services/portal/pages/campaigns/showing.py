"""The campaigns of a year, and one of them with its units and the dossiers that came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.views import DossierList, ListDossiers
from services.plans.commands import (
    AmendCampaign,
    CancelCampaign,
    CloseCampaign,
    DraftCampaign,
    JoinCampaign,
    LaunchCampaign,
    MoveCampaignEnd,
)
from services.plans.views import (
    ActivityStatus,
    ActivityYear,
    CampaignDetail,
    CampaignList,
    CampaignUnitFilter,
    CampaignUnitLine,
    CampaignUnitList,
    CampaignUnitView,
    CampaignView,
    ListCampaigns,
    ListCampaignUnits,
    ShowActivities,
    ShowCampaign,
)
from services.portal.backend import ask, ask_or_none
from services.portal.format import day
from services.portal.numbers import Number, Year
from services.portal.pages import activities
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query
from services.portal.shell import Freshness, page
from shared.accounts import SessionAccount
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

LIST = "/dot-thi-dua"
DOSSIERS_SHOWN_MAX = 500
UNIT_STATES: Mapping[str, tuple[str, CampaignUnitFilter]] = {
    "chua-dang-ky": ("Chưa đăng ký", CampaignUnitFilter.NOT_JOINED),
    "da-dang-ky": ("Đã đăng ký", CampaignUnitFilter.JOINED),
    "dang-ky-muon": ("Đăng ký muộn", CampaignUnitFilter.JOINED_LATE),
    "da-bao-cao": ("Đã báo cáo", CampaignUnitFilter.REPORTED),
    "chua-bao-cao": ("Chưa báo cáo", CampaignUnitFilter.NOT_REPORTED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    """One campaign with who looks at it: what its page and its forms are made of; `called` are all its units."""

    request: Request
    reach: Reach
    detail: CampaignDetail
    called: tuple[CampaignUnitLine, ...]

    @property
    def campaign(self) -> CampaignView:
        """Return the campaign."""
        return self.detail.campaign

    @property
    def path(self) -> str:
        """Return the address of the campaign."""
        return f"{LIST}/{self.campaign.district}/{self.campaign.year}/{self.campaign.campaign_id}"

    @property
    def seq(self) -> int:
        """Return the sequence of its last event."""
        return self.campaign.seq

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Return what stands above each of its forms."""
        outline = self.campaign.outline
        return [("Đợt thi đua", outline.title), ("Thời gian", f"{day(outline.starts_on)} – {day(outline.ends_on)}")]

    def may(self, command: type, unit_id: str | None = None) -> bool:
        """Return whether the person has the right to the command, for the district or the unit."""
        return activities.may(self.reach, command, self.campaign.district, unit_id)

    @property
    def own_units(self) -> list[CampaignUnitLine]:
        """Return the units for which the person may join and report."""
        return [unit for unit in self.called if self.may(JoinCampaign, unit.unit_id)]

    @property
    def is_of_unit(self) -> bool:
        """Return whether the person is one of a called unit's own people."""
        own = self.reach.units(self.campaign.district)
        return any(unit.unit_id in own for unit in self.called)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the campaign as it is now."""
        status, today = self.campaign.status, self.detail.today
        is_draft, is_open = status is ActivityStatus.DRAFT, status is ActivityStatus.OPEN
        outline = self.campaign.outline
        own_units = self.own_units
        has_joined = any(unit.joined_at is not None for unit in own_units)
        return {
            "amend": is_draft and self.may(AmendCampaign),
            "launch": is_draft and self.may(LaunchCampaign),
            "join": is_open and today <= outline.ends_on and bool(own_units),
            "report": is_open and today >= outline.starts_on and has_joined,
            "move": is_open and self.may(MoveCampaignEnd),
            "close": is_open and today >= outline.starts_on and self.may(CloseCampaign),
            "cancel": (is_draft or is_open) and self.may(CancelCampaign),
            "nominate": status in (ActivityStatus.OPEN, ActivityStatus.CLOSED) and has_joined,
        }


async def shown_campaign(
    request: Request, account: SessionAccount, year: int, question: ShowCampaign
) -> tuple[CampaignPage, Freshness | None]:
    """Return what the question asks of the campaign. Raises Rejected `campaign.not_found` where it is of another year.

    All units are named beside it: what a person may do depends on those he speaks for, on whichever page they stand.
    """
    check_district(question.district)
    answer = await ask(request, question, CampaignDetail)
    if answer.view.campaign.year != year:
        raise Rejected("campaign.not_found", campaign_id=question.campaign_id[:80])
    every = ListCampaignUnits(district=question.district, campaign_id=question.campaign_id)
    called = (await ask(request, every, CampaignUnitList)).view.units
    shown = CampaignPage(request=request, reach=reach_of(request, account), detail=answer.view, called=called)
    return shown, answer.fresh


async def told_by(shown: CampaignPage, unit_id: str) -> CampaignUnitView | None:
    """Return what the called unit has told so far, whole; None where none is chosen."""
    if not unit_id:
        return None
    campaign = shown.campaign
    question = ShowCampaign(district=campaign.district, campaign_id=campaign.campaign_id, unit_id=unit_id)
    return (await ask(shown.request, question, CampaignDetail)).view.units[0]


@router.get(f"{LIST}/{{district}}/{{year}}")
async def list_campaigns(request: Request, account: Signed, district: str, year: Year, trang: str = "") -> Response:
    """Show the campaigns of a district and year, with how many units joined and reported."""
    check_district(district)
    reach = reach_of(request, account)
    question = ListCampaigns(district=district, year=year, page=activities.number_in(trang))
    answer = await ask(request, question, CampaignList)
    sums = await ask(request, ShowActivities(district=district, year=year), ActivityYear)
    path = f"{LIST}/{district}/{year}"
    return await page(
        request,
        "campaigns/list.html",
        fresh=answer.fresh,
        view=answer.view,
        campaigns=answer.view.campaigns,
        parts={one.campaign_id: one for one in answer.view.parts},
        totals=sums.view.campaigns,
        whole=sums.view.campaign_units,
        district=district,
        year=year,
        place=place(district),
        path=path,
        more_href=activities.pages_href(path, "trang", "dot-thi-dua"),
        may_draft=activities.may(reach, DraftCampaign, district),
    )


@router.get(f"{LIST}/{{district}}/{{year}}/{{campaign_id}}")
async def show_campaign(
    request: Request,
    account: Signed,
    district: str,
    year: Year,
    campaign_id: str,
    trang_thai: str = "",
    don_vi: str = "",
    trang: str = "",
    trang_dien_bien: str = "",
) -> Response:
    """Show one campaign, its units in one state or one alone where that is asked for, and its dossiers."""
    wanted = trang_thai if trang_thai in UNIT_STATES else ""
    question = ShowCampaign(
        district=district,
        campaign_id=campaign_id,
        only=UNIT_STATES[wanted][1] if wanted else None,
        unit_id=don_vi or None,
        page=activities.number_in(trang),
        history_page=activities.number_in(trang_dien_bien),
    )
    shown, fresh = await shown_campaign(request, account, year, question)
    # Who reads no dossier sees the campaign without them.
    dossiers = await ask_or_none(
        request, ListDossiers(district=district, campaign_id=campaign_id, limit=DOSSIERS_SHOWN_MAX), DossierList
    )
    return await page(
        request,
        "campaigns/show.html",
        fresh=fresh,
        view=shown.detail,
        campaign=shown.campaign,
        parts=shown.detail.parts,
        units=shown.detail.units,
        dossiers=dossiers.view if dossiers else None,
        dossier_href=with_query("/ho-so/moi", quan=district, dot=campaign_id),
        own_units={unit.unit_id for unit in shown.own_units},
        place=place(district),
        path=shown.path,
        more_href=activities.pages_href(shown.path, "trang", "don-vi", {"trang_thai": wanted}),
        history_href=activities.pages_href(shown.path, "trang_dien_bien", "dien-bien"),
        rights=shown.rights(),
        firsts=("report", "join") if shown.is_of_unit else ("launch", "amend", "close"),
        wanted=wanted,
        is_alone=bool(don_vi),
        unit_states=[(key, words) for key, (words, _) in UNIT_STATES.items()],
        task=activities.task_fact(district, shown.campaign.task),
        figure_words=activities.figure_words,
        day_now=shown.detail.today,
        timeline_entries=await activities.timeline(shown, shown.detail.history, shown.detail.shortened_entries),
    )


@router.get(f"{LIST}/{{district}}/{{year}}/{{campaign_id}}/dien-bien/{{seq}}")
async def show_entry(
    request: Request, account: Signed, district: str, year: Year, campaign_id: str, seq: Number
) -> Response:
    """Show one entry of the history, whole."""
    question = ShowCampaign(district=district, campaign_id=campaign_id, entry=seq)
    shown, fresh = await shown_campaign(request, account, year, question)
    return await activities.entry_page(shown, shown.detail.history, place(district), fresh)
