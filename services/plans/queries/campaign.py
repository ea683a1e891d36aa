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
    entry_of,
    file_facts,
    history_of,
    naming_facts,
    organisation_facts,
    plain_facts,
    sees_campaign,
)
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.paging import ROWS_READ_MAX, fitted, listed, page_of
from services.plans.views import (
    CampaignDetail,
    CampaignList,
    CampaignParts,
    CampaignUnitFilter,
    CampaignUnitLine,
    CampaignUnitList,
    CampaignUnitView,
    CampaignView,
    ListCampaigns,
    ListCampaignUnits,
    ShowCampaign,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import Actor


async def _list(question: ListCampaigns, actor: Actor, edge: Edge) -> CampaignList:
    """Return the campaigns of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    district, year = question.district, question.year
    rows = await edge.rows.select(
        CampaignView,
        "campaign",
        where=lambda row: [row.district == district, row.year == year],
        limit=ROWS_READ_MAX,
    )
    seen = [one for one in rows if sees_campaign(actor, edge, one)]
    seen.sort(key=lambda one: (one.outline.starts_on, one.campaign_id))
    shown, page, pages = page_of(seen, question.page)
    ids = [one.campaign_id for one in shown]
    parts = await edge.rows.select(
        CampaignParts,
        "campaign_parts",
        where=lambda row: [row.district == district, row.year == year, row.campaign_id.in_(ids)],
    )
    return CampaignList(
        campaigns=tuple(map(listed, shown)),
        parts=tuple(parts),
        today=edge.clock.today(),
        found=len(seen),
        page=page,
        pages=pages,
    )


async def _detail(question: ShowCampaign, actor: Actor, edge: Edge) -> CampaignDetail:
    """Return one campaign.

    Raises Rejected `actor.not_allowed`, `campaign.not_found`, `campaign.unit_not_called`, `activity.entry_not_found`.
    """
    campaign = await visible_campaign(edge, actor, question.district, question.campaign_id)
    district, campaign_id = question.district, question.campaign_id
    parts = await edge.rows.get(CampaignParts, "campaign_parts", district, campaign.year, campaign_id)
    if question.unit_id is not None:
        unit = await edge.rows.get(CampaignUnitView, "campaign_unit", district, campaign_id, question.unit_id)
        if unit is None:
            raise Rejected("campaign.unit_not_called", unit_id=question.unit_id[:80])
        return CampaignDetail(
            campaign=campaign, units=(unit,), parts=parts, history=(), today=edge.clock.today(), found=1
        )
    if question.entry is not None:
        entry = await entry_of(edge, district, ActivityKind.CAMPAIGN, campaign_id, question.entry)
        return CampaignDetail(campaign=campaign, units=(), parts=parts, history=(entry,), today=edge.clock.today())
    lines = [one for one in await called_units(edge, district, campaign_id) if _is_let_through(one, question.only)]
    shown, page, pages = page_of(lines, question.page)
    ids = [one.unit_id for one in shown]
    rows = await edge.rows.select(
        CampaignUnitView,
        "campaign_unit",
        where=lambda row: [row.district == district, row.campaign_id == campaign_id, row.unit_id.in_(ids)],
    )
    units, shortened = fitted(sorted(rows, key=lambda one: ids.index(one.unit_id)), lambda one: one.unit_id)
    history = await history_of(edge, district, ActivityKind.CAMPAIGN, campaign_id, question.history_page)
    return CampaignDetail(
        campaign=campaign,
        units=units,
        parts=parts,
        history=history.entries,
        today=edge.clock.today(),
        found=len(lines),
        page=page,
        pages=pages,
        shortened=shortened,
        history_page=history.page,
        history_pages=history.pages,
        shortened_entries=history.shortened,
    )


def _is_let_through(unit: CampaignUnitLine, only: CampaignUnitFilter | None) -> bool:
    match only:
        case None:
            return True
        case CampaignUnitFilter.NOT_JOINED:
            return unit.joined_at is None
        case CampaignUnitFilter.JOINED:
            return unit.joined_at is not None
        case CampaignUnitFilter.JOINED_LATE:
            return unit.is_late
        case CampaignUnitFilter.REPORTED:
            return unit.reported_at is not None
        case CampaignUnitFilter.NOT_REPORTED:
            return unit.joined_at is not None and unit.reported_at is None


async def _units(question: ListCampaignUnits, actor: Actor, edge: Edge) -> CampaignUnitList:
    """Return the units called. Raises Rejected `actor.not_allowed`, `campaign.not_found`."""
    await visible_campaign(edge, actor, question.district, question.campaign_id)
    return CampaignUnitList(units=tuple(await called_units(edge, question.district, question.campaign_id)))


async def called_units(edge: Edge, district: str, campaign_id: str) -> list[CampaignUnitLine]:
    """Return the units that were called to the campaign, in the order of their names."""
    lines = await edge.rows.select(
        CampaignUnitLine,
        "campaign_unit",
        where=lambda row: [row.district == district, row.campaign_id == campaign_id],
        limit=ROWS_READ_MAX,
    )
    return sorted(lines, key=lambda one: sort_key(one.name))


async def visible_campaign(edge: Edge, actor: Actor, district: str, campaign_id: str) -> CampaignView:
    """Return the campaign if the actor may see it. Raises Rejected `actor.not_allowed`, `campaign.not_found`."""
    require_reader(actor, edge, district)
    campaign = await edge.rows.get(CampaignView, "campaign", district, campaign_id)
    if campaign is None or not sees_campaign(actor, edge, campaign):
        raise Rejected("campaign.not_found", campaign_id=campaign_id[:80])
    return campaign


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


ANSWERS: Answers = {ListCampaigns: _list, ShowCampaign: _detail, ListCampaignUnits: _units}
FACTS: Facts = {
    **dict.fromkeys(get_args(CampaignCommand), plain_facts),
    **dict.fromkeys((DraftCampaign, AmendCampaign), naming_facts),
    LaunchCampaign: _launch_facts,
    JoinCampaign: _join_facts,
    ReportCampaignResult: _report_facts,
}
