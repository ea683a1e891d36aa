"""The reads of inspections and of their recommendations."""

from datetime import date, timedelta
from typing import get_args

from services.plans.commands import (
    InspectionCommand,
    IssueRecommendations,
    RecordFindings,
    RespondToRecommendation,
    ScheduleInspection,
)
from services.plans.decider import ActivityFacts
from services.plans.events import ActivityKind
from services.plans.queries.activity import (
    UNITS_SHOWN_MAX,
    file_facts,
    history_of,
    naming_facts,
    plain_facts,
)
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.calendar import days_left, days_of
from services.plans.rules import RESPONSE_TERM_MAX
from services.plans.views import (
    InspectionDetail,
    InspectionList,
    InspectionParts,
    InspectionUnitView,
    InspectionView,
    ListInspections,
    RecommendationParts,
    RecommendationView,
    ShowInspection,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import Actor

RECOMMENDATIONS_SHOWN_MAX = 5000


async def _list(question: ListInspections, actor: Actor, edge: Edge) -> InspectionList:
    """Return the inspections and recommendations of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    district, year, today = question.district, question.year, edge.clock.today()
    inspections = await edge.rows.select(
        InspectionView, "inspection", where=lambda row: [row.district == district, row.year == year]
    )
    recommendations = await edge.rows.select(
        RecommendationView,
        "recommendation",
        where=lambda row: [row.district == district, row.year == year],
        order=("due_on", "inspection_id", "number"),
        limit=RECOMMENDATIONS_SHOWN_MAX,
    )
    return InspectionList(
        inspections=tuple(sorted(inspections, key=lambda one: (one.starts_on, one.inspection_id))),
        parts=tuple(
            await edge.rows.select(
                InspectionParts, "inspection_parts", where=lambda row: [row.district == district, row.year == year]
            )
        ),
        recommendation_parts=tuple(
            await edge.rows.select(
                RecommendationParts,
                "recommendation_parts",
                where=lambda row: [row.district == district, row.year == year],
            )
        ),
        recommendations=tuple(recommendations),
        days_left=await days_left(edge, today, (one.due_on for one in recommendations)),
        today=today,
    )


async def _detail(question: ShowInspection, actor: Actor, edge: Edge) -> InspectionDetail:
    """Return one inspection. Raises Rejected `actor.not_allowed`, `inspection.not_found`."""
    require_reader(actor, edge, question.district)
    district, inspection_id, today = question.district, question.inspection_id, edge.clock.today()
    inspection = await edge.rows.get(InspectionView, "inspection", district, inspection_id)
    if inspection is None:
        raise Rejected("inspection.not_found", inspection_id=inspection_id[:80])
    units = await edge.rows.select(
        InspectionUnitView,
        "inspection_unit",
        where=lambda row: [row.district == district, row.inspection_id == inspection_id],
        limit=UNITS_SHOWN_MAX,
    )
    recommendations = await edge.rows.select(
        RecommendationView,
        "recommendation",
        where=lambda row: [row.district == district, row.inspection_id == inspection_id],
        order=("number",),
    )
    key = (district, inspection.year, inspection_id)
    return InspectionDetail(
        inspection=inspection,
        units=tuple(sorted(units, key=lambda one: sort_key(one.name))),
        parts=await edge.rows.get(InspectionParts, "inspection_parts", *key),
        recommendations=tuple(recommendations),
        recommendation_parts=await edge.rows.get(RecommendationParts, "recommendation_parts", *key),
        history=await history_of(edge, district, ActivityKind.INSPECTION, inspection_id),
        days_left=await days_left(edge, today, (one.due_on for one in recommendations)),
        today=today,
    )


async def _issue_facts(_: IssueRecommendations, actor: Actor, today: date, edge: Edge) -> ActivityFacts:
    """Return the working days of the longest term from today."""
    # Fewer than half of the days of any year are off.
    last = today + timedelta(days=2 * RESPONSE_TERM_MAX)
    return ActivityFacts(actor=actor, today=today, days=await days_of(edge, today, last))


async def _findings_facts(command: RecordFindings, actor: Actor, today: date, edge: Edge) -> ActivityFacts:
    key = (command.district, command.inspection_id, command.unit_id)
    unit = await edge.rows.get(InspectionUnitView, "inspection_unit", *key)
    return await file_facts(command.attachments, unit.attachments if unit else (), actor, today, edge)


async def _response_facts(command: RespondToRecommendation, actor: Actor, today: date, edge: Edge) -> ActivityFacts:
    key = (command.district, command.inspection_id, command.number)
    found = await edge.rows.get(RecommendationView, "recommendation", *key)
    return await file_facts(command.attachments, found.attachments if found else (), actor, today, edge)


ANSWERS: Answers = {ListInspections: _list, ShowInspection: _detail}
FACTS: Facts = {
    **dict.fromkeys(get_args(InspectionCommand), plain_facts),
    ScheduleInspection: naming_facts,
    RecordFindings: _findings_facts,
    RespondToRecommendation: _response_facts,
    IssueRecommendations: _issue_facts,
}
