"""The reads of inspections and of their recommendations."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, get_args

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
    WAITING,
    entry_of,
    file_facts,
    history_of,
    naming_facts,
    plain_facts,
)
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.calendar import days_left, days_of
from services.plans.queries.paging import ROWS_READ_MAX, fitted, listed, page_of, read_page
from services.plans.rules import RESPONSE_TERM_MAX
from services.plans.views import (
    InspectionDetail,
    InspectionList,
    InspectionParts,
    InspectionUnitLine,
    InspectionUnitList,
    InspectionUnitView,
    InspectionView,
    ListInspections,
    ListInspectionUnits,
    RecommendationFilter,
    RecommendationParts,
    RecommendationState,
    RecommendationView,
    ShowInspection,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """What a recommendation says of its inspection; columns of InspectionView."""

    inspection_id: str
    title: str


async def _list(question: ListInspections, actor: Actor, edge: Edge) -> InspectionList:
    """Return the inspections and recommendations of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    today = edge.clock.today()

    def of_year(row: Any) -> list[Any]:
        return [row.district == question.district, row.year == question.year]

    def let_through(row: Any) -> list[Any]:
        return [*of_year(row), *_let_through(row, question.only, today)]

    inspections = await read_page(
        edge.rows,
        InspectionView,
        "inspection",
        question.page,
        where=of_year,
        order=("starts_on", "inspection_id"),
    )
    recommendations = await read_page(
        edge.rows,
        RecommendationView,
        "recommendation",
        question.recommendation_page,
        where=let_through,
        order=("due_on", "inspection_id", "number"),
    )
    ids = [one.inspection_id for one in inspections.rows]
    behind = sorted({one.inspection_id for one in recommendations.rows})
    titles = await edge.rows.select(
        _Title, "inspection", where=lambda row: [row.district == question.district, row.inspection_id.in_(behind)]
    )
    return InspectionList(
        inspections=tuple(map(listed, inspections.rows)),
        parts=tuple(
            await edge.rows.select(
                InspectionParts, "inspection_parts", where=lambda row: [*of_year(row), row.inspection_id.in_(ids)]
            )
        ),
        recommendation_parts=tuple(
            await edge.rows.select(
                RecommendationParts,
                "recommendation_parts",
                where=lambda row: [*of_year(row), row.inspection_id.in_(ids)],
            )
        ),
        recommendations=tuple(map(listed, recommendations.rows)),
        days_left=await days_left(edge, today, (one.due_on for one in recommendations.rows)),
        today=today,
        titles={one.inspection_id: one.title for one in map(listed, titles)},
        found=inspections.found,
        page=inspections.page,
        pages=inspections.pages,
        recommendations_found=recommendations.found,
        recommendation_page=recommendations.page,
        recommendation_pages=recommendations.pages,
    )


def _let_through(row: Any, only: RecommendationFilter | None, today: date) -> list[Any]:
    match only:
        case None:
            return []
        case RecommendationFilter.OVERDUE:
            return [row.state.in_(WAITING), row.due_on < today]
        case RecommendationFilter.WAITING:
            return [row.state.in_(WAITING)]
        case RecommendationFilter.ANSWERED:
            return [row.state == RecommendationState.ANSWERED]
        case RecommendationFilter.ACCEPTED:
            return [row.state == RecommendationState.ACCEPTED]


async def _detail(question: ShowInspection, actor: Actor, edge: Edge) -> InspectionDetail:
    """Return one inspection.

    Raises Rejected `actor.not_allowed`, `inspection.not_found`, `inspection.unit_not_inspected`,
    `inspection.recommendation_not_found`, `activity.entry_not_found`.
    """
    inspection = await _inspection(edge, actor, question.district, question.inspection_id)
    shown = await _shell(edge, inspection)
    if question.unit_id is not None or question.number is not None or question.entry is not None:
        return await _alone(question, shown, edge)
    district, inspection_id = question.district, question.inspection_id
    lines, page, pages = page_of(await _units_by_name(edge, district, inspection_id), question.page)
    ids = [one.unit_id for one in lines]
    rows = await edge.rows.select(
        InspectionUnitView,
        "inspection_unit",
        where=lambda row: [row.district == district, row.inspection_id == inspection_id, row.unit_id.in_(ids)],
    )
    units, shortened = fitted(sorted(rows, key=lambda one: ids.index(one.unit_id)), lambda one: one.unit_id)

    def of_inspection(row: Any) -> list[Any]:
        return [row.district == district, row.inspection_id == inspection_id]

    told = await read_page(
        edge.rows,
        RecommendationView,
        "recommendation",
        question.recommendation_page,
        where=of_inspection,
        order=("number",),
    )
    recommendations, numbers = fitted(told.rows, lambda one: str(one.number))
    history = await history_of(edge, district, ActivityKind.INSPECTION, inspection_id, question.history_page)
    return replace(
        shown,
        units=units,
        recommendations=recommendations,
        history=history.entries,
        days_left=await days_left(edge, shown.today, (one.due_on for one in recommendations)),
        page=page,
        pages=pages,
        shortened=shortened,
        recommendation_page=told.page,
        recommendation_pages=told.pages,
        shortened_numbers=tuple(map(int, numbers)),
        history_page=history.page,
        history_pages=history.pages,
        shortened_entries=history.shortened,
    )


