"""What campaigns and inspections ask of a person today: of a unit, of Phòng Nội vụ and of the chair."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.plans.commands import AcceptResponse, LaunchCampaign
from services.plans.events import CampaignOutline, Unit
from services.plans.queries.activity import WAITING
from services.plans.queries.asking import Answers
from services.plans.queries.calendar import days_left
from services.plans.queries.paging import ROWS_READ_MAX, listed
from services.plans.rules import RIGHTS
from services.plans.views import (
    ActivityDuty,
    ActivityStatus,
    ActivityTodo,
    ActivityWork,
    MyActivities,
    RecommendationState,
)
from shared.clock import local_date
from shared.process import Edge
from shared.readmodel.rows import Where
from shared.types import DISTRICTS, Actor

_ASKED = {
    RecommendationState.OPEN: ActivityTodo.ANSWER,
    RecommendationState.REJECTED: ActivityTodo.ANSWER_AGAIN,
    RecommendationState.ANSWERED: ActivityTodo.JUDGE,
}
WORK_MAX = 200  # on one page; whoever owes more sees the most urgent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recommendation:
    """Columns of RecommendationView."""

    inspection_id: str
    number: int
    year: int
    unit_id: str
    unit_name: str
    text: str
    due_on: date
    state: RecommendationState
    issued_at: datetime
    answered_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """Columns of InspectionView."""

    inspection_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Campaign:
    """Columns of CampaignView."""

    campaign_id: str
    year: int
    status: ActivityStatus
    outline: CampaignOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class _Called:
    """A called unit that has not told its result; columns of CampaignUnitView."""

    campaign_id: str
    unit_id: str
    name: str
    joined_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one area asks: at most WORK_MAX duties, the most urgent first, and how many there are of all."""

    duties: Sequence[ActivityDuty]
    found: int
    overdue: int


async def _mine(_: MyActivities, actor: Actor, edge: Edge) -> ActivityWork:
    """Return what waits for the actor; Phòng Nội vụ, which may answer for every unit, is not asked to."""
    today = edge.clock.today()
    parts: list[_Part] = []
    for district in DISTRICTS:
        units = sorted(actor.units(district, on=today))
        if units:
            parts += [await _to_answer(edge, district, units, today), await _to_take_part(edge, district, units, today)]
        if RIGHTS[AcceptResponse].allows(actor, on=today, district=district):
            parts.append(await _to_judge(edge, district, today))
        if RIGHTS[LaunchCampaign].allows(actor, on=today, district=district):
            parts.append(await _to_launch(edge, district, today))
    duties = _most_urgent(one for part in parts for one in part.duties)
    return ActivityWork(
        duties=tuple(map(listed, duties)),
        found=sum(part.found for part in parts),
        overdue=sum(part.overdue for part in parts),
        days_left=await days_left(edge, today, (one.due_on for one in duties if one.due_on is not None)),
        today=today,
    )


def _most_urgent(duties: Iterable[ActivityDuty]) -> list[ActivityDuty]:
    def in_order(one: ActivityDuty) -> tuple[date, str, str, int, str]:
        return (one.due_on or one.since, one.district, one.activity_id, one.number or 0, one.unit_id)

    return sorted(duties, key=in_order)[:WORK_MAX]


def _since(today: date) -> date:
    """Return the first day of last year: what lies further back is history that nobody is reminded of."""
    return date(today.year - 1, 1, 1)


# --- recommendations ---------------------------------------------------------------------------


async def _to_answer(edge: Edge, district: str, units: Sequence[str], today: date) -> _Part:
    """Return the recommendations that wait for the units."""

    def waiting(row: Any) -> list[Any]:
        return [
            row.district == district,
            row.due_on >= _since(today),
            row.unit_id.in_(units),
            row.state.in_(WAITING),
        ]

    return _Part(
        duties=await _recommendations(edge, district, waiting, "due_on"),
        found=await edge.rows.count("recommendation", where=waiting),
        overdue=await edge.rows.count("recommendation", where=lambda row: [*waiting(row), row.due_on < today]),
    )


async def _to_judge(edge: Edge, district: str, today: date) -> _Part:
    """Return the recommendations whose answers wait for Phòng Nội vụ, for which no day is set."""

    def answered(row: Any) -> list[Any]:
        return [
            row.district == district,
            row.state == RecommendationState.ANSWERED,
            row.answered_on >= _since(today),
        ]

    return _Part(
        duties=await _recommendations(edge, district, answered, "answered_on"),
        found=await edge.rows.count("recommendation", where=answered),
        overdue=0,
    )


