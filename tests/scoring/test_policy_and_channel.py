"""What scoring does about events of plans, and what it makes known."""

from datetime import date
from decimal import Decimal
from typing import Any

from services.plans.events import EVENTS as PLANS_EVENTS
from services.plans.events import NamedUnit, TaskCompleted, TaskReopened
from services.scoring.channels import ScoreCorrectedPublic, ScorePostedPublic, publish
from services.scoring.commands import AwardTaskPoint, RevokeTaskPoint
from services.scoring.decider import SHEET
from services.scoring.events import EVENTS, Source, district_about
from services.scoring.policies import react
from shared.codec import to_plain
from shared.types import CITY, Recorded
from tests.scoring.a_sheet import (
    AT,
    CITY_BOARD,
    CITY_GROUP,
    HOME_AFFAIRS,
    POLICY,
    award,
    criteria_view,
    facts,
    lines,
    post,
    submit,
    unit,
)

COMPLETED = TaskCompleted(
    district="cai-rang",
    plan_id="2020",
    year=2020,
    task_number=5,
    quarter=1,
    content="Đăng ký thi đua",
    due_on=date(2020, 3, 31),
    completed_on=date(2020, 2, 6),
    leads=(NamedUnit(unit_id="phong-noi-vu", name="Phòng Nội vụ"), NamedUnit(unit_id="ubnd-quan", name="UBND quận")),
    by="x",
    at=AT,
)


def reopened(was_completed: bool) -> TaskReopened:
    return TaskReopened(
        district="cai-rang",
        plan_id="2020",
        year=2020,
        task_number=5,
        content="Đăng ký thi đua",
        reason="Sai minh chứng",
        was_completed=was_completed,
        units=("phong-noi-vu", "ubnd-quan", "thanh-tra"),
        by="x",
        at=AT,
    )


def recorded(event: Any, stream: str = "PLANS") -> Recorded[Any]:
    codec: Any = PLANS_EVENTS if stream == "PLANS" else EVENTS
    return Recorded(
        event=event,
        type=codec.wire_name(type(event)),
        event_id="event-42",
        stream=stream,
        seq=42,
        subject="plans.evt.cai-rang.plan.2020",
        occurred_at=AT,
        recorded_at=AT,
        actor="x",
        command_id="c",
        correlation_id="",
        headers={},
    )


def test_each_lead_unit_of_a_completed_task_gets_its_point_with_the_source() -> None:
    commands = react(recorded(COMPLETED))
    assert [type(one) for one in commands] == [AwardTaskPoint, AwardTaskPoint]
    assert [one.unit_id for one in commands] == ["phong-noi-vu", "ubnd-quan"]
    assert {one.source for one in commands} == {Source(stream="PLANS", seq=42, event_id="event-42")}


def test_a_completed_task_opened_again_is_revoked_for_all_its_units_another_is_nothing() -> None:
    commands = react(recorded(reopened(was_completed=True)))
    assert [(type(one), one.unit_id) for one in commands] == [
        (RevokeTaskPoint, "phong-noi-vu"),
        (RevokeTaskPoint, "ubnd-quan"),
        (RevokeTaskPoint, "thanh-tra"),
    ]
    assert react(recorded(reopened(was_completed=False))) == []


def posted(**changes: Any) -> list[Any]:
    known = facts(HOME_AFFAIRS)
    if changes.get("district") == CITY:
        known = facts(
            CITY_BOARD, unit=unit("quan-cai-rang", CITY), group=CITY_GROUP, criteria=criteria_view(district=CITY)
        )
    state, history = SHEET.initial, []
    for command in (post(**changes), post(**{**changes, "lines": lines("50"), "reason": "Tính nhầm"})):
        for event in SHEET.decide(command, state, known):
            state = SHEET.evolve(state, event)
            history.append(event)
    return history


def test_a_posted_score_is_known_with_its_total_and_without_lines_or_reasons() -> None:
    event, correction = posted()
    fact = publish(recorded(event, "SCORING"))
    assert fact is not None
    assert isinstance(fact.body, ScorePostedPublic)
    assert (fact.district, fact.name) == ("cai-rang", "ScorePosted")
    assert to_plain(fact.body) == {
        "district": "cai-rang",
        "scored_by": "cai-rang",
        "unit_id": "phuong-le-binh",
        "unit_name": "Đơn vị phuong-le-binh",
        "year": 2020,
        "group_id": "cum-cac-phuong",
        "group_name": "Cụm thi đua các phường",
        "total": "88.50",
        "is_ranked": True,
    }
    fact = publish(recorded(correction, "SCORING"))
    assert fact is not None
    assert isinstance(fact.body, ScoreCorrectedPublic)
    assert (fact.body.total, fact.body.total_before) == (Decimal("83.50"), Decimal("88.50"))


def test_a_districts_own_score_is_a_fact_about_that_district() -> None:
    fact = publish(recorded(posted(district=CITY, unit_id="quan-cai-rang")[0], "SCORING"))
    assert fact is not None
    assert isinstance(fact.body, ScorePostedPublic)
    assert (fact.district, fact.body.district, fact.body.scored_by) == ("cai-rang", "cai-rang", CITY)
    assert district_about("o-mon", "quan-cai-rang") == "o-mon"
    assert district_about("cai-rang", "quan-doan") == "cai-rang"


def test_everything_else_stays_inside() -> None:
    for command, who in ((submit(), facts()), (award(), facts(POLICY))):
        [event] = SHEET.decide(command, SHEET.initial, who)
        assert publish(recorded(event, "SCORING")) is None