async def _alone(question: ShowInspection, shown: InspectionDetail, edge: Edge) -> InspectionDetail:
    """Return the inspection with the one unit, recommendation or entry of the history that is asked for."""
    key = (question.district, question.inspection_id)
    if question.unit_id is not None:
        unit = await edge.rows.get(InspectionUnitView, "inspection_unit", *key, question.unit_id)
        if unit is None:
            raise Rejected("inspection.unit_not_inspected", unit_id=question.unit_id[:80])
        return replace(shown, units=(unit,))
    if question.entry is not None:
        entry = await entry_of(edge, question.district, ActivityKind.INSPECTION, question.inspection_id, question.entry)
        return replace(shown, history=(entry,))
    assert question.number is not None
    found = await edge.rows.get(RecommendationView, "recommendation", *key, question.number)
    if found is None:
        raise Rejected("inspection.recommendation_not_found", number=question.number)
    left = await days_left(edge, shown.today, (found.due_on,))
    return replace(shown, recommendations=(found,), days_left=left)


async def whole_inspection(edge: Edge, actor: Actor, district: str, inspection_id: str) -> InspectionDetail:
    """Return the inspection with all its units and recommendations, for its report; it fits into no answer.

    Raises Rejected `actor.not_allowed`, `inspection.not_found`.
    """
    shown = await _shell(edge, await _inspection(edge, actor, district, inspection_id))

    def of_inspection(row: Any) -> list[Any]:
        return [row.district == district, row.inspection_id == inspection_id]

    units = await edge.rows.select(InspectionUnitView, "inspection_unit", where=of_inspection, limit=ROWS_READ_MAX)
    recommendations = await edge.rows.select(
        RecommendationView, "recommendation", where=of_inspection, order=("number",), limit=ROWS_READ_MAX
    )
    return replace(
        shown,
        units=tuple(sorted(units, key=lambda one: sort_key(one.name))),
        recommendations=tuple(recommendations),
    )


async def _shell(edge: Edge, inspection: InspectionView) -> InspectionDetail:
    """Return the inspection and what it counts, without units, recommendations and history."""
    district, inspection_id, today = inspection.district, inspection.inspection_id, edge.clock.today()
    key = (district, inspection.year, inspection_id)
    return InspectionDetail(
        inspection=inspection,
        units=(),
        parts=await edge.rows.get(InspectionParts, "inspection_parts", *key),
        recommendations=(),
        recommendation_parts=await edge.rows.get(RecommendationParts, "recommendation_parts", *key),
        history=(),
        days_left={},
        today=today,
        overdue=await edge.rows.count(
            "recommendation",
            where=lambda row: [
                row.district == district,
                row.inspection_id == inspection_id,
                *_let_through(row, RecommendationFilter.OVERDUE, today),
            ],
        ),
    )


async def _inspection(edge: Edge, actor: Actor, district: str, inspection_id: str) -> InspectionView:
    require_reader(actor, edge, district)
    inspection = await edge.rows.get(InspectionView, "inspection", district, inspection_id)
    if inspection is None:
        raise Rejected("inspection.not_found", inspection_id=inspection_id[:80])
    return inspection


async def _units(question: ListInspectionUnits, actor: Actor, edge: Edge) -> InspectionUnitList:
    """Return the units inspected. Raises Rejected `actor.not_allowed`, `inspection.not_found`."""
    await _inspection(edge, actor, question.district, question.inspection_id)
    return InspectionUnitList(units=tuple(await _units_by_name(edge, question.district, question.inspection_id)))


async def _units_by_name(edge: Edge, district: str, inspection_id: str) -> list[InspectionUnitLine]:
    lines = await edge.rows.select(
        InspectionUnitLine,
        "inspection_unit",
        where=lambda row: [row.district == district, row.inspection_id == inspection_id],
        limit=ROWS_READ_MAX,
    )
    return sorted(lines, key=lambda one: sort_key(one.name))


# --- facts ---------------------------------------------------------------------------------------


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


ANSWERS: Answers = {ListInspections: _list, ShowInspection: _detail, ListInspectionUnits: _units}
FACTS: Facts = {
    **dict.fromkeys(get_args(InspectionCommand), plain_facts),
    ScheduleInspection: naming_facts,
    RecordFindings: _findings_facts,
    RespondToRecommendation: _response_facts,
    IssueRecommendations: _issue_facts,
}
