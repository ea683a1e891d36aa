"""The reads of scoring on a real database: what is shown, and to whom."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.plans.events import EVENTS as PLANS_EVENTS
from services.plans.events import Group, GroupFormed, Unit, UnitEstablished
from services.scoring.decider import CRITERIA, SHEET
from services.scoring.events import EVENTS
from services.scoring.projections import SCORING, UNITS
from services.scoring.queries import answer
from services.scoring.views import (
    CriteriaList,
    DistrictRankings,
    ListSheets,
    Ranking,
    ScoreTotals,
    SheetDetail,
    SheetList,
    SheetState,
    ShowCityRanking,
    ShowCriteria,
    ShowDistrictRankings,
    ShowRanking,
    ShowScoreTotals,
    ShowSheet,
)
from shared.clock import clock_at
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel import Database, Rows
from shared.readmodel.batch import fold_batch
from shared.settings import Settings
from shared.types import CITY, Actor, Checkpoint, Role
from tests.scoring.a_sheet import (
    AT,
    CHAIR,
    CITY_BOARD,
    CITY_GROUP,
    GROUP,
    HOME_AFFAIRS,
    OTHER_HOME_AFFAIRS,
    OTHER_WARD,
    POLICY,
    STRANGER,
    WARD,
    actor,
    award,
    criteria_facts,
    criteria_view,
    facts,
    lines,
    post,
    publish,
    submit,
    unit,
)
from tests.scoring.recorded import recorded
from tests.support.postgres import settings_in

BLOCK = Group(
    district="cai-rang",
    group_id="khoi-nha-nuoc",
    year=2020,
    name="Khối thi đua các đơn vị nhà nước",
    kind=GROUP.kind,
    members=("phong-noi-vu",),
)
OFFICE = actor(Role.UNIT_HEAD, "phong-noi-vu")


def organisation() -> list[Any]:
    """Return the events that establish the units and groups."""
    events: list[Any] = []
    for group in (GROUP, BLOCK, CITY_GROUP):
        events += [_established(unit(unit_id, group.district)) for unit_id in group.members]
        events.append(
            GroupFormed(
                district=group.district,
                group_id=group.group_id,
                year=group.year,
                name=group.name,
                kind=group.kind,
                members=group.members,
                by="x",
                at=AT,
            )
        )
    return events


def _established(one: Unit) -> UnitEstablished:
    return UnitEstablished(
        district=one.district,
        unit_id=one.unit_id,
        code=None,
        name=one.name,
        short_name=one.short_name,
        kind=one.kind,
        aliases=(),
        valid_from=one.valid_from,
        valid_to=None,
        by="x",
        at=AT,
    )


def scored() -> list[Any]:
    """Return a year: two wards posted, one with a task's point; the third self-scored; two districts posted."""
    history: list[Any] = [*CRITERIA.decide(publish(), CRITERIA.initial, criteria_facts())]
    city = publish(district=CITY, set_id="cum-5-quan", group_ids=("cum-5-quan",))
    history += CRITERIA.decide(city, CRITERIA.initial, criteria_facts(CITY_BOARD, groups={"cum-5-quan": "Cụm 5 quận"}))
    history += _sheet("phuong-le-binh", (award(), POLICY), (submit(), WARD), (post(), HOME_AFFAIRS))
    history += _sheet("phuong-ba-lang", (post(lines=lines("60")), HOME_AFFAIRS))
    third = actor(Role.WARD_CHAIR, "phuong-hung-phu")
    history += _sheet("phuong-hung-phu", (submit(unit_id="phuong-hung-phu"), third))
    for unit_id, first in (("quan-cai-rang", "50"), ("quan-o-mon", "40")):
        known = facts(
            CITY_BOARD,
            unit=unit(unit_id, CITY),
            group=CITY_GROUP,
            criteria=criteria_view(criteria_id="2020-cum-5-quan"),
        )
        history += SHEET.decide(post(district=CITY, unit_id=unit_id, lines=lines(first)), SHEET.initial, known)
    return history


