"""The rules of a score sheet, one a test."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.scoring.commands import LineScore
from services.scoring.decider import SHEET, SheetFacts
from services.scoring.events import (
    ScoreCorrected,
    ScorePosted,
    SelfScoreSubmitted,
    TaskPointAwarded,
    TaskPointRevoked,
)
from shared.types import CITY, Actor, Grant, Role
from tests.scoring.a_sheet import (
    CHAIR,
    CITY_BOARD,
    CITY_GROUP,
    HOME_AFFAIRS,
    OTHER_HOME_AFFAIRS,
    OTHER_WARD,
    POLICY,
    STRANGER,
    WARD,
    actor,
    award,
    criteria_view,
    facts,
    lines,
    post,
    revoke,
    submit,
    unit,
)
from tests.support.deciding import given

SUBMITTED = given(SHEET).when(submit(), facts()).events()
POSTED = given(SHEET).when(post(), facts(HOME_AFFAIRS)).events()
BY_POLICY = facts(POLICY)


def happened(*commands: Any) -> list[Any]:
    """Return the history that the commands make, each by whoever may give it."""
    state, history = SHEET.initial, []
    for command in commands:
        who = {"SubmitSelfScore": WARD, "PostScore": HOME_AFFAIRS}.get(type(command).__name__, POLICY)
        for event in SHEET.decide(command, state, facts(who)):
            state = SHEET.evolve(state, event)
            history.append(event)
    return history


# --- self score --------------------------------------------------------------------------------


def test_a_unit_scores_itself_and_the_event_says_who_where_and_by_what() -> None:
    [event] = given(SHEET).when(submit(), facts()).then_types(SelfScoreSubmitted)
    assert event.total == Decimal("88.50")
    assert (event.unit_name, event.group_id, event.group_name) == (
        "Đơn vị phuong-le-binh",
        "cum-cac-phuong",
        "Cụm thi đua các phường",
    )
    assert (event.criteria_id, event.criteria_version) == ("2020-khoi-cum", 1)
    assert [(one.section, one.code, str(one.points)) for one in event.lines] == [
        ("I", "I.1", "55.00"),
        ("I", "I.2", "18.50"),
        ("III", "III.1", "15.00"),
    ]


@pytest.mark.parametrize("who", [OTHER_WARD, STRANGER, HOME_AFFAIRS, CHAIR, CITY_BOARD, POLICY])
def test_nobody_but_its_own_people_scores_a_unit_for_itself(who: Actor) -> None:
    given(SHEET).when(submit(), facts(who)).then_rejected("actor.not_allowed")


@pytest.mark.parametrize("role", [Role.UNIT_CLERK, Role.UNIT_HEAD, Role.WARD_CHAIR])
def test_each_role_in_the_unit_may_score_it(role: Role) -> None:
    given(SHEET).when(submit(), facts(actor(role, "phuong-le-binh"))).then_types(SelfScoreSubmitted)


def test_a_role_that_has_ended_scores_nothing() -> None:
    over = Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="phuong-le-binh", valid_to=date(2020, 2, 5))
    given(SHEET).when(submit(), facts(Actor(account_id="x", grants=(over,)))).then_rejected("actor.not_allowed")


def district_facts(who: Actor) -> SheetFacts:
    return facts(who, unit=unit("quan-cai-rang", CITY), group=CITY_GROUP, criteria=criteria_view(district=CITY))


def test_a_districts_own_sheet_is_self_scored_by_its_home_affairs_and_posted_by_the_city() -> None:
    own = {"district": CITY, "unit_id": "quan-cai-rang"}
    given(SHEET).when(submit(**own), district_facts(HOME_AFFAIRS)).then_types(SelfScoreSubmitted)
    for who in (OTHER_HOME_AFFAIRS, WARD, CITY_BOARD):
        given(SHEET).when(submit(**own), district_facts(who)).then_rejected("actor.not_allowed")
    given(SHEET).when(post(**own), district_facts(CITY_BOARD)).then_types(ScorePosted)
    given(SHEET).when(post(**own), district_facts(HOME_AFFAIRS)).then_rejected("actor.not_allowed")


@pytest.mark.parametrize("command", [submit(), post()])
def test_there_is_no_score_without_published_criteria_a_group_or_an_open_unit(command: Any) -> None:
    who = WARD if command == submit() else HOME_AFFAIRS
    for changes, code in (
        ({"criteria": None}, "criteria.not_published"),
        ({"group": None, "criteria": None}, "unit.without_group"),
        ({"unit": None}, "unit.not_found"),
        ({"unit": unit(valid_to=date(2020, 2, 5))}, "unit.closed"),
        ({"unit": unit(valid_from=date(2021, 1, 1))}, "unit.not_yet_open"),
    ):
        given(SHEET).when(command, facts(who, **changes)).then_rejected(code)


@pytest.mark.parametrize("points", ["-0.01", "60.01", "1.001", "NaN", "-Infinity", "1E-40", "1E+40"])
def test_points_lie_between_zero_and_the_maximum_with_two_decimals(points: str) -> None:
    given(SHEET).when(submit(lines=lines(points)), facts()).then_rejected(
        "score.points_out_of_range", criterion="I.1", maximum="60.00"
    )


def test_each_criterion_is_scored_once_but_not_the_automatic_one() -> None:
    automatic = LineScore(criterion="III.2", points=Decimal(5), evidence="x")
    unknown = LineScore(criterion="IV", points=Decimal(5), evidence="x")
    for given_lines, code, criterion in (
        ((*lines(), automatic), "score.criterion_automatic", "III.2"),
        ((*lines(), unknown), "score.criterion_unknown", "IV"),
        ((*lines(), lines()[0]), "score.criterion_twice", "I.1"),
        (lines()[:2], "score.criterion_missing", "III.1"),
    ):
        given(SHEET).when(submit(lines=given_lines), facts()).then_rejected(code, criterion=criterion)


def test_points_need_evidence_and_no_points_need_none() -> None:
    bare = tuple(replace(one, evidence=" ") for one in lines())
    given(SHEET).when(submit(lines=bare), facts()).then_rejected("score.evidence_missing", criterion="I.1")
    nothing = tuple(replace(one, points=Decimal(0), evidence="") for one in lines())
    [event] = given(SHEET).when(submit(lines=nothing), facts()).then_types(SelfScoreSubmitted)
    assert event.total == 0


def test_the_same_self_score_again_changes_nothing_and_another_replaces_it() -> None:
    given(SHEET, *SUBMITTED).when(submit(), facts()).then_nothing()
    [event] = given(SHEET, *SUBMITTED).when(submit(lines=lines("50")), facts()).then_types(SelfScoreSubmitted)
    assert event.total == Decimal("83.50")


def test_there_is_no_self_score_after_the_final_one() -> None:
    given(SHEET, *SUBMITTED, *POSTED).when(submit(lines=lines("50")), facts()).then_rejected("score.posted")


# --- the final score ---------------------------------------------------------------------------


def test_the_total_is_lines_plus_bonus_minus_penalty_exactly() -> None:
    command = post(
        lines=lines("0.1", "0.2", "0.33"),
        bonus=Decimal("15"),
        bonus_reason="Cờ Chính phủ",
        penalty=Decimal("0.05"),
        penalty_reason="Báo cáo trễ",
    )
    [event] = given(SHEET).when(command, facts(HOME_AFFAIRS)).then_types(ScorePosted)
    assert str(event.score.total) == "15.58"
    assert [(one.section, str(one.points)) for one in event.score.sections] == [("I", "0.30"), ("III", "0.33")]


@pytest.mark.parametrize("who", [WARD, CHAIR, OTHER_HOME_AFFAIRS, CITY_BOARD, POLICY])
def test_only_the_districts_home_affairs_posts_a_units_score(who: Actor) -> None:
    given(SHEET).when(post(), facts(who)).then_rejected("actor.not_allowed")


def test_a_bonus_is_at_most_fifty_and_bonus_and_penalty_have_reasons() -> None:
    for changes, code in (
        ({"bonus": Decimal("50.01"), "bonus_reason": "x"}, "score.bonus_out_of_range"),
        ({"bonus": Decimal("-1"), "bonus_reason": "x"}, "score.bonus_out_of_range"),
        ({"bonus": Decimal("5")}, "score.bonus_reason_missing"),
        ({"penalty": Decimal("100.01"), "penalty_reason": "x"}, "score.penalty_out_of_range"),
        ({"penalty": Decimal("5"), "penalty_reason": " "}, "score.penalty_reason_missing"),
        ({"knocked_out_reason": ""}, "score.knock_out_reason_missing"),
    ):
        given(SHEET).when(post(**changes), facts(HOME_AFFAIRS)).then_rejected(code)
    fifty = post(bonus=Decimal(50), bonus_reason="Cờ Chính phủ")
    given(SHEET).when(fifty, facts(HOME_AFFAIRS)).then_types(ScorePosted)


def test_a_knocked_out_unit_may_be_posted_without_lines_others_may_not() -> None:
    given(SHEET).when(post(lines=()), facts(HOME_AFFAIRS)).then_rejected("score.criterion_missing")
    out = post(lines=(), knocked_out_reason="Không đăng ký thi đua")
    [event] = given(SHEET).when(out, facts(HOME_AFFAIRS)).then_types(ScorePosted)
    assert (event.score.total, event.score.knocked_out_reason) == (Decimal(0), "Không đăng ký thi đua")


def test_posting_the_same_again_changes_nothing() -> None:
    given(SHEET, *POSTED).when(post(), facts(HOME_AFFAIRS)).then_nothing()


def test_another_score_is_a_correction_and_needs_a_reason() -> None:
    other = post(lines=lines("50"))
    given(SHEET, *POSTED).when(other, facts(HOME_AFFAIRS)).then_rejected("score.correction_reason_missing")
    correction = replace(other, reason="Tính nhầm mục I.1")
    [event] = given(SHEET, *POSTED).when(correction, facts(HOME_AFFAIRS)).then_types(ScoreCorrected)
    assert (event.total_before, event.score.total) == (Decimal("88.50"), Decimal("83.50"))
    assert event.reason == "Tính nhầm mục I.1"
    given(SHEET, *POSTED, event).when(correction, facts(HOME_AFFAIRS)).then_nothing()


# --- points of tasks ---------------------------------------------------------------------------


def test_a_task_on_time_earns_two_points_and_keeps_the_event_it_came_from() -> None:
    [event] = given(SHEET).when(award(), BY_POLICY).then_types(TaskPointAwarded)
    assert (event.point.points, event.point.is_on_time, event.criterion) == (Decimal(2), True, "III.2")
    assert (event.point.source.stream, event.point.source.seq, event.point.source.event_id) == ("PLANS", 10, "event-10")


def test_a_late_task_is_recorded_with_no_points() -> None:
    [event] = given(SHEET).when(award(due_on=date(2020, 2, 5)), BY_POLICY).then_types(TaskPointAwarded)
    assert (event.point.points, event.point.is_on_time) == (Decimal(0), False)


def test_a_point_that_comes_before_the_criteria_is_kept_and_counts_later() -> None:
    early = facts(POLICY, criteria=None, group=None, unit=None)
    [event] = given(SHEET).when(award(), early).then_types(TaskPointAwarded)
    assert (event.criterion, event.group_id, event.unit_name) == (None, None, "Lê Bình")
    [posted] = given(SHEET, event).when(post(), facts(HOME_AFFAIRS)).then_types(ScorePosted)
    assert posted.score.total == Decimal("90.50")


def test_the_automatic_line_is_the_sum_up_to_its_maximum_with_all_its_sources() -> None:
    history = happened(*(award(number, seq=number) for number in (1, 2, 3)))
    [event] = given(SHEET, *history).when(post(), facts(HOME_AFFAIRS)).then_types(ScorePosted)
    [line] = [one for one in event.score.lines if one.is_automatic]
    assert (line.code, str(line.points)) == ("III.2", "5.00")
    assert [one.source.seq for one in event.score.task_points] == [1, 2, 3]
    assert event.score.total == Decimal("93.50")


def test_a_task_opened_again_loses_its_point_and_may_earn_another() -> None:
    history = happened(award(), revoke())
    assert [type(one) for one in history] == [TaskPointAwarded, TaskPointRevoked]
    [event] = given(SHEET, *history).when(award(seq=12), BY_POLICY).then_types(TaskPointAwarded)
    assert event.point.source.seq == 12
    [posted] = given(SHEET, *history).when(post(), facts(HOME_AFFAIRS)).then_types(ScorePosted)
    assert posted.score.task_points == ()


def test_an_event_of_plans_read_again_or_out_of_turn_changes_nothing() -> None:
    given(SHEET, *happened(award())).when(award(), BY_POLICY).then_nothing()
    given(SHEET, *happened(award(), revoke())).when(revoke(), BY_POLICY).then_nothing()
    given(SHEET, *happened(award(), revoke())).when(award(), BY_POLICY).then_nothing()
    given(SHEET, *happened(award(seq=12))).when(revoke(seq=11), BY_POLICY).then_nothing()


def test_a_unit_without_a_point_for_the_task_has_nothing_to_lose() -> None:
    given(SHEET).when(revoke(), BY_POLICY).then_nothing()
    given(SHEET, *happened(award(1))).when(revoke(2), BY_POLICY).then_nothing()


@pytest.mark.parametrize("who", [WARD, HOME_AFFAIRS, CITY_BOARD])
def test_no_person_gives_or_takes_points_of_tasks(who: Actor) -> None:
    given(SHEET).when(award(), facts(who)).then_rejected("actor.not_allowed")
    given(SHEET, *happened(award())).when(revoke(), facts(who)).then_rejected("actor.not_allowed")


def test_a_posted_score_stands_when_points_change_later_until_it_is_corrected() -> None:
    history = happened(award(), post(), revoke())
    given(SHEET, *history).when(post(), facts(HOME_AFFAIRS)).then_rejected("score.correction_reason_missing")
    again = post(reason="Nhiệm vụ 1 được mở lại")
    [event] = given(SHEET, *history).when(again, facts(HOME_AFFAIRS)).then_types(ScoreCorrected)
    assert (event.total_before, event.score.total) == (Decimal("90.50"), Decimal("88.50"))


def test_points_of_tasks_make_the_form_of_a_final_score_stale_but_not_that_of_a_self_score() -> None:
    awarded = happened(award())[0]
    assert SHEET.concerns(post(), awarded)
    assert not SHEET.concerns(submit(), awarded)
    assert SHEET.concerns(submit(), SUBMITTED[0])
