"""Due dates follow the calendar: who is moved, who is not, what the event and the rows say of it."""

from dataclasses import replace
from datetime import date

import pytest

from services.plans.commands import RecomputeDueDates
from services.plans.decider import PLAN
from services.plans.events import (
    CalendarChange,
    DayKind,
    DueDatesMoved,
    PlanEvent,
    PlanIssued,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
)
from services.plans.policies import react
from services.plans.projections.plan_history import history_keys, history_row
from services.plans.projections.plan_task import task_keys, task_row
from services.plans.views import TaskHistory, TaskView
from shared.types import CITY, DISTRICTS, Role
from tests.plans import a_calendar
from tests.plans.a_calendar import OPENED_2020, off_2020, view
from tests.plans.a_plan import (
    AT,
    CHAIR,
    DRAFTED,
    ISSUE,
    ISSUED,
    SUBMIT,
    SUBMITTED,
    TASKS,
    actor,
    complete,
    draft,
    facts,
    happened,
)
from tests.plans.test_plan_histories import recorded
from tests.plans.test_plan_rules import cancel, happened_with, reopen
from tests.support.deciding import given

LAST, DAY_BEFORE = date(2020, 3, 31), date(2020, 3, 30)
OFF = view(*off_2020(LAST))
POLICY = actor(Role.POLICY, district=CITY)
RECOMPUTE = RecomputeDueDates(district="cai-rang", plan_id="2020", at=AT)
BY_POLICY = facts(POLICY, calendar=OFF)


def test_a_plan_issued_under_an_open_calendar_says_why_its_tasks_are_due_that_day() -> None:
    (issued,) = given(PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR, calendar=OFF)).then_types(PlanIssued)
    task = issued.tasks[0]
    assert task.due_on == DAY_BEFORE
    (skipped,) = task.due_reason.skipped
    assert (skipped.day, skipped.kind, skipped.notice) == (LAST, DayKind.OFF, "1/TB-UBND")
    assert [(one.year, one.seq) for one in task.due_reason.calendars] == [(2020, OFF.seq)]


def test_a_plan_issued_before_its_year_is_open_says_that_only_weekends_counted() -> None:
    (issued,) = given(PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR)).then_types(PlanIssued)
    assert [(one.year, one.seq) for one in issued.tasks[0].due_reason.calendars] == [(2020, None)]


def test_a_corrected_calendar_moves_the_open_tasks_and_names_the_notice() -> None:
    (moved,) = given(PLAN, *ISSUED).when(RECOMPUTE, BY_POLICY).then_types(DueDatesMoved)
    assert [(one.number, one.due_on_before, one.due_on, one.units) for one in moved.tasks] == [
        (1, LAST, DAY_BEFORE, ("phong-noi-vu",)),
        (5, LAST, DAY_BEFORE, ("phuong-le-binh", "phuong-ba-lang")),
    ]
    assert (moved.change, moved.notice) == (CalendarChange.CORRECTED, OFF.notice)
    given(PLAN, *ISSUED, moved).when(RECOMPUTE, BY_POLICY).then_nothing()


def test_a_withdrawn_correction_moves_them_back() -> None:
    (moved,) = given(PLAN, *ISSUED).when(RECOMPUTE, BY_POLICY).then_types(DueDatesMoved)
    (back,) = given(PLAN, *ISSUED, moved).when(RECOMPUTE, facts(POLICY, calendar=view(*OPENED_2020))).events()
    assert {(one.due_on_before, one.due_on) for one in back.tasks} == {(DAY_BEFORE, LAST)}


def test_a_completed_or_cancelled_task_keeps_its_date() -> None:
    done = happened_with(complete(1, "phong-noi-vu"), facts())
    for history in (done, happened_with(cancel(1), facts())):
        (moved,) = given(PLAN, *history).when(RECOMPUTE, BY_POLICY).then_types(DueDatesMoved)
        assert [one.number for one in moved.tasks] == [5]


def test_a_task_whose_date_the_plan_states_is_not_moved() -> None:
    stated = tuple(replace(task, due_on=LAST) for task in TASKS)
    issued = happened((draft(tasks=stated), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)))
    given(PLAN, *issued).when(RECOMPUTE, BY_POLICY).then_nothing()


def test_no_due_date_is_moved_into_the_past() -> None:
    on_the_day = facts(POLICY, LAST, calendar=OFF)
    given(PLAN, *ISSUED).when(RECOMPUTE, on_the_day).then_nothing()
    given(PLAN, *ISSUED).when(RECOMPUTE, facts(POLICY, DAY_BEFORE, calendar=OFF)).then_types(DueDatesMoved)


def test_a_plan_that_is_not_there_or_not_issued_and_a_year_that_is_not_open_change_nothing() -> None:
    given(PLAN).when(RECOMPUTE, BY_POLICY).then_nothing()
    given(PLAN, *DRAFTED).when(RECOMPUTE, BY_POLICY).then_nothing()
    given(PLAN, *SUBMITTED).when(RECOMPUTE, BY_POLICY).then_nothing()
    given(PLAN, *ISSUED).when(RECOMPUTE, facts(POLICY)).then_nothing()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.POLICY])
