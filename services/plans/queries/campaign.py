"""The reads of campaigns; a draft is seen only by those who prepare or launch it."""

from datetime import date
from typing import get_args

from services.plans.commands import (
    AmendCampaign,
    CampaignCommand,
    DraftCampaign,
    JoinCampaign,
    LaunchCampaign,
    ReportCampaignResult,
)
from services.plans.decider import ActivityFacts
from services.plans.events import ActivityKind
from services.plans.queries.activity import (
    UNITS_SHOWN_MAX,
    file_facts,
    history_of,
    naming_facts,
    organisation_facts,
    plain_facts,
)
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.views import (
    CampaignDetail,
    CampaignList,
    CampaignParts,
    CampaignUnitView,
    CampaignView,
    ListCampaigns,
    ShowCampaign,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import Actor, Role

_SEE_DRAFTS = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)


async def _list(question: ListCampaigns, actor: Actor, edge: Edge) -> CampaignList:
    """Return the campaigns of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    district, year = question.district, question.year
    campaigns = await edge.rows.select(
        CampaignView, "campaign", where=lambda row: [row.district == district, row.year == year]
    )
    parts = await edge.rows.select(
        CampaignParts, "campaign_parts", where=lambda row: [row.district == district, row.year == year]
    )
    return CampaignList(
        campaigns=tuple(
            sorted(
                (one for one in campaigns if _sees(actor, edge, one)),
                key=lambda one: (one.outline.starts_on, one.campaign_id),
            )
        ),
        parts=tuple(parts),
        today=edge.clock.today(),
    )


async def _detail(question: ShowCampaign, actor: Actor, edge: Edge) -> CampaignDetail:
    """Return one campaign. Raises Rejected `actor.not_allowed`, `campaign.not_found`."""
    require_reader(actor, edge, question.district)
    district, campaign_id = question.district, question.campaign_id
    campaign = await edge.rows.get(CampaignView, "campaign", district, campaign_id)
    if campaign is None or not _sees(actor, edge, campaign):
        raise Rejected("campaign.not_found", campaign_id=campaign_id[:80])
    units = await edge.rows.select(
        CampaignUnitView,
        "campaign_unit",
        where=lambda row: [row.district == district, row.campaign_id == campaign_id],
        limit=UNITS_SHOWN_MAX,
    )
    return CampaignDetail(
        campaign=campaign,
        units=tuple(sorted(units, key=lambda one: sort_key(one.name))),
        parts=await edge.rows.get(CampaignParts, "campaign_parts", district, campaign.year, campaign_id),
        history=await history_of(edge, district, ActivityKind.CAMPAIGN, campaign_id),
        today=edge.clock.today(),
    )


def _sees(actor: Actor, edge: Edge, campaign: CampaignView) -> bool:
    # A draft that was cancelled was never told to anybody either.
    is_public = campaign.launched_on is not None
    return is_public or actor.has(*_SEE_DRAFTS, on=edge.clock.today(), district=campaign.district)


async def _launch_facts(command: LaunchCampaign, actor: Actor, today: date, edge: Edge) -> ActivityFacts:
    """Return the organisation of the campaign's year: it is said now which units the names stand for."""
    campaign = await edge.rows.get(CampaignView, "campaign", command.district, command.campaign_id)
    years = (campaign.year,) if campaign else (today.year,)
    return await organisation_facts(command.district, years, actor, today, edge)


async def _join_facts(command: JoinCampaign, actor: Actor, today: date, edge: Edge) -> ActivityFacts:
    return await organisation_facts(command.district, (), actor, today, edge)


async def _report_facts(command: ReportCampaignResult, actor: Actor, today: date, edge: Edge) -> ActivityFacts:
    unit = await edge.rows.get(
        CampaignUnitView, "campaign_unit", command.district, command.campaign_id, command.unit_id
    )
    return await file_facts(command.attachments, unit.attachments if unit else (), actor, today, edge)


ANSWERS: Answers = {ListCampaigns: _list, ShowCampaign: _detail}
FACTS: Facts = {
    **dict.fromkeys(get_args(CampaignCommand), plain_facts),
    **dict.fromkeys((DraftCampaign, AmendCampaign), naming_facts),
    LaunchCampaign: _launch_facts,
    JoinCampaign: _join_facts,
    ReportCampaignResult: _report_facts,
}
