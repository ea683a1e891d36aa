"""When tasks are due: by the month, again and again, and later where a unit asked for it; one rule a test."""

from dataclasses import replace
from datetime import date

import pytest

from services.plans.commands import (
    GrantExtension,
    NewTask,
    RecomputeDueDates,
    RefuseExtension,
    RequestExtension,
    SubmitPlanAmendment,
)
from services.plans.decider import PLAN
from services.plans.events import (
    EVENTS,
    DueDatesMoved,
    DueRule,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    IssuedTask,
    PlanEvent,
    Repeat,
)
from services.plans.rules import EVENT_BYTES_MAX, TASKS_MAX, terms
from shared.topology import MESSAGE_BYTES_MAX
from shared.types import CITY, Role
from tests.plans.a_calendar import OPENED_2020, off_2020, view
from tests.plans.a_plan import (
    AT,
    CHAIR,
    HOME_AFFAIRS,
    ISSUE,
    ISSUED,
    OTHER_WARD,
    STRANGER,
    SUBMIT,
    TASKS,
    WARD,
    actor,
    complete,
    draft,
    facts,
    happened,
)
from tests.plans.test_plan_amendment_rules import amend, then
from tests.plans.test_plan_rules import assign, cancel, reopen
from tests.support.deciding import given

KEY = {"district": "cai-rang", "plan_id": "2020", "at": AT}
POLICY = actor(Role.POLICY, district=CITY)
RECOMPUTE = RecomputeDueDates(**KEY)  # type: ignore[arg-type]
ROW = NewTask(number=3, quarter=1, content="Báo cáo tháng", lead_units=("phong-noi-vu",))


def issued(*rows: NewTask, on: date = date(2020, 2, 6)) -> tuple[IssuedTask, ...]:
    """Return the tasks of a plan of these rows, issued on the day under the open calendar."""
    known = facts(CHAIR, today=on, calendar=view(*OPENED_2020))
    history = happened((draft(tasks=rows), facts()), (SUBMIT, facts()), (replace(ISSUE, issued_on=on), known))
    return history[-1].tasks  # type: ignore[union-attr, return-value]


# -- by the month -------------------------------------------------------------------------------


def test_a_task_of_a_month_is_due_on_its_last_working_day() -> None:
    (task,) = issued(replace(ROW, quarter=2, due_month=5))
    # 30 and 31 May 2020 were a Saturday and a Sunday.
    assert (task.due_on, task.due_rule, task.due_month) == (date(2020, 5, 29), DueRule.MONTH, 5)
    assert task.due_reason is not None
    assert [one.day.day for one in task.due_reason.skipped] == [31, 30]


def test_the_last_month_of_a_year_ends_with_the_year() -> None:
    (task,) = issued(replace(ROW, quarter=4, due_month=12))
    assert task.due_on == date(2020, 12, 31)


def test_the_calendar_moves_a_task_of_a_month_and_leaves_those_of_quarters_where_they_are() -> None:
    rows = (replace(ROW, quarter=2, due_month=5), replace(ROW, number=4, quarter=2))
    history = happened((draft(tasks=rows), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)))
    off = facts(POLICY, calendar=view(*off_2020(date(2020, 5, 29))))
    (moved,) = given(PLAN, *history).when(RECOMPUTE, off).then_types(DueDatesMoved)
    assert [(one.number, one.due_on) for one in moved.tasks] == [(3, date(2020, 5, 28))]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (replace(ROW, due_month=5), "task.month_outside_quarter"),
        (replace(ROW, due_month=0), "task.month_outside_quarter"),
        (replace(ROW, quarter=4, due_month=13), "task.month_outside_quarter"),
        (replace(ROW, due_month=3, due_on=date(2020, 3, 5)), "task.term_stated_twice"),
        (replace(ROW, repeats=Repeat.MONTHLY, due_on=date(2020, 3, 5)), "task.term_stated_twice"),
    ],
)
def test_a_row_states_one_term(row: NewTask, code: str) -> None:
    given(PLAN).when(draft(tasks=(row,)), facts()).then_rejected(code)


