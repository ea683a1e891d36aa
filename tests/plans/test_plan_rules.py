"""The rules of an annual plan, one a test."""

from dataclasses import replace
from datetime import date

from services.plans.commands import (
    AmendDraft,
    AssignTask,
    CancelTask,
    ReopenTask,
    ReportTask,
    ReturnPlan,
    StartTask,
)
from services.plans.decider import PLAN
from services.plans.events import (
    DraftAmended,
    DueRule,
    PlanDrafted,
    PlanIssued,
    PlanReturned,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
    UnitRole,
)
from tests.plans.a_plan import (
    AT,
    CHAIR,
    DRAFTED,
    HOME_AFFAIRS,
    ISSUE,
    ISSUED,
    OTHER_WARD,
    STRANGER,
    SUBMIT,
    SUBMITTED,
    TASKS,
    TEXT,
    TODAY,
    WARD,
    complete,
    draft,
    facts,
    happened,
)
from tests.support.deciding import given


def reopen(number: int = 1) -> ReopenTask:
    return ReopenTask(district="cai-rang", plan_id="2020", task_number=number, reason="Sai minh chứng", at=AT)


def cancel(number: int = 1) -> CancelTask:
    return CancelTask(district="cai-rang", plan_id="2020", task_number=number, reason="Không còn cần", at=AT)


def assign(number: int, *leads: str, coordinating: tuple[str, ...] = ()) -> AssignTask:
    return AssignTask(
        district="cai-rang",
        plan_id="2020",
        task_number=number,
        lead_units=leads,
        coordinating_units=coordinating,
        at=AT,
    )


def test_home_affairs_drafts_a_plan() -> None:
    given(PLAN).when(draft(), facts()).then_types(PlanDrafted)


def test_nobody_else_drafts_a_plan() -> None:
    for who in (CHAIR, WARD, STRANGER):
        given(PLAN).when(draft(), facts(who)).then_rejected("actor.not_allowed")


def test_drafting_the_same_plan_again_changes_nothing() -> None:
    given(PLAN, *DRAFTED).when(draft(), facts()).then_nothing()


def test_another_plan_of_the_same_id_is_refused() -> None:
    given(PLAN, *DRAFTED).when(draft(tasks=TASKS[:1]), facts()).then_rejected("plan.exists")


def test_a_task_has_a_quarter_and_a_lead_unit_and_a_content() -> None:
    for change, code in (
        ({"quarter": 0}, "task.quarter_missing"),
        ({"quarter": 5}, "task.quarter_missing"),
        ({"lead_units": ()}, "task.unit_missing"),
        ({"content": "  "}, "task.content_missing"),
        ({"lead_units": ("khong-co",)}, "unit.not_found"),
        ({"lead_units": ("phuong-cu",)}, "unit.closed"),
        ({"lead_units": ("phuong-moi",)}, "unit.not_yet_open"),
    ):
        task = replace(TASKS[0], **change)
        given(PLAN).when(draft(tasks=(task,)), facts()).then_rejected(code)


def test_a_task_number_stands_once() -> None:
    given(PLAN).when(draft(tasks=(TASKS[0], TASKS[0])), facts()).then_rejected("task.number_duplicate")


def test_a_plan_has_tasks() -> None:
    given(PLAN).when(draft(tasks=()), facts()).then_rejected("plan.without_tasks")


def test_a_draft_is_amended_until_it_is_submitted() -> None:
    amend = AmendDraft(district="cai-rang", plan_id="2020", text=TEXT, tasks=TASKS[:1], at=AT)
    given(PLAN, *DRAFTED).when(amend, facts()).then_types(DraftAmended)
    given(PLAN, *SUBMITTED).when(amend, facts()).then_rejected("plan.wrong_status", status="submitted")


def test_submitting_twice_changes_nothing() -> None:
    given(PLAN, *SUBMITTED).when(SUBMIT, facts()).then_nothing()


