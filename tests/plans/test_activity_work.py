"""What campaigns and inspections ask of a person today, from rows in memory: who is asked what, and for how long."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.commands import RejectResponse
from services.plans.decider import CAMPAIGN, INSPECTION
from services.plans.queries.activity_work import WORK_MAX
from services.plans.rules import LINE_MAX, TEXT_MAX
from services.plans.views import ActivityTodo, ActivityWork, MyActivities, RecommendationState
from shared.process import Edge
from shared.types import Actor, Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, STRANGER, WARD, actor, unit
from tests.plans.an_activity import (
    DRAFTED,
    FOUND,
    INSPECTION_KEY,
    JOINED,
    LAUNCHED,
    OTHER_ID,
    OUTLINE,
    RECOMMENDED,
    TODAY,
    WARD_ID,
    close,
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
)
from tests.plans.test_activity_answers import asked, rows_of, words
from tests.plans.test_queries import edge

IN_MARCH = date(2020, 3, 2)  # after the last day to register, before the end
ELSEWHERE = actor(Role.HOME_AFFAIRS, None, "o-mon")
EVERYBODY = (HOME_AFFAIRS, CHAIR, WARD, OTHER_WARD, STRANGER, ELSEWHERE, actor(Role.AUDITOR))
LAUNCH, JOIN, REPORT = ActivityTodo.LAUNCH, ActivityTodo.JOIN, ActivityTodo.REPORT
ANSWER, AGAIN, JUDGE = ActivityTodo.ANSWER, ActivityTodo.ANSWER_AGAIN, ActivityTodo.JUDGE

INSPECTED = ((inspect(), facts()), (found(), facts()), (recommend(), facts()))
ANSWERED = history(INSPECTION, *INSPECTED, (respond(), facts(WARD)))
REJECTED = history(
    INSPECTION,
    *INSPECTED,
    (respond(), facts(WARD)),
    (RejectResponse(**INSPECTION_KEY, number=1, reason="Chưa đủ"), facts()),
)
CALLED = ((draft(), facts()), (launch(), facts(CHAIR)), (join(), facts()))
REPORTED = history(CAMPAIGN, *CALLED, (report(), facts()))
CLOSED = history(CAMPAIGN, *CALLED, (close(), facts()))


def at(events: Iterable[Any], today: date = TODAY, **more: Iterable[object]) -> Edge:
    """Return the rows after the events of a campaign and an inspection, on the day."""
    events = list(events)
    tables = ("campaign", "campaign_unit", "inspection", "recommendation")
    return edge(today, **{name: rows_of(name, events).values() for name in tables}, **more)


async def work_of(who: Actor, rows: Edge) -> ActivityWork:
    """Return what waits for the person."""
    told = await asked(MyActivities(), rows, who)
    assert isinstance(told, ActivityWork)
    return told


async def todo_of(who: Actor, rows: Edge) -> list[ActivityTodo]:
    """Return what is to be done, in order."""
    return [one.todo for one in (await work_of(who, rows)).duties]


@pytest.mark.parametrize(
    ("events", "today", "expected"),
    [
        (DRAFTED, TODAY, {CHAIR: LAUNCH}),
        (LAUNCHED, TODAY, {WARD: JOIN, OTHER_WARD: JOIN}),
        (JOINED, TODAY, {WARD: REPORT, OTHER_WARD: JOIN}),
        (REPORTED, TODAY, {OTHER_WARD: JOIN}),
        (REPORTED, OUTLINE.ends_on, {OTHER_WARD: JOIN}),
        (REPORTED, OUTLINE.ends_on + timedelta(days=1), {}),
        (JOINED, OUTLINE.ends_on + timedelta(days=1), {WARD: REPORT}),
        (JOINED, OUTLINE.starts_on - timedelta(days=1), {OTHER_WARD: JOIN}),
        (CLOSED, TODAY, {}),
        (FOUND, TODAY, {}),
        (RECOMMENDED, TODAY, {WARD: ANSWER}),
        (ANSWERED, TODAY, {HOME_AFFAIRS: JUDGE}),
        (REJECTED, TODAY, {WARD: AGAIN}),
        ([*JOINED, *RECOMMENDED], date(2022, 1, 1), {}),
    ],
)
async def test_each_is_asked_what_is_his_to_do_and_strangers_nothing(
    events: list[Any], today: date, expected: dict[Actor, ActivityTodo]
) -> None:
    rows = at(events, today)
    told = {who: await todo_of(who, rows) for who in EVERYBODY}
    assert {who: todos for who, todos in told.items() if todos} == {who: [todo] for who, todo in expected.items()}


async def test_a_recommendation_says_what_is_to_be_put_right_until_when_and_when_it_is_late() -> None:
    told = await work_of(WARD, at(RECOMMENDED))
    (duty,) = told.duties
    assert (duty.title, duty.number, duty.text) == (inspect().title, 1, "Bổ sung biên bản")
    # No calendar among the rows: only weekends are off. Thursday 06/02: Friday, Monday, Tuesday.
    assert (duty.due_on, told.days_left) == (date(2020, 2, 11), {date(2020, 2, 11): 3})
    assert told.overdue == 0
    late = await work_of(WARD, at(RECOMMENDED, date(2020, 2, 12)))
    assert (late.overdue, late.days_left) == (1, {date(2020, 2, 11): -1})


async def test_who_has_not_joined_in_time_is_late_and_may_still_join() -> None:
    rows = at(JOINED, IN_MARCH)
    other, ward = await work_of(OTHER_WARD, rows), await work_of(WARD, rows)
    assert [(one.todo, one.due_on) for one in other.duties] == [(JOIN, OUTLINE.join_by)]
    assert [(one.todo, one.due_on) for one in ward.duties] == [(REPORT, OUTLINE.ends_on)]
    assert (other.overdue, ward.overdue) == (1, 0)


async def test_a_judgement_and_a_launch_have_no_day_and_are_never_late() -> None:
    for who, events, since in ((HOME_AFFAIRS, ANSWERED, TODAY), (CHAIR, DRAFTED, OUTLINE.starts_on)):
        told = await work_of(who, at(events, date(2020, 12, 31)))
        assert [(one.due_on, one.since) for one in told.duties] == [(None, since)]
        assert (told.overdue, told.found) == (0, 1)


async def test_a_unit_that_was_closed_is_not_asked_to_join() -> None:
    closed = replace(unit(WARD_ID), valid_to=TODAY - timedelta(days=1))
    assert await todo_of(WARD, at(LAUNCHED, unit=[closed])) == []
    assert await todo_of(WARD, at(LAUNCHED, unit=[replace(closed, valid_to=TODAY)])) == [JOIN]


async def test_a_campaign_of_the_coming_january_is_asked_about_in_december() -> None:
    outline = replace(OUTLINE, starts_on=date(2021, 1, 4), ends_on=date(2021, 5, 10), join_by=None)
    drafted = history(CAMPAIGN, (draft(outline=outline, task_number=None), facts()))
    assert await todo_of(CHAIR, at(drafted, date(2020, 12, 21))) == [LAUNCH]


async def test_who_speaks_for_two_units_is_asked_for_both_the_most_urgent_first() -> None:
    both = Actor(account_id="hai", grants=(*WARD.grants, *OTHER_WARD.grants))
    told = await work_of(both, at([*JOINED, *RECOMMENDED]))
    assert [(one.todo, one.unit_id) for one in told.duties] == [(ANSWER, WARD_ID), (JOIN, OTHER_ID), (REPORT, WARD_ID)]


async def test_of_very_much_the_most_urgent_is_shown_and_all_is_counted() -> None:
    (one,) = rows_of("recommendation", RECOMMENDED).values()
    (campaign,) = rows_of("campaign", LAUNCHED).values()
    (_, called) = sorted(rows_of("campaign_unit", LAUNCHED).values(), key=lambda row: row.unit_id == WARD_ID)
    long = {"text": words(TEXT_MAX), "unit_name": words(LINE_MAX)}
    told = [
        replace(one, number=number, due_on=TODAY + timedelta(days=number - 4), **long) for number in range(1, WORK_MAX)
    ]
    ids = [f"dot-{number}" for number in range(9)]
    rows = edge(
        TODAY,
        inspection=rows_of("inspection", [replace(FOUND[0], title=words(LINE_MAX))]).values(),
        recommendation=reversed(told),
        campaign=[replace(campaign, campaign_id=one_id) for one_id in ids],
        campaign_unit=[replace(called, campaign_id=one_id, name=words(LINE_MAX)) for one_id in ids],
    )
    work = await work_of(WARD, rows)
    assert (len(work.duties), work.found, work.overdue) == (WORK_MAX, WORK_MAX - 1 + len(ids), 3)
    days = [duty.due_on for duty in work.duties if duty.due_on]
    assert days == sorted(days) and len(days) == WORK_MAX
    assert {len(duty.text) for duty in work.duties if duty.todo is ANSWER} == {200}

    answered = [replace(one, state=RecommendationState.ANSWERED, answered_on=TODAY, **long) for one in told]
    more = [*answered, *(replace(one, inspection_id="khac") for one in answered)]
    judged = await work_of(HOME_AFFAIRS, edge(TODAY, recommendation=more))
    assert (len(judged.duties), judged.found) == (WORK_MAX, 2 * (WORK_MAX - 1))