async def _recommendations(edge: Edge, district: str, where: Where, first: str) -> list[ActivityDuty]:
    rows = await edge.rows.select(
        _Recommendation, "recommendation", where=where, order=(first, "inspection_id", "number"), limit=WORK_MAX
    )
    behind = sorted({one.inspection_id for one in rows})
    titles = {
        one.inspection_id: one.title
        for one in await edge.rows.select(
            _Title, "inspection", where=lambda row: [row.district == district, row.inspection_id.in_(behind)]
        )
    }
    return [
        ActivityDuty(
            todo=_ASKED[one.state],
            district=district,
            year=one.year,
            activity_id=one.inspection_id,
            title=titles.get(one.inspection_id, one.inspection_id),
            unit_id=one.unit_id,
            unit_name=one.unit_name,
            number=one.number,
            text=one.text,
            # What is answered is in time or not; it is Phòng Nội vụ that has no day for its judgement.
            due_on=None if one.state is RecommendationState.ANSWERED else one.due_on,
            since=one.answered_on or local_date(one.issued_at),
        )
        for one in rows
    ]


# --- campaigns ---------------------------------------------------------------------------------


async def _campaigns(edge: Edge, district: str, status: ActivityStatus, today: date) -> list[_Campaign]:
    # A campaign of January is drafted, launched and joined in December.
    years = (today.year - 1, today.year, today.year + 1)
    return await edge.rows.select(
        _Campaign,
        "campaign",
        where=lambda row: [row.district == district, row.year.in_(years), row.status == status],
        limit=ROWS_READ_MAX,
    )


async def _to_take_part(edge: Edge, district: str, units: Sequence[str], today: date) -> _Part:
    """Return the campaigns that the units may still join, and those whose result they have to tell."""
    campaigns = {one.campaign_id: one for one in await _campaigns(edge, district, ActivityStatus.OPEN, today)}
    if not campaigns:
        return _Part(duties=(), found=0, overdue=0)
    called = await edge.rows.select(
        _Called,
        "campaign_unit",
        where=lambda row: [
            row.district == district,
            row.campaign_id.in_(sorted(campaigns)),
            row.unit_id.in_(units),
            row.reported_at.is_(None),
        ],
        limit=ROWS_READ_MAX,
    )
    known = await edge.rows.select(
        Unit, "unit", where=lambda row: [row.district == district, row.unit_id.in_(units)], limit=ROWS_READ_MAX
    )
    closed = {one.unit_id for one in known if not one.is_open(today)}
    duties = [
        duty
        for one in called
        if (duty := _part_in(campaigns[one.campaign_id], one, district, today, may_join=one.unit_id not in closed))
    ]
    return _Part(
        duties=_most_urgent(duties),
        found=len(duties),
        overdue=sum(one.due_on is not None and one.due_on < today for one in duties),
    )


def _part_in(campaign: _Campaign, unit: _Called, district: str, today: date, *, may_join: bool) -> ActivityDuty | None:
    """Return what the campaign asks of the unit now, or None: by the same days as the rules of campaigns have."""
    outline = campaign.outline
    if unit.joined_at is not None:
        todo, due_on, is_asked = ActivityTodo.REPORT, outline.ends_on, outline.starts_on <= today
    else:
        # Until the last day a unit may join, late though it is.
        todo, due_on = ActivityTodo.JOIN, outline.join_by or outline.ends_on
        is_asked = may_join and today <= outline.ends_on
    if not is_asked:
        return None
    return ActivityDuty(
        todo=todo,
        district=district,
        year=campaign.year,
        activity_id=campaign.campaign_id,
        title=outline.title,
        unit_id=unit.unit_id,
        unit_name=unit.name,
        due_on=due_on,
        since=outline.starts_on,
    )


async def _to_launch(edge: Edge, district: str, today: date) -> _Part:
    """Return the drafts that wait for the chair; an inspection is decided at once and waits for nobody's signature."""
    duties = [
        ActivityDuty(
            todo=ActivityTodo.LAUNCH,
            district=district,
            year=one.year,
            activity_id=one.campaign_id,
            title=one.outline.title,
            since=one.outline.starts_on,
        )
        for one in await _campaigns(edge, district, ActivityStatus.DRAFT, today)
    ]
    return _Part(duties=_most_urgent(duties), found=len(duties), overdue=0)


ANSWERS: Answers = {MyActivities: _mine}
