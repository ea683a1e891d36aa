"""The rules of amending an issued plan and of ending its year, one a test."""

from dataclasses import replace
from datetime import date

import pytest

from services.plans.commands import (
    AmendPlan,
    ClosePlan,
    NewTask,
    PlanCommand,
    RecomputeDueDates,
    ReturnPlanAmendment,
    SubmitPlanAmendment,
)
from services.plans.decider import PLAN, PlanFacts
from services.plans.events import (
    DueDatesMoved,
    DueRule,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanClosed,
    PlanEvent,
    Repeat,
    TaskCompleted,
    UnitRole,
)
from shared.types import CITY, Actor, Role
from tests.plans.a_calendar import off_2020, view
from tests.plans.a_plan import (
    AT,
    CHAIR,
    DRAFTED,
    HOME_AFFAIRS,
    ISSUE,
    ISSUED,
    STRANGER,
    SUBMIT,
    TASKS,
    WARD,
    actor,
    complete,
    draft,
    facts,
)
from tests.plans.test_plan_rules import cancel, reopen
from tests.support.deciding import given

APRIL = date(2020, 4, 6)
KEY = {"district": "cai-rang", "plan_id": "2020", "at": AT}
FIRST, FIFTH = TASKS
REWORDED = replace(FIRST, content="Ban hành Chỉ thị mới")
NEW = NewTask(number=16, quarter=2, content="Hội thi", lead_units=("phong-noi-vu",))


def submit(**changes: object) -> SubmitPlanAmendment:
    values = {**KEY, "reason": "Theo công văn của thành phố", "changed": (REWORDED,), "number": "45/KH-UBND"}
    return SubmitPlanAmendment(**{**values, **changes})  # type: ignore[arg-type]


def amend(number: str = "45/KH-UBND", amended_on: date = APRIL) -> AmendPlan:
    return AmendPlan(**KEY, number=number, amended_on=amended_on)  # type: ignore[arg-type]


RETURN = ReturnPlanAmendment(**KEY, reason="Chưa rõ")  # type: ignore[arg-type]
CLOSE = ClosePlan(**KEY)  # type: ignore[arg-type]
OFFICE, CHAIRS = facts(today=APRIL), facts(CHAIR, today=APRIL)


def then(history: list[PlanEvent], *steps: tuple[PlanCommand, PlanFacts]) -> list[PlanEvent]:
    """Return the history with what the commands add to it."""
    for command, known in steps:
        history = [*history, *given(PLAN, *history).when(command, known).events()]
    return history


PENDING = then(ISSUED, (submit(), OFFICE))


def amended(command: SubmitPlanAmendment, history: list[PlanEvent] = ISSUED) -> PlanAmended:
    """Return the amendment that the chair decides on."""
    return next(
        event
        for event in given(PLAN, *then(history, (command, OFFICE))).when(amend(), CHAIRS).events()
        if isinstance(event, PlanAmended)
    )


# -- who, and when ------------------------------------------------------------------------------


def test_home_affairs_prepares_and_the_chair_decides() -> None:
    (submitted,) = given(PLAN, *ISSUED).when(submit(), OFFICE).then_types(PlanAmendmentSubmitted)
    assert (submitted.version, submitted.changed[0].content) == (2, "Ban hành Chỉ thị mới")
    (event,) = given(PLAN, *PENDING).when(amend(), CHAIRS).then_types(PlanAmended)
    assert (event.version, event.number, event.by) == (2, "45/KH-UBND", CHAIR.account_id)


def test_who_prepares_does_not_decide_and_nobody_else_does_either() -> None:
    for who in (CHAIR, WARD, STRANGER):
        given(PLAN, *ISSUED).when(submit(), facts(who, today=APRIL)).then_rejected("actor.not_allowed")
    for who in (HOME_AFFAIRS, WARD, STRANGER):
        for command in (amend(), RETURN):
            given(PLAN, *PENDING).when(command, facts(who, today=APRIL)).then_rejected("actor.not_allowed")