def test_only_the_chair_returns_and_issues() -> None:
    back = ReturnPlan(district="cai-rang", plan_id="2020", reason="Thiếu đơn vị", at=AT)
    given(PLAN, *SUBMITTED).when(back, facts()).then_rejected("actor.not_allowed")
    given(PLAN, *SUBMITTED).when(back, facts(CHAIR)).then_types(PlanReturned)
    given(PLAN, *SUBMITTED).when(ISSUE, facts()).then_rejected("actor.not_allowed")
    given(PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR)).then_types(PlanIssued)


def test_a_plan_is_not_issued_before_it_is_submitted_nor_in_the_future() -> None:
    given(PLAN, *DRAFTED).when(ISSUE, facts(CHAIR)).then_rejected("plan.wrong_status")
    tomorrow = replace(ISSUE, issued_on=date(2020, 2, 7))
    given(PLAN, *SUBMITTED).when(tomorrow, facts(CHAIR)).then_rejected("plan.issued_in_future")


def test_issuing_expands_sets_to_their_open_members_with_their_group() -> None:
    (issued,) = given(PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR)).then_types(PlanIssued)
    registration = issued.tasks[1]
    assert [(one.unit_id, one.group_id, one.via_set) for one in registration.participants] == [
        ("phuong-le-binh", "cum-cac-phuong", "cac-phuong"),
        ("phuong-ba-lang", "cum-cac-phuong", "cac-phuong"),
    ]


def test_without_a_stated_date_a_task_is_due_on_the_last_weekday_of_its_quarter() -> None:
    (issued,) = given(PLAN, *SUBMITTED).when(ISSUE, facts(CHAIR)).then_types(PlanIssued)
    assert (issued.tasks[0].due_on, issued.tasks[0].due_rule) == (date(2020, 3, 31), DueRule.QUARTER)


def test_a_task_is_not_completed_before_the_plan_is_issued() -> None:
    given(PLAN, *SUBMITTED).when(complete(1, "phong-noi-vu"), facts()).then_rejected("plan.not_issued")


def test_a_task_is_completed_when_its_only_lead_is_done() -> None:
    given(PLAN, *ISSUED).when(complete(1, "phong-noi-vu"), facts()).then_types(TaskPartCompleted, TaskCompleted)


def test_a_task_of_two_leads_is_completed_by_the_second() -> None:
    one_done = given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts(WARD)).then_types(TaskPartCompleted)
    given(PLAN, *ISSUED, *one_done).when(complete(5, "phuong-ba-lang"), facts(OTHER_WARD)).then_types(
        TaskPartCompleted, TaskCompleted
    )


def test_a_task_is_completed_on_the_day_of_its_last_lead() -> None:
    later = facts(OTHER_WARD, date(2020, 2, 20))
    history = happened_with(complete(5, "phuong-le-binh", date(2020, 2, 10)), facts(WARD, date(2020, 2, 20)))
    events = given(PLAN, *history).when(complete(5, "phuong-ba-lang", date(2020, 2, 8)), later).events()
    assert events[-1].completed_on == date(2020, 2, 10)


def happened_with(command: object, known: object) -> list[object]:
    plan = PLAN.initial
    for event in ISSUED:
        plan = PLAN.evolve(plan, event)
    return [*ISSUED, *PLAN.decide(command, plan, known)]  # type: ignore[arg-type]


def test_completing_a_part_twice_changes_nothing() -> None:
    history = happened_with(complete(1, "phong-noi-vu"), facts())
    given(PLAN, *history).when(complete(1, "phong-noi-vu", evidence="khác"), facts()).then_nothing()


def test_only_an_assigned_unit_or_home_affairs_completes() -> None:
    given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts(OTHER_WARD)).then_rejected("actor.not_allowed")
    given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts(STRANGER)).then_rejected("actor.not_allowed")
    given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts(CHAIR)).then_rejected("actor.not_allowed")
    given(PLAN, *ISSUED).when(complete(1, "phuong-le-binh"), facts(WARD)).then_rejected("task.unit_not_assigned")
    given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts(HOME_AFFAIRS)).then_types(TaskPartCompleted)


