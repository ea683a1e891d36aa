"""What the reads of campaigns, inspections and trainings share: history, year, and the facts of commands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from services.plans.commands import (
    AmendCampaign,
    CampaignCommand,
    DraftCampaign,
    InspectionCommand,
    ScheduleInspection,
    ScheduleTraining,
    TrainingCommand,
)
from services.plans.decider import ActivityFacts
from services.plans.events import ActivityKind, CampaignOutline, PlannedTask
from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.organisation import groups_of, sets_of, units_of
from services.plans.queries.paging import ROWS_READ_MAX, fitted, listed, read_page
from services.plans.queries.plan import claimed
from services.plans.views import (
    HISTORY_A_PAGE,
    ActivityEntry,
    ActivityStatus,
    ActivityTotals,
    ActivityYear,
    CampaignView,
    CampaignYear,
    CityActivities,
    InspectionYear,
    ListTaskActivities,
    RecommendationState,
    RecommendationYear,
    ShowActivities,
    ShowCityActivities,
    TaskActivities,
    TaskActivityLine,
    TaskView,
    TrainingYear,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import DISTRICTS, Actor, Attachment, Role

_SEE_DRAFTS = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)

WAITING = (RecommendationState.OPEN, RecommendationState.REJECTED)  # for the unit
TASK_ACTIVITIES_MAX = 100  # of one task of the plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Campaign:
    """Columns of CampaignView."""

    district: str
    campaign_id: str
    year: int
    status: ActivityStatus
    outline: CampaignOutline
    task: PlannedTask | None
    launched_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inspection:
    """Columns of InspectionView."""

    inspection_id: str
    year: int
    status: ActivityStatus
    title: str
    starts_on: date
    ends_on: date
    task: PlannedTask | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Training:
    """Columns of TrainingView."""

    training_id: str
    year: int
    status: ActivityStatus
    title: str
    held_on: date
    held_until: date
    task: PlannedTask | None


T = TypeVar("T", _Campaign, _Inspection, _Training)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of a history, newest first; entries whose sequences are in `shortened` say more than is here."""

    entries: tuple[ActivityEntry, ...]
    page: int
    pages: int
    shortened: tuple[int, ...]


async def history_of(edge: Edge, district: str, kind: ActivityKind, activity_id: str, page: int) -> HistoryPage:
    """Return the page of that number, the nearest there is; very long texts are cut."""

    def of_activity(row: Any) -> list[Any]:
        return [row.district == district, row.kind == kind, row.activity_id == activity_id]

    read = await read_page(
        edge.rows,
        ActivityEntry,
        "activity_history",
        page,
        where=of_activity,
        order=("seq",),
        descending=True,
        size=HISTORY_A_PAGE,
    )
    shown, cut = fitted(read.rows, lambda one: str(one.seq))
    return HistoryPage(entries=shown, page=read.page, pages=read.pages, shortened=tuple(map(int, cut)))


async def entry_of(edge: Edge, district: str, kind: ActivityKind, activity_id: str, seq: int) -> ActivityEntry:
    """Return one entry of the history, whole. Raises Rejected `activity.entry_not_found`."""
    entry = await edge.rows.get(ActivityEntry, "activity_history", district, kind, activity_id, seq)
    if entry is None:
        raise Rejected("activity.entry_not_found", seq=seq)
    return entry


async def _year(question: ShowActivities, actor: Actor, edge: Edge) -> ActivityYear:
    """Return the sums of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    return await _year_of(question.district, question.year, edge)


async def _city(question: ShowCityActivities, actor: Actor, edge: Edge) -> CityActivities:
    """Return the sums of the five districts. Raises Rejected `actor.not_allowed`."""
    if not actor.reads_city(on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="ShowCityActivities")
    return CityActivities(districts=tuple([await _year_of(one, question.year, edge) for one in DISTRICTS]))


async def _year_of(district: str, year: int, edge: Edge) -> ActivityYear:
    today = edge.clock.today()
    overdue = await edge.rows.count(
        "recommendation",
        where=lambda row: [
            row.district == district,
            row.year == year,
            row.due_on < today,
            row.state.in_(WAITING),
        ],
    )
    return ActivityYear(
        district=district,
        year=year,
        campaigns=await edge.rows.get(ActivityTotals, "campaign_totals", district, year),
        campaign_units=await edge.rows.get(CampaignYear, "campaign_year", district, year),
        inspections=await edge.rows.get(ActivityTotals, "inspection_totals", district, year),
        inspected_units=await edge.rows.get(InspectionYear, "inspection_year", district, year),
        recommendations=await edge.rows.get(RecommendationYear, "recommendation_year", district, year),
        overdue=overdue,
        trainings=await edge.rows.get(ActivityTotals, "training_totals", district, year),
        attendance=await edge.rows.get(TrainingYear, "training_year", district, year),
        today=today,
    )


async def _of_task(question: ListTaskActivities, actor: Actor, edge: Edge) -> TaskActivities:
    """Return what carries out the task. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    # What carries out a task of a plan is of the plan's year, and the plan's id is its year.
    year = int(question.plan_id) if question.plan_id.isdecimal() and len(question.plan_id) == 4 else 0

    async def carrying(row: type[T], table: str) -> list[T]:
        rows = await edge.rows.select(
            row, table, where=lambda one: [one.district == question.district, one.year == year], limit=ROWS_READ_MAX
        )
        return [one for one in rows if one.task is not None and one.task.number == question.task_number]

    found = [
        *(
            _line(ActivityKind.CAMPAIGN, one.campaign_id, one, one.outline.title, _days(one.outline))
            for one in await carrying(_Campaign, "campaign")
            if sees_campaign(actor, edge, one)
        ),
        *(
            _line(ActivityKind.INSPECTION, one.inspection_id, one, one.title, (one.starts_on, one.ends_on))
            for one in await carrying(_Inspection, "inspection")
        ),
        *(
            _line(ActivityKind.TRAINING, one.training_id, one, one.title, (one.held_on, one.held_until))
            for one in await carrying(_Training, "training")
        ),
    ]
    return TaskActivities(
        activities=tuple(
            listed(one)
            for one in sorted(found, key=lambda one: (one.since, one.kind, one.activity_id))[:TASK_ACTIVITIES_MAX]
        ),
        found=len(found),
    )