def test_no_person_recomputes_due_dates(role: Role) -> None:
    given(PLAN, *ISSUED).when(RECOMPUTE, facts(actor(role), calendar=OFF)).then_rejected("actor.not_allowed")
    city = facts(actor(role, district=CITY), calendar=OFF)
    given(PLAN, *ISSUED).when(RECOMPUTE, city).then_rejected("actor.not_allowed")


def test_a_task_completed_after_its_date_was_moved_is_late_by_the_new_date() -> None:
    (moved,) = given(PLAN, *ISSUED).when(RECOMPUTE, BY_POLICY).then_types(DueDatesMoved)
    later = facts(today=LAST)
    events = (
        given(PLAN, *ISSUED, moved)
        .when(complete(1, "phong-noi-vu", LAST), later)
        .then_types(TaskPartCompleted, TaskCompleted)
    )
    assert events[1].due_on == DAY_BEFORE


# -- the policy ---------------------------------------------------------------------------------


def test_every_change_of_a_calendar_looks_at_the_plan_of_each_district() -> None:
    withdrawn = a_calendar.history(a_calendar.open_year(), a_calendar.correct(), a_calendar.withdraw())
    assert len(withdrawn) == 3
    for seq, event in enumerate(withdrawn, start=1):
        reacted = react(a_calendar.recorded(event, seq))
        commands = [one for one in reacted if isinstance(one, RecomputeDueDates)]
        assert [one.district for one in commands] == [*DISTRICTS, CITY]
        assert {(one.plan_id, one.at) for one in commands} == {("2026", event.at)}


def test_a_plan_just_issued_and_a_task_opened_again_are_held_against_the_calendar() -> None:
    reopened = happened_with(complete(1, "phong-noi-vu"), facts())
    history = [*reopened, *given(PLAN, *reopened).when(reopen(1), facts()).events()]
    reacted = {one.type.split(".")[1]: react(one) for one in recorded(history)}
    assert {name for name, commands in reacted.items() if commands} == {"PlanIssued", "TaskReopened"}
    assert reacted["PlanIssued"] == [RECOMPUTE]


def test_what_was_moved_is_held_against_the_calendar_of_today_and_then_rests() -> None:
    moved = given(PLAN, *ISSUED).when(RECOMPUTE, BY_POLICY).events()
    (last,) = recorded(moved)
    assert react(last) == [RECOMPUTE]
    given(PLAN, *ISSUED, *moved).when(RECOMPUTE, BY_POLICY).then_nothing()


def test_a_task_of_which_only_a_part_was_done_missed_nothing() -> None:
    part = happened_with(complete(5, "phuong-le-binh"), facts())
    reopened = given(PLAN, *part).when(reopen(5), facts()).then_types(TaskReopened)
    (last,) = recorded(reopened)
    assert react(last) == []


# -- the rows -----------------------------------------------------------------------------------


def rows(history: list[PlanEvent]) -> tuple[dict[int, TaskView], list[TaskHistory]]:
    """Return the rows of tasks and their histories."""
    tasks: dict[int, TaskView] = {}
    told: list[TaskHistory] = []
    for one in recorded(history):
        for key in task_keys(one):
            after = task_row(tasks.get(int(key[2])), one, key)
            assert after is not None
            tasks[int(key[2])] = after
        for key in history_keys(one):
            entry = history_row(None, one, key)
            assert entry is not None
            told.append(entry)
    return tasks, told


def test_the_row_says_the_new_date_its_reason_and_the_date_before() -> None:
    moved = given(PLAN, *ISSUED).when(RECOMPUTE, BY_POLICY).events()
    tasks, told = rows([*ISSUED, *moved])
    assert (tasks[1].due_on, tasks[1].due_on_before) == (DAY_BEFORE, LAST)
    assert tasks[1].due_reason is not None
    assert [one.day for one in tasks[1].due_reason.skipped] == [LAST]
    last = [one for one in told if one.number == 1][-1]
    assert (last.type, last.text) == ("DueDatesMoved", "31/03/2020 → 30/03/2020 · 1/TB-UBND")


def test_an_event_of_a_plan_from_before_there_were_calendars_still_makes_a_row() -> None:
    issued = ISSUED[-1]
    assert isinstance(issued, PlanIssued)
    tasks, _ = rows([*ISSUED[:-1], replace(issued, tasks=tuple(replace(one, due_reason=None) for one in issued.tasks))])
    assert (tasks[1].due_on, tasks[1].due_reason, tasks[1].due_on_before) == (LAST, None, None)


def test_a_correction_read_twice_leaves_the_calendar_as_it_is() -> None:
    (moved,) = given(PLAN, *ISSUED).when(RECOMPUTE, BY_POLICY).then_types(DueDatesMoved)
    once = PLAN.evolve(given(PLAN, *ISSUED).state, moved)
    assert PLAN.evolve(once, moved) == once