def test_a_part_is_not_completed_in_the_future_nor_before_the_issue() -> None:
    given(PLAN, *ISSUED).when(complete(1, "phong-noi-vu", date(2020, 2, 7)), facts()).then_rejected(
        "task.completed_in_future"
    )
    given(PLAN, *ISSUED).when(complete(1, "phong-noi-vu", date(2020, 2, 5)), facts()).then_rejected(
        "task.completed_before_issue"
    )


def test_a_completion_needs_evidence() -> None:
    given(PLAN, *ISSUED).when(complete(1, "phong-noi-vu", evidence=" "), facts()).then_rejected("task.evidence_missing")


def test_an_unknown_task_is_refused() -> None:
    given(PLAN, *ISSUED).when(complete(99, "phong-noi-vu"), facts()).then_rejected("task.not_found", task_number=99)


def test_a_cancelled_task_takes_no_more_work_and_is_cancelled_once() -> None:
    history = happened_with(cancel(), facts())
    assert isinstance(history[-1], TaskCancelled)
    given(PLAN, *history).when(complete(1, "phong-noi-vu"), facts()).then_rejected("task.cancelled")
    given(PLAN, *history).when(reopen(), facts()).then_rejected("task.cancelled")
    given(PLAN, *history).when(cancel(), facts()).then_nothing()


def test_a_completed_task_is_reopened_before_it_is_cancelled() -> None:
    history = happened_with(complete(1, "phong-noi-vu"), facts())
    given(PLAN, *history).when(cancel(), facts()).then_rejected("task.completed")
    (reopened,) = given(PLAN, *history).when(reopen(), facts()).then_types(TaskReopened)
    given(PLAN, *history, reopened).when(cancel(), facts()).then_types(TaskCancelled)


def test_a_unit_that_was_taken_off_and_put_back_starts_anew() -> None:
    start = StartTask(district="cai-rang", plan_id="2020", task_number=5, unit_id="phuong-le-binh", at=AT)
    started = happened_with(start, facts(WARD))
    (off,) = given(PLAN, *started).when(assign(5, "phuong-ba-lang"), facts()).then_types(TaskAssigned)
    assert (off.added, off.removed) == ((), ("phuong-le-binh",))
    back = assign(5, "phuong-ba-lang", "phuong-le-binh")
    (on,) = given(PLAN, *started, off).when(back, facts()).then_types(TaskAssigned)
    assert (on.added, on.removed) == (("phuong-le-binh",), ())
    given(PLAN, *started, off, on).when(start, facts(WARD)).then_types(TaskStarted)


def test_a_district_has_one_plan_a_year_for_its_id_is_the_year() -> None:
    for plan_id, year in (("2020-b", 2020), ("2021", 2020), ("2020\n", 2020), ("1999", 1999), ("9" * 20, 10**19)):
        given(PLAN).when(draft(plan_id=plan_id, year=year), facts()).then_rejected("plan.id_malformed")


def test_dates_lie_in_the_plans_year() -> None:
    late = replace(TASKS[0], due_on=date(2022, 1, 1))
    given(PLAN).when(draft(tasks=(late,)), facts()).then_rejected("task.due_out_of_year")
    old = replace(ISSUE, issued_on=date(1999, 1, 1))
    given(PLAN, *SUBMITTED).when(old, facts(CHAIR)).then_rejected("plan.issued_out_of_year")


def test_a_plan_has_a_title_and_an_issuer_and_a_number_of_one_line() -> None:
    given(PLAN).when(draft(text=replace(TEXT, title=" ")), facts()).then_rejected("plan.title_missing")
    given(PLAN).when(draft(text=replace(TEXT, issuer="")), facts()).then_rejected("plan.issuer_missing")
    given(PLAN).when(draft(number="30/KH-UBND\n"), facts()).then_rejected("plan.number_malformed")


