"""What the reads of campaigns, inspections and trainings share: history, year, and the facts of commands."""

from collections.abc import Iterable, Sequence
from datetime import date

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
from services.plans.events import ActivityKind, PlannedTask
from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.organisation import groups_of, sets_of, units_of
from services.plans.queries.plan import claimed
from services.plans.views import (
    ActivityEntry,
    ActivityTotals,
    ActivityYear,
    CampaignYear,
    InspectionYear,
    RecommendationState,
    RecommendationYear,
    ShowActivities,
    TaskView,
    TrainingYear,
)
from shared.process import Edge
from shared.types import Actor, Attachment

WAITING = (RecommendationState.OPEN, RecommendationState.REJECTED)  # for the unit
UNITS_SHOWN_MAX = 2000


async def history_of(edge: Edge, district: str, kind: ActivityKind, activity_id: str) -> tuple[ActivityEntry, ...]:
    """Return the history of a campaign, an inspection or a training, oldest first; of a long one its end."""
    newest = await edge.rows.select(
        ActivityEntry,
        "activity_history",
        where=lambda row: [row.district == district, row.kind == kind, row.activity_id == activity_id],
        order=("seq",),
        descending=True,
        limit=UNITS_SHOWN_MAX,
    )
    return tuple(reversed(newest))


async def _year(question: ShowActivities, actor: Actor, edge: Edge) -> ActivityYear:
    """Return the sums of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    district, year, today = question.district, question.year, edge.clock.today()
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


ANSWERS: Answers = {ShowActivities: _year}