def _sheet(unit_id: str, *steps: tuple[Any, Actor]) -> Sequence[Any]:
    state, history = SHEET.initial, []
    for command, who in steps:
        for event in SHEET.decide(replace(command, unit_id=unit_id), state, facts(who, unit=unit(unit_id))):
            state = SHEET.evolve(state, event)
            history.append(event)
    return history


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    database = Database(settings_in(tmp_path).sql_url("scoring"), "scoring")
    await database.open()
    for model, events, codec in ((SCORING, scored(), EVENTS), (UNITS, organisation(), PLANS_EVENTS)):
        await database.register(model)

        async def fetch(table: Any, keys: Any, model: Any = model) -> Any:
            return await database.fetch(model, database.generation(model), table, keys)

        changes = await fold_batch(model, recorded(events, codec), set(), fetch)
        assert changes.poisoned == []
        checkpoint = Checkpoint(epoch="e", seq=len(events), event_id="x")
        await database.apply(model, database.generation(model), changes, None, checkpoint)
    yield Edge(rows=Rows(database, (SCORING, UNITS)), clock=clock_at(date(2020, 2, 6)), settings=Settings())
    await database.close()


async def refused(question: Any, who: Actor, edge: Edge) -> bool:
    """Return whether the question is refused for want of rights."""
    try:
        await answer(question, who, edge)
    except Rejected as refusal:
        assert refusal.code == "actor.not_allowed"
        return True
    return False


def show(unit_id: str = "phuong-le-binh", district: str = "cai-rang") -> ShowSheet:
    return ShowSheet(district=district, unit_id=unit_id, year=2020)


async def test_a_sheet_shows_its_history_and_the_sources_of_its_automatic_points(edge: Edge) -> None:
    found = await answer(show(), WARD, edge)
    assert isinstance(found, SheetDetail)
    assert found.sheet is not None
    assert found.sheet.state is SheetState.POSTED
    assert [one.source.event_id for one in found.sheet.task_points] == ["event-10"]
    assert (found.automatic_points, found.is_outdated) == (Decimal(2), False)
    assert [one.type for one in found.history] == ["TaskPointAwarded", "SelfScoreSubmitted", "ScorePosted"]
    assert (found.may_self_score, found.may_post) == (False, False)
    assert found.criteria is not None
    assert found.criteria.is_frozen


async def test_a_unit_without_any_score_sees_what_it_is_scored_by(edge: Edge) -> None:
    found = await answer(show("phong-noi-vu"), OFFICE, edge)
    assert isinstance(found, SheetDetail)
    assert (found.sheet, found.criteria, found.group_id) == (None, None, "khoi-nha-nuoc")
    assert found.may_self_score


async def test_a_unit_reads_its_own_sheet_only_and_home_affairs_all_of_its_district(edge: Edge) -> None:
    assert await refused(show(), OTHER_WARD, edge)
    assert await refused(show(), STRANGER, edge)
    assert await refused(show(), OTHER_HOME_AFFAIRS, edge)
    for who in (WARD, HOME_AFFAIRS, CHAIR, CITY_BOARD):
        assert not await refused(show(), who, edge)


async def test_a_district_reads_its_own_sheet_of_the_citys_cluster_only(edge: Edge) -> None:
    own = show("quan-cai-rang", CITY)
    for who in (HOME_AFFAIRS, CHAIR, CITY_BOARD):
        assert not await refused(own, who, edge)
    for who in (OTHER_HOME_AFFAIRS, WARD, STRANGER):
        assert await refused(own, who, edge)


async def test_home_affairs_lists_all_members_a_unit_itself(edge: Edge) -> None:
    everything = await answer(ListSheets(district="cai-rang", year=2020), HOME_AFFAIRS, edge)
    assert isinstance(everything, SheetList)
    assert [(one.unit_id, one.state) for one in everything.sheets] == [
        ("phuong-ba-lang", SheetState.POSTED),
        ("phuong-hung-phu", SheetState.SELF_SCORED),
        ("phuong-le-binh", SheetState.POSTED),
        ("phong-noi-vu", SheetState.OPEN),
    ]
    block = await answer(ListSheets(district="cai-rang", year=2020, group_id="khoi-nha-nuoc"), HOME_AFFAIRS, edge)
    assert isinstance(block, SheetList)
    assert [one.unit_id for one in block.sheets] == ["phong-noi-vu"]
    own = await answer(ListSheets(district="cai-rang", year=2020), WARD, edge)
    assert isinstance(own, SheetList)
    assert [one.unit_id for one in own.sheets] == ["phuong-le-binh"]
    assert await refused(ListSheets(district="cai-rang", year=2020), STRANGER, edge)


