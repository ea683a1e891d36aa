"""The reads of scoring, each within the asker's scope."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import assert_never

from services.plans.events import Group, Unit
from services.scoring.rules import (
    CITY_GROUP,
    automatic_criterion,
    automatic_points,
    may_publish,
    may_self_score,
    own_units,
    ranked,
    sees_all,
    standing,
)
from services.scoring.views import (
    CityTotals,
    CriteriaList,
    CriteriaView,
    DistrictRankings,
    DistrictTotals,
    GroupTotals,
    ListSheets,
    RankedUnit,
    Ranking,
    ScoreTotals,
    ScoringAnswer,
    ScoringQuestion,
    SheetDetail,
    SheetHistory,
    SheetList,
    SheetState,
    SheetSummary,
    SheetView,
    ShowCityRanking,
    ShowCriteria,
    ShowDistrictRankings,
    ShowRanking,
    ShowScoreTotals,
    ShowSheet,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, DISTRICTS, Actor


async def answer(question: ScoringQuestion, actor: Actor, edge: Edge) -> ScoringAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `<thing>.not_found`."""
    match question:
        case ShowCriteria():
            # The sheets by which the city scores its districts are known to all of them.
            if question.district != CITY and not actor.reads(question.district, on=edge.clock.today()):
                raise _not_allowed(question.district)
            return CriteriaList(criteria=tuple(await criteria_of(edge, question.district, question.year)))
        case ShowSheet():
            return await _sheet(question, actor, edge)
        case ListSheets():
            return await _sheets(question, actor, edge)
        case ShowRanking():
            return await _ranking_of(question.district, question.group_id, question.year, actor, edge)
        case ShowDistrictRankings():
            return await _district(question, actor, edge)
        case ShowCityRanking():
            return await _ranking_of(CITY, CITY_GROUP, question.year, actor, edge)
        case ShowScoreTotals():
            return await _totals(question, actor, edge)
        case _:
            assert_never(question)


def _not_allowed(district: str) -> Rejected:
    return Rejected("actor.not_allowed", action="read", district=district[:40])


# --- what the decisions read too ---------------------------------------------------------------


async def criteria_of(edge: Edge, district: str, year: int) -> list[CriteriaView]:
    """Return the published criteria of the owner's year."""
    return await edge.rows.select(
        CriteriaView, "criteria", where=lambda one: [one.district == district, one.year == year]
    )


async def groups_of(edge: Edge, district: str, year: int) -> list[Group]:
    """Return the owner's groups of the year."""
    return await edge.rows.select(
        Group, "unit_group", where=lambda group: [group.district == district, group.year == year]
    )


async def placed(
    edge: Edge, district: str, unit_id: str, year: int
) -> tuple[Unit | None, Group | None, CriteriaView | None]:
    """Return the unit, its one group of the year, and the criteria for that group."""
    unit = await edge.rows.get(Unit, "unit", district, unit_id)
    group = next((one for one in await groups_of(edge, district, year) if unit_id in one.members), None)
    criteria = by_group(await criteria_of(edge, district, year))
    return unit, group, criteria.get(group.group_id) if group else None


def by_group(criteria: Sequence[CriteriaView]) -> Mapping[str, CriteriaView]:
    """Return the criteria by the groups they are for."""
    return {group.group_id: one for one in criteria for group in one.groups}


# --- sheets ------------------------------------------------------------------------------------


async def _sheet(question: ShowSheet, actor: Actor, edge: Edge) -> SheetDetail:
    district, unit_id, year, today = question.district, question.unit_id, question.year, edge.clock.today()
    if not sees_all(actor, district, on=today) and unit_id not in own_units(actor, district, on=today):
        raise _not_allowed(district)
    unit, group, criteria = await placed(edge, district, unit_id, year)
    sheet = await edge.rows.get(SheetView, "sheet", district, unit_id, year)
    if unit is None and sheet is None:
        raise Rejected("unit.not_found", unit_id=unit_id[:80])
    if sheet is not None and sheet.criteria_id is not None:
        # A scored sheet stays with what it was scored by, whatever group the unit joined since.
        criteria = await edge.rows.get(CriteriaView, "criteria", district, sheet.criteria_id)
    automatic = _automatic(sheet, criteria)
    history = await edge.rows.select(
        SheetHistory,
        "sheet_history",
        where=lambda one: [one.district == district, one.unit_id == unit_id, one.year == year],
        order=("seq",),
    )
    return SheetDetail(
        district=district,
        unit_id=unit_id,
        year=year,
        unit_name=unit.name if unit else sheet.unit_name if sheet else unit_id,
        group_id=(sheet and sheet.group_id) or (group.group_id if group else None),
        group_name=(sheet and sheet.group_name) or (group.name if group else None),
        sheet=sheet,
        criteria=criteria,
        automatic_points=automatic,
        is_outdated=_is_outdated(sheet, automatic),
        may_self_score=may_self_score(actor, district, unit_id, on=today) and (sheet is None or sheet.score is None),
        may_post=may_publish(actor, district, on=today),
        history=tuple(history),
    )


def _automatic(sheet: SheetView | None, criteria: CriteriaView | None) -> Decimal:
    if sheet is None or criteria is None:
        return Decimal("0.00")
    return automatic_points(automatic_criterion(criteria.sections), sheet.task_points)


def _is_outdated(sheet: SheetView | None, automatic: Decimal) -> bool:
    posted = [line for line in sheet.score.lines if line.is_automatic] if sheet and sheet.score else []
    return any(line.points != automatic for line in posted)


