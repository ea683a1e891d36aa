"""The rules of a unit's own plan: made from the district's plan in force, put in force by its head."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.plans.commands import AmendUnitPlanDraft, IssueUnitPlan, NewUnitTask, RecomputeUnitDueDates
from services.plans.decider import UNIT_DUE_DATES, UNIT_PLAN, DistrictPlanFacts, UnitDueDatesFacts
from services.plans.events import (
    DueRule,
    UnitDueDatesMoved,
    UnitKind,
    UnitPlanDraftAmended,
    UnitPlanDrafted,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
    UnitTaskCancelled,
    UnitTaskCompleted,
    UnitTaskReopened,
    UnitTaskReported,
)
from services.plans.policies import react
from services.plans.projections.unit_plan import unit_task_keys, unit_task_row
from services.plans.rules import day_within, is_expected, working_days
from services.plans.views import UnitPlanTaskView
from shared.types import CITY, Attachment, Recorded, Role
from tests.plans.a_calendar import OPENED_2020, off_2020, view
from tests.plans.a_plan import actor, unit
from tests.plans.a_unit_plan import (
    ADDRESS,
    AT,
    CHAIR,
    CLERK,
    DRAFTED,
    ISSUE,
    ISSUED,
    RETURN,
    SUBMIT,
    SUBMITTED,
    TASKS,
    TEXT,
    TODAY,
    WARD,
    cancel,
    complete,
    counted,
    draft,
    facts,
    happened,
    open_task,
    reopen,
    report,
)
from tests.plans.test_plan_histories import recorded
from tests.support.deciding import given

HOME_AFFAIRS = actor(Role.HOME_AFFAIRS)
OTHER_CLERK = actor(Role.UNIT_CLERK, "phuong-ba-lang")
COMPLETED = [*ISSUED, *given(UNIT_PLAN, *ISSUED).when(complete(), facts()).events()]
CANCELLED = [*ISSUED, *given(UNIT_PLAN, *ISSUED).when(cancel(), facts(CHAIR)).events()]


def amend(**changes: Any) -> AmendUnitPlanDraft:
    return AmendUnitPlanDraft(**{**ADDRESS, "text": TEXT, "tasks": TASKS, "number": "12/KH-UBND", **changes})


def task(**changes: Any) -> NewUnitTask:
    return NewUnitTask(**{"number": 1, "quarter": 1, "content": "Việc", **changes})


# -- the draft ----------------------------------------------------------------------------------


def test_a_unit_drafts_its_plan_with_rows_linked_to_the_districts_tasks() -> None:
    (event,) = given(UNIT_PLAN).when(draft(), facts()).then_types(UnitPlanDrafted)
    assert event.unit_name == WARD
    assert event.group_id == "cum-cac-phuong"
    assert [(one.number, one.of_task, one.due_month) for one in event.tasks] == [
        (1, 5, None),
        (2, None, 5),
        (3, None, None),
    ]


def test_the_same_draft_again_changes_nothing_and_another_is_refused() -> None:
    given(UNIT_PLAN, *DRAFTED).when(draft(), facts()).then_nothing()
    given(UNIT_PLAN, *DRAFTED).when(draft(number=None), facts()).then_rejected("unit_plan.exists", year=2020)


def test_a_unit_makes_a_plan_only_of_a_year_in_which_the_districts_is_in_force() -> None:
    missing = facts(district_plan=None)
    given(UNIT_PLAN).when(draft(), missing).then_rejected("unit_plan.district_plan_missing", year=2020)
    given(UNIT_PLAN, *DRAFTED).when(amend(number=None), missing).then_rejected("unit_plan.district_plan_missing")
    issuing = facts(CHAIR, district_plan=None)
    given(UNIT_PLAN, *SUBMITTED).when(ISSUE, issuing).then_rejected("unit_plan.district_plan_missing")


def test_a_closed_unit_makes_no_plan() -> None:
    closed = unit(WARD, UnitKind.WARD, valid_to=date(2020, 1, 31))
    given(UNIT_PLAN).when(draft(), facts(place=closed)).then_rejected("unit.closed")
    given(UNIT_PLAN, *DRAFTED).when(SUBMIT, facts(place=closed)).then_rejected("unit.closed")
    given(UNIT_PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR, place=closed)).then_rejected("unit.closed")


def test_a_unit_that_nobody_knows_makes_no_plan() -> None:
    given(UNIT_PLAN).when(draft(), facts(place=None)).then_rejected("unit.not_found", unit_id=WARD)


@pytest.mark.parametrize(
    ("tasks", "code"),
    [
        ((), "plan.without_tasks"),
        (tuple(task(number=number) for number in range(1, 502)), "plan.too_many_tasks"),
        ((task(), task()), "task.number_duplicate"),
        ((task(number=0),), "task.number_duplicate"),
        ((task(quarter=5),), "task.quarter_missing"),
        ((task(content="  "),), "task.content_missing"),
        ((task(content="x" * 4001),), "text.too_long"),
        ((task(post="x" * 201),), "text.too_long"),
        ((task(due_month=4),), "unit_plan.month_out_of_quarter"),
        ((task(due_month=13, quarter=4),), "unit_plan.month_out_of_quarter"),
        ((task(due_month=0),), "unit_plan.month_out_of_quarter"),
        ((task(due_on=date(2019, 12, 31)),), "task.due_out_of_year"),
        ((task(due_month=3, due_on=date(2020, 3, 5)),), "task.term_stated_twice"),
        ((task(of_task=7),), "unit_plan.of_task_not_found"),
        ((task(of_task=9),), "unit_plan.of_task_cancelled"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_reason(tasks: tuple[NewUnitTask, ...], code: str) -> None:
    given(UNIT_PLAN).when(draft(tasks=tasks), facts()).then_rejected(code)
    given(UNIT_PLAN, *DRAFTED).when(amend(tasks=tasks), facts()).then_rejected(code)


def test_title_issuer_and_number_are_looked_at() -> None:
    no_title = draft(text=type(TEXT)(title=" ", issuer="UBND phường"))
    no_issuer = draft(text=type(TEXT)(title="Kế hoạch", issuer=""))
    given(UNIT_PLAN).when(no_title, facts()).then_rejected("plan.title_missing")
    given(UNIT_PLAN).when(no_issuer, facts()).then_rejected("plan.issuer_missing")
    given(UNIT_PLAN).when(draft(number="mười hai"), facts()).then_rejected("plan.number_malformed")


def test_a_plan_is_no_longer_than_one_event_and_one_answer_may_be() -> None:
    long = tuple(task(number=number, content="x" * 4000) for number in range(1, 27))
    given(UNIT_PLAN).when(draft(tasks=long), facts()).then_rejected("unit_plan.too_large", limit=100_000)
    given(UNIT_PLAN, *DRAFTED).when(amend(tasks=long), facts()).then_rejected("unit_plan.too_large")
    given(UNIT_PLAN).when(draft(tasks=long[:24]), facts()).then_types(UnitPlanDrafted)


def test_only_the_units_own_people_draft_amend_and_submit() -> None:
    for who in (HOME_AFFAIRS, OTHER_CLERK, actor(Role.DISTRICT_CHAIR), actor(Role.UNIT_CLERK, WARD, "ninh-kieu")):
        given(UNIT_PLAN).when(draft(), facts(who)).then_rejected("actor.not_allowed")
        given(UNIT_PLAN, *DRAFTED).when(amend(number=None), facts(who)).then_rejected("actor.not_allowed")
        given(UNIT_PLAN, *DRAFTED).when(SUBMIT, facts(who)).then_rejected("actor.not_allowed")
    for who in (CLERK, CHAIR, actor(Role.UNIT_HEAD, WARD)):
        given(UNIT_PLAN).when(draft(), facts(who)).then_types(UnitPlanDrafted)


def test_a_draft_is_amended_until_it_is_submitted_and_again_once_it_is_returned() -> None:
    given(UNIT_PLAN).when(amend(), facts()).then_rejected("unit_plan.not_found")
    given(UNIT_PLAN, *DRAFTED).when(amend(), facts()).then_nothing()
    given(UNIT_PLAN, *DRAFTED).when(amend(number=None), facts()).then_types(UnitPlanDraftAmended)
    given(UNIT_PLAN, *SUBMITTED).when(amend(number=None), facts()).then_rejected("unit_plan.wrong_status")
    returned = [*SUBMITTED, *given(UNIT_PLAN, *SUBMITTED).when(RETURN, facts(CHAIR)).then_types(UnitPlanReturned)]
    given(UNIT_PLAN, *returned).when(amend(number=None), facts()).then_types(UnitPlanDraftAmended)


def test_a_submitted_plan_is_submitted_once() -> None:
    given(UNIT_PLAN, *DRAFTED).when(SUBMIT, facts()).then_types(UnitPlanSubmitted)
    given(UNIT_PLAN, *SUBMITTED).when(SUBMIT, facts()).then_nothing()
    given(UNIT_PLAN).when(SUBMIT, facts()).then_rejected("unit_plan.not_found")
    given(UNIT_PLAN, *ISSUED).when(SUBMIT, facts()).then_rejected("unit_plan.wrong_status")


def test_a_return_needs_its_reason_and_the_head_of_the_unit() -> None:
    silent = type(RETURN)(**ADDRESS, reason=" ")
    given(UNIT_PLAN, *SUBMITTED).when(silent, facts(CHAIR)).then_rejected("plan.reason_missing")
    given(UNIT_PLAN, *SUBMITTED).when(RETURN, facts(CLERK)).then_rejected("actor.not_allowed")
    given(UNIT_PLAN, *DRAFTED).when(RETURN, facts(CHAIR)).then_rejected("unit_plan.wrong_status")


# -- the issue ----------------------------------------------------------------------------------


def test_an_issued_task_is_due_as_stated_else_at_the_end_of_its_month_else_of_its_quarter() -> None:
    (event,) = given(UNIT_PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR)).then_types(UnitPlanIssued)
    assert [(one.due_on, one.due_rule) for one in event.tasks] == [
        (date(2020, 3, 31), DueRule.QUARTER),
        (date(2020, 5, 29), DueRule.MONTH),  # the 30th and 31st are a weekend
        (date(2020, 12, 15), DueRule.DATE),
    ]
    assert [one.day for one in event.tasks[1].due_reason.skipped] == [date(2020, 5, 31), date(2020, 5, 30)]
    assert event.tasks[2].due_reason is None


def test_only_the_head_of_the_unit_issues_its_plan() -> None:
    for who in (CLERK, HOME_AFFAIRS, actor(Role.DISTRICT_CHAIR), actor(Role.WARD_CHAIR, "phuong-ba-lang")):
        given(UNIT_PLAN, *SUBMITTED).when(ISSUE, facts(who)).then_rejected("actor.not_allowed")
    given(UNIT_PLAN, *SUBMITTED).when(ISSUE, facts(actor(Role.UNIT_HEAD, WARD))).then_types(UnitPlanIssued)


def test_an_issued_plan_is_not_issued_again() -> None:
    given(UNIT_PLAN, *ISSUED).when(ISSUE, facts(CHAIR)).then_nothing()
    other = IssueUnitPlan(**ADDRESS, number="13/KH-UBND", issued_on=TODAY)
    given(UNIT_PLAN, *ISSUED).when(other, facts(CHAIR)).then_rejected("unit_plan.wrong_status")
    given(UNIT_PLAN, *DRAFTED).when(ISSUE, facts(CHAIR)).then_rejected("unit_plan.wrong_status")
    given(UNIT_PLAN).when(ISSUE, facts(CHAIR)).then_rejected("unit_plan.not_found")


@pytest.mark.parametrize(
    ("number", "issued_on", "today", "code"),
    [
        ("12", TODAY, TODAY, "plan.number_malformed"),
        ("12/KH-UBND", date(2020, 2, 15), TODAY, "plan.issued_in_future"),
        ("12/KH-UBND", date(2020, 2, 5), TODAY, "unit_plan.issued_before_district"),
        ("12/KH-UBND", date(2021, 1, 4), date(2021, 1, 4), "plan.issued_out_of_year"),
    ],
)
def test_number_and_date_of_the_issue_are_looked_at(number: str, issued_on: date, today: date, code: str) -> None:
    command = IssueUnitPlan(**ADDRESS, number=number, issued_on=issued_on)
    given(UNIT_PLAN, *SUBMITTED).when(command, facts(CHAIR, today)).then_rejected(code)


def test_a_plan_is_not_issued_with_a_link_to_a_task_that_was_cancelled_meanwhile() -> None:
    since = DistrictPlanFacts(issued_on=date(2020, 2, 6), tasks={1: False, 5: True})
    refused = given(UNIT_PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR, district_plan=since))
    refused.then_rejected("unit_plan.of_task_cancelled", task_number=1, of_task=5)


# -- its tasks ----------------------------------------------------------------------------------


def test_nothing_is_reported_before_the_plan_is_issued() -> None:
    given(UNIT_PLAN).when(report(), facts()).then_rejected("unit_plan.not_found")
    given(UNIT_PLAN, *SUBMITTED).when(report(), facts()).then_rejected("unit_plan.not_issued")


def test_a_report_says_percent_text_and_files() -> None:
    file = Attachment(sha256="a" * 64, name="bao-cao.pdf", size=10, media_type="application/pdf")
    known = type(facts())(actor=CLERK, today=TODAY, attachments=(file,))
    (event,) = given(UNIT_PLAN, *ISSUED).when(report(percent=60), known).then_types(UnitTaskReported)
    assert (event.percent, event.text, event.attachments) == (60, "đang làm", (file,))
    many = type(facts())(actor=CLERK, today=TODAY, attachments=(file,) * 6)
    given(UNIT_PLAN, *ISSUED).when(report(), many).then_rejected("attachment.too_many")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (report(percent=101), "task.percent_out_of_range"),
        (report(percent=-1), "task.percent_out_of_range"),
        (report(text=" "), "task.report_missing"),
        (report(number=7), "task.not_found"),
        (complete(completed_on=date(2020, 2, 15)), "task.completed_in_future"),
        (complete(completed_on=date(2020, 2, 13)), "task.completed_before_issue"),
        (complete(evidence=""), "task.evidence_missing"),
        (complete(note="x" * 4001), "text.too_long"),
    ],
)
def test_a_report_that_cannot_be_is_refused_with_its_reason(command: Any, code: str) -> None:
    given(UNIT_PLAN, *ISSUED).when(command, facts()).then_rejected(code)


def test_a_task_is_completed_once_and_says_which_task_of_the_district_it_carries_out() -> None:
    (event,) = given(UNIT_PLAN, *ISSUED).when(complete(), facts()).then_types(UnitTaskCompleted)
    assert (event.of_task, event.unit_name, event.content) == (5, WARD, "Đăng ký thi đua")
    given(UNIT_PLAN, *COMPLETED).when(complete(), facts()).then_nothing()
    given(UNIT_PLAN, *COMPLETED).when(report(), facts()).then_rejected("task.completed")


def test_only_the_units_own_people_report() -> None:
    for who in (HOME_AFFAIRS, OTHER_CLERK):
        given(UNIT_PLAN, *ISSUED).when(report(), facts(who)).then_rejected("actor.not_allowed")
        given(UNIT_PLAN, *ISSUED).when(complete(), facts(who)).then_rejected("actor.not_allowed")


def test_the_head_opens_a_completed_task_again_and_no_other() -> None:
    given(UNIT_PLAN, *COMPLETED).when(reopen(), facts(CLERK)).then_rejected("actor.not_allowed")
    given(UNIT_PLAN, *COMPLETED).when(reopen(reason=""), facts(CHAIR)).then_rejected("task.reason_missing")
    (event,) = given(UNIT_PLAN, *COMPLETED).when(reopen(), facts(CHAIR)).then_types(UnitTaskReopened)
    given(UNIT_PLAN, *COMPLETED, event).when(reopen(), facts(CHAIR)).then_rejected("task.not_completed")
    given(UNIT_PLAN, *COMPLETED, event).when(complete(), facts()).then_types(UnitTaskCompleted)


def test_the_head_cancels_an_open_task_for_good() -> None:
    given(UNIT_PLAN, *ISSUED).when(cancel(), facts(CLERK)).then_rejected("actor.not_allowed")
    given(UNIT_PLAN, *ISSUED).when(cancel(reason=" "), facts(CHAIR)).then_rejected("task.reason_missing")
    given(UNIT_PLAN, *ISSUED).when(cancel(), facts(CHAIR)).then_types(UnitTaskCancelled)
    given(UNIT_PLAN, *CANCELLED).when(cancel(), facts(CHAIR)).then_nothing()
    given(UNIT_PLAN, *COMPLETED).when(cancel(), facts(CHAIR)).then_rejected("task.completed")
    for command, who in ((report(), CLERK), (complete(), CLERK), (reopen(), CHAIR)):
        given(UNIT_PLAN, *CANCELLED).when(command, facts(who)).then_rejected("task.cancelled", task_number=1)


def test_a_form_about_one_task_is_not_stale_because_another_was_reported() -> None:
    other = given(UNIT_PLAN, *ISSUED).when(report(2), facts()).events()[0]
    same = given(UNIT_PLAN, *ISSUED).when(report(1), facts()).events()[0]
    assert not UNIT_PLAN.concerns(complete(1), other)
    assert UNIT_PLAN.concerns(complete(1), same)
    assert not UNIT_PLAN.concerns(ISSUE, other)
    assert UNIT_PLAN.concerns(ISSUE, DRAFTED[0])


# -- due dates follow the calendar --------------------------------------------------------------

RECOMPUTE = RecomputeUnitDueDates(district="cai-rang", year=2020, at=AT)
POLICY = actor(Role.POLICY, district=CITY)


def dates(*tasks: UnitPlanTaskView, off: tuple[date, ...] = (), today: date = TODAY) -> UnitDueDatesFacts:
    days = working_days([view(*(off_2020(*off) if off else OPENED_2020))])
    return UnitDueDatesFacts(
        actor=POLICY, today=today, days=days, has_calendar=True, tasks=[counted(one) for one in tasks]
    )


def test_a_correction_moves_the_open_tasks_of_all_units_by_their_rule() -> None:
    tasks = (
        open_task(1),
        open_task(2),
        open_task(1, "phuong-ba-lang"),
        open_task(4, due_month=2, due_on=date(2020, 2, 28)),
    )
    known = dates(*tasks, off=(date(2020, 3, 31), date(2020, 2, 28)))
    (event,) = given(UNIT_DUE_DATES).when(RECOMPUTE, known).then_types(UnitDueDatesMoved)
    assert [(one.due_on_before, one.due_on, one.tasks) for one in event.moves] == [
        (date(2020, 2, 28), date(2020, 2, 27), {WARD: (4,)}),
        (date(2020, 3, 31), date(2020, 3, 30), {"phuong-ba-lang": (1,), WARD: (1, 2)}),
    ]
    # Also while the read model still shows the old dates.
    given(UNIT_DUE_DATES, event).when(RECOMPUTE, known).then_nothing()


def test_a_task_completed_while_its_date_was_moved_follows_the_calendar_once_it_is_open_again() -> None:
    last, before = date(2020, 3, 31), date(2020, 3, 30)
    reopened = given(UNIT_PLAN, *COMPLETED).when(reopen(), facts(CHAIR)).events()[0]
    still_open = row_after(*ISSUED)
    (moved,) = given(UNIT_DUE_DATES).when(RECOMPUTE, dates(still_open, off=(last,))).then_types(UnitDueDatesMoved)
    # The rows said that the task was open; its completion came into the log before the move.
    done = row_after(*COMPLETED, moved)
    assert (done.due_on, done.due_on_before) == (last, None), "done under its own date"
    again = row_after(*COMPLETED, moved, reopened)
    assert (again.due_on, again.due_on_before, again.due_when_reopened) == (before, last, None)
    assert again.due_reason is not None and [one.day for one in again.due_reason.skipped] == [last]
    given(UNIT_DUE_DATES, moved).when(RECOMPUTE, dates(again, off=(last,))).then_nothing()
    (back,) = given(UNIT_DUE_DATES, moved).when(RECOMPUTE, dates(again)).then_types(UnitDueDatesMoved)
    assert row_after(*COMPLETED, moved, reopened, back).due_on == last


def test_what_an_older_calendar_moved_last_is_held_against_the_one_of_today() -> None:
    last = date(2020, 3, 31)
    # Two instances work on two corrections; the second withdrew the first and found nothing to move.
    given(UNIT_DUE_DATES).when(RECOMPUTE, dates(open_task())).then_nothing()
    (moved,) = given(UNIT_DUE_DATES).when(RECOMPUTE, dates(open_task(), off=(last,))).then_types(UnitDueDatesMoved)
    (recompute,) = react(in_the_log(moved, 9, "unit-due-dates"))
    assert isinstance(recompute, RecomputeUnitDueDates)
    (back,) = given(UNIT_DUE_DATES, moved).when(recompute, dates(open_task())).then_types(UnitDueDatesMoved)
    assert [(one.due_on_before, one.due_on) for one in back.moves] == [(date(2020, 3, 30), last)]
    given(UNIT_DUE_DATES, moved, back).when(recompute, dates(open_task())).then_nothing()


def in_the_log(event: Any, seq: int, kind: str = "unit-plan") -> Recorded[Any]:
    (one,) = recorded([event])
    return replace(one, seq=seq, subject=f"plans.evt.cai-rang.{kind}.2020")


def row_after(*history: Any) -> UnitPlanTaskView:
    """Return the row of the ward's first task after the events."""
    row = None
    for seq, event in enumerate(history, 1):
        one = in_the_log(event, seq)
        for key in unit_task_keys(one):
            if key == ("cai-rang", 2020, WARD, 1):
                row = unit_task_row(row, one, key)
    assert row is not None
    return row