async def test_a_member_sees_ranks_and_totals_of_its_group_home_affairs_also_why(edge: Edge) -> None:
    question = ShowRanking(district="cai-rang", group_id="cum-cac-phuong", year=2020)
    seen = await answer(question, WARD, edge)
    assert isinstance(seen, Ranking)
    assert [(one.rank, one.unit_id, str(one.total)) for one in seen.units] == [
        (1, "phuong-ba-lang", "93.50"),
        (2, "phuong-le-binh", "90.50"),
    ]
    assert all((one.sections, one.bonus, one.penalty) == ((), None, None) for one in seen.units)
    assert seen.members == 3
    explained = await answer(question, HOME_AFFAIRS, edge)
    assert isinstance(explained, Ranking)
    assert [one.section for one in explained.units[0].sections] == ["I", "III"]
    for who in (OFFICE, STRANGER, OTHER_HOME_AFFAIRS):
        assert await refused(question, who, edge)


async def test_the_rankings_of_a_district_are_those_of_the_groups_one_may_see(edge: Edge) -> None:
    question = ShowDistrictRankings(district="cai-rang", year=2020)
    for who, groups in ((HOME_AFFAIRS, ["cum-cac-phuong", "khoi-nha-nuoc"]), (OFFICE, ["khoi-nha-nuoc"])):
        found = await answer(question, who, edge)
        assert isinstance(found, DistrictRankings)
        assert [one.group_id for one in found.rankings] == groups
    assert await refused(question, STRANGER, edge)


async def test_every_district_sees_the_ranking_of_the_five_the_units_do_not(edge: Edge) -> None:
    for who in (HOME_AFFAIRS, OTHER_HOME_AFFAIRS, CHAIR):
        found = await answer(ShowCityRanking(year=2020), who, edge)
        assert isinstance(found, Ranking)
        assert [(one.rank, one.unit_id) for one in found.units] == [(1, "quan-cai-rang"), (2, "quan-o-mon")]
        assert all(one.sections == () for one in found.units)
    board = await answer(ShowCityRanking(year=2020), CITY_BOARD, edge)
    assert isinstance(board, Ranking)
    assert board.units[0].sections
    assert await refused(ShowCityRanking(year=2020), WARD, edge)


async def test_a_council_of_the_city_does_not_see_the_sheets_of_a_district(edge: Edge) -> None:
    assert await refused(show(), actor(Role.COUNCIL_CHAIR, district=CITY), edge)


async def test_counts_of_each_level_agree_and_are_shown_by_level(edge: Edge) -> None:
    city = await answer(ShowScoreTotals(year=2020), CITY_BOARD, edge)
    assert isinstance(city, ScoreTotals)
    assert [(one.district, one.sheets, one.self_scored, one.posted) for one in city.districts] == [
        ("cai-rang", 3, 2, 2),
        (CITY, 2, 0, 2),
    ]
    assert city.city is not None
    assert (city.city.sheets, city.city.self_scored, city.city.posted) == (5, 2, 4)
    own = await answer(ShowScoreTotals(year=2020), HOME_AFFAIRS, edge)
    assert isinstance(own, ScoreTotals)
    assert {one.district for one in own.districts} | {one.district for one in own.groups} == {"cai-rang"}
    assert own.city is None
    assert await refused(ShowScoreTotals(year=2020), WARD, edge)
    assert await refused(ShowScoreTotals(year=2020, district="o-mon"), HOME_AFFAIRS, edge)


async def test_criteria_are_read_within_the_district_and_the_citys_by_all(edge: Edge) -> None:
    found = await answer(ShowCriteria(district="cai-rang", year=2020), WARD, edge)
    assert isinstance(found, CriteriaList)
    assert [one.criteria_id for one in found.criteria] == ["2020-khoi-cum"]
    assert not await refused(ShowCriteria(district=CITY, year=2020), WARD, edge)
    assert await refused(ShowCriteria(district="cai-rang", year=2020), STRANGER, edge)