def test_a_note_that_is_too_long_is_refused_and_never_cut() -> None:
    long = replace(complete(1, "phong-noi-vu"), note="x" * 4001)
    given(PLAN, *ISSUED).when(long, facts()).then_rejected("text.too_long", field="note")


def test_reopening_opens_every_part_and_says_whether_it_was_completed() -> None:
    history = happened_with(complete(1, "phong-noi-vu"), facts())
    (reopened,) = given(PLAN, *history).when(reopen(), facts()).then_types(TaskReopened)
    assert reopened.was_completed
    given(PLAN, *history, reopened).when(complete(1, "phong-noi-vu"), facts()).then_types(
        TaskPartCompleted, TaskCompleted
    )


def test_what_is_not_done_is_not_reopened() -> None:
    given(PLAN, *ISSUED).when(reopen(), facts()).then_rejected("task.not_completed")


def test_assigning_changes_the_units_of_a_task_and_the_same_again_nothing() -> None:
    command = assign(1, "phuong-le-binh", coordinating=("phong-noi-vu",))
    (assigned,) = given(PLAN, *ISSUED).when(command, facts()).then_types(TaskAssigned)
    assert [(one.unit_id, one.role) for one in assigned.participants] == [
        ("phuong-le-binh", UnitRole.LEAD),
        ("phong-noi-vu", UnitRole.COORDINATING),
    ]
    given(PLAN, *ISSUED, assigned).when(command, facts()).then_nothing()


def test_a_unit_that_is_done_is_not_taken_off_a_task() -> None:
    history = happened_with(complete(5, "phuong-le-binh"), facts(WARD))
    given(PLAN, *history).when(assign(5, "phuong-ba-lang"), facts()).then_rejected("task.part_completed")


def test_assigning_away_the_last_open_lead_completes_the_task() -> None:
    history = happened_with(complete(5, "phuong-le-binh"), facts(WARD))
    given(PLAN, *history).when(assign(5, "phuong-le-binh"), facts()).then_types(TaskAssigned, TaskCompleted)


def test_assigning_in_a_draft_amends_it() -> None:
    (amended,) = given(PLAN, *DRAFTED).when(assign(1, "phuong-le-binh"), facts()).then_types(DraftAmended)
    assert [one.unit_id for one in amended.tasks[0].leads] == ["phuong-le-binh"]


def test_a_unit_starts_once_and_reports_between_0_and_100_percent() -> None:
    start = StartTask(district="cai-rang", plan_id="2020", task_number=5, unit_id="phuong-le-binh", at=AT)
    (started,) = given(PLAN, *ISSUED).when(start, facts(WARD)).then_types(TaskStarted)
    given(PLAN, *ISSUED, started).when(start, facts(WARD)).then_nothing()
    report = ReportTask(
        district="cai-rang",
        plan_id="2020",
        task_number=5,
        unit_id="phuong-le-binh",
        percent=40,
        text="Đã họp",
        at=AT,
    )
    given(PLAN, *ISSUED, started).when(report, facts(WARD)).then_types(TaskReported)
    given(PLAN, *ISSUED).when(replace(report, percent=101), facts(WARD)).then_rejected("task.percent_out_of_range")


def test_a_role_past_its_date_allows_nothing() -> None:
    past = replace(WARD, grants=(replace(WARD.grants[0], valid_to=date(2020, 1, 31)),))
    given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts(past, TODAY)).then_rejected("actor.not_allowed")


def test_a_task_form_is_stale_only_by_its_own_task_and_unit() -> None:
    first, second = complete(5, "phuong-le-binh"), complete(1, "phong-noi-vu")
    own = happened((draft(), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)), (first, facts(WARD)))[-1]
    assert PLAN.concerns(first, own)
    assert not PLAN.concerns(second, own)
    assert not PLAN.concerns(replace(first, unit_id="phuong-ba-lang"), own)