def test_what_is_said_twice_happens_once() -> None:
    given(PLAN, *PENDING).when(submit(), OFFICE).then_nothing()
    done = then(PENDING, (amend(), CHAIRS))
    given(PLAN, *done).when(amend(), CHAIRS).then_nothing()
    given(PLAN, *done).when(amend("46/KH-UBND"), CHAIRS).then_rejected("plan.amendment_not_found")


def test_other_changes_wait_until_the_chair_has_decided() -> None:
    given(PLAN, *PENDING).when(submit(reason="Khác"), OFFICE).then_rejected("plan.amendment_pending")
    returned = then(PENDING, (RETURN, CHAIRS))
    assert isinstance(returned[-1], PlanAmendmentReturned)
    given(PLAN, *returned).when(submit(reason="Khác"), OFFICE).then_types(PlanAmendmentSubmitted)


def test_only_an_issued_plan_is_amended() -> None:
    given(PLAN).when(submit(), OFFICE).then_rejected("plan.not_found")
    given(PLAN, *DRAFTED).when(submit(), OFFICE).then_rejected("plan.wrong_status")
    given(PLAN, *ISSUED).when(amend(), CHAIRS).then_rejected("plan.amendment_not_found")
    given(PLAN, *ISSUED).when(RETURN, CHAIRS).then_rejected("plan.amendment_not_found")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"changed": ()}, "plan.amendment_empty"),
        ({"reason": "  "}, "plan.amendment_reason_missing"),
        ({"number": "bốn lăm"}, "plan.number_malformed"),
        ({"changed": (FIRST,)}, "task.unchanged"),
        ({"changed": (replace(REWORDED, number=9),)}, "task.not_found"),
        ({"changed": (), "removed": (9,)}, "task.not_found"),
        ({"removed": (1,)}, "task.number_duplicate"),
        ({"added": (replace(NEW, number=5),)}, "task.number_duplicate"),
        ({"changed": (), "removed": (1, 5)}, "plan.without_tasks"),
        ({"changed": (replace(FIRST, repeats=Repeat.MONTHLY),)}, "task.repeats_unchangeable"),
        ({"changed": (replace(FIRST, due_on=date(2020, 4, 5)),)}, "task.due_before_amendment"),
        ({"added": (replace(NEW, quarter=1),)}, "task.due_before_amendment"),
        ({"changed": (replace(FIRST, due_on=date(2022, 1, 1)),)}, "task.due_out_of_year"),
        ({"changed": (replace(FIRST, lead_units=("phuong-cu",)),)}, "unit.closed"),
        ({"changed": (replace(FIRST, content=" "),)}, "task.content_missing"),
        ({"changed": (replace(FIRST, due_month=5),)}, "task.month_outside_quarter"),
        ({"changed": (replace(FIRST, quarter=2, due_month=5, due_on=APRIL),)}, "task.term_stated_twice"),
    ],
)
def test_what_cannot_be_amended_so_is_refused(changes: dict[str, object], code: str) -> None:
    given(PLAN, *ISSUED).when(submit(**changes), OFFICE).then_rejected(code)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (amend("x"), "plan.number_malformed"),
        (amend("30/KH-UBND"), "plan.number_used"),
        (amend(amended_on=date(2020, 4, 7)), "plan.issued_in_future"),
        (amend(amended_on=date(2020, 2, 5)), "plan.amended_before_version"),
    ],
)
def test_the_document_of_an_amendment_has_a_number_and_a_day_of_its_own(command: AmendPlan, code: str) -> None:
    given(PLAN, *PENDING).when(command, CHAIRS).then_rejected(code)


# -- what it does -------------------------------------------------------------------------------


