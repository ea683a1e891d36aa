"""What is asked of campaigns, inspections, trainings and plans fits into an answer, however much there legally is.

The rows are what the deciders let through at their limits, in letters that take three bytes each.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from services.plans.commands import NewRecommendation
from services.plans.decider import CAMPAIGN, INSPECTION, TRAINING
from services.plans.events import (
    EVENTS,
    ActivityKind,
    DraftTask,
    Figure,
    NamedUnit,
    PlannedTask,
    PlanText,
    Signer,
    TeamMember,
    UnitAttendance,
)
from services.plans.projections import PLANS
from services.plans.queries import answer
from services.plans.rules import (
    LINE_MAX,
    LINES_MAX,
    RECOMMENDATIONS_MAX,
    RESPONSE_TERM_MAX,
    TASKS_MAX,
    TEXT_MAX,
    UNITS_MAX,
)
from services.plans.views import (
    HISTORY_A_PAGE,
    ROWS_A_PAGE,
    ActivityEntry,
    AmendmentView,
    CampaignDetail,
    CampaignList,
    CampaignUnitFilter,
    CampaignUnitList,
    CampaignUnitView,
    CityActivities,
    InspectionDetail,
    InspectionList,
    InspectionUnitList,
    InspectionUnitView,
    ListCampaigns,
    ListCampaignUnits,
    ListInspections,
    ListInspectionUnits,
    ListPlans,
    ListTaskActivities,
    ListTrainings,
    PlanList,
    PlansQuestion,
    RecommendationFilter,
    RecommendationView,
    ShowActivities,
    ShowCampaign,
    ShowCityActivities,
    ShowInspection,
    ShowTraining,
    TaskActivities,
    TrainingDetail,
    TrainingList,
)
from shared.bus import ANSWER_MAX
from shared.codec import to_json
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel.tables import Key, Table
from shared.topology import MESSAGE_BYTES_MAX
from shared.types import DISTRICTS, Actor, Attachment, Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, WARD, actor
from tests.plans.a_registration import recorded
from tests.plans.an_activity import (
    AT,
    CAMPAIGN_KEY,
    INSPECTION_KEY,
    OUTLINE,
    TODAY,
    TRAINING_KEY,
    WARD_ID,
    came,
    close,
    conclude,
    draft,
    facts,
    found,
    history,
    inspect,
    join,
    launch,
    recommend,
    report,
    respond,
    train,
)
from tests.plans.test_past_rules import PLAN
from tests.plans.test_queries import edge

YEAR: dict[str, Any] = {"district": "cai-rang", "year": 2020}
ONE_CAMPAIGN = {key: CAMPAIGN_KEY[key] for key in ("district", "campaign_id")}
ONE_INSPECTION = {key: INSPECTION_KEY[key] for key in ("district", "inspection_id")}
ONE_TRAINING = {key: TRAINING_KEY[key] for key in ("district", "training_id")}
MANY = 150  # campaigns, inspections or trainings of a year
CITY = actor(Role.CITY_CHAIR, district="can-tho")
FILES = tuple(
    Attachment(sha256=f"{number:064d}", name="ế" * 200, size=9, media_type="application/pdf") for number in range(5)
)


def words(length: int, begin: object = "") -> str:
    """Return a text of that many letters, which begins so."""
    return f"{begin}".ljust(length, "ế")


def lines(count: int = LINES_MAX) -> tuple[str, ...]:
    """Return as many items of a list as there may be, each as long as one may be."""
    return tuple(words(LINE_MAX, number) for number in range(count))


def figures(count: int = LINES_MAX) -> tuple[Figure, ...]:
    """Return the same of figures."""
    return tuple(Figure(name=one, value=Decimal("1.5"), measure=words(LINE_MAX)) for one in lines(count))


def rows_of(table: str, events: Iterable[object]) -> dict[Key, Any]:
    """Return the rows of the table after the events, each of which the log can hold."""
    (spec,) = [one for one in PLANS.tables if isinstance(one, Table) and one.name == table]
    rows: dict[Key, Any] = {}
    for seq, event in enumerate(events, 1):
        assert len(EVENTS.encode(event)) < MESSAGE_BYTES_MAX, "it would not be stored"  # type: ignore[arg-type]
        happened: Any = recorded(event, seq)
        for key in spec.keys(happened):
            rows[key] = spec.fold(rows.get(key), happened, key)
    return rows


def many(row: Any, field: str, count: int, **changes: Any) -> list[Any]:
    """Return so many rows like it, under ids of their own; their texts are the same and take no room of their own."""
    return [replace(row, **{field: f"{row_id}", **changes}) for row_id in range(count)]


NOTHING: dict[str, Any] = {
    "joined_at": None, "reported_at": None, "targets": (), "figures": (), "text": "", "note": "", "collectives": (),
    "attachments": (),
}  # fmt: skip
SIGNER = Signer(name=words(LINE_MAX), post=words(LINE_MAX))
CAMPAIGN_EVENTS = history(
    CAMPAIGN,
    (draft(outline=replace(OUTLINE, title=words(LINE_MAX), occasions=lines(), themes=lines())), facts()),
    (launch(signer=SIGNER), facts(CHAIR)),
    (join(targets=figures(), note=words(TEXT_MAX)), facts()),
    (
        report(text=words(TEXT_MAX), figures=figures(), collectives=lines(), individuals=9),
        facts(attachments=FILES),
    ),
    (close(summary=words(TEXT_MAX)), facts()),
)
INSPECTION_EVENTS = history(
    INSPECTION,
    (
        inspect(
            title=words(LINE_MAX),
            contents=lines(),
            team=tuple(TeamMember(name=one, post=words(LINE_MAX)) for one in lines()),
        ),
        facts(),
    ),
    (
        found(
            contents=lines(),
            findings=words(TEXT_MAX),
            strengths=words(TEXT_MAX),
            shortcomings=words(TEXT_MAX),
        ),
        facts(attachments=FILES),
    ),
    (
        recommend(NewRecommendation(unit_id=WARD_ID, text=words(TEXT_MAX), working_days=RESPONSE_TERM_MAX)),
        facts(),
    ),
    (respond(text=words(TEXT_MAX), evidence=words(TEXT_MAX)), facts(attachments=FILES)),
    (conclude(summary=words(TEXT_MAX), signer=SIGNER), facts()),
)
TRAINING_EVENTS = history(
    TRAINING,
    (train(title=words(LINE_MAX), contents=lines(), place=words(LINE_MAX), lecturer=words(LINE_MAX)), facts()),
    (came(UnitAttendance(unit_id=WARD_ID, invited=100_000, attended=100_000, posts=lines())), facts()),
)


@cache
def campaigns() -> Edge:
    """Return a year of campaigns, one of them with as many units as a district may have and a long history."""
    (campaign,) = rows_of("campaign", CAMPAIGN_EVENTS).values()
    unit = rows_of("campaign_unit", CAMPAIGN_EVENTS)["cai-rang", CAMPAIGN_KEY["campaign_id"], WARD_ID]
    units = [replace(unit, unit_id=f"u{number}", name=f"Đơn vị {number:04d}") for number in range(UNITS_MAX)]
    entries = [*rows_of("activity_history", CAMPAIGN_EVENTS).values()]
    units[7] = replace(unit, unit_id="u7", name="Đơn vị 0007", **NOTHING)
    return edge(
        campaign=[campaign, *many(campaign, "campaign_id", MANY)],
        campaign_unit=units,
        activity_history=[replace(entries[seq % len(entries)], seq=seq) for seq in range(3000)],
    )


@cache
def inspections() -> Edge:
    """Return a year of inspections, one of them with all units, recommendations and days off there may be."""
    (inspection,) = rows_of("inspection", INSPECTION_EVENTS).values()
    unit = rows_of("inspection_unit", INSPECTION_EVENTS)["cai-rang", INSPECTION_KEY["inspection_id"], WARD_ID]
    ((_, told),) = rows_of("recommendation", INSPECTION_EVENTS).items()
    entries = [*rows_of("activity_history", INSPECTION_EVENTS).values()]
    return edge(
        inspection=[inspection, *many(inspection, "inspection_id", MANY)],
        inspection_unit=[
            replace(unit, unit_id=f"u{number}", name=f"Đơn vị {number:04d}") for number in range(UNITS_MAX)
        ],
        recommendation=[
            replace(told, number=number, reason=words(TEXT_MAX)) for number in range(1, RECOMMENDATIONS_MAX + 1)
        ],
        activity_history=[replace(entries[seq % len(entries)], seq=seq) for seq in range(3000)],
    )


@cache
def trainings() -> Edge:
    """Return a year of trainings, one of them with all units."""
    (training,) = rows_of("training", TRAINING_EVENTS).values()
    unit = rows_of("training_unit", TRAINING_EVENTS)["cai-rang", TRAINING_KEY["training_id"], WARD_ID]
    entries = [*rows_of("activity_history", TRAINING_EVENTS).values()]
    return edge(
        training=[training, *many(training, "training_id", MANY)],
        training_unit=[replace(unit, unit_id=f"u{number}", name=f"Đơn vị {number:04d}") for number in range(UNITS_MAX)],
        activity_history=[replace(entries[seq % len(entries)], seq=seq) for seq in range(3000)],
    )


@cache
def plans() -> Edge:
    """Return the plans of all districts and many years, each with as many rows as a plan has."""
    units = tuple(NamedUnit(unit_id=f"don-vi-{number}", name=words(60)) for number in range(2))
    rows = tuple(DraftTask(number=number, quarter=1, content=words(100), leads=units) for number in range(TASKS_MAX))
    text = PlanText(title=words(LINE_MAX), issuer=words(LINE_MAX), bases=lines(), purposes=lines(), solutions=lines())
    amendment = AmendmentView(
        version=2, reason=words(TEXT_MAX), number=None, added=rows, changed=rows, removed=(), by="x", at=AT,
        return_reason=words(TEXT_MAX),
    )  # fmt: skip
    plan = replace(PLAN, text=text, draft=rows, amendment=amendment, amendment_status="submitted")
    return edge(
        plan=[
            replace(plan, district=district, year=year, plan_id=str(year))
            for district in DISTRICTS
            for year in range(2000, 2101)
        ]
    )


async def asked(question: PlansQuestion, rows: Edge, who: Actor = HOME_AFFAIRS) -> Any:
    """Return the answer, which goes over the bus."""
    told = await answer(question, who, rows)
    size = len(to_json({"ok": told}))
    assert size < ANSWER_MAX, f"{type(question).__name__}: {size} bytes"
    return told


# --- lists ---------------------------------------------------------------------------------------


async def test_the_campaigns_of_a_year_come_by_pages_without_their_contents() -> None:
    rows = campaigns()
    first = await asked(ListCampaigns(**YEAR), rows)
    assert isinstance(first, CampaignList)
    assert (len(first.campaigns), first.found, first.page) == (ROWS_A_PAGE, MANY + 1, 1)
    assert first.campaigns[0].outline.title == f"{words(199)}…"
    assert first.campaigns[0].outline.themes == ()
    seen = set()
    for page in range(1, first.pages + 1):
        seen |= {one.campaign_id for one in (await asked(ListCampaigns(**YEAR, page=page), rows)).campaigns}
    assert len(seen) == MANY + 1


async def test_the_inspections_of_a_year_and_their_recommendations_come_by_pages() -> None:
    rows = inspections()
    first = await asked(ListInspections(**YEAR), rows)
    assert isinstance(first, InspectionList)
    assert (len(first.inspections), first.found) == (ROWS_A_PAGE, MANY + 1)
    assert (len(first.recommendations), first.recommendations_found) == (ROWS_A_PAGE, RECOMMENDATIONS_MAX)
    assert set(first.titles) == {INSPECTION_KEY["inspection_id"]}
    numbers = set()
    for page in range(1, first.recommendation_pages + 1):
        told = await asked(ListInspections(**YEAR, recommendation_page=page), rows)
        numbers |= {one.number for one in told.recommendations}
    assert numbers == set(range(1, RECOMMENDATIONS_MAX + 1))


async def test_the_trainings_of_a_year_come_by_pages() -> None:
    rows = trainings()
    last = await asked(ListTrainings(**YEAR, page=99), rows)
    assert isinstance(last, TrainingList)
    assert (last.page, last.found, len(last.trainings)) == (last.pages, MANY + 1, (MANY + 1) % ROWS_A_PAGE)


async def test_the_plans_of_all_years_come_by_pages_without_their_rows() -> None:
    rows = plans()
    first = await asked(ListPlans(), rows, CITY)
    assert isinstance(first, PlanList)
    assert (first.found, len(first.plans), first.plans[0].year) == (505, ROWS_A_PAGE, 2100)
    plan = first.plans[0]
    assert plan.amendment is not None
    assert (plan.draft, plan.text.bases, plan.amendment.added) == ((), (), ())
    (own,) = (await asked(ListPlans(year=2020, district="cai-rang"), rows)).plans
    assert (own.plan_id, own.district) == ("2020", "cai-rang")


async def test_plans_are_asked_for_by_how_far_they_are() -> None:
    rows = edge(plan=[PLAN, replace(PLAN, plan_id="2021", year=2021, status="draft")])
    assert [one.year for one in (await asked(ListPlans(status="draft"), rows)).plans] == [2021]
    assert (await asked(ListPlans(status="draft"), rows, WARD)).plans == ()
    assert (await asked(ListPlans(), rows, WARD)).found == 1


# --- one of them ---------------------------------------------------------------------------------


async def test_a_campaign_of_a_whole_district_comes_by_pages_of_units_and_of_its_history_newest_first() -> None:
    rows = campaigns()
    first = await asked(ShowCampaign(**ONE_CAMPAIGN), rows)
    assert isinstance(first, CampaignDetail)
    assert [one.unit_id for one in first.units] == [f"u{number}" for number in range(ROWS_A_PAGE)]
    assert (first.found, first.pages) == (UNITS_MAX, -(-UNITS_MAX // ROWS_A_PAGE))
    # All but one told more than fits, and each of them is said.
    assert set(first.shortened) == {one.unit_id for one in first.units} - {"u7"}
    assert [one.seq for one in first.history] == list(range(2999, 2999 - HISTORY_A_PAGE, -1))
    oldest = await asked(ShowCampaign(**ONE_CAMPAIGN, history_page=first.history_pages), rows)
    assert oldest.history[-1].seq == 0
    last = await asked(ShowCampaign(**ONE_CAMPAIGN, page=10**9), rows)
    assert last.units[-1].unit_id == f"u{UNITS_MAX - 1}"


async def test_what_a_unit_told_a_campaign_is_whole_where_it_is_asked_for_alone() -> None:
    rows = campaigns()
    alone = await asked(ShowCampaign(**ONE_CAMPAIGN, unit_id="u3"), rows)
    (unit,) = alone.units
    assert isinstance(unit, CampaignUnitView)
    assert unit.targets == unit.figures == figures()
    assert unit.note == unit.text == words(TEXT_MAX)
    assert unit.collectives == lines()
    with pytest.raises(Rejected) as refusal:
        await answer(ShowCampaign(**ONE_CAMPAIGN, unit_id="nobody"), HOME_AFFAIRS, rows)
    assert refusal.value.code == "campaign.unit_not_called"


async def test_a_unit_that_told_as_much_as_units_do_is_whole_on_the_page() -> None:
    usual = history(CAMPAIGN, (draft(), facts()), (launch(), facts(CHAIR)), (join(), facts()), (report(), facts()))
    units = rows_of("campaign_unit", usual)
    detail = await asked(
        ShowCampaign(**ONE_CAMPAIGN),
        edge(campaign=rows_of("campaign", usual).values(), campaign_unit=units.values()),
    )
    assert set(detail.units) == set(units.values())
    assert detail.shortened == ()


@pytest.mark.parametrize(
    ("only", "count"),
    [
        (CampaignUnitFilter.NOT_JOINED, 1),
        (CampaignUnitFilter.JOINED, UNITS_MAX - 1),
        (CampaignUnitFilter.JOINED_LATE, 0),
        (CampaignUnitFilter.REPORTED, UNITS_MAX - 1),
        (CampaignUnitFilter.NOT_REPORTED, 0),
    ],
)
async def test_the_units_of_a_campaign_are_asked_for_by_how_far_they_are(only: CampaignUnitFilter, count: int) -> None:
    told = await asked(ShowCampaign(**ONE_CAMPAIGN, only=only), campaigns())
    assert (told.found, len(told.units)) == (count, min(count, ROWS_A_PAGE))


async def test_all_units_of_a_campaign_and_of_an_inspection_are_there_by_name() -> None:
    called = await asked(ListCampaignUnits(**ONE_CAMPAIGN), campaigns())
    inspected = await asked(ListInspectionUnits(**ONE_INSPECTION), inspections())
    assert isinstance(called, CampaignUnitList) and isinstance(inspected, InspectionUnitList)
    assert len(called.units) == len(inspected.units) == UNITS_MAX


async def test_an_inspection_of_a_whole_district_comes_by_pages() -> None:
    rows = inspections()
    first = await asked(ShowInspection(**ONE_INSPECTION), rows)
    assert isinstance(first, InspectionDetail)
    assert (len(first.units), len(first.recommendations)) == (ROWS_A_PAGE, ROWS_A_PAGE)
    assert set(first.shortened) == {one.unit_id for one in first.units}
    assert set(first.shortened_numbers) == {one.number for one in first.recommendations}
    assert set(first.days_left) == {one.due_on for one in first.recommendations}
    last = await asked(ShowInspection(**ONE_INSPECTION, recommendation_page=first.recommendation_pages), rows)
    assert last.recommendations[-1].number == RECOMMENDATIONS_MAX


async def test_what_was_found_and_recommended_is_whole_where_it_is_asked_for_alone() -> None:
    rows = inspections()
    (unit,) = (await asked(ShowInspection(**ONE_INSPECTION, unit_id="u3"), rows)).units
    assert isinstance(unit, InspectionUnitView)
    assert (unit.contents, unit.findings, unit.shortcomings) == (lines(), words(TEXT_MAX), words(TEXT_MAX))
    alone = await asked(ShowInspection(**ONE_INSPECTION, number=77), rows)
    (told,) = alone.recommendations
    assert isinstance(told, RecommendationView)
    assert (told.text, told.answer, told.evidence) == (words(TEXT_MAX),) * 3
    assert told.due_reason is not None and len(told.due_reason.skipped) > 100
    assert set(alone.days_left) == {told.due_on}
    for missing, code in (
        (ShowInspection(**ONE_INSPECTION, unit_id="nobody"), "inspection.unit_not_inspected"),
        (ShowInspection(**ONE_INSPECTION, number=0), "inspection.recommendation_not_found"),
    ):
        with pytest.raises(Rejected) as refusal:
            await answer(missing, HOME_AFFAIRS, rows)
        assert refusal.value.code == code


async def test_recommendations_are_asked_for_by_how_far_they_are() -> None:
    ((_, told),) = rows_of("recommendation", INSPECTION_EVENTS[:3]).items()
    late = replace(told, number=2, due_on=TODAY - timedelta(days=1))
    answered = replace(late, number=3, state="answered")
    rows = edge(TODAY, recommendation=[told, late, answered])
    numbers = {
        only: [one.number for one in (await asked(ListInspections(**YEAR, only=only), rows)).recommendations]
        for only in RecommendationFilter
    }
    assert numbers == {"overdue": [2], "waiting": [2, 1], "answered": [3], "accepted": []}


async def test_a_training_of_a_whole_district_comes_by_pages() -> None:
    rows = trainings()
    first = await asked(ShowTraining(**ONE_TRAINING), rows)
    assert isinstance(first, TrainingDetail)
    assert (len(first.units), len(first.history)) == (ROWS_A_PAGE, HISTORY_A_PAGE)
    assert set(first.shortened) == {one.unit_id for one in first.units}
    (unit,) = (await asked(ShowTraining(**ONE_TRAINING, unit_id="u3"), rows)).units
    assert unit.posts == lines()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        (ShowCampaign(**ONE_CAMPAIGN), campaigns),
        (ShowInspection(**ONE_INSPECTION), inspections),
        (ShowTraining(**ONE_TRAINING), trainings),
    ],
)
async def test_an_entry_of_a_history_that_is_cut_is_named_and_whole_where_it_is_asked_for_alone(
    question: Any, rows: Any
) -> None:
    at = rows()
    detail = await asked(question, at)
    kept = {one.seq: one for one in await at.rows.select(ActivityEntry, "activity_history", limit=5000)}
    cut = [one for one in detail.history if one != kept[one.seq]]
    assert [one.seq for one in cut] == list(detail.shortened_entries)
    assert cut or isinstance(detail, TrainingDetail), "what a training's history says is short"
    for one in (*cut, detail.history[0]):
        alone = await asked(replace(question, entry=one.seq), at)
        assert (alone.history, alone.units, alone.shortened_entries) == ((kept[one.seq],), (), ())
    with pytest.raises(Rejected) as refusal:
        await answer(replace(question, entry=999_999), HOME_AFFAIRS, at)
    assert refusal.value.code == "activity.entry_not_found"


async def test_the_history_of_a_draft_is_for_those_alone_who_see_the_draft() -> None:
    events = history(CAMPAIGN, (draft(), facts()))
    at = edge(
        campaign=rows_of("campaign", events).values(), activity_history=rows_of("activity_history", events).values()
    )
    (entry,) = (await asked(ShowCampaign(**ONE_CAMPAIGN, entry=1), at)).history
    assert entry.text == OUTLINE.title
    with pytest.raises(Rejected) as refusal:
        await answer(ShowCampaign(**ONE_CAMPAIGN, entry=1), WARD, at)
    assert refusal.value.code == "campaign.not_found"


# --- of a task, of the city ----------------------------------------------------------------------


async def test_a_task_names_what_carries_it_out_and_no_draft_to_those_who_see_none() -> None:
    (campaign,) = rows_of("campaign", history(CAMPAIGN, (draft(), facts()))).values()
    (inspection,) = rows_of("inspection", history(INSPECTION, (inspect(), facts()))).values()
    (training,) = rows_of("training", history(TRAINING, (train(task_number=7), facts()))).values()
    other = replace(training, training_id="khac", task=PlannedTask(plan_id="2020", number=8, content="Khác"))
    rows = edge(campaign=[campaign], inspection=[inspection], training=[training, other])
    question = ListTaskActivities(district="cai-rang", plan_id="2020", task_number=7)
    told = await asked(question, rows)
    assert isinstance(told, TaskActivities)
    assert [(one.kind, one.since) for one in told.activities] == [
        (ActivityKind.CAMPAIGN, date(2020, 2, 1)),
        (ActivityKind.INSPECTION, date(2020, 2, 3)),
        (ActivityKind.TRAINING, date(2020, 2, 5)),
    ]
    seen = await asked(question, rows, WARD)
    assert [one.kind for one in seen.activities] == [ActivityKind.INSPECTION, ActivityKind.TRAINING]
    nothing = await asked(replace(question, plan_id="không phải năm"), rows)
    assert (nothing.activities, nothing.found) == ((), 0)


async def test_a_task_that_very_much_carries_out_says_how_much() -> None:
    told = await asked(ListTaskActivities(district="cai-rang", plan_id="2020", task_number=7), campaigns())
    assert told.found == MANY + 1 > len(told.activities)


async def test_the_city_sees_the_sums_of_five_districts_and_nobody_else_does() -> None:
    rows = campaigns()
    told = await asked(ShowCityActivities(year=2020), rows, CITY)
    assert isinstance(told, CityActivities)
    assert [one.district for one in told.districts] == list(DISTRICTS)
    own = await asked(ShowActivities(district="cai-rang", year=2020), rows, CITY)
    assert told.districts[DISTRICTS.index("cai-rang")] == own
    with pytest.raises(Rejected) as refusal:
        await answer(ShowCityActivities(year=2020), HOME_AFFAIRS, rows)
    assert refusal.value.code == "actor.not_allowed"