def _days(outline: CampaignOutline) -> tuple[date, date]:
    return outline.starts_on, outline.ends_on


def _line(
    kind: ActivityKind,
    activity_id: str,
    row: _Campaign | _Inspection | _Training,
    title: str,
    days: tuple[date, date],
) -> TaskActivityLine:
    since, until = days
    return TaskActivityLine(
        kind=kind, activity_id=activity_id, year=row.year, title=title, status=row.status, since=since, until=until
    )


def sees_campaign(actor: Actor, edge: Edge, campaign: CampaignView | _Campaign) -> bool:
    """Return whether the actor may see the campaign: everybody from its launch on, before only who prepares it."""
    # A draft that was cancelled was never told to anybody either.
    is_public = campaign.launched_on is not None
    return is_public or actor.has(*_SEE_DRAFTS, on=edge.clock.today(), district=campaign.district)


# --- facts ---------------------------------------------------------------------------------------


async def plain_facts(
    _: CampaignCommand | InspectionCommand | TrainingCommand, actor: Actor, today: date, __: Edge
) -> ActivityFacts:
    """Return who asks, and the day."""
    return ActivityFacts(actor=actor, today=today)


async def file_facts(
    named: Sequence[str], known: Sequence[Attachment], actor: Actor, today: date, edge: Edge
) -> ActivityFacts:
    """Return also the files that a command names: those `known` from what it replaces, others as they were uploaded.

    What is known needs no upload any more, whoever sent it. Raises Rejected `attachment.not_uploaded`.
    """
    kept = {one.sha256: one for one in known}
    new = {one.sha256: one for one in await claimed([one for one in named if one not in kept], actor, edge)}
    return ActivityFacts(
        actor=actor,
        today=today,
        attachments=tuple(kept.get(one) or new[one] for one in dict.fromkeys(named) if one in kept or one in new),
    )


async def naming_facts(
    command: DraftCampaign | AmendCampaign | ScheduleInspection | ScheduleTraining,
    actor: Actor,
    today: date,
    edge: Edge,
) -> ActivityFacts:
    """Return the organisation of the year as well, and the task of the plan that is named."""
    match command:
        case DraftCampaign() | AmendCampaign():
            first = command.outline.starts_on
        case ScheduleInspection():
            first = command.starts_on
        case ScheduleTraining():
            first = command.held_on
    return await organisation_facts(
        command.district, (first.year,), actor, today, edge, task_number=command.task_number
    )


async def organisation_facts(
    district: str, years: Iterable[int], actor: Actor, today: date, edge: Edge, *, task_number: int | None = None
) -> ActivityFacts:
    """Return units, sets, and groups of the years, and the task of that number in the plan of the first year."""
    wanted = list(years)
    task = None
    if task_number is not None and wanted:
        found = await edge.rows.get(TaskView, "task", district, str(wanted[0]), task_number)
        if found is not None:
            task = PlannedTask(plan_id=found.plan_id, number=found.number, content=found.content)
    return ActivityFacts(
        actor=actor,
        today=today,
        units={unit.unit_id: unit for unit in await units_of(edge, district)},
        sets={one.set_id: (one.name, one.members) for one in await sets_of(edge, district)},
        groups=[group for year in wanted for group in await groups_of(edge, district, year)],
        task=task,
    )


ANSWERS: Answers = {ShowActivities: _year, ShowCityActivities: _city, ListTaskActivities: _of_task}