def test_a_task_that_is_changed_says_what_it_was() -> None:
    event = amended(submit(changed=(replace(FIRST, quarter=2, lead_units=("phuong-le-binh",)),)))
    (task,), (change,) = event.tasks, event.changes
    assert (task.due_on, task.due_rule) == (date(2020, 6, 30), DueRule.QUARTER)
    assert (change.content_before, change.due_on_before) == ("Ban hành Chỉ thị", date(2020, 3, 31))
    assert (change.units_added, change.units_removed) == (("phuong-le-binh",), ("phong-noi-vu",))


def test_words_alone_leave_the_due_date_alone_also_one_that_has_passed() -> None:
    event = amended(submit())
    assert (event.tasks[0].content, event.tasks[0].due_on) == ("Ban hành Chỉ thị mới", date(2020, 3, 31))


def test_a_task_is_added_and_another_taken_out() -> None:
    event = amended(submit(changed=(), added=(NEW,), removed=(1,)))
    plan = given(PLAN, *PENDING[:-1], event).state
    assert (plan.tasks[16].due_on, plan.tasks[1].is_cancelled) == (date(2020, 6, 30), True)
    assert [(one.number, one.units[0].name) for one in event.left] == [(1, "phong-noi-vu")]


def test_what_is_completed_or_cancelled_is_not_touched() -> None:
    done = then(ISSUED, (complete(1, "phong-noi-vu"), facts()))
    gone = then(ISSUED, (cancel(1), facts()))
    for changes in ({}, {"changed": (), "removed": (1,)}):
        given(PLAN, *done).when(submit(**changes), OFFICE).then_rejected("task.completed")
        given(PLAN, *gone).when(submit(**changes), OFFICE).then_rejected("task.cancelled")


def test_a_task_completed_while_the_chair_looks_at_the_change_stops_it() -> None:
    late = then(PENDING, (complete(1, "phong-noi-vu"), facts()))
    given(PLAN, *late).when(amend(), CHAIRS).then_rejected("task.completed", task_number=1)
    given(PLAN, *late).when(RETURN, CHAIRS).then_types(PlanAmendmentReturned)


def test_no_part_that_is_done_is_lost() -> None:
    part = then(ISSUED, (complete(5, "phuong-le-binh"), facts()))
    others = replace(FIFTH, lead_units=("phuong-ba-lang",))
    given(PLAN, *part).when(submit(changed=(others,)), OFFICE).then_rejected("task.part_completed")
    kept = submit(changed=(replace(FIFTH, content="Đăng ký danh hiệu"),))
    plan = given(PLAN, *then(part, (kept, OFFICE), (amend(), CHAIRS))).state
    assert set(plan.tasks[5].done) == {"phuong-le-binh"}


def test_a_task_whose_open_leads_are_let_go_is_completed_by_the_amendment() -> None:
    part = then(ISSUED, (complete(5, "phuong-le-binh"), facts()))
    rest = replace(FIFTH, lead_units=("phuong-le-binh",), coordinating_units=("phuong-ba-lang",))
    history = then(part, (submit(changed=(rest,)), OFFICE))
    events = given(PLAN, *history).when(amend(), CHAIRS).then_types(PlanAmended, TaskCompleted)
    assert events[1].completed_on == date(2020, 2, 6)


def test_a_set_that_changed_meanwhile_is_as_it_is_now_and_the_rest_stays_as_it_was() -> None:
    event = amended(submit(changed=(replace(FIFTH, content="Đăng ký danh hiệu"),)))
    assert [(one.unit_id, one.role, one.via_set) for one in event.tasks[0].participants] == [
        ("phuong-le-binh", UnitRole.LEAD, "cac-phuong"),
        ("phuong-ba-lang", UnitRole.LEAD, "cac-phuong"),
    ]
    assert event.changes[0].units_added == event.changes[0].units_removed == ()