# -- again and again ----------------------------------------------------------------------------


def test_a_row_that_repeats_monthly_becomes_a_task_a_month_each_with_a_number_and_a_day_of_its_own() -> None:
    tasks = issued(replace(ROW, repeats=Repeat.MONTHLY), replace(ROW, number=4))
    series = [task for task in tasks if task.series == 3]
    assert [task.due_month for task in series] == list(range(2, 13)), "January was over when the plan was issued"
    assert [task.number for task in series] == [3, *range(5, 15)]
    assert {task.due_rule for task in series} == {DueRule.MONTH}
    assert next(task for task in tasks if task.number == 4).series is None


def test_a_row_that_repeats_quarterly_is_due_at_the_end_of_each_quarter_or_in_its_month_of_it() -> None:
    assert [(task.quarter, task.due_on) for task in issued(replace(ROW, repeats=Repeat.QUARTERLY))] == [
        (1, date(2020, 3, 31)),
        (2, date(2020, 6, 30)),
        (3, date(2020, 9, 30)),
        (4, date(2020, 12, 31)),
    ]
    middle = issued(replace(ROW, due_month=2, repeats=Repeat.QUARTERLY))
    assert [task.due_month for task in middle] == [2, 5, 8, 11]


def test_a_row_that_repeats_begins_with_its_own_term() -> None:
    assert [month for _, month in terms(3, None, Repeat.MONTHLY)] == [7, 8, 9, 10, 11, 12]
    assert terms(3, None, Repeat.QUARTERLY) == [(3, None), (4, None)]
    assert terms(2, 5, None) == [(2, 5)]


def test_of_a_row_whose_terms_are_all_over_the_last_is_kept() -> None:
    tasks = issued(replace(ROW, quarter=4, due_month=12, repeats=Repeat.MONTHLY), on=date(2020, 12, 31))
    assert [task.due_on for task in tasks] == [date(2020, 12, 31)]