def test_a_due_date_never_moves_into_the_past_and_only_a_policy_moves_it() -> None:
    on_the_day = dates(open_task(), off=(date(2020, 3, 31),), today=date(2020, 3, 31))
    given(UNIT_DUE_DATES).when(RECOMPUTE, on_the_day).then_nothing()
    given(UNIT_DUE_DATES).when(RECOMPUTE, dates(open_task())).then_nothing()
    unopened = UnitDueDatesFacts(actor=POLICY, today=TODAY, tasks=[counted(open_task(due_on=date(2020, 3, 30)))])
    given(UNIT_DUE_DATES).when(RECOMPUTE, unopened).then_nothing()
    given(UNIT_DUE_DATES).when(RECOMPUTE, UnitDueDatesFacts(actor=CHAIR, today=TODAY)).then_rejected(
        "actor.not_allowed"
    )


# -- who is expected ----------------------------------------------------------------------------


def test_offices_and_wards_that_exist_on_the_day_are_to_have_a_plan_and_armed_forces_are_not() -> None:
    on = date(2020, 12, 31)
    for kind in UnitKind:
        expected = kind in ("government", "party", "mass_organisation", "public_service", "enterprise", "ward")
        assert is_expected(unit("x", kind), on) == expected, kind
    assert not is_expected(unit("an-hoi", UnitKind.WARD, valid_to=date(2020, 2, 29)), on)
    assert is_expected(unit("an-hoi", UnitKind.WARD, valid_to=date(2020, 2, 29)), date(2020, 2, 29))


def test_a_year_is_looked_at_today_or_on_the_day_of_it_that_is_nearest() -> None:
    assert day_within(2020, date(2020, 5, 4)) == date(2020, 5, 4)
    assert day_within(2019, date(2020, 5, 4)) == date(2019, 12, 31)
    assert day_within(2021, date(2020, 5, 4)) == date(2021, 1, 1)


def test_the_whole_way_leaves_a_plan_in_force() -> None:
    assert len(happened((draft(), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)), (complete(), facts()))) == 4