async def _sheets(question: ListSheets, actor: Actor, edge: Edge) -> SheetList:
    district, year, today = question.district, question.year, edge.clock.today()
    everything = sees_all(actor, district, on=today)
    own = own_units(actor, district, on=today)
    if not everything and not own:
        raise _not_allowed(district)
    rows = await edge.rows.select(SheetView, "sheet", where=lambda one: [one.district == district, one.year == year])
    criteria = by_group(await criteria_of(edge, district, year))
    summaries = {row.unit_id: _summary(row, criteria) for row in rows}
    units = await edge.rows.select(Unit, "unit", where=lambda unit: [unit.district == district])
    names = {unit.unit_id: unit.name for unit in units}
    for group in await groups_of(edge, district, year):
        for unit_id in group.members:
            if unit_id not in summaries:
                summaries[unit_id] = _waiting(group, unit_id, names.get(unit_id, unit_id))
    shown = [
        one
        for one in summaries.values()
        if (everything or one.unit_id in own) and question.group_id in (None, one.group_id)
    ]
    return SheetList(sheets=tuple(sorted(shown, key=lambda one: (one.group_id or "~", one.unit_id))))


def _summary(row: SheetView, criteria: Mapping[str, CriteriaView]) -> SheetSummary:
    return SheetSummary(
        district=row.district,
        unit_id=row.unit_id,
        year=row.year,
        unit_name=row.unit_name,
        group_id=row.group_id,
        group_name=row.group_name,
        state=row.state,
        self_total=row.self_total,
        automatic_points=_automatic(row, criteria.get(row.group_id or "")),
        total=row.score.total if row.score else None,
        is_knocked_out=row.score is not None and row.score.knocked_out_reason is not None,
        seq=row.seq,
    )


def _waiting(group: Group, unit_id: str, name: str) -> SheetSummary:
    return SheetSummary(
        district=group.district,
        unit_id=unit_id,
        year=group.year,
        unit_name=name,
        group_id=group.group_id,
        group_name=group.name,
        state=SheetState.OPEN,
        self_total=None,
        automatic_points=Decimal("0.00"),
        total=None,
        is_knocked_out=False,
        seq=0,
    )


# --- rankings ----------------------------------------------------------------------------------


async def _ranking_of(district: str, group_id: str, year: int, actor: Actor, edge: Edge) -> Ranking:
    group = await edge.rows.get(Group, "unit_group", district, group_id, year)
    if group is None or not _sees_ranking(group, actor, edge):
        # Whether there is such a group is no secret, but neither is it worth a second answer.
        raise _not_allowed(district)
    return await _ranking(group, actor, edge)


async def _district(question: ShowDistrictRankings, actor: Actor, edge: Edge) -> DistrictRankings:
    groups = await groups_of(edge, question.district, question.year)
    seen = [group for group in groups if _sees_ranking(group, actor, edge)]
    if not seen and not actor.reads(question.district, on=edge.clock.today()):
        raise _not_allowed(question.district)
    return DistrictRankings(
        district=question.district,
        year=question.year,
        rankings=tuple([await _ranking(group, actor, edge) for group in seen]),
    )


def _sees_ranking(group: Group, actor: Actor, edge: Edge) -> bool:
    today = edge.clock.today()
    return sees_all(actor, group.district, on=today) or bool(
        own_units(actor, group.district, on=today).intersection(group.members)
    )


async def _ranking(group: Group, actor: Actor, edge: Edge) -> Ranking:
    rows = await edge.rows.select(
        SheetView,
        "sheet",
        where=lambda one: [
            one.district == group.district,
            one.year == group.year,
            one.group_id == group.group_id,
        ],
    )
    scores = {row.unit_id: (row.unit_name, row.score) for row in rows if row.score is not None}
    explained = sees_all(actor, group.district, on=edge.clock.today())
    units = []
    for rank, one in ranked(standing(unit_id, score) for unit_id, (_, score) in scores.items()):
        name, score = scores[one.unit_id]
        units.append(
            RankedUnit(
                rank=rank,
                unit_id=one.unit_id,
                unit_name=name,
                total=one.total,
                sections=score.sections if explained else (),
                bonus=score.bonus if explained else None,
                penalty=score.penalty if explained else None,
            )
        )
    return Ranking(
        district=group.district,
        group_id=group.group_id,
        group_name=group.name,
        year=group.year,
        members=len(group.members),
        units=tuple(units),
    )


# --- counts ------------------------------------------------------------------------------------


async def _totals(question: ShowScoreTotals, actor: Actor, edge: Edge) -> ScoreTotals:
    year, today = question.year, edge.clock.today()
    owners = [
        owner for owner in (*DISTRICTS, CITY) if sees_all(actor, owner, on=today) and question.district in (None, owner)
    ]
    if not owners:
        raise _not_allowed(question.district or CITY)
    groups = await edge.rows.select(
        GroupTotals, "group_totals", where=lambda row: [row.year == year, row.district.in_(owners)]
    )
    districts = await edge.rows.select(
        DistrictTotals, "district_totals", where=lambda row: [row.year == year, row.district.in_(owners)]
    )
    city = await edge.rows.get(CityTotals, "city_totals", year) if actor.reads_city(on=today) else None
    return ScoreTotals(year=year, groups=tuple(groups), districts=tuple(districts), city=city)