def test_versions_count_on_and_their_days_do_not_go_back() -> None:
    second = then(PENDING, (amend(), CHAIRS), (submit(changed=(), added=(NEW,), number=None), OFFICE))
    assert isinstance(second[-1], PlanAmendmentSubmitted) and second[-1].version == 3
    given(PLAN, *second).when(amend("50/KH-UBND", date(2020, 4, 5)), CHAIRS).then_rejected(
        "plan.amended_before_version"
    )
    given(PLAN, *second).when(amend("50/KH-UBND"), CHAIRS).then_types(PlanAmended)


def test_the_calendar_moves_terms_that_an_amendment_counted_and_not_days_that_it_stated() -> None:
    stated = replace(FIFTH, quarter=2, due_on=date(2020, 5, 29))
    event = amended(submit(changed=(replace(FIRST, quarter=2), stated)))
    off = facts(actor(Role.POLICY, district=CITY), calendar=view(*off_2020(date(2020, 6, 30), date(2020, 5, 29))))
    recompute = RecomputeDueDates(**KEY)  # type: ignore[arg-type]
    (moved,) = given(PLAN, *PENDING[:-1], event).when(recompute, off).then_types(DueDatesMoved)
    assert [(one.number, one.due_on) for one in moved.tasks] == [(1, date(2020, 6, 29))]


# -- the end of the year ------------------------------------------------------------------------

DECEMBER = date(2020, 12, 1)
ALL_DONE = then(
    ISSUED,
    *((complete(number, unit), facts()) for number, unit in ((1, "phong-noi-vu"), (5, "phuong-le-binh"))),
    (complete(5, "phuong-ba-lang"), facts()),
)


@pytest.mark.parametrize("who", [HOME_AFFAIRS, CHAIR])
def test_a_year_is_ended_in_its_last_month_when_all_is_done(who: Actor) -> None:
    known = replace(facts(today=DECEMBER), actor=who)
    (closed,) = given(PLAN, *ALL_DONE).when(CLOSE, known).then_types(PlanClosed)
    assert (closed.closed_on, closed.carried, closed.carry_reason) == (DECEMBER, (), "")
    given(PLAN, *ALL_DONE, closed).when(CLOSE, known).then_nothing()


def test_a_year_is_not_ended_earlier_nor_by_others_nor_before_an_amendment_is_decided() -> None:
    given(PLAN, *ALL_DONE).when(CLOSE, facts(today=date(2020, 11, 30))).then_rejected("plan.close_too_early")
    given(PLAN, *ALL_DONE).when(CLOSE, facts(WARD, today=DECEMBER)).then_rejected("actor.not_allowed")
    given(PLAN, *PENDING).when(CLOSE, facts(today=DECEMBER)).then_rejected("plan.amendment_pending")
    given(PLAN, *DRAFTED).when(CLOSE, facts(today=DECEMBER)).then_rejected("plan.wrong_status")


def test_open_tasks_are_carried_on_for_a_reason_and_not_otherwise() -> None:
    known = facts(today=DECEMBER)
    given(PLAN, *ISSUED).when(CLOSE, known).then_rejected("plan.tasks_open", tasks="1, 5")
    carry = replace(CLOSE, carry="Chờ hướng dẫn của thành phố")
    (closed,) = given(PLAN, *ISSUED).when(carry, known).then_types(PlanClosed)
    assert [one.number for one in closed.carried] == [1, 5]
    assert closed.carry_reason == "Chờ hướng dẫn của thành phố"


def test_a_plan_that_has_been_closed_no_longer_changes() -> None:
    closed = then(ALL_DONE, (CLOSE, facts(today=DECEMBER)))
    later = facts(today=DECEMBER)
    for command in (complete(1, "phong-noi-vu"), cancel(1), reopen(1), submit(), SUBMIT):
        given(PLAN, *closed).when(command, later).then_rejected("plan.closed")
    given(PLAN, *closed).when(amend(), facts(CHAIR, today=DECEMBER)).then_rejected("plan.closed")
    given(PLAN, *closed).when(ISSUE, facts(CHAIR)).then_nothing()
    given(PLAN, *closed).when(draft(), facts()).then_nothing()