def test_a_plan_has_no_more_tasks_than_it_may_when_its_rows_are_repeated() -> None:
    rows = [replace(ROW, number=number, repeats=Repeat.MONTHLY) for number in range(1, TASKS_MAX // 11 + 2)]
    history = happened((draft(tasks=tuple(rows)), facts()), (SUBMIT, facts()))
    given(PLAN, *history).when(ISSUE, facts(CHAIR)).then_rejected("plan.too_many_tasks")


def test_a_plan_that_one_event_cannot_hold_is_refused() -> None:
    rows = [replace(ROW, number=number, content="x" * 4000, repeats=Repeat.MONTHLY) for number in range(1, 25)]
    history = happened((draft(tasks=tuple(rows)), facts()), (SUBMIT, facts()))
    given(PLAN, *history).when(ISSUE, facts(CHAIR)).then_rejected("plan.too_large")
    few = happened((draft(tasks=tuple(rows[:4])), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)))
    assert EVENT_BYTES_MAX * 3 // 4 < len(EVENTS.encode(few[-1])) < MESSAGE_BYTES_MAX


def test_a_repeated_row_that_is_added_takes_numbers_that_are_free_and_begins_now() -> None:
    april = facts(today=date(2020, 4, 6))
    row = replace(ROW, repeats=Repeat.QUARTERLY)
    submit = SubmitPlanAmendment(**KEY, reason="Thêm việc", added=(row,))  # type: ignore[arg-type]
    history = then(ISSUED, (submit, april), (amend(), facts(CHAIR, today=date(2020, 4, 6))))
    tasks = given(PLAN, *history).state.tasks
    assert [(number, task.due_on.month) for number, task in tasks.items() if task.series == 3] == [
        (3, 6),
        (6, 9),
        (7, 12),
    ]


# -- later --------------------------------------------------------------------------------------


def ask(number: int = 5, unit: str = "phuong-le-binh", **changes: object) -> RequestExtension:
    values = {**KEY, "task_number": number, "unit_id": unit, "wanted_on": date(2020, 4, 15), "reason": "Chờ hướng dẫn"}
    return RequestExtension(**{**values, **changes})  # type: ignore[arg-type]


def grant(due_on: date = date(2020, 4, 15), unit: str = "phuong-le-binh", number: int = 5) -> GrantExtension:
    return GrantExtension(**KEY, task_number=number, unit_id=unit, due_on=due_on)  # type: ignore[arg-type]


def refuse(reason: str = "Việc gấp", unit: str = "phuong-le-binh") -> RefuseExtension:
    return RefuseExtension(**KEY, task_number=5, unit_id=unit, reason=reason)  # type: ignore[arg-type]


ASKED = then(ISSUED, (ask(), facts(WARD)))
GRANTED = then(ASKED, (grant(), facts()))


def test_a_unit_asks_for_more_time_and_home_affairs_gives_it_to_the_whole_task() -> None:
    (asked,) = given(PLAN, *ISSUED).when(ask(), facts(WARD)).then_types(ExtensionRequested)
    assert (asked.due_on, asked.wanted_on, asked.unit_name) == (date(2020, 3, 31), date(2020, 4, 15), "phuong-le-binh")
    (event,) = given(PLAN, *ASKED).when(grant(), facts()).then_types(ExtensionGranted)
    assert (event.due_on_before, event.due_on) == (date(2020, 3, 31), date(2020, 4, 15))
    assert event.units == ("phuong-le-binh", "phuong-ba-lang")
    assert given(PLAN, *GRANTED).state.tasks[5].due_on == date(2020, 4, 15)


def test_only_a_unit_of_the_task_asks_and_only_office_or_chair_answer() -> None:
    for who in (OTHER_WARD, STRANGER, CHAIR):
        given(PLAN, *ISSUED).when(ask(), facts(who)).then_rejected("actor.not_allowed")
    given(PLAN, *ISSUED).when(ask(1), facts(WARD)).then_rejected("task.unit_not_assigned")
    for who in (WARD, OTHER_WARD, STRANGER):
        given(PLAN, *ASKED).when(grant(), facts(who)).then_rejected("actor.not_allowed")
        given(PLAN, *ASKED).when(refuse(), facts(who)).then_rejected("actor.not_allowed")


def test_who_asked_for_a_unit_does_not_answer_but_the_chair_does() -> None:
    by_office = then(ISSUED, (ask(), facts(HOME_AFFAIRS)))
    given(PLAN, *by_office).when(grant(), facts(HOME_AFFAIRS)).then_rejected("extension.own_request")
    given(PLAN, *by_office).when(refuse(), facts(HOME_AFFAIRS)).then_rejected("extension.own_request")
    given(PLAN, *by_office).when(grant(), facts(CHAIR)).then_types(ExtensionGranted)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ask(wanted_on=date(2020, 3, 31)), "extension.not_later"),
        (ask(wanted_on=date(2022, 1, 1)), "task.due_out_of_year"),
        (ask(reason=" "), "task.reason_missing"),
        (ask(9), "task.not_found"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(command: RequestExtension, code: str) -> None:
    given(PLAN, *ISSUED).when(command, facts(WARD)).then_rejected(code)


def test_more_time_is_asked_for_also_when_it_is_late_but_not_for_a_day_that_is_over() -> None:
    late = facts(WARD, today=date(2020, 4, 10))
    given(PLAN, *ISSUED).when(ask(), late).then_types(ExtensionRequested)
    given(PLAN, *ISSUED).when(ask(wanted_on=date(2020, 4, 9)), late).then_rejected("extension.in_past")


def test_a_unit_has_one_request_at_a_time() -> None:
    given(PLAN, *ASKED).when(ask(), facts(WARD)).then_nothing()
    given(PLAN, *ASKED).when(ask(wanted_on=date(2020, 4, 20)), facts(WARD)).then_rejected("extension.pending")


def test_what_nobody_asked_for_is_not_answered() -> None:
    given(PLAN, *ISSUED).when(grant(), facts()).then_rejected("extension.not_found")
    given(PLAN, *ISSUED).when(refuse(), facts()).then_rejected("extension.not_found")
    given(PLAN, *GRANTED).when(grant(), facts()).then_nothing()
    given(PLAN, *GRANTED).when(grant(date(2020, 4, 20)), facts()).then_rejected("extension.not_found")


def test_an_answer_gives_a_later_day_or_a_reason() -> None:
    given(PLAN, *ASKED).when(grant(date(2020, 3, 31)), facts()).then_rejected("extension.not_later")
    given(PLAN, *ASKED).when(refuse(" "), facts()).then_rejected("task.reason_missing")
    (event,) = given(PLAN, *ASKED).when(refuse(), facts()).then_types(ExtensionRefused)
    after = given(PLAN, *ASKED, event).state.tasks[5]
    assert (after.due_on, after.requests) == (date(2020, 3, 31), {})


def test_one_day_answers_all_who_wanted_no_more() -> None:
    other = ask(unit="phuong-ba-lang", wanted_on=date(2020, 4, 30))
    both = then(ASKED, (other, facts(OTHER_WARD)))
    (first,) = given(PLAN, *both).when(grant(), facts()).then_types(ExtensionGranted)
    assert first.settles == ("phuong-le-binh",)
    (event,) = given(PLAN, *both).when(grant(date(2020, 4, 30)), facts()).then_types(ExtensionGranted)
    assert event.settles == ("phuong-ba-lang", "phuong-le-binh")


@pytest.mark.parametrize("end", [complete(5, "phuong-le-binh"), cancel(5), assign(5, "phuong-ba-lang")])
def test_a_request_lapses_with_what_it_was_for(end: object) -> None:
    history = then(ASKED, (end, facts()))  # type: ignore[arg-type]
    assert given(PLAN, *history).state.tasks[5].requests == {}


def test_a_part_that_is_done_and_a_task_that_is_over_need_no_more_time() -> None:
    part = then(ISSUED, (complete(5, "phuong-le-binh"), facts()))
    given(PLAN, *part).when(ask(), facts(WARD)).then_rejected("task.part_completed")
    done = then(part, (complete(5, "phuong-ba-lang"), facts()))
    given(PLAN, *done).when(ask(), facts(WARD)).then_rejected("task.completed")
    given(PLAN, *then(ISSUED, (cancel(5), facts()))).when(ask(), facts(WARD)).then_rejected("task.cancelled")
    again = then(done, (reopen(5), facts()))
    given(PLAN, *again).when(ask(), facts(WARD)).then_types(ExtensionRequested)


def test_the_calendar_never_moves_a_day_that_was_granted() -> None:
    off = facts(POLICY, calendar=view(*off_2020(date(2020, 3, 31))))
    (moved,) = given(PLAN, *GRANTED).when(RECOMPUTE, off).then_types(DueDatesMoved)
    assert [one.number for one in moved.tasks] == [1]


def test_an_amendment_of_the_words_leaves_a_granted_day_and_one_of_the_term_takes_its_place() -> None:
    fifth = TASKS[1]

    def after(row: NewTask) -> list[PlanEvent]:
        submit = SubmitPlanAmendment(**KEY, reason="Điều chỉnh", changed=(row,))  # type: ignore[arg-type]
        return then(GRANTED, (submit, facts()), (amend(amended_on=date(2020, 2, 6)), facts(CHAIR)))

    assert given(PLAN, *after(replace(fifth, content="Khác"))).state.tasks[5].due_on == date(2020, 4, 15)
    moved = given(PLAN, *after(replace(fifth, quarter=2))).state.tasks[5]
    assert (moved.due_on, moved.is_extended) == (date(2020, 6, 30), False)
